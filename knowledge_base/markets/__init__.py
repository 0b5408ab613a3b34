"""Prices: what was paid for what, where and when, and who says so."""
