"""The scene of a dialogue: who is registered, what has been ordered and what things cost when it begins. For tests and trials."""

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict
from sqlalchemy import delete

from bot.booking.parts import Booking
from bot.consultation.legal import Legal
from dialogs.booking.register import MachineCard, ProviderCard
from dialogs.booking.terms import Person, Wish
from dialogs.consultation.hours import Period
from dialogs.consultation.register import Card
from knowledge_base.markets.ledger import Filed, Ledger
from knowledge_base.markets.models import Kind, LatestRow, MarketRow, PriceRow, State
from knowledge_base.markets.offer import Offer
from knowledge_base.models import Base
from knowledge_base.store import Store
from knowledge_base.warnings.models import OfficerRow, Role

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST_NUMBER = 10_001


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Operator(_Part):
    """Somebody with machines; `user` is who they are in the chat, none for who has no chat."""

    user: str | None = None
    card: ProviderCard
    machines: tuple[MachineCard, ...] = ()


class Consultant(_Part):
    """A lawyer, legal-aid worker or mediator, there on Mondays to Fridays."""

    user: str | None = None
    card: Card
    workdays: tuple[time, time]


class OnDuty(_Part):
    """Somebody of the station."""

    user: str
    place: str
    shown: str = "值班"


class Order(_Part):
    """What a farmer has ordered for a day so many days from the beginning."""

    user: str
    service: str
    crop: str | None = None
    area_mu: Decimal
    county: str
    place: str
    in_days: int
    accepted_by: str | None = None


class Series(_Part):
    """Middle prices in 元/斤, one a week; the last one is of so many days before the beginning."""

    product: str
    variety: str = ""
    weekly: tuple[Decimal, ...]
    last: int = 2


class Market(_Part):
    """A market and its prices."""

    name: str
    place: str
    source: str
    prices: tuple[Series, ...]


class Scene(_Part):
    """Everything there is when the dialogue begins."""

    operators: tuple[Operator, ...] = ()
    consultants: tuple[Consultant, ...] = ()
    on_duty: tuple[OnDuty, ...] = ()
    orders: tuple[Order, ...] = ()
    markets: tuple[Market, ...] = ()


def read_scene(path: Path) -> Scene:
    """The scene of a file. Raises `OSError`, `yaml.YAMLError` and `pydantic.ValidationError`."""
    return Scene.model_validate(yaml.safe_load(path.read_text("utf-8")))


class Numbers:
    """Numbers of orders that are the same each time a dialogue is played."""

    def __init__(self) -> None:
        self._count = count(FIRST_NUMBER)

    def __call__(self) -> str:
        """The next one."""
        return str(next(self._count))

    def begin(self) -> None:
        """From the first one again."""
        self._count = count(FIRST_NUMBER)


CLEARED = re.compile("booking|consult|officers$")
"""Tables of what a scene sets, and of what dialogues do with it."""


class Stage:
    """Sets scenes in a database that is not used for anything else; `person` says who a user is there."""

    def __init__(self, store: Store, clock: Callable[[], datetime], booking: Booking, legal: Legal) -> None:
        self._store = store
        self._clock = clock
        self._booking = booking
        self._legal = legal

    async def clear(self) -> None:
        """Send everybody away whom an earlier scene has put here."""
        async with self._store.session() as session:
            for table in reversed(Base.metadata.sorted_tables):
                if CLEARED.match(table.name):
                    await session.execute(delete(table))

    async def set(self, scene: Scene, person: Callable[[str], Person]) -> None:
        """Put on the stage what the scene has, as of now."""
        await hire(self._booking, scene, person)
        await appoint(self._legal, scene, person)
        await stand_by(self._store, scene, person)
        await order(self._booking, scene, person)
        await trade(self._store, self._clock, scene)


async def hire(booking: Booking, scene: Scene, person: Callable[[str], Person]) -> None:
    """Register the operators."""
    for operator in scene.operators:
        card = operator.card.model_copy(update={"person": person(operator.user) if operator.user else None})
        provider = await booking.register.put_provider(card)
        for machine in operator.machines:
            await booking.register.put_machine(provider, machine)


async def appoint(legal: Legal, scene: Scene, person: Callable[[str], Person]) -> None:
    """Register the consultants."""
    for one in scene.consultants:
        who = person(one.user) if one.user else None
        begins, ends = (at.hour * 60 + at.minute for at in one.workdays)
        hours = tuple(Period(day, begins, ends) for day in range(5))
        await legal.register.put(one.card.model_copy(update={"person": who, "hours": hours}))


async def order(booking: Booking, scene: Scene, person: Callable[[str], Person]) -> None:
    """Have the farmers order, and the operators accept."""
    for one in scene.orders:
        farmer, day = person(one.user), _today(booking.clock) + timedelta(days=one.in_days)
        wish = Wish(one.service, one.crop, one.area_mu, one.county, one.place, day, day, None, day.isoformat())
        key = f"{farmer.user}{one.in_days}"
        booked = await booking.machinery.order(farmer, wish, key)
        if one.accepted_by:
            await booking.machinery.accept(person(one.accepted_by), booked.id, f"{key}-accepted")


async def stand_by(store: Store, scene: Scene, person: Callable[[str], Person]) -> None:
    """Put people on duty."""
    async with store.session() as session:
        for one in scene.on_duty:
            at = person(one.user)
            session.add(OfficerRow(role=Role.DUTY, place=one.place, channel=at.channel, user=at.user, shown=one.shown))


async def trade(store: Store, clock: Callable[[], datetime], scene: Scene) -> None:
    """Have these markets with their prices and no others, where the scene has any."""
    if not scene.markets:
        return
    async with store.session() as session:
        for table in (LatestRow, PriceRow, MarketRow):
            await session.execute(delete(table))
        for id_, market in enumerate(scene.markets, 1):
            session.add(MarketRow(id=id_, name=market.name, place=market.place))
            await session.flush()
            today = _today(clock)
            filed = [
                _filed(market, id_, series, today - timedelta(days=series.last, weeks=weeks), mid)
                for series in market.prices
                for weeks, mid in enumerate(reversed(series.weekly))
            ]
            await Ledger().add(session, filed, clock())


def _today(clock: Callable[[], datetime]) -> date:
    return clock().astimezone(SHANGHAI).date()


def _filed(market: Market, id_: int, series: Series, day: date, mid: Decimal) -> Filed:
    cents = Decimal("0.02")
    offer = Offer(
        row=1,
        position=None,
        product=series.product,
        variety=series.variety,
        market=market.name,
        place=market.place,
        day=day,
        low=mid - cents,
        mid=mid,
        high=mid + cents,
        unit="元/斤",
        figures=str(mid),
    )
    return Filed(offer=offer, market_id=id_, source=market.source, kind=Kind.OFFICIAL, state=State.GOOD)
