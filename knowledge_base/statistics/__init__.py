"""What is counted of the use of the assistant: sums only, no person and no text."""
