"""The lexicon by sound: which terms something that was heard could have been."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from nlu.text.accent import accents
from nlu.text.pinyin import fold_syllable, toneless
from nlu.text.usage import Usage
from nlu.wordfile import Kind, Region, Term
from nlu.words import Words

LONGEST = 9
OPEN_FROM = 4
"""From this length on one syllable may be something else altogether, if it still resembles what was meant."""
OPEN_COST = 0.7
_ALIKE = 60
"""Least likeness, in per cent, of that one syllable."""
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
_DEEDS: frozenset[Kind] = frozenset({"hazard", "service", "work", "policy", "legal"})
_IN_USE = 5
"""How often a short name must stand in the known sentences."""

Sound = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Name:
    """A written form of a term, the term's standard name, its syllables, and whether it names a thing, not a deed."""

    text: str
    standard: str
    sound: Sound
    is_name: bool


@dataclass(frozen=True, slots=True)
class Match:
    """A name that something could have been, and what has to be assumed for it, 0 being nothing."""

    name: Name
    cost: float


class SoundIndex:
    """Names of two to nine syllables by their sound; holds no state after it is built."""

    def __init__(self, words: Words, usage: Usage) -> None:
        self._accents = accents()
        found: dict[Sound, list[Name]] = {}
        for text, readings in words.readings.items():
            term = readings[0].term
            if term.kind in _KINDS and 2 <= len(text) <= LONGEST and _fit(text, term, usage):
                name = Name(text, term.standard, syllables(text), term.kind not in _DEEDS)
                for key in self._keys(name.sound, len(text), opened=text == term.standard):
                    found.setdefault(key, []).append(name)
        self._by_sound: Mapping[Sound, Sequence[Name]] = found

    def matches(self, heard: str, sound: Sound, region: Region | None, *, opened: bool) -> Iterator[Match]:
        """The names that `heard`, of this sound, could have been. `opened`: one syllable of a long one may be wrong."""
        seen: set[str] = set()
        for key in self._keys(sound, len(heard), opened=opened):
            for name in self._by_sound.get(key, ()):
                if name.text not in seen:
                    seen.add(name.text)
                    cost = self._cost(sound, name.sound, region, opened=opened and len(heard) >= OPEN_FROM)
                    if cost is not None:
                        yield Match(name, cost)

    def _cost(self, heard: Sound, meant: Sound, region: Region | None, *, opened: bool) -> float | None:
        total = 0.0
        for one, other in zip(heard, meant, strict=True):
            cost = self._accents.cost(one, other, region)
            if cost > 1:
                if not opened or fuzz.ratio(fold_syllable(one), fold_syllable(other)) < _ALIKE:
                    return None
                opened, cost = False, OPEN_COST
            total += cost
        return total

    def _keys(self, sound: Sound, length: int, *, opened: bool) -> Iterator[Sound]:
        """The sound, and for a long name the sound with each of its syllables open."""
        if len(sound) == length:
            key = tuple(map(self._accents.key, sound))
            yield key
            if opened and length >= OPEN_FROM:
                yield from ((*key[:at], "*", *key[at + 1 :]) for at in range(length))


def syllables(text: str) -> Sound:
    """Toneless pinyin, one syllable for each Han character of a text that has nothing else; ü is written v."""
    sound = toneless(text)
    readings = accents().readings
    if len(sound) == len(text):
        return tuple(readings.get(char, syllable) for char, syllable in zip(text, sound, strict=True))
    return sound


def _fit(text: str, term: Term, usage: Usage) -> bool:
    """Two syllables sound like too much: only standard names, names much in use, and sorts of crops the like of 早稻."""
    if len(text) > 2:
        return True
    return term.kind in _NAMES and (
        text == term.standard
        or usage.words[text] >= _IN_USE
        or (term.kind == "crop" and any(text == sort.text for sort in term.narrower))
    )


def sayable(ways: Iterable[str], heard: Sound) -> str | None:
    """The first of these ways to say a thing that sounds, to a broad ear, like what was heard."""
    broad = tuple(map(fold_syllable, heard))
    return next((way for way in ways if tuple(map(fold_syllable, syllables(way))) == broad), None)
