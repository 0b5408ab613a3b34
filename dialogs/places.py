"""Where a person is: the administrative code that is remembered, and the dialect that is spoken there."""

from nlu.text.gazetteer import Gazetteer
from nlu.text.places import PlaceFinder, deepest
from nlu.understanding import Understanding
from nlu.words import Region, Words


class Places:
    """Places of the gazetteer, and how people speak there."""

    def __init__(self, words: Words, gazetteer: Gazetteer) -> None:
        self._words = words
        self._gazetteer = gazetteer
        self._finder = PlaceFinder(gazetteer, words)

    def named(self, said: Understanding, near: str | None = None) -> str | None:
        """The administrative code of the place that a sentence names.

        None where it names none, several, or one of several namesakes of which none is `near` the speaker's own place.
        """
        place = deepest(self._finder.find(said.normalized, near))
        return place.code if place and not place.alternatives else None

    def code(self, name: str) -> str | None:
        """The administrative code of a place by its name; None where it is not known, or several are called so."""
        place = deepest(self._finder.find(name))
        return place.code if place and not place.alternatives else None

    def full_name(self, code: str) -> str:
        """河南省商丘市柘城县, as far as the gazetteer knows a code of 2 to 12 digits."""
        return self._gazetteer.full_name(code if len(code) > 6 else code.ljust(6, "0"))

    def region(self, code: str | None) -> Region | None:
        """The dialect region of an administrative code: in some 谷子 is rice, in others millet."""
        if not code:
            return None
        return self._gazetteer.region_of(code) or self._words.region_of(code)
