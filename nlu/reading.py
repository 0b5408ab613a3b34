"""What a written form means, and what may stand for it in a normalised sentence."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nlu.wordfile import HAN_NUMERALS, Spelling, Term, WordFile

_THINGS = frozenset({"crop", "livestock"})
_DEEDS = frozenset({"service", "work", "policy", "legal", "affair"})
# A name in which another name must not be touched: a product, a place, a fixed phrase.
_WHOLE = frozenset({"pesticide", "fertiliser", "product", "place", "unit", "wording"})


@dataclass(frozen=True, slots=True)
class Reading:
    """One meaning of a written form, and what stands for it in a normalised sentence (None: it stays)."""

    term: Term
    spelling: Spelling
    replacement: str | None


def numerals(text: str) -> str:
    """The digits and Han numerals of `text`, in order."""
    return "".join(char for char in text if char.isdigit() or char in HAN_NUMERALS)


def readings_of(files: Iterable[WordFile]) -> Mapping[str, tuple[Reading, ...]]:
    """Every written form with its meanings, in the order of the files."""
    found: dict[str, list[Reading]] = {}
    for file in files:
        for term in file.terms:
            for spelling in (Spelling(text=term.standard), *term.aliases, *term.narrower):
                said = found.setdefault(spelling.text, [])
                if all(reading.term.standard != term.standard for reading in said):
                    replaced = spelling not in term.narrower and _replaces(file, term, spelling)
                    said.append(Reading(term, spelling, term.standard if replaced else None))
    things = _Things(found)
    forms: dict[str, list[Reading]] = {}
    for text, readings in found.items():
        for reading in readings:
            refined = things.refine(text, reading)
            forms.setdefault(text, []).append(refined)
            if refined.replacement and refined.replacement not in found and refined.replacement != text:
                # Entities are sought in normalised sentences, so the word must be known in that form too.
                same = forms.setdefault(refined.replacement, [])
                if all(other.term.standard != reading.term.standard for other in same):
                    same.append(Reading(reading.term, reading.spelling, None))
    return {text: tuple(readings) for text, readings in forms.items()}


def _replaces(file: WordFile, term: Term, spelling: Spelling) -> bool:
    if spelling.text == term.standard:
        return False
    if spelling.normalise is not None:
        return spelling.normalise
    return file.normalise and len(spelling.text) > 1 and numerals(spelling.text) == numerals(term.standard)


class _Things:
    """Crops and animals named inside longer words: 收苞谷 keeps its crop, and becomes 收玉米."""

    def __init__(self, found: Mapping[str, list[Reading]]) -> None:
        self._standard: dict[str, str] = {}
        self._names: dict[str, tuple[str, str]] = {}
        for text, readings in found.items():
            reading = readings[0]
            if len(readings) == 1 and reading.term.kind in _THINGS:
                self._names[text] = (reading.term.standard, reading.term.kind)
                if reading.replacement and not _hangs(reading.spelling):
                    self._standard[text] = reading.term.standard

    def refine(self, text: str, reading: Reading) -> Reading:
        """The reading with the replacement that loses no crop and no animal."""
        term = reading.term
        unharmed = term.kind in _THINGS or reading.spelling.normalise or not self._lost(text, term)
        if reading.replacement and unharmed:
            return reading
        if text == term.standard or term.kind in _WHOLE or reading.spelling.normalise is False:
            return Reading(term, reading.spelling, None)
        new = text
        for name in _inside(text, self._standard):
            if term.kind not in _THINGS or self._standard[name] == term.standard:
                new = new.replace(name, self._standard[name])
        return Reading(term, reading.spelling, new if new != text else None)

    def _lost(self, text: str, term: Term) -> bool:
        """Whether `text` names a crop or an animal that the standard term does not. 土蚕 and its like name none."""
        for name in _inside(text, self._names):
            thing, kind = self._names[name]
            counts = len(name) > 1 or kind == "crop" or term.kind in _DEEDS or thing == term.of
            if counts and thing not in term.standard and name not in term.standard:
                return True
        return False


def _hangs(spelling: Spelling) -> bool:
    """Whether its meaning hangs on what stands around it."""
    return bool(spelling.context or spelling.strict or spelling.not_after or spelling.not_before or spelling.at_end)


def _inside(text: str, names: Mapping[str, object]) -> list[str]:
    """Names that are part of `text`, not all of it: longest first, left to right."""
    inside: list[str] = []
    at = 0
    while at < len(text):
        for length in range(len(text) - at, 0, -1):
            if text[at : at + length] in names and length < len(text):
                inside.append(text[at : at + length])
                at += length
                break
        else:
            at += 1
    return inside
