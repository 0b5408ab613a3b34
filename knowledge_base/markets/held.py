"""Prices that a person looks at before anybody hears them: released or rejected, by whom is in the audit log."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, literal_column, select

from knowledge_base.curation.accounts import Account, Role
from knowledge_base.curation.audit import Audit
from knowledge_base.markets.ledger import Ledger
from knowledge_base.markets.medians import known_median, reported_median
from knowledge_base.markets.models import Kind, MarketRow, PriceRow, ReportRow, State
from knowledge_base.markets.quote import county_day
from knowledge_base.store import Store

JUDGES = (Role.AGENT, Role.REVIEWER)
SHOWN = 100
_WAITS = PriceRow.state == literal_column("'held'")
"""As it stands in the index of those that wait: with a parameter in its place SQLite would read all prices."""


@dataclass(frozen=True, slots=True)
class HeldPrice:
    """A price in 元 for each 斤, and what is usual (None where too little is known). `key` is what `settle` takes.

    Of a report `market` and `source` are empty and `figures` too: nobody is named.
    """

    key: str
    product: str
    variety: str
    market: str
    place: str
    day: date
    low: Decimal | None
    mid: Decimal
    high: Decimal | None
    unit: str
    figures: str
    source: str
    kind: Kind
    usual: Decimal | None


class Held:
    """What waits, and what becomes of it. Agents and reviewers decide."""

    def __init__(self, store: Store, audit: Audit, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock
        self._ledger = Ledger()

    async def count(self) -> int:
        """How many wait."""
        async with self._store.session() as session:
            prices = await session.scalar(select(func.count()).where(_WAITS))
            reports = await session.scalar(select(func.count()).where(ReportRow.state == State.HELD))
        return (prices or 0) + (reports or 0)

    async def waiting(self) -> Sequence[HeldPrice]:
        """The first hundred of both kinds, the newest days first."""
        today = county_day(self._clock())
        prices = (
            select(PriceRow, MarketRow)
            .join(MarketRow, MarketRow.id == PriceRow.market_id)
            .where(_WAITS)
            .order_by(PriceRow.day.desc(), PriceRow.id)
            .limit(SHOWN)
        )
        reports = (
            select(ReportRow)
            .where(ReportRow.state == State.HELD)
            .order_by(ReportRow.day.desc(), ReportRow.id)
            .limit(SHOWN)
        )
        async with self._store.session() as session:
            of_markets = (await session.execute(prices)).all()
            of_people = (await session.scalars(reports)).all()
            wanted = {(row.product, row.variety) for row, _ in of_markets} | {(r.product, r.variety) for r in of_people}
            medians = {
                series: await known_median(session, series, today, Kind.OFFICIAL)
                or await reported_median(session, series, today)
                for series in wanted
            }
        found = [_price(price, market, medians[price.product, price.variety]) for price, market in of_markets]
        return [*found, *(_report(row, medians[row.product, row.variety]) for row in of_people)]

    async def settle(self, by: Account, keys: Sequence[str], *, release: bool) -> int:
        """Release or reject; how many still waited. Raises `Forbidden`."""
        by.require(*JUDGES)
        state = State.GOOD if release else State.REJECTED
        action = "price.release" if release else "price.reject"
        done = 0
        async with self._store.session() as session:
            for number in _numbers(keys, "p"):
                # Not looked up first: two people may press at once.
                row = await session.scalar(
                    select(PriceRow).where(PriceRow.id == number, PriceRow.state == State.HELD).with_for_update()
                )
                if row is not None:
                    await self._ledger.settle(session, row, state, self._clock())
                    self._audit.record(
                        session,
                        by,
                        action,
                        row.product,
                        day=row.day.isoformat(),
                        price=f"{row.mid:f}",
                        source=row.source,
                    )
                    done += 1
            for key in (key[1:] for key in keys if key.startswith("r")):
                report = await session.scalar(
                    select(ReportRow).where(ReportRow.id == key, ReportRow.state == State.HELD).with_for_update()
                )
                if report is not None:
                    report.state = state
                    self._audit.record(
                        session, by, action, report.product, day=report.day.isoformat(), price=f"{report.price:f}"
                    )
                    done += 1
        return done


def _numbers(keys: Sequence[str], sign: str) -> list[int]:
    return [int(key[1:]) for key in keys if key.startswith(sign) and key[1:].isdecimal() and len(key) < 20]


def _price(price: PriceRow, market: MarketRow, usual: Decimal | None) -> HeldPrice:
    return HeldPrice(
        key=f"p{price.id}",
        product=price.product,
        variety=price.variety,
        market=market.name,
        place=market.place,
        day=price.day,
        low=price.low,
        mid=price.mid,
        high=price.high,
        unit=price.unit,
        figures=price.figures,
        source=price.source,
        kind=Kind(price.kind),
        usual=usual,
    )


def _report(report: ReportRow, usual: Decimal | None) -> HeldPrice:
    return HeldPrice(
        key=f"r{report.id}",
        product=report.product,
        variety=report.variety,
        market="",
        place=report.place,
        day=report.day,
        low=None,
        mid=report.price,
        high=None,
        unit="",
        figures="",
        source="",
        kind=Kind.REPORTED,
        usual=usual,
    )
