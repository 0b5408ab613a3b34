"""Two versions of an entry side by side: field by field, with what is different marked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from knowledge_base.curation.problems import field_name
from knowledge_base.entry import Answer, Entry

LONGEST = 4000
"""Longer fields are marked whole: the time to compare grows with the square of the length."""
SHORTEST = 2
"""A shorter stretch that both have between two changes counts as changed: single characters say nothing."""
UNSHOWN = frozenset({"key", "second_reading", "written_by", "answer", "sources"})


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text, and whether the other side lacks it."""

    text: str
    changed: bool


@dataclass(frozen=True, slots=True)
class FieldPair:
    """A field on both sides, line by line of the field; `name` is what people call it."""

    field: str
    name: str
    left: tuple[Piece, ...]
    right: tuple[Piece, ...]

    @property
    def changed(self) -> bool:
        """Whether the sides differ."""
        return any(piece.changed for piece in (*self.left, *self.right))


def fields(content: Mapping[str, Any]) -> dict[str, str]:
    """Every field that people write, as text: a list has a line for each item."""
    entry = Entry.model_validate(content).model_dump(mode="json")
    shown = {name: _text(value) for name, value in entry.items() if name not in UNSHOWN}
    shown |= {f"answer.{part}": _text(entry["answer"][part]) for part in Answer.model_fields}
    return {**shown, "sources": "\n".join(_source(source) for source in entry["sources"])}


def compare(left: Mapping[str, Any], right: Mapping[str, Any]) -> list[FieldPair]:
    """Every field of two contents; empty ones that both have empty are left out."""
    one, other = fields(left), fields(right)
    return [
        FieldPair(name, field_name(name), *_pieces(one[name], other[name])) for name in one if one[name] or other[name]
    ]


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "✓" if value else ""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "\n".join(map(str, value))
    return "" if value is None else str(value)


def _source(source: Mapping[str, Any]) -> str:
    return " · ".join(str(part) for part in source.values() if part)


def _pieces(left: str, right: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    if left == right:
        return (Piece(left, False),), (Piece(right, False),)
    if max(len(left), len(right)) > LONGEST:
        return (Piece(left, True),), (Piece(right, True),)
    blocks = [b for b in SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks() if _tells(b.size)]
    spans = [(b.a, b.b, b.size) for b in blocks]
    return (
        tuple(_split(left, [(a, size) for a, _, size in spans])),
        tuple(_split(right, [(b, size) for _, b, size in spans])),
    )


def _tells(size: int) -> bool:
    return size >= SHORTEST


def _split(text: str, same: Sequence[tuple[int, int]]) -> Iterator[Piece]:
    at = 0
    for start, size in same:
        if start > at:
            yield Piece(text[at:start], True)
        yield Piece(text[start : start + size], False)
        at = start + size
    if at < len(text):
        yield Piece(text[at:], True)
