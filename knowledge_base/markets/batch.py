"""Rows read some thousands at a time, outside of the event loop."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice

from knowledge_base.markets.market_book import Market, MarketBook
from knowledge_base.markets.medians import Histogram, Series, far_off
from knowledge_base.markets.models import State
from knowledge_base.markets.offer import Offer, OfferReader
from knowledge_base.markets.problem import Problem, RowWrong
from knowledge_base.markets.table import Line

SIZE = 2_000
"""Rows of one transaction: others get their turn at the database in between."""


@dataclass(frozen=True, slots=True)
class Judged:
    """An offer with its market; `usual` is what it should have been near to, where it is held."""

    offer: Offer
    market: Market
    usual: Decimal | None

    @property
    def state(self) -> State:
        """Held where it is far off."""
        return State.GOOD if self.usual is None else State.HELD


@dataclass(frozen=True, slots=True)
class Batch:
    """What some rows held. `position` is how far it came."""

    rows: int
    offers: tuple[Judged, ...]
    problems: tuple[Problem, ...]
    position: int


class Reading:
    """The lines of one pass."""

    def __init__(self, lines: Iterator[Line], reader: OfferReader) -> None:
        self._lines = lines
        self._reader = reader

    def count(self, histogram: Histogram) -> int | None:
        """Put the next lines' prices into a histogram; how far it came, None at the end."""
        lines = list(islice(self._lines, SIZE))
        for line in lines:
            try:
                offer = self._reader.read(line.number, line.cells, line.broken)
            except RowWrong:
                continue
            histogram.add((offer.product, offer.variety), offer.mid)
        return lines[-1].position if lines else None

    def batch(self, book: MarketBook, medians: Mapping[Series, Decimal]) -> Batch | None:
        """The next lines; None at the end."""
        lines = list(islice(self._lines, SIZE))
        offers, problems = [], []
        for line in lines:
            try:
                offer = self._reader.read(line.number, line.cells, line.broken)
                market = book.market(offer)
            except RowWrong as wrong:
                problems.append(Problem(line.number, wrong.code, wrong.text))
                continue
            usual = medians.get((offer.product, offer.variety))
            odd = far_off((offer.low, offer.mid, offer.high), usual)
            offers.append(Judged(offer, market, usual if odd else None))
        return Batch(len(lines), tuple(offers), tuple(problems), lines[-1].position) if lines else None
