"""Floor 3: how people reach the assistant, and how it reaches them."""
