"""What was said, as data: the result that the interpreter hands to the dialogue."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Entity:
    """A thing that was named: `text` as said, `standard` the lexicon's term for it."""

    kind: str
    text: str
    standard: str
    start: int = -1
    end: int = -1
    """Character span in the normalised text; -1 where it is not known."""


@dataclass(frozen=True, slots=True)
class Parse:
    """One understander's reading of a normalised sentence; confidences are between 0 and 1."""

    intent: str
    confidence: float
    ranking: tuple[tuple[str, float], ...]
    entities: tuple[Entity, ...]
    by: str
    """Name of the understander: `rasa` or `builtin`."""


class Understander(Protocol):
    """Reads one normalised sentence. Raises `UnderstanderDown` when it cannot."""

    name: str

    async def parse(self, normalized: str) -> Parse: ...


class UnderstanderDown(Exception):
    """The understanding service does not answer."""


@dataclass(frozen=True, slots=True)
class Understanding:
    """A sentence as said, as normalised, and as understood."""

    text: str
    normalized: str
    intent: str
    confidence: float
    entities: tuple[Entity, ...] = ()
    ranking: tuple[tuple[str, float], ...] = ()
    by: str = "builtin"

    def standard(self, kind: str) -> str | None:
        """The first entity of that kind, in its standard term."""
        return next((e.standard for e in self.entities if e.kind == kind), None)
