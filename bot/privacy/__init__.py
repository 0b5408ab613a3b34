"""What is kept of people: a register of all of it, consent, copies and deletion on demand, accounts joined across channels."""
