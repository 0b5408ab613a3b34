"""Where a person is: the administrative code that is remembered, and the dialect that is spoken there."""

from nlu.understanding import Understanding
from nlu.words import Region, Words


class Places:
    """Places of the lexicon."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def named(self, said: Understanding) -> str | None:
        """The administrative code of the place that a sentence names; None where it names none, or several."""
        terms = [self._words.term(entity.standard) for entity in said.entities if entity.kind == "place"]
        codes = {term.code for term in terms if term and term.code}
        return codes.pop() if len(codes) == 1 else None

    def region(self, code: str | None) -> Region | None:
        """The dialect region of an administrative code: in some 谷子 is rice, in others millet."""
        return self._words.region_of(code) if code else None
