"""A sentence as characters, with the kind of thing in place of each word of the lexicon."""

from collections.abc import Mapping

KEEP = "keep"
"""Kind of an ordinary word that contains a lexicon word and must be left alone."""


class Cutter:
    """Takes the longest known word, left to right: 玉米怎么卖 is `<crop>` 怎 么 卖. Words are in lower case."""

    def __init__(self, kinds: Mapping[str, str]) -> None:
        self.kinds = dict(kinds)
        lengths: dict[str, set[int]] = {}
        for word in kinds:
            lengths.setdefault(word[0], set()).add(len(word))
        self._lengths = {first: sorted(found, reverse=True) for first, found in lengths.items()}

    def cut(self, text: str) -> list[str]:
        """Return the units of a text in lower case."""
        units: list[str] = []
        at = 0
        while at < len(text):
            for length in self._lengths.get(text[at], ()):
                word = text[at : at + length]
                kind = self.kinds.get(word)
                if kind is not None:
                    units += list(word) if kind == KEEP else [f"<{kind}>"]
                    at += length
                    break
            else:
                units.append(text[at])
                at += 1
        return units
