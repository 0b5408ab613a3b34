"""Machinery bookings over a running system's parts."""
