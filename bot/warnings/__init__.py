"""Disaster warnings: where they come in, and how they go out."""
