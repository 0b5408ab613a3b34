"""Words of the field: standard terms, what people say for them, and what a word means where."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from nlu.reading import Reading, readings_of
from nlu.wordfile import ENTITY_KINDS, Kind, Region, Term, WordFile, WordsBroken, read

__all__ = ["ENTITY_KINDS", "Kind", "Reading", "Region", "Term", "Words", "WordsBroken"]

LEXICON = Path(__file__).parent / "lexicon"
DIALECT = Path(__file__).parent / "text" / "dialect.yaml"


class Words:
    """All language data in force."""

    def __init__(self, files: Iterable[WordFile]) -> None:
        self.files = tuple(files)
        self.keep: frozenset[str] = frozenset(word for file in self.files for word in file.keep)
        terms: dict[tuple[Kind, str], Term] = {}
        for term in (term for file in self.files for term in file.terms):
            known = terms.get((term.kind, term.standard))
            terms[term.kind, term.standard] = _joined(known, term) if known else term
        self.terms: tuple[Term, ...] = tuple(terms.values())
        self.readings: Mapping[str, tuple[Reading, ...]] = readings_of(self.files)
        said: dict[str, set[str]] = {}
        for text, readings in self.readings.items():
            for reading in readings:
                said.setdefault(reading.term.standard, set()).add(text)
        self.said: Mapping[str, frozenset[str]] = {standard: frozenset(texts) for standard, texts in said.items()}
        """Every written form of a standard term."""
        self._by_standard: dict[str, Term] = {term.standard: term for term in reversed(self.terms)}
        self._regions: dict[str, Region] = {term.code: term.region for term in self.terms if term.code and term.region}

    @classmethod
    def load(cls, *extra: Path) -> "Words":
        """Read our own files, then every `*.yaml` of the folders in `extra` (a county's own words).

        A term that is there already gains the aliases of its namesake. Raises `WordsBroken`.
        """
        paths = [*sorted(LEXICON.glob("*.yaml")), DIALECT]
        for folder in extra:
            paths += sorted(folder.glob("*.yaml"))
        return cls(read(path) for path in paths)

    @property
    def fingerprint(self) -> str:
        """Another one for other language data."""
        return hashlib.sha256("\n".join(file.model_dump_json() for file in self.files).encode()).hexdigest()

    def term(self, standard: str) -> Term | None:
        """The term of that standard name, whatever its kind."""
        return self._by_standard.get(standard)

    def surfaces(self, *kinds: Kind) -> Iterator[tuple[str, Kind]]:
        """Every written form with its kind (the first one), standard terms and aliases; without `kinds` all entity kinds."""
        wanted = frozenset(kinds) or ENTITY_KINDS
        for text, readings in self.readings.items():
            for reading in readings:
                if reading.term.kind in wanted:
                    yield text, reading.term.kind
                    break

    def region_of(self, code: str) -> Region | None:
        """Dialect region of an administrative code of any depth: the county's, else the prefecture's, else the province's."""
        wider = (code[:6], code[:4] + "00", code[:2] + "0000")
        return next((self._regions[one] for one in wider if one in self._regions), None)


def _joined(known: Term, more: Term) -> Term:
    return known.model_copy(
        update={part: getattr(known, part) + getattr(more, part) for part in ("aliases", "narrower", "sound_alikes")}
    )
