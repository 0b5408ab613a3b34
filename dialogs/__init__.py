"""Floor 2: what to say."""
