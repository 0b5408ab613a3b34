"""The pesticide gate: a banned product is never given as advice."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from itertools import pairwise

from knowledge_base.banned import BannedList, Mention, Product, ProductFinder, banned_list, plain_text
from knowledge_base.entry import Entry

_SENTENCE_END = re.compile(r"(?<=[。！？!?；;\n])")
_CLAUSE = re.compile(r"[^，,]*[，,]?")
_BETWEEN_NAMES = re.compile(r"[、，,。和及与跟等的（）()\s]*")


@dataclass(frozen=True, slots=True)
class Violation:
    """A sentence that gives a banned product as advice."""

    product: Product
    sentence: str

    def __str__(self) -> str:
        return f"{self.product.name} ({self.product.announcement}, {self.product.since}): {self.sentence}"


@dataclass(frozen=True, slots=True)
class _Clause:
    """A part of a sentence between commas: the products it names, and its marks, True where they warn."""

    mentions: tuple[Mention, ...]
    marks: tuple[tuple[int, bool], ...]
    only_names: bool


class PesticideGate:
    """Finds banned products in texts. A name may stand only where the words around it say that it is banned."""

    def __init__(self, banned: BannedList) -> None:
        self._banned = banned
        self._finder = ProductFinder(banned)
        say = banned.say
        verdict = f"(?:{_any(say.banned)})(?:{_any(say.goes_on)})*"
        # A denied ban first: 没有禁 holds 禁.
        self._advice_in = lru_cache(maxsize=65_536)(self._found)
        self._mark = re.compile(f"{_any(say.not_banned)}|(?P<warning>{verdict})|{_any(say.advice)}")

    def named(self, text: str) -> list[Product]:
        """Every listed product that a text names, in order, whether banned already or not."""
        return [mention.product for mention in self._finder.find(plain_text(text))]

    def violations(self, texts: Iterable[str], crop: str | None, today: date) -> list[Violation]:
        """The sentences that give a product as advice which `crop` may not get on `today`; None: any crop."""
        return [
            Violation(product, sentence)
            for text in texts
            for product, sentence in self._advice_in(text)
            if self._banned.applies(product, crop, today)
        ]

    def check(self, entry: Entry, today: date) -> list[Violation]:
        """What keeps an entry from being published or said."""
        return [v for crop in entry.crops or {None} for v in self.violations(entry.texts(), crop, today)]

    def _found(self, text: str) -> tuple[tuple[Product, str], ...]:
        """Every product that the text advises, with the sentence: kept, for an answer is checked whenever it is found."""
        sentences = _SENTENCE_END.split(plain_text(text))
        return tuple((mention.product, sentence) for sentence in sentences for mention in self._advised(sentence))

    def _advised(self, sentence: str) -> Iterator[Mention]:
        """The products that the sentence names without a warning."""
        mentions = self._finder.find(sentence)
        if not mentions:
            return
        clauses = [self._clause(sentence, match, mentions) for match in _CLAUSE.finditer(sentence) if match.group()]
        for number, clause in enumerate(clauses):
            for mention in clause.mentions:
                if not _is_warned_of(mention, clauses, number):
                    yield mention

    def _clause(self, sentence: str, match: re.Match[str], mentions: Sequence[Mention]) -> _Clause:
        inside = tuple(m for m in mentions if match.start() <= m.start < match.end())
        marks = tuple(
            (mark.start(), mark["warning"] is not None)
            for mark in self._mark.finditer(sentence, match.start(), match.end())
            if not any(m.start <= mark.start() < m.end for m in inside)
        )
        edges = [match.start(), *(edge for m in inside for edge in (m.start, m.end)), match.end()]
        gaps = [sentence[start:end] for start, end in list(pairwise(edges))[::2]]
        return _Clause(inside, marks, bool(inside) and all(_BETWEEN_NAMES.fullmatch(gap) for gap in gaps))


def _any(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, words))


def _is_warned_of(mention: Mention, clauses: Sequence[_Clause], number: int) -> bool:
    """Whether the nearest word that warns or advises warns: before the name in its clause, else after it."""
    own = clauses[number]
    before = [warns for at, warns in own.marks if at < mention.start]
    after = [warns for at, warns in own.marks if at >= mention.end]
    if before and before[-1]:
        return True
    if after or before:
        return bool(after) and after[0]
    return _warned_later(clauses[number + 1 :]) or (own.only_names and _warned_earlier(clauses[:number]))


def _warned_later(following: Sequence[_Clause]) -> bool:
    """Whether a verdict follows, as in 甲、乙，这些药，国家早就禁了, and no other product has come between."""
    for clause in following:
        if clause.marks:
            return clause.marks[0][1] and (not clause.mentions or clause.marks[0][0] < clause.mentions[0].start)
        if clause.mentions and not clause.only_names:
            return False
    return False


def _warned_earlier(preceding: Sequence[_Clause]) -> bool:
    """Whether a list goes on under the verdict that opened it: 禁用的有甲，乙，丙."""
    for clause in reversed(preceding):
        if clause.marks:
            return clause.marks[-1][1]
        if not clause.only_names:
            return False
    return False


@cache
def pesticide_gate() -> PesticideGate:
    """The gate over the shipped list."""
    return PesticideGate(banned_list())
