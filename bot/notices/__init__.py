"""How notices go out, and what the console and the chat stand on for them."""
