"""How long to wait before a service that died is started again."""


def delay(failures: int, first: float = 0.5, cap: float = 30.0) -> float:
    """Seconds to wait after so many failures in a row: `first`, then twice as long each time, up to `cap`."""
    return min(cap, first * 2.0 ** min(failures - 1, 30)) if failures > 0 else 0.0
