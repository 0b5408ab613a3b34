"""Topics: each turns an understood question into a reply."""
