"""Finds what is named in a sentence: crops, animals, problems, machines, policies and the rest of the lexicon."""

from collections.abc import Iterator

from nlu.reading import Reading
from nlu.text.scanner import Hit, Scanner
from nlu.understanding import Entity
from nlu.wordfile import ENTITY_KINDS, Kind, Region, Spelling, Term
from nlu.words import Words

_THINGS: frozenset[Kind] = frozenset({"crop", "livestock"})
_DEEDS: frozenset[Kind] = frozenset({"service", "work", "policy", "legal", "affair"})


class EntityFinder:
    """Longest match over the lexicon; holds no state, safe to share."""

    def __init__(self, words: Words) -> None:
        self._scanner = Scanner(words, ENTITY_KINDS)
        self._things = Scanner(words, _THINGS)
        self._verbs: dict[str, list[tuple[Spelling, Term]]] = {"crop": [], "livestock": []}
        for term in words.terms:
            for thing, verbs in term.before.items():
                self._verbs[thing] += [(verb, term) for verb in verbs]
        for verbs_of_kind in self._verbs.values():
            verbs_of_kind.sort(key=lambda verb: -len(verb[0].text))

    def find(self, text: str, region: Region | None = None) -> tuple[Entity, ...]:
        """Entities in the order of the text.

        An ambiguous word yields one for each meaning, all with the same span. A crop or an animal inside a longer
        name (大豆 in 大豆补贴) is an entity of its own, as is the verb before one that names a job (收 in 收麦子).
        """
        hits = [hit for hit in self._scanner.scan(text, region) if hit.readings]
        found = [_entity(text, hit.start, hit.end, reading.term) for hit in hits for reading in hit.readings]
        found += self._inside(text, hits, region)
        found += self._verbs_before(text, hits)
        return tuple(sorted(found, key=lambda entity: (entity.start, -entity.end)))

    def _inside(self, text: str, hits: list[Hit], region: Region | None) -> Iterator[Entity]:
        long = [hit for hit in hits if any(_may_hold(reading) for reading in hit.readings)]
        if not long:
            return
        named = {reading.term.standard for hit in hits for reading in hit.readings}
        for thing in self._things.scan(text, region):
            for hit in long:
                if hit.start <= thing.start and thing.end <= hit.end:
                    for reading in thing.readings:
                        if any(_holds(outer, reading.term, named) for outer in hit.readings):
                            yield _entity(text, thing.start, thing.end, reading.term)

    def _verbs_before(self, text: str, hits: list[Hit]) -> Iterator[Entity]:
        free = 0
        for hit in hits:
            kind = hit.readings[0].term.kind
            for verb, term in self._verbs.get(kind, ()):
                start = hit.start - len(verb.text)
                before = text[free:start] if start >= free else ""
                if (
                    start >= free
                    and text.startswith(verb.text, start)
                    and not before.endswith(verb.not_after or ("\0",))
                ):
                    yield _entity(text, start, hit.start, term)
                    break
            free = hit.end


def _entity(text: str, start: int, end: int, term: Term) -> Entity:
    return Entity(term.kind, text[start:end], term.standard, start, end)


def _may_hold(reading: Reading) -> bool:
    return reading.term.kind in _DEEDS or reading.term.of is not None


def _holds(outer: Reading, thing: Term, named: set[str]) -> bool:
    """Whether the thing counts: 大豆 in 大豆补贴 does, 稻 in 稻瘟病 where no rice is named besides."""
    return outer.term.kind in _DEEDS or (outer.term.of == thing.standard and thing.standard not in named)
