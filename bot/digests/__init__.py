"""Morning digests and farm advice: when they are sent, and to whom."""
