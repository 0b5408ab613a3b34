"""Prices in conversation."""
