"""Speech as written down to standard Chinese: forms, dialect words and regional names, with the way back."""

from collections.abc import Iterable
from dataclasses import dataclass

from nlu.text.forms import Piece, plain
from nlu.text.scanner import Scanner
from nlu.wordfile import ENTITY_KINDS, Region
from nlu.words import Words

# A replacement can complete another word with its neighbours; real text settles in two rounds.
_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Normalised:
    """A normalised text, and for each of its characters the span of the original that it stands for."""

    source: str
    text: str
    spans: tuple[tuple[int, int], ...]

    def original(self, start: int, end: int) -> str:
        """What was said where the normalised text has `start` to `end`."""
        if not 0 <= start < end <= len(self.spans):
            return ""
        covered = self.spans[start:end]
        return self.source[min(span[0] for span in covered) : max(span[1] for span in covered)]

    def forward(self, start: int, end: int) -> tuple[int, int]:
        """The span in the normalised text of what the original has at `start` to `end`; (-1, -1) if nothing is left of it."""
        inside = [at for at, (first, last) in enumerate(self.spans) if first < end and last > start]
        return (inside[0], inside[-1] + 1) if inside else (-1, -1)


class Normaliser:
    """Normalises one sentence at a time; holds no state, safe to share."""

    def __init__(self, words: Words) -> None:
        self._scanner = Scanner(words, ENTITY_KINDS | {"wording"})

    def normalise(self, text: str, region: Region | None = None) -> str:
        """The text in standard words. Idempotent; numbers stay as they are; ambiguous words stay as they are."""
        return self.align(text, region).text

    def align(self, text: str, region: Region | None = None) -> Normalised:
        """Like `normalise`, with the way back to what was said."""
        pieces = plain([(char, at, at + 1) for at, char in enumerate(text)])
        for _ in range(_ROUNDS):
            before = _text(pieces)
            pieces = plain(self._replaced(before, pieces, region))
            if _text(pieces) == before:
                break
        return Normalised(text, _text(pieces), tuple((start, end) for _, start, end in pieces))

    def _replaced(self, text: str, pieces: list[Piece], region: Region | None) -> list[Piece]:
        done: list[Piece] = []
        at = 0
        for hit in self._scanner.scan(text, region):
            new = hit.readings[0].replacement if len(hit.readings) == 1 else None
            if new is None:
                continue
            done += pieces[at : hit.start]
            start, end = pieces[hit.start][1], pieces[hit.end - 1][2]
            done += [(char, start, end) for char in new]
            at = hit.end
        return done + pieces[at:]


def _text(pieces: Iterable[Piece]) -> str:
    return "".join(piece[0] for piece in pieces)
