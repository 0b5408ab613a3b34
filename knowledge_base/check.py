"""The content checker: what must be mended before an answer may be published."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from knowledge_base.entry import CONTENT, ContentError, Entry, read_content, read_subjects
from knowledge_base.safety import PesticideGate, pesticide_gate

MIN_SYMPTOMS = 3
"""An entry is found by what is seen; fewer phrases than this find too little."""


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
    problems = [*_faults(entries, frozenset(subjects)), *_doubled_asks(entries)]
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


def _faults(entries: Sequence[Entry], subjects: frozenset[str]) -> Iterator[str]:
    for entry in entries:
        if entry.key not in subjects:
            yield f"{entry.key}: not a subject of subjects.yaml"
        if entry.key in entry.follow_ups:
            yield f"{entry.key}: follows up on itself"
        for key in entry.follow_ups:
            if key not in subjects:
                yield f"{entry.key}: follow-up {key} is not a subject of subjects.yaml"
        if len(set(entry.asks)) < len(entry.asks):
            yield f"{entry.key}: a question stands twice"
        if len(entry.symptoms) < MIN_SYMPTOMS:
            yield f"{entry.key}: fewer than {MIN_SYMPTOMS} symptoms"
        if entry.second_reading and entry.second_reading.by == entry.written_by:
            yield f"{entry.key}: read a second time by its own writer"


def _doubled_asks(entries: Sequence[Entry]) -> Iterator[str]:
    asked: dict[str, str] = {}
    for entry in entries:
        for ask in entry.asks:
            if asked.setdefault(ask, entry.key) != entry.key:
                yield f"{entry.key}: “{ask}” is asked for {asked[ask]} as well"
