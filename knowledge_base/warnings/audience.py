"""Whom a warning concerns: read from the store in portions, each person once."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Select, and_, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from knowledge_base.warnings.dispatch import Recipient, Recipients
from knowledge_base.warnings.farm import endangered
from knowledge_base.warnings.models import PersonRow, VillageRow
from knowledge_base.warnings.quiet import quiet_end
from knowledge_base.warnings.terms import Colour
from knowledge_base.warnings.territory import Territory

_PAGE = 1_000
_AT_ONCE = 400
_T = TypeVar("_T")
_KEY = (PersonRow.channel, PersonRow.user)
_TIMES = (*_KEY, PersonRow.opted_out, PersonRow.quiet_from, PersonRow.quiet_until)
_PEOPLE = (
    *_TIMES,
    PersonRow.place,
    PersonRow.latitude,
    PersonRow.longitude,
    PersonRow.levels,
    PersonRow.crops,
    PersonRow.animals,
)
_PLACED_KEY = (PersonRow.place, *_KEY)


@dataclass(frozen=True, slots=True)
class Occasion:
    """A warning as far as it decides who hears of it and when. An unknown colour is treated like yellow."""

    colour: Colour | None
    hazard: str | None
    now: datetime
    expires_at: datetime

    @property
    def urgent(self) -> bool:
        """Red and orange: for everybody in the area, at any hour."""
        return self.colour is not None and self.colour <= Colour.ORANGE

    def wanted(self, person: Any) -> bool:
        """Whether a person in the area wants to hear of it."""
        if person.opted_out:
            return False
        if self.urgent:
            return True
        if person.levels < (self.colour or Colour.YELLOW):
            return False
        kept = person.crops or person.animals
        return not kept or endangered(self.hazard, person.crops, person.animals)

    def recipient(self, person: Any, after: str | None = None) -> Recipient | None:
        """The person with the time at which to tell them; None if their quiet hours outlast the warning."""
        held = None if self.urgent else quiet_end(self.now, person.quiet_from, person.quiet_until)
        if held is not None and held >= self.expires_at:
            return None
        return Recipient(person.channel, person.user, held, after)


async def concerned(session: AsyncSession, territory: Territory, occasion: Occasion) -> Recipients:
    """Everybody in the area who is to hear of the warning."""
    async for people in people_in(session, territory):
        wanting = (occasion.recipient(person) for person in people if occasion.wanted(person))
        yield [recipient for recipient in wanting if recipient is not None]


async def nearby(session: AsyncSession, territory: Territory, occasion: Occasion) -> Recipients:
    """People who have told no more than a county or town that the area is a part of: for red and orange they hear of it too."""
    if not occasion.urgent or not territory.wider:
        return
    there = PersonRow.place.in_(territory.wider)
    async for people in _pages(session, select(*_PEOPLE).where(there), _PLACED_KEY):
        far = (
            person
            for person in people
            if person.latitude is None
            or person.longitude is None
            or not territory.holds_point(person.latitude, person.longitude)
        )
        wanting = (occasion.recipient(person) for person in far if occasion.wanted(person))
        yield [recipient for recipient in wanting if recipient is not None]


async def informed(session: AsyncSession, reached: Recipients, occasion: Occasion) -> Recipients:
    """Of those who got earlier messages everybody who has not opted out, for what changes or ends a warning."""
    async for some in reached:
        for portion in _portions(some):
            known = await _known(session, portion)
            still = (_still(one, known.get((one.channel, one.user)), occasion) for one in portion)
            yield [recipient for recipient in still if recipient is not None]


async def count(session: AsyncSession, territory: Territory, occasion: Occasion) -> int:
    """How many people would hear of it."""
    total = 0
    async for some in concerned(session, territory, occasion):
        total += len(some)
    return total


async def people_in(session: AsyncSession, territory: Territory) -> AsyncIterator[Sequence[Any]]:
    """Rows of everybody in the area, by codes first; who has a position of their own counts by it for the shapes."""
    for prefix in territory.prefixes:
        below = and_(PersonRow.place >= prefix, PersonRow.place < _after(prefix))
        async for page in _pages(session, select(*_PEOPLE).where(below), _PLACED_KEY):
            yield page
    if territory.box is None:
        return
    box = territory.box
    inside = and_(PersonRow.latitude.between(box.south, box.north), PersonRow.longitude.between(box.west, box.east))
    async for page in _pages(session, select(*_PEOPLE).where(inside), _KEY):
        yield [
            person
            for person in page
            if not territory.holds_place(person.place) and territory.holds_point(person.latitude, person.longitude)
        ]
    homeless = or_(PersonRow.latitude.is_(None), PersonRow.longitude.is_(None))
    async for codes in _villages(session, territory):
        there = and_(PersonRow.place.in_(codes), homeless)
        async for page in _pages(session, select(*_PEOPLE).where(there), _PLACED_KEY):
            yield page


async def _villages(session: AsyncSession, territory: Territory) -> AsyncIterator[Sequence[str]]:
    """Codes of the villages that lie in the shapes and not in the codes."""
    box = territory.box
    if box is None:
        return
    near = and_(VillageRow.latitude.between(box.south, box.north), VillageRow.longitude.between(box.west, box.east))
    async for page in _pages(session, select(VillageRow.__table__).where(near), (VillageRow.code,)):
        codes = [
            village.code
            for village in page
            if not territory.holds_place(village.code) and territory.holds_point(village.latitude, village.longitude)
        ]
        for portion in _portions(codes):
            yield portion


async def _pages(
    session: AsyncSession, query: Select[*tuple[Any, ...]], key: Sequence[InstrumentedAttribute[Any]]
) -> AsyncIterator[Sequence[Any]]:
    """The rows of a query in the order of their key, page by page."""
    ordered, last = query.order_by(*key).limit(_PAGE), None
    while True:
        page = (await session.execute(ordered if last is None else ordered.where(tuple_(*key) > tuple_(*last)))).all()
        if page:
            yield page
        if len(page) < _PAGE:
            return
        last = [getattr(page[-1], column.key) for column in key]


async def _known(session: AsyncSession, some: Sequence[Recipient]) -> dict[tuple[str, str], Any]:
    """Rows of people, by channel and user; channel by channel, for databases do not look pairs up by an index."""
    known = {}
    for channel in {one.channel for one in some}:
        users = [one.user for one in some if one.channel == channel]
        there = (PersonRow.channel == channel, PersonRow.user.in_(users))
        for row in await session.execute(select(*_TIMES).where(*there)):
            known[row.channel, row.user] = row
    return known


def _still(reached: Recipient, person: Any | None, occasion: Occasion) -> Recipient | None:
    """Who got an earlier message, unless they want to hear nothing more. Who is not known any more is told at once."""
    if person is None:
        return reached
    return None if person.opted_out else occasion.recipient(person, reached.after)


def _portions(some: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """Few enough for the parameters of one statement."""
    return (some[start : start + _AT_ONCE] for start in range(0, len(some), _AT_ONCE))


def _after(prefix: str) -> str:
    """The first code behind all that begin with these digits."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)
