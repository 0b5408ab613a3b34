"""Set-up, locks, generated pages: what is run beside the product, never by it."""
