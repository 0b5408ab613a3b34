"""Where prices come from, and when."""
