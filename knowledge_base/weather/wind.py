"""Wind in the steps that people know."""

from bisect import bisect_right

STEPS = (0.3, 1.6, 3.4, 5.5, 8.0, 10.8, 13.9, 17.2, 20.8, 24.5, 28.5, 32.7)
"""Wind in m/s at which the steps 1 to 12 begin: GB/T 28591-2012."""


def beaufort(speed: float) -> int:
    """The step, 0 to 12, of a wind in m/s."""
    return bisect_right(STEPS, speed)
