"""What was put in place of what in a sentence, and the sentence that came of it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from nlu.text.normalise import Normalised
from nlu.wordfile import HAN_NUMERALS

NEGATIONS = "不没无别未莫勿弗否非甭嫑覅冇唔毋呒"
_FIXED = frozenset(HAN_NUMERALS + "几" + NEGATIONS)


def fixed(text: str) -> str:
    """The digits, numerals and negations of a text, in order: what must not be changed without asking."""
    return "".join(char for char in text if char in _FIXED or char.isdigit())


@dataclass(frozen=True, slots=True)
class Change:
    """At `start` of the text, `heard` was taken for `meant`."""

    start: int
    heard: str
    meant: str

    @property
    def end(self) -> int:
        """Where `heard` ends."""
        return self.start + len(self.heard)

    @property
    def silent(self) -> bool:
        """Whether it leaves numbers and negations alone, so that nobody need be asked."""
        return fixed(self.heard) == fixed(self.meant)


@dataclass(frozen=True, slots=True)
class Correction:
    """`source` with `changes` made, in the order of the text. `doubts` could be made too, each instead of what is there."""

    source: str
    changes: tuple[Change, ...] = ()
    doubts: tuple[Change, ...] = ()

    @property
    def text(self) -> str:
        """The mended text."""
        return _made(self.source, self.changes)

    @property
    def others(self) -> tuple["Correction", ...]:
        """The same with one doubtful change made as well, for each of them."""
        return tuple(
            Correction(self.source, tuple(sorted((*self._beside(doubt), doubt), key=lambda change: change.start)))
            for doubt in self.doubts
        )

    def back(self, normalised: Normalised) -> Normalised:
        """What was made of the mended text, told of the source: each span is that of what was said."""
        if not self.changes:
            return normalised
        spans: list[tuple[int, int]] = []
        at = 0
        for change in self.changes:
            spans += ((place, place + 1) for place in range(at, change.start))
            spans += ((change.start, change.end) for _ in change.meant)
            at = change.end
        spans += ((place, place + 1) for place in range(at, len(self.source)))
        return replace(
            normalised,
            source=self.source,
            spans=tuple((spans[start][0], spans[end - 1][1]) for start, end in normalised.spans),
        )

    def _beside(self, doubt: Change) -> Iterable[Change]:
        return (change for change in self.changes if change.end <= doubt.start or change.start >= doubt.end)


def _made(text: str, changes: tuple[Change, ...]) -> str:
    for change in reversed(changes):
        text = text[: change.start] + change.meant + text[change.end :]
    return text
