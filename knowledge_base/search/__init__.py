"""Finding the curated answer that fits a question."""
