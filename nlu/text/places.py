"""Places named in a sentence: provinces, prefectures, counties, and the towns and villages that a county adds."""

from collections.abc import Iterable
from dataclasses import dataclass

from nlu.text.gazetteer import Gazetteer, Level, Listed, Name, wider_codes, within
from nlu.text.scanner import Scanner
from nlu.wordfile import ENTITY_KINDS
from nlu.words import Words

_LEVELS: tuple[Level, ...] = ("province", "prefecture", "county", "town", "village")
# What may stand between a wider place and the narrower one behind it.
_LINKS = ("", "的", "，", " ")


@dataclass(frozen=True, slots=True)
class Place:
    """A place named from `start` to `end`. `alternatives`: other places that the words may as well mean."""

    code: str
    name: str
    full_name: str
    level: Level
    text: str
    start: int
    end: int
    alternatives: tuple["Place", ...] = ()


@dataclass(frozen=True, slots=True)
class _Said:
    start: int
    end: int
    meanings: tuple[Listed, ...]


class PlaceFinder:
    """Longest match over the gazetteer, with the places around a name telling which of its namesakes is meant."""

    def __init__(self, gazetteer: Gazetteer, words: Words) -> None:
        self._gazetteer = gazetteer
        self._names: dict[str, tuple[Name, ...]] = dict.fromkeys(gazetteer.keep, ()) | gazetteer.names
        lengths: dict[str, set[int]] = {}
        for text in self._names:
            lengths.setdefault(text[0], set()).add(len(text))
        self._lengths = {first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()}
        self._words = Scanner(words, ENTITY_KINDS - {"place"})

    def find(self, text: str, near: str | None = None) -> tuple[Place, ...]:
        """Places in the order of the text, none overlapping another.

        A chain (山东寿光) is one place, the deepest. `near` is the code of where the person is: it decides between
        namesakes, as does any wider place named in the sentence.
        """
        said = self._scan(text)
        wider = [meaning.code for one in said if len(one.meanings) == 1 for meaning in one.meanings]
        chained: list[_Said] = []
        for one in said:
            last = chained[-1] if chained else None
            inner = _inside(one.meanings, last.meanings) if last and text[last.end : one.start] in _LINKS else ()
            if last and inner:
                chained[-1] = _Said(last.start, one.end, inner)
            else:
                chained.append(one)
        return tuple(self._place(text, one, wider, near) for one in chained)

    def _scan(self, text: str) -> list[_Said]:
        found: list[_Said] = []
        blocked = [(hit.start, hit.end) for hit in self._words.scan(text)]
        at = 0
        while at < len(text):
            one = self._at(text, at, found[-1] if found else None)
            if one is None or any(
                start <= at and one.end <= end and end - start > one.end - at for start, end in blocked
            ):
                at += 1
                continue
            if one.meanings:
                found.append(one)
            at = one.end
        return found

    def _at(self, text: str, at: int, last: _Said | None) -> _Said | None:
        for length in self._lengths.get(text[at], ()):
            names = self._names.get(text[at : at + length])
            if names is None or at + length > len(text):
                continue
            end = at + length
            if not names:
                return _Said(at, end, ())
            every = tuple(name.place for name in names)
            inner = _inside(every, last.meanings) if last and text[last.end : at] in _LINKS else ()
            free = inner or tuple(name.place for name in names if not name.bound)
            if free:
                return _Said(at, end, free)
        return None

    def _place(self, text: str, said: _Said, wider: Iterable[str], near: str | None) -> Place:
        meanings = said.meanings
        if len(meanings) > 1:
            meanings = tuple(one for one in meanings if any(within(one.code, code) for code in wider)) or meanings
        # A town called like the county it lies in: the county is meant. 吉林 is the province.
        meanings = tuple(one for one in meanings if not any(within(one.code, other.code) for other in meanings))
        if len(meanings) > 1 and near:
            shared = {one.code: len(set(wider_codes(one.code)) & set(wider_codes(near))) for one in meanings}
            most = max(shared.values())
            meanings = tuple(one for one in meanings if shared[one.code] == most)
        ranked = sorted(meanings, key=lambda one: (_LEVELS.index(one.level), one.code))
        if ranked[0].level == "province":
            ranked = ranked[:1]
        first, *others = (self._made(text, said, one) for one in ranked)
        return Place(
            first.code, first.name, first.full_name, first.level, first.text, first.start, first.end, tuple(others)
        )

    def _made(self, text: str, said: _Said, place: Listed) -> Place:
        full_name = self._gazetteer.full_name(place.code)
        return Place(place.code, place.name, full_name, place.level, text[said.start : said.end], said.start, said.end)


def deepest(places: Iterable[Place]) -> Place | None:
    """The one place that all others of a sentence contain; None where there is no such place."""
    several = tuple(places)
    for place in several:
        if all(other.code == place.code or within(place.code, other.code) for other in several):
            return place
    return None


def _inside(meanings: tuple[Listed, ...], wider: tuple[Listed, ...]) -> tuple[Listed, ...]:
    return tuple(one for one in meanings if any(within(one.code, other.code) for other in wider))
