"""Ways in and out: each channel is one small module or folder on the contract in base.py."""
