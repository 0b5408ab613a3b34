"""Disaster warnings: what an issuer sends, read strictly and kept whole."""
