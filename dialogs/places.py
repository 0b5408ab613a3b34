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

    def region(self, code: str | None) -> Region | None:
        """The dialect region of an administrative code: in some 谷子 is rice, in others millet."""
        if not code:
            return None
        return self._gazetteer.region_of(code) or self._words.region_of(code)
