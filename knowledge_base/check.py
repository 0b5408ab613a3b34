"""The content checker: what must be mended before an answer may be published."""

from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from knowledge_base.entry import CONTENT, ContentError, Entry, read_content, read_subjects
from knowledge_base.safety import PesticideGate, pesticide_gate

MIN_SYMPTOMS = 3
"""An entry is found by what is seen; fewer phrases than this find too little."""


_SAID: Mapping[str, str] = {
    "follows_itself": "follows up on itself",
    "unknown_follow_up": "follow-up {detail} is not a subject of subjects.yaml",
    "doubled_ask": "a question stands twice: {detail}",
    "few_symptoms": "fewer than {detail} symptoms",
    "own_reading": "read a second time by its own writer",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """A rule that an entry breaks, in which field, and by what."""

    rule: str
    field: str
    detail: str = ""

    def __str__(self) -> str:
        return _SAID[self.rule].format(detail=self.detail)


@dataclass(frozen=True, slots=True)
class Report:
    """What the checker found; `problems` empty means that the content may go out."""

    problems: tuple[str, ...]
    entries: int
    subjects: int
    unread: tuple[str, ...]
    """Entries without a second reading."""
    needs_review: tuple[str, ...]
    expired: tuple[str, ...]


def check_content(today: date, folder: Path = CONTENT, gate: PesticideGate | None = None) -> Report:
    """Check every entry of a content folder as of `today`."""
    subjects = read_subjects()
    try:
        entries = read_content(folder)
    except ContentError as fault:
        return Report((str(fault),), 0, len(subjects), (), (), ())
    problems = [*_problems(entries, frozenset(subjects)), *_doubled_asks(entries)]
    gate = gate or pesticide_gate()
    problems += [
        f"{e.key}: banned product as advice: {violation}" for e in entries for violation in gate.check(e, today)
    ]
    return Report(
        tuple(problems),
        len(entries),
        len(subjects),
        tuple(e.key for e in entries if e.second_reading is None),
        tuple(e.key for e in entries if e.needs_review),
        tuple(e.key for e in entries if e.expired(today)),
    )


def faults(entry: Entry, known: Container[str]) -> Iterator[Fault]:
    """What is wrong with one entry that its schema cannot see; `known` has the keys that it may follow up on."""
    if entry.key in entry.follow_ups:
        yield Fault("follows_itself", "follow_ups")
    yield from (Fault("unknown_follow_up", "follow_ups", key) for key in entry.follow_ups if key not in known)
    yield from (Fault("doubled_ask", "asks", ask) for ask, count in Counter(entry.asks).items() if count > 1)
    if len(entry.symptoms) < MIN_SYMPTOMS:
        yield Fault("few_symptoms", "symptoms", str(MIN_SYMPTOMS))
    if entry.second_reading and entry.second_reading.by == entry.written_by:
        yield Fault("own_reading", "second_reading")


def _problems(entries: Sequence[Entry], subjects: frozenset[str]) -> Iterator[str]:
    for entry in entries:
        if entry.key not in subjects:
            yield f"{entry.key}: not a subject of subjects.yaml"
        yield from (f"{entry.key}: {fault}" for fault in faults(entry, subjects))


def _doubled_asks(entries: Sequence[Entry]) -> Iterator[str]:
    asked: dict[str, str] = {}
    for entry in entries:
        for ask in entry.asks:
            if asked.setdefault(ask, entry.key) != entry.key:
                yield f"{entry.key}: “{ask}” is asked for {asked[ask]} as well"
