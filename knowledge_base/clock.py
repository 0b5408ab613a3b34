"""How far what was written down by the clock is to be believed."""

from datetime import timedelta

APART = timedelta(minutes=1)
"""The clocks of two machines are no further apart. A past event of a later time than that was written down before the
clock was put back."""
