"""The sample prices: made by the rule that samples.yaml states, and kept as samples."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from knowledge_base.markets.headings import Options, told_headings
from knowledge_base.markets.intake import Intake
from knowledge_base.markets.models import Kind, LatestRow
from knowledge_base.markets.report import Report
from knowledge_base.markets.rows import rows_in_memory
from knowledge_base.markets.table import Line
from knowledge_base.store import Store

DATA = Path(__file__).with_name("samples.yaml")
FIELDS = ("product", "variety", "market", "place", "day", "low", "mid", "high", "latitude", "longitude")
UNIT = "元/斤"
_WAVE = (0, 1, 2, 1, 0, -1, -2, -1)
_APART = Decimal("0.04")
_CENT = Decimal("0.01")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Market(_Strict):
    name: str
    place: str
    latitude: str = Field(coerce_numbers_to_str=True)
    longitude: str = Field(coerce_numbers_to_str=True)
    factor: Decimal


class _Product(_Strict):
    product: str
    variety: str = ""
    start: Decimal
    month: Decimal


class Samples(_Strict):
    """All of samples.yaml."""

    source: str
    begin: date = Field(alias="from")
    until: date
    every: int
    markets: tuple[_Market, ...]
    products: tuple[_Product, ...]

    def lines(self) -> Iterator[Line]:
        """The rows, in the order of `FIELDS`."""
        number = 0
        for passed in range(0, (self.until - self.begin).days + 1, self.every):
            day = (self.begin + timedelta(days=passed)).isoformat()
            for market in self.markets:
                for product in self.products:
                    number += 1
                    mid = _price(product, market.factor, passed)
                    ends = [(mid * (1 + apart)).quantize(_CENT, ROUND_HALF_UP) for apart in (-_APART, _APART)]
                    yield Line(
                        number,
                        (
                            product.product,
                            product.variety,
                            market.name,
                            market.place,
                            day,
                            str(ends[0]),
                            str(mid),
                            str(ends[1]),
                            market.latitude,
                            market.longitude,
                        ),
                        number,
                    )


def read_samples() -> Samples:
    """The samples that ship."""
    return Samples.model_validate(yaml.safe_load(DATA.read_text(encoding="utf-8")))


async def take_in_samples(store: Store, intake: Intake) -> Report | None:
    """Keep the samples; None where the last day of them is there already."""
    samples = read_samples()
    there = select(LatestRow.product).where(LatestRow.kind == Kind.SAMPLE, LatestRow.day == samples.until).limit(1)
    async with store.session() as session:
        if await session.scalar(there):
            return None
    options = Options(samples.source, unit=UNIT)
    rows = rows_in_memory(samples.source, told_headings(FIELDS, options), list(samples.lines()))
    return await intake.take(rows, options, kind=Kind.SAMPLE)


def _price(product: _Product, factor: Decimal, passed: int) -> Decimal:
    wave = _WAVE[passed % len(_WAVE)]
    percent = product.month * passed / 30 + wave
    return (product.start * factor * (1 + percent / 100)).quantize(_CENT, ROUND_HALF_UP)
