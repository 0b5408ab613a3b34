"""Floor 1: what was said."""
