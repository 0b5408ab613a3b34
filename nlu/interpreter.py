"""Text and context to an Understanding: normalise, ask the understander, and let the lexicon name the things."""

from dataclasses import replace

from nlu.entities import EntityFinder
from nlu.slips import Slips
from nlu.text.normalise import Normalised, Normaliser
from nlu.understanding import Entity, Understander, Understanding
from nlu.values import ValueFinder, without_contradiction
from nlu.wordfile import Region


class Interpreter:
    """One sentence at a time; concurrent calls are safe if the understander's are."""

    def __init__(
        self,
        normaliser: Normaliser,
        finder: EntityFinder,
        understander: Understander,
        slips: Slips | None = None,
        values: ValueFinder | None = None,
    ) -> None:
        self._normaliser = normaliser
        self._finder = finder
        self._understander = understander
        self._slips = slips
        self._values = values

    async def interpret(self, text: str, region: Region | None = None, near: str | None = None) -> Understanding:
        """Understand one sentence; `near` is the speaker's administrative code. Nothing but emoji and the like: `out_of_scope` with confidence 0, nobody is asked.

        Raises `UnderstanderDown` when the understander does.
        """
        normalised = self._normalised(text, region)
        if not any(char.isalnum() for char in normalised.text):
            return Understanding(text, normalised.text, "out_of_scope", 0.0, by=self._understander.name)
        named = self._finder.find(normalised.text, region)
        if self._values:
            named = without_contradiction(named, self._values.find(normalised.text, region, near))
        parse = await self._understander.parse(normalised.text)
        return Understanding(
            text=text,
            normalized=normalised.text,
            intent=parse.intent,
            confidence=parse.confidence,
            entities=_merged(named, parse.entities, normalised),
            ranking=parse.ranking,
            by=parse.by,
        )

    def standard(self, text: str) -> str:
        """The sentence in standard words; nothing is asked that can be down."""
        return self._normalised(text, None).text

    def _normalised(self, text: str, region: Region | None) -> Normalised:
        """The sentence in standard words, once what was mistyped in it is mended."""
        if self._slips is None:
            return self._normaliser.align(text, region)
        mended = self._slips.mend(text, region)
        return mended.back(self._normaliser.align(mended.text, region))


def _merged(named: tuple[Entity, ...], guessed: tuple[Entity, ...], normalised: Normalised) -> tuple[Entity, ...]:
    """The lexicon's entities, and the understander's where they overlap none; `text` as it was said."""
    free = [
        entity
        for entity in guessed
        if not any(entity.start < other.end and other.start < entity.end for other in named)
        and (entity.start >= 0 or all(entity.text != other.text for other in named))
    ]
    found = sorted((*named, *free), key=lambda entity: entity.start)
    return tuple(replace(entity, text=normalised.original(entity.start, entity.end) or entity.text) for entity in found)
