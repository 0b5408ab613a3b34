"""Which crop or animal a sentence is about."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import yaml

from nlu.understanding import Entity, Understanding
from nlu.words import Words

KINDS = ("crop", "livestock")
"""Entities that say which crop or animal is meant; an entry calls either its `crop`."""
DATA = Path(__file__).parent / "crop_groups.yaml"


class Crops:
    """Crops and animals, and what they belong to: a question about 仔猪 is one about 猪."""

    def __init__(self, words: Words) -> None:
        things = [term for term in words.terms if term.kind in KINDS]
        self._known = {term.standard for term in things} - _groups()
        self._of = {term.standard: term.of for term in things if term.of}

    def named(self, said: Understanding) -> tuple[str, ...]:
        """The crops and animals of a sentence in standard terms; a whole group such as 庄稼 names none.

        What the understander guesses to be one, and the lexicon does not know, names none either: a slip would shut
        out the right answer.
        """
        return self.among(said.entities)

    def among(self, entities: Iterable[Entity]) -> tuple[str, ...]:
        """The crops and animals among what was found in a sentence."""
        standards = dict.fromkeys(entity.standard for entity in entities if entity.kind in KINDS)
        return tuple(standard for standard in standards if standard in self._known)

    def family(self, crops: Iterable[str]) -> frozenset[str]:
        """Crops together with what they belong to."""
        listed = list(crops)
        return frozenset(listed) | {self._of[crop] for crop in listed if crop in self._of}


@cache
def _groups() -> frozenset[str]:
    return frozenset(yaml.safe_load(DATA.read_text("utf-8")))
