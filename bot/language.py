"""The language data in force, loaded once: what every assistant of this process reads and hears with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from dialogs.analysis import QuestionReader, TextAnalyzer
from dialogs.crops import Crops
from dialogs.places import Places
from nlu.entities import EntityFinder
from nlu.text.gazetteer import Gazetteer
from nlu.text.normalise import Normaliser
from nlu.text.segmenter import Segmenter
from nlu.values import ValueFinder
from nlu.words import Words


@dataclass(frozen=True, slots=True)
class Language:
    """Words, places and units, and what is made of them. Never changes once made; safe to share."""

    words: Words
    normaliser: Normaliser
    segmenter: Segmenter
    analyze: TextAnalyzer
    gazetteer: Gazetteer
    values: ValueFinder
    finder: EntityFinder
    crops: Crops
    places: Places

    @classmethod
    def load(cls, words: Words, segmenter: Segmenter, clock: Callable[[], datetime], *folders: Path) -> "Language":
        """Our own data, and the places and units of the counties' folders. Blocks for a second."""
        normaliser = Normaliser(words)
        gazetteer = Gazetteer.load(*(folder / "places" for folder in folders))
        return cls(
            words=words,
            normaliser=normaliser,
            segmenter=segmenter,
            analyze=TextAnalyzer(normaliser, segmenter),
            gazetteer=gazetteer,
            values=ValueFinder.load(words, gazetteer, clock, *folders),
            finder=EntityFinder(words),
            crops=Crops(words),
            places=Places(words, gazetteer),
        )

    @property
    def question_reader(self) -> QuestionReader:
        """What reads waiting questions for likeness."""
        return QuestionReader(self.analyze, self.finder, self.crops)
