"""A row of a source as a price: read, named and converted, or said to be wrong."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from knowledge_base.markets.cells import LARGEST, read_day, read_figures
from knowledge_base.markets.goods import Goods
from knowledge_base.markets.headings import Headings, Options
from knowledge_base.markets.nearness import Position
from knowledge_base.markets.problem import PricesRefused, RowWrong
from knowledge_base.markets.units import Unit, UnitUnknown, read_unit
from knowledge_base.warnings.codes import FULL, LEVELS, significant

PlaceCode = Callable[[str], str | None]
"""The administrative code of a place by its name; None where it is not known, or several are called so."""
MARKET_NAME = 60
_SMALLEST = Decimal("0.000001")
_KEPT = 10_000
"""Of what has been read, of each sort."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a source says of a day, in 元 for each 斤 or what the product is counted by.

    `place` is the market's code without the zeros at its end; empty where only its name is told.
    `unit` and `figures` are as the source has them.
    """

    row: int
    product: str
    variety: str
    market: str
    place: str
    position: Position | None
    day: date
    low: Decimal | None
    mid: Decimal
    high: Decimal | None
    unit: str
    figures: str


class OfferReader:
    """Reads the rows of one file or answer. Raises `PricesRefused` where the options name no place that is known."""

    def __init__(self, headings: Headings, options: Options, goods: Goods, place_code: PlaceCode, today: date) -> None:
        self._at = headings.at
        self._usual_unit = headings.unit
        self._market = options.market.strip()[:MARKET_NAME]
        self._goods = goods
        self._place_code = place_code
        self._today = today
        # A file says the same few words on every row.
        self._product = lru_cache(maxsize=_KEPT)(self._read_product)
        self._unit = lru_cache(maxsize=_KEPT)(self._read_unit)
        self._where = lru_cache(maxsize=_KEPT)(self._read_where)
        self._place = self._code(options.place) if options.place else ""
        if self._place is None:
            raise PricesRefused("place_unknown", place=options.place)

    def read(self, row: int, cells: Sequence[str], broken: str = "") -> Offer:
        """The price of a row. Raises `RowWrong`, also for one that is `broken` for a reason of problems.yaml."""
        if broken:
            raise RowWrong(broken)
        cell = {name: cells[column] if column < len(cells) else "" for name, column in self._at.items()}
        product, variety = self._product(cell["product"], cell.get("variety", ""))
        day = read_day(cell["day"], self._today)
        unit = self._unit(cell.get("unit", "") or self._usual_unit, product)
        written = [cell.get(name, "") for name in ("low", "mid", "high")]
        low, mid, high = _figures(written)
        market, place = self._where(cell.get("market", ""), cell.get("place", ""))
        return Offer(
            row=row,
            product=product,
            variety=variety,
            market=market,
            place=place,
            position=_position(cell),
            day=day,
            low=None if low is None else _price(low, unit, written),
            mid=_price(mid, unit, written),
            high=None if high is None else _price(high, unit, written),
            unit=unit.written,
            figures=("/".join(written) if written[0] or written[2] else written[1])[:60],
        )

    def _read_product(self, written: str, variety: str) -> tuple[str, str]:
        if not written:
            raise RowWrong("no_product")
        named = self._goods.named(written, variety)
        if named is None:
            raise RowWrong("product_unknown", value=written)
        return named.product, named.variety

    def _read_unit(self, written: str, product: str) -> Unit:
        if not written:
            raise RowWrong("no_unit")
        try:
            unit = read_unit(written)
        except UnitUnknown:
            raise RowWrong("unit_unknown", value=written) from None
        by = self._goods.by(product)
        if unit.per != by:
            raise RowWrong("unit_other", product=product, by=by, value=written)
        return unit

    def _read_where(self, market: str, place: str) -> tuple[str, str]:
        """The market's name and code. A row that names only a place tells of the place as a whole."""
        market = market[:MARKET_NAME]
        if not market and not place and not self._market:
            raise RowWrong("no_market")
        if place:
            code = self._code(place)
            if code is None:
                raise RowWrong("place_unknown", value=place)
        else:
            code = self._place or (self._code(market) if market else None) or ""
        return market or self._market or place[:MARKET_NAME], code

    def _code(self, written: str) -> str | None:
        return _digits(written) or _short(self._place_code(written))


def _figures(written: Sequence[str]) -> tuple[Decimal | None, Decimal, Decimal | None]:
    """Low, mid and high as the source counts; the middle of a range where it tells none. Raises `RowWrong`."""
    low, mid, high = (read_figures(cell) for cell in written)
    bottom = low[0] if low else mid[0] if len(mid) == 2 else None
    top = high[-1] if high else mid[-1] if len(mid) == 2 else None
    ends = [end for end in (bottom, top) if end is not None]
    if len(mid) == 1:
        middle = mid[0]
    elif ends:
        middle = sum(ends, Decimal(0)) / len(ends)
    else:
        raise RowWrong("no_price")
    if not (bottom is None or bottom <= middle) or not (top is None or middle <= top):
        raise RowWrong("price_order")
    return bottom, middle, top


def _price(figure: Decimal, unit: Unit, written: Sequence[str]) -> Decimal:
    """A figure in 元, to the millionth. Raises `RowWrong` where it cannot be a price."""
    price = unit.price(figure)
    if not _SMALLEST <= price <= LARGEST:
        raise RowWrong("price_senseless", value="/".join(filter(None, written)))
    return price.quantize(_SMALLEST)


def _position(cell: Mapping[str, str]) -> Position | None:
    latitude, longitude = cell.get("latitude", ""), cell.get("longitude", "")
    if not latitude or not longitude:
        return None
    try:
        position = float(latitude), float(longitude)
    except ValueError:
        raise RowWrong("position_unreadable", value=f"{latitude} {longitude}") from None
    if not (-90 <= position[0] <= 90 and -180 <= position[1] <= 180):
        raise RowWrong("position_unreadable", value=f"{latitude} {longitude}")
    return position


def _digits(written: str) -> str | None:
    """A place that is written as a code of a province down to a village."""
    text = written.strip()
    return _short(text) if text.isascii() and text.isdecimal() and len(text) in LEVELS and text[0] != "0" else None


def _short(code: str | None) -> str | None:
    return significant(code.ljust(FULL, "0")) if code else None
