"""Booking machinery: what is wanted, who can do it, and the ledger of what was agreed."""
