"""What happened during a soak: how many messages of which kind, how long they took, and what went wrong."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.bench.figures import Timing


@dataclass(slots=True)
class Tally:
    """Times in milliseconds. `faults` names no message: what was said is in the golden files."""

    times: dict[str, list[float]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    events: Counter[str] = field(default_factory=Counter)
    """What else was counted: bookings, pushes, warnings."""
    _fresh: list[float] = field(default_factory=list)

    def noted(self, kind: str, milliseconds: float) -> None:
        """Something was answered."""
        self.times.setdefault(kind, []).append(milliseconds)
        if kind in TURNS:
            self._fresh.append(milliseconds)

    def fault(self, text: str) -> None:
        """Something went wrong."""
        self.faults.append(text)

    @property
    def turns(self) -> int:
        """Answered turns so far."""
        return sum(len(self.times.get(kind, ())) for kind in TURNS)

    def lately(self) -> Timing:
        """The times of the turns since the last call."""
        fresh, self._fresh = self._fresh, []
        return Timing("", fresh)

    def kinds(self) -> Mapping[str, Timing]:
        """All times by kind."""
        return {kind: Timing(kind, times) for kind, times in sorted(self.times.items())}


TURNS = frozenset({"typed", "button", "position", "voice", "again"})
"""Kinds of messages that are turns; the rest are pages, pictures and sound."""
