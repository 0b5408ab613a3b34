"""Figures as rows of a table."""

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Timing:
    """Times of one kind, in milliseconds."""

    name: str
    times: Sequence[float]

    def quantile(self, share: float) -> float:
        """The time that `share` of all runs stay within (nearest rank)."""
        ordered = sorted(self.times)
        return ordered[max(0, math.ceil(share * len(ordered)) - 1)]

    def row(self, baseline: "Timing | None" = None) -> str:
        """p50 and p95, and both as multiples of the baseline's."""
        half, most = self.quantile(0.5), self.quantile(0.95)
        row = f"{self.name:<44} n={len(self.times):<4} p50 {half:9.1f} ms   p95 {most:9.1f} ms"
        if baseline is not None:
            row += f"   x{half / baseline.quantile(0.5):.2f} / x{most / baseline.quantile(0.95):.2f}"
        return row


def resident(pid: int | str = "self") -> float:
    """Resident megabytes of a process."""
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


def show(line: str) -> None:
    """A line of the report, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
