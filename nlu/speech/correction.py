"""Mends what a recogniser misheard: words that make no sense where they stand, but sound like a term of the lexicon."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from pypinyin import lazy_pinyin
from rapidfuzz import fuzz

from nlu.text.pinyin import fold
from nlu.text.segmenter import FREQUENCY, Segmenter
from nlu.wordfile import HAN_NUMERALS, Kind, Term
from nlu.words import Words

_KINDS: frozenset[Kind] = frozenset(
    {
        "crop",
        "livestock",
        "problem",
        "hazard",
        "pesticide",
        "fertiliser",
        "machine",
        "service",
        "work",
        "policy",
        "legal",
    }
)
_NAMES: frozenset[Kind] = frozenset({"crop", "livestock", "problem", "pesticide", "fertiliser"})
_LONGEST = 9
_FUZZY_FROM = 4
_ALIKE = 60
"""Least likeness, in per cent, of the one syllable that may differ in a long term."""
_WORD = 20
"""A word this frequent makes sense as it stands."""
_COMMON = 300
_COMMON_CHARACTER = 20_000
_FIXED = frozenset(HAN_NUMERALS + "几0123456789不没无别未莫勿弗否非")
"""Numerals and negations: what stands there is never taken for something else."""


@dataclass(frozen=True, slots=True)
class Change:
    """At `start` of the recognised text, `heard` was taken for `meant`."""

    start: int
    heard: str
    meant: str


@dataclass(frozen=True, slots=True)
class Correction:
    """The mended text, and what was changed, in the order of the text."""

    text: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class _Name:
    text: str
    standard: str


class Corrector:
    """Built in about a second, then holds no state; safe to share."""

    def __init__(self, words: Words, segmenter: Segmenter) -> None:
        self._segmenter = segmenter
        self._known = frozenset(words.readings)
        self._listed = {
            spelling.text: (_as_said(spelling.text, term), spelling)
            for term in words.terms
            for spelling in term.sound_alikes
        }
        self._by_sound: dict[tuple[str, ...], list[_Name]] = {}
        for text, readings in words.readings.items():
            term = readings[0].term
            if term.kind in _KINDS and 2 <= len(text) <= _LONGEST and _fit(text, term):
                for key in _keys(fold(text), len(text), fuzzy=text == term.standard):
                    self._by_sound.setdefault(key, []).append(_Name(text, term.standard))

    def correct(self, text: str) -> str:
        """The mended text. Numerals and negations stay, except in a mishearing that the lexicon lists."""
        return self.mend(text).text

    def mend(self, text: str) -> Correction:
        """Like `correct`, with the list of changes."""
        tokens = self._segmenter.cut(text)
        if sum(map(len, tokens)) != len(text):  # spaces are no tokens
            tokens = [part for word in text.split() for part in [*self._segmenter.cut(word), " "]][:-1]
            text = "".join(tokens)
        bounds = [0, *accumulate(map(len, tokens))]
        syllables = _syllables(text)
        changes: list[Change] = []
        at = 0
        while at < len(text):
            change = self._listed_at(text, at, bounds) or self._change_at(text, at, bounds, tokens, syllables)
            if change:
                changes.append(change)
                at += len(change.heard)
            else:
                at += 1
        mended = text
        for change in reversed(changes):
            mended = mended[: change.start] + change.meant + mended[change.start + len(change.heard) :]
        return Correction(mended, tuple(changes))

    def _listed_at(self, text: str, start: int, bounds: list[int]) -> Change | None:
        """A mishearing that the lexicon lists; a short one only where the words around it end there."""
        for end in range(min(len(text), start + _LONGEST), start + 1, -1):
            heard = text[start:end]
            if heard not in self._listed or (len(heard) == 2 and not (start in bounds and end in bounds)):
                continue
            meant, spelling = self._listed[heard]
            if not text.startswith(spelling.not_before or "\0", end) and not text.endswith(
                spelling.not_after or "\0", 0, start
            ):
                return Change(start, heard, meant)
        return None

    def _change_at(
        self, text: str, start: int, bounds: list[int], tokens: list[str], syllables: list[str]
    ) -> Change | None:
        """What could be meant by the words from `start` on, the longest stretch first."""
        if start not in bounds:
            return None
        first = bounds.index(start)
        for last in range(min(len(tokens), first + _LONGEST), first, -1):
            end = bounds[last]
            heard = text[start:end]
            if 2 <= len(heard) <= _LONGEST and all(syllables[start:end]) and not self._is_word(heard):
                meant = self._meant(heard, tokens[first:last], tuple(syllables[start:end]))
                if meant:
                    return Change(start, heard, meant)
        return None

    def _is_word(self, window: str) -> bool:
        return window in self._known or self._segmenter.frequency(window) >= _WORD

    def _meant(self, window: str, tokens: list[str], sound: tuple[str, ...]) -> str | None:
        """The one term that sounds like it, if nothing speaks for what was heard."""
        found: dict[str, _Name] = {}
        for key in _keys(sound, len(window), fuzzy=True):
            for name in self._by_sound.get(key, ()):
                if self._could_be(window, tokens, sound, name):
                    found.setdefault(name.text, name)
        if not found:
            return None
        same = {name.text: sum(map(str.__eq__, name.text, window)) for name in found.values()}
        best = [name for name in found.values() if same[name.text] == max(same.values())]
        if len({name.standard for name in best}) > 1:
            return None
        return next((name.text for name in best if name.text == name.standard), best[0].text)

    def _could_be(self, window: str, tokens: list[str], sound: tuple[str, ...], name: _Name) -> bool:
        if any(
            one != other and (one in _FIXED or other in _FIXED) for one, other in zip(window, name.text, strict=True)
        ):
            return False
        if len(window) == 2 and lazy_pinyin(window, v_to_u=False) != lazy_pinyin(name.text, v_to_u=False):
            return False
        if any(fuzz.ratio(heard, meant) < _ALIKE for heard, meant in zip(sound, fold(name.text), strict=True)):
            return False
        shared = {one for one, other in zip(window, name.text, strict=True) if one == other and one != "子"}
        if len(window) == 2 and not shared:
            return False
        at = 0
        for token in tokens:
            if token != name.text[at : at + len(token)] and self._makes_sense(token, shared=bool(shared)):
                return False
            at += len(token)
        return True

    def _makes_sense(self, token: str, *, shared: bool) -> bool:
        """Whether a word within the window speaks against taking it for something else."""
        frequency = self._segmenter.frequency(token)
        if len(token) == 1:
            return frequency > _COMMON_CHARACTER
        if token in self._known or frequency == FREQUENCY:
            return True
        return frequency > (_COMMON if shared else _WORD)


def _fit(text: str, term: Term) -> bool:
    """Two syllables sound like too much: only names, and of the sorts of crops the like of 早稻."""
    if len(text) > 2:
        return True
    return term.kind in _NAMES and (
        text == term.standard or (term.kind == "crop" and any(text == sort.text for sort in term.narrower))
    )


def _as_said(heard: str, term: Term) -> str:
    """The way to say the term that sounds like what was heard, so that 海交 becomes 海椒; else the standard term."""
    ways = (term.standard, *(way.text for way in (*term.aliases, *term.narrower)))
    return next((way for way in ways if fold(way) == fold(heard)), term.standard)


def _keys(sound: tuple[str, ...], length: int, *, fuzzy: bool) -> Iterator[tuple[str, ...]]:
    """The sound, and for a long term the sound with each of its syllables open."""
    if len(sound) == length:
        yield sound
        if fuzzy and length >= _FUZZY_FROM:
            yield from ((*sound[:at], "*", *sound[at + 1 :]) for at in range(length))


def _syllables(text: str) -> list[str]:
    """One folded syllable for each character; empty where it is not Han."""
    folded = iter(fold(text))
    return [next(folded) if "\u3400" <= char <= "\u9fff" else "" for char in text]
