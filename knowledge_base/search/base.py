"""The search contract: a question in, ranked entries out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.entry import Entry


@dataclass(frozen=True, slots=True)
class Tokens:
    """A text as the index sees it: single characters, pairs of neighbours, words; the same of its folded sound."""

    characters: frozenset[str]
    pairs: frozenset[str]
    words: frozenset[str]
    syllables: frozenset[str]
    syllable_pairs: frozenset[str]


class Analyzer(Protocol):
    """Cuts a text into tokens; the same one must be used for indexing and for asking."""

    def __call__(self, text: str) -> Tokens:
        """The tokens of a text."""
        ...


@dataclass(frozen=True, slots=True)
class Query:
    """A question. `crops` and `problems` are standard terms that it names; `kinds` weighs kinds of entry, 0 to 1."""

    text: str
    crops: frozenset[str] = frozenset()
    problems: tuple[str, ...] = ()
    kinds: Mapping[str, float] = field(default_factory=dict)
    month: int | None = None
    region: str | None = None
    """Two-digit province code."""


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that may answer. `confidence` is the probability, among all candidates and none, that it does."""

    entry: Entry
    confidence: float
    why: Mapping[str, float]


class SearchIndex(Protocol):
    """Finds entries. What `put` and `remove` commit is found by the next `search`, in every process."""

    @property
    def fingerprint(self) -> str:
        """Another one when the same entry would be indexed otherwise."""

    async def put(self, session: AsyncSession, entries: Sequence[Entry]) -> None:
        """Index entries, in place of what stood under their keys, in the caller's transaction."""

    async def remove(self, session: AsyncSession, keys: Sequence[str]) -> None:
        """Forget the entries under these keys, in the caller's transaction."""

    async def search(self, query: Query, limit: int = 5, trial: Entry | None = None) -> list[Hit]:
        """The best hits, best first; empty when the question has nothing in common with any entry.

        A `trial` entry stands in place of the published one under its key, for this search only.
        """
        ...
