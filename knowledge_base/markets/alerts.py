"""Whom to tell of which price: once, when it is crossed, or every week."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.markets.models import AlertRow, Kind, Rule, insert_into
from knowledge_base.markets.quote import Quote
from knowledge_base.markets.quotes import Quotes
from knowledge_base.markets.reports import NewId
from knowledge_base.warnings.codes import FULL, significant

WEEK = timedelta(days=7)
"""Between two weekly messages. A run that is a little early does not wait for the next day."""
_EARLY = timedelta(hours=2)
MOST = 30
"""Wishes of one person."""


class TooManyAlerts(Exception):
    """A person has as many wishes as are kept for one."""


@dataclass(frozen=True, slots=True)
class Alert:
    """A wish. `price` is in 元 for each 斤 (or what the product is counted by); None where it is weekly.

    `fired_at` is when it was told, for a weekly one the last time.
    """

    id: str
    channel: str
    user: str
    product: str
    variety: str
    place: str
    rule: Rule
    price: Decimal | None
    created_at: datetime
    fired_at: datetime | None


@dataclass(frozen=True, slots=True)
class Due:
    """A wish that is to be told now, with the price it is about; for a weekly one the newest near its place."""

    alert: Alert
    quote: Quote

    @property
    def topic(self) -> str:
        """The same for the same message, so that an outbox keeps it once."""
        moment = self.alert.fired_at or self.alert.created_at
        return f"price:{self.alert.id}:{int(moment.timestamp())}"


class Alerts:
    """The wishes of all people. All methods work in the caller's transaction."""

    def __init__(self, quotes: Quotes, clock: Callable[[], datetime], new_id: NewId = lambda: uuid.uuid4().hex) -> None:
        self._quotes = quotes
        self._clock = clock
        self._new_id = new_id

    async def add(
        self,
        session: AsyncSession,
        channel: str,
        user: str,
        product: str,
        rule: Rule,
        *,
        place: str,
        price: Decimal | None = None,
        variety: str = "",
    ) -> Alert:
        """Keep a wish, in place of the same one with another price; one that was told already waits again.

        Raises `TooManyAlerts`, and ValueError where a price is missing or a weekly wish has one.
        """
        if (price is None) != (rule is Rule.WEEKLY):
            raise ValueError("a price belongs to above and below, and to nothing else")
        place = significant(place.ljust(FULL, "0"))
        mine = await self.list(session, channel, user)
        same = [a for a in mine if (a.product, a.variety, a.place, a.rule) == (product, variety, place, rule)]
        if len(mine) >= MOST and not same:
            raise TooManyAlerts
        key = {
            "channel": channel,
            "user": user,
            "product": product,
            "variety": variety,
            "place": place,
            "rule": str(rule),
        }
        values = {"price": price, "created_at": self._clock(), "fired_at": None}
        insert = insert_into(session, AlertRow).values(id=self._new_id(), **key, **values)
        await session.execute(insert.on_conflict_do_update(index_elements=list(key), set_=values))
        kept = await session.execute(select(AlertRow).filter_by(**key).execution_options(populate_existing=True))
        return _alert(kept.scalar_one())

    async def list(self, session: AsyncSession, channel: str, user: str) -> tuple[Alert, ...]:
        """What a person waits for: wishes that were not told yet, and weekly ones; the oldest first."""
        rows = (
            select(AlertRow)
            .where(AlertRow.channel == channel, AlertRow.user == user, _open())
            .order_by(AlertRow.created_at, AlertRow.id)
        )
        return tuple(_alert(row) for row in await session.scalars(rows))

    async def remove(
        self, session: AsyncSession, channel: str, user: str, *, id_: str | None = None, product: str | None = None
    ) -> int:
        """Forget one wish, those about a product, or all of a person; how many there were."""
        gone = delete(AlertRow).where(AlertRow.channel == channel, AlertRow.user == user)
        if id_ is not None:
            gone = gone.where(AlertRow.id == id_)
        if product is not None:
            gone = gone.where(AlertRow.product == product)
        return len((await session.execute(gone.where(_open()).returning(AlertRow.id))).all())

    async def crossed(self, session: AsyncSession) -> tuple[Due, ...]:
        """The wishes that have come true since they were made, now marked as told: no other run gets them.

        What counts is the newest official price at the market nearest to the person's place, a fortnight old at most,
        that came in after the wish.
        """
        rows = select(AlertRow).where(AlertRow.rule != Rule.WEEKLY, AlertRow.fired_at.is_(None))
        due = []
        for alert, quote in await self._near([_alert(row) for row in await session.scalars(rows)]):
            if quote.came_at is not None and quote.came_at > alert.created_at and _is_crossed(alert, quote):
                due.append((alert, quote))
        return await self._mark(session, due, AlertRow.fired_at.is_(None))

    async def weekly(self, session: AsyncSession) -> tuple[Due, ...]:
        """The weekly wishes whose week is over and of whose product there is a fresh price, now marked as told."""
        before = self._clock() - WEEK + _EARLY
        over = or_(AlertRow.fired_at.is_(None), AlertRow.fired_at <= before)
        rows = select(AlertRow).where(AlertRow.rule == Rule.WEEKLY, over)
        return await self._mark(session, await self._near([_alert(row) for row in await session.scalars(rows)]), over)

    async def _near(self, alerts: Sequence[Alert]) -> Sequence[tuple[Alert, Quote]]:
        """With the price that each is about, where there is a fresh official one."""
        asked = {(alert.product, alert.variety, alert.place) for alert in alerts}
        quotes: dict[tuple[str, str, str], Quote] = {}
        for product, variety, place in sorted(asked):
            found = await self._quotes.latest(product, variety or None, place, limit=1)
            if found and found[0].kind is Kind.OFFICIAL and not found[0].old:
                quotes[product, variety, place] = found[0]
        keyed = ((alert, quotes.get((alert.product, alert.variety, alert.place))) for alert in alerts)
        return [(alert, quote) for alert, quote in keyed if quote is not None]

    async def _mark(
        self, session: AsyncSession, due: Sequence[tuple[Alert, Quote]], still: ColumnElement[bool]
    ) -> tuple[Due, ...]:
        """Note that they are told now; those that another run was quicker with are left out."""
        if not due:
            return ()
        mine = (
            update(AlertRow)
            .where(AlertRow.id.in_([alert.id for alert, _ in due]), still)
            .values(fired_at=self._clock())
            .returning(AlertRow.id)
            .execution_options(synchronize_session=False)
        )
        got = set(await session.scalars(mine))
        return tuple(Due(alert, quote) for alert, quote in due if alert.id in got)


def _is_crossed(alert: Alert, quote: Quote) -> bool:
    if alert.price is None:
        return False
    return quote.mid >= alert.price if alert.rule is Rule.ABOVE else quote.mid <= alert.price


def _open() -> ColumnElement[bool]:
    return or_(AlertRow.fired_at.is_(None), AlertRow.rule == Rule.WEEKLY)


def _alert(row: AlertRow) -> Alert:
    return Alert(
        id=row.id,
        channel=row.channel,
        user=row.user,
        product=row.product,
        variety=row.variety,
        place=row.place,
        rule=Rule(row.rule),
        price=row.price,
        created_at=row.created_at,
        fired_at=row.fired_at,
    )
