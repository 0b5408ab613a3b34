"""Whether a soak went well: memory flat, open files not growing, no message late, no error, everybody answered."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.soak.held import Held

SECOND_HALF = 10
"""So many measurements the second half needs; a shorter run says nothing about growth."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One look. `minute` is from the beginning, sizes are megabytes, times milliseconds.

    `outbox` is for how many seconds the oldest message has waited of those that could be delivered.
    """

    minute: float
    program: Held
    rasa: Held | None
    database: float
    outbox: float
    turns: int
    p50: float
    p95: float
    faults: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """What may grow in the second half of the run, and by how much."""

    memory: float = 60.0
    """Megabytes an hour of memory that no file backs, for each process."""
    count: float = 5.0
    """Files, sockets or threads over the whole of the second half."""
    late: float = 60.0
    """Seconds that a message may wait which could be delivered; what waits for its reader's return is not late."""
    left: int = 5
    """Sockets that may be open after everybody has gone, beyond those before anybody came."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One of the things that are judged."""

    name: str
    well: bool
    said: str

    def row(self) -> str:
        """As a line of the report."""
        return f"{'well' if self.well else 'BAD':<5} {self.name:<38} {self.said}"


def slope(points: Sequence[tuple[float, float]]) -> float:
    """How much the second value grows for each one of the first, by least squares; 0 where the first never changes."""
    count = len(points)
    if not count:
        return 0.0
    x_mean, y_mean = (sum(values) / count for values in zip(*points, strict=True))
    spread = sum((x - x_mean) ** 2 for x, _ in points)
    return sum((x - x_mean) * (y - y_mean) for x, y in points) / spread if spread else 0.0


def judge_growth(samples: Sequence[Sample], bounds: Bounds) -> list[Verdict]:
    """Memory, files, sockets and threads of the program, and the memory of the understanding service."""
    half = [sample for sample in samples if sample.minute >= samples[-1].minute / 2] if samples else []
    if len(half) < SECOND_HALF:
        return [Verdict("growth", True, f"not judged: {len(half)} measurements in the second half")]
    span = half[-1].minute - half[0].minute
    hourly = slope([(one.minute, one.program.private) for one in half]) * 60
    found = [_memory("memory of the program", hourly, bounds)]
    if understanding := [(one.minute, one.rasa.private) for one in half if one.rasa]:
        found.append(_memory("memory of the understanding service", slope(understanding) * 60, bounds))
    counts: dict[str, Callable[[Held], int]] = {
        "open files": lambda one: one.files,
        "sockets": lambda one: one.sockets,
        "threads": lambda one: one.threads,
    }
    for name, count in counts.items():
        grown = slope([(one.minute, float(count(one.program))) for one in half]) * span
        found.append(Verdict(name, grown <= bounds.count, f"{grown:+.1f} in {span:.0f} min, at most {bounds.count:g}"))
    return found


def judge_outbox(samples: Sequence[Sample], bounds: Bounds) -> Verdict:
    """The longest that a message has waited whose reader was there."""
    longest = max((sample.outbox for sample in samples), default=0.0)
    return Verdict(
        "messages that could be delivered", longest <= bounds.late, f"{longest:.0f} s, at most {bounds.late:g}"
    )


def judge_end(before: Held, after: Held, bounds: Bounds, faults: Sequence[str], status: int) -> list[Verdict]:
    """What is left when everybody has gone, everything that went wrong, and how the program ended."""
    left = after.sockets - before.sockets
    return [
        Verdict("sockets after everybody has gone", left <= bounds.left, f"{left:+d}, at most {bounds.left:+d}"),
        Verdict("errors, and farmers without an answer", not faults, str(len(faults))),
        Verdict("ended when told to", status == 0, f"exit status {status}"),
    ]


def _memory(name: str, hourly: float, bounds: Bounds) -> Verdict:
    said = f"{hourly:+.1f} MB an hour over the second half, at most {bounds.memory:g}"
    return Verdict(name, hourly <= bounds.memory, said)
