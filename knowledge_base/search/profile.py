"""What ranking needs of an entry, prepared once per version of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from knowledge_base.entry import Entry
from knowledge_base.search.base import Analyzer


@dataclass(frozen=True, slots=True)
class Lines:
    """One sort of tokens over the lines of an entry: in which lines each stands, and how many each line has."""

    at: Mapping[str, tuple[int, ...]]
    sizes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """An entry as ranking sees it. `names` is the problem under every name it goes by."""

    entry: Entry
    characters: Lines
    syllables: Lines
    syllable_pairs: Lines
    names: tuple[str, ...]


def searchable(entry: Entry) -> list[str]:
    """The lines by which an entry is found: how farmers ask, what they see, what it is called."""
    crop = entry.crop or ""
    named = [entry.title, *(crop + name for name in (entry.problem or "", *entry.aliases) if name)]
    return [*entry.asks, *named, *(crop + symptom for symptom in entry.symptoms)]


def profile(entry: Entry, analyze: Analyzer, lines: Iterable[str] | None = None) -> Profile:
    """The profile of an entry; `lines` stands in for its own lines."""
    tokens = [analyze(line) for line in (searchable(entry) if lines is None else lines)]
    return Profile(
        entry,
        _lines([t.characters for t in tokens]),
        _lines([t.syllables for t in tokens]),
        _lines([t.syllable_pairs for t in tokens]),
        tuple(name for name in (entry.problem, *entry.aliases) if name and len(name) > 1),
    )


def _lines(parts: list[frozenset[str]]) -> Lines:
    at: dict[str, list[int]] = {}
    for number, tokens in enumerate(parts):
        for token in tokens:
            at.setdefault(token, []).append(number)
    return Lines({token: tuple(numbers) for token, numbers in at.items()}, tuple(map(len, parts)))
