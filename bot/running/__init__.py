"""What a serving process consists of, part by part."""
