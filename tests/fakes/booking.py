"""A yard of machines: the ledger over a store, a clock that is turned by hand, and everything that people are told."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from dialogs.booking.machinery import Machinery
from dialogs.booking.models import BookingDayRow, BookingRow, EventRow, MachineDayRow
from dialogs.booking.notices import Notice, What
from dialogs.booking.register import MachineCard, Price, ProviderCard, Register
from dialogs.booking.states import HOLDING, OPEN, Step, replay
from dialogs.booking.terms import Person, Wish
from knowledge_base.store import Store
from knowledge_base.warnings.models import OfficerRow, Role

NOON = datetime.fromisoformat("2026-11-22T12:00:00+08:00")
TODAY = NOON.date()
VILLAGE = "411424101201"
TOWN = VILLAGE[:9]
COUNTY = VILLAGE[:6]
FARMER = Person("web", "farmer")
STATION = Person("web", "station")


class Told:
    """Records what people are told; the topic of each only once, as the outbox does."""

    def __init__(self) -> None:
        self.all: list[tuple[Person, Notice]] = []
        self._topics: set[tuple[Person, str]] = set()

    async def tell(self, session: AsyncSession, person: Person, topic: str, about: Notice) -> None:
        assert len(topic) <= 160
        if (person, topic) not in self._topics:
            self._topics.add((person, topic))
            self.all.append((person, about))

    def to(self, person: Person) -> list[What]:
        """What somebody heard, in its order."""
        return [notice.what for who, notice in self.all if who == person]

    def last(self, person: Person) -> Notice:
        return next(notice for who, notice in reversed(self.all) if who == person)


class Deaf:
    """Tells nobody."""

    async def tell(self, session: AsyncSession, person: Person, topic: str, about: Notice) -> None:
        return


_EMPTY: list[bytes] = []


async def empty_store(folder: Path) -> Store:
    """An empty SQLite database; the migrations run once for all tests of the process."""
    if not _EMPTY:
        first = Store(f"sqlite+aiosqlite:///{folder / 'template.db'}")
        await first.migrate()
        await first.close()
        _EMPTY.append((folder / "template.db").read_bytes())
    path = folder / "ledger.db"
    path.write_bytes(_EMPTY[0])
    return Store(f"sqlite+aiosqlite:///{path}")


def day(offset: int) -> date:
    """So many days from today."""
    return TODAY + timedelta(days=offset)


def wish(area: str = "3.5", first: int = 2, last: int | None = None, **changes: object) -> Wish:
    """Wheat to be harvested, the day after tomorrow."""
    values: dict[str, object] = {
        "service": "harvest",
        "crop": "小麦",
        "area_mu": Decimal(area),
        "place": VILLAGE,
        "place_text": "李庄",
        "first": day(first),
        "last": day(first if last is None else last),
        "part": None,
        "date_text": "后天",
    }
    return Wish(**(values | changes))  # type: ignore[arg-type]


class Yard:
    """Providers and the ledger of one store."""

    def __init__(self, store: Store, numbers: int = 10_000) -> None:
        self.store = store
        self.now = NOON
        self.told = Told()
        self._numbers = count(numbers)
        self._keys = count()
        self.machinery = Machinery(store, self.told, lambda: self.now, new_number=lambda: str(next(self._numbers)))
        self.register = Register(store, lambda: self.now)

    def key(self) -> str:
        """One that was not used before."""
        return f"key{next(self._keys)}"

    async def provider(
        self,
        name: str,
        price: str = "60",
        capacity: str = "10",
        *,
        areas: Sequence[str] = (COUNTY,),
        machines: int = 1,
        place: str = VILLAGE,
    ) -> Person:
        """Somebody who harvests wheat; their name is their user."""
        person = Person("web", name)
        card = ProviderCard(kind="operator", name=name, place=place, areas=tuple(areas), person=person)
        id_ = await self.register.put_provider(card)
        for number in range(machines):
            await self.register.put_machine(id_, harvester(f"{name}{number}", price, capacity))
        return person

    async def station(self) -> None:
        """Somebody on duty for the county."""
        async with self.store.session() as session:
            session.add(
                OfficerRow(role=Role.DUTY, place=COUNTY, channel=STATION.channel, user=STATION.user, shown="站")
            )

    async def steps(self, booking: str) -> list[Step]:
        """The steps of a booking."""
        query = select(EventRow.step).where(EventRow.booking_id == booking).order_by(EventRow.number)
        async with self.store.session() as session:
            return [Step(step) for step in await session.scalars(query)]


def harvester(name: str, price: str = "60", capacity: str = "10") -> MachineCard:
    """A combine for wheat."""
    prices = (Price(service="harvest", crop="小麦", price_mu=Decimal(price)),)
    return MachineCard(kind="combine", name=name, capacity_mu=Decimal(capacity), prices=prices, crops=("小麦",))


async def check_ledger(store: Store) -> int:
    """What must hold at every moment, whatever happened; how many bookings there are."""
    async with store.session() as session:
        rows = (await session.scalars(select(BookingRow))).all()
        events = (await session.scalars(select(EventRow).order_by(EventRow.booking_id, EventRow.number))).all()
        held = (await session.scalars(select(BookingDayRow))).all()
        days = (await session.scalars(select(MachineDayRow))).all()
        sums = select(BookingDayRow.machine_id, BookingDayRow.day, func.sum(BookingDayRow.area))
        totals = {
            (m, d): s for m, d, s in await session.execute(sums.group_by(BookingDayRow.machine_id, BookingDayRow.day))
        }
    for one in days:
        assert one.taken <= one.capacity, "over capacity"
        assert one.taken == totals.pop((one.machine_id, one.day), Decimal(0)), "taken is not the sum of what is held"
    assert not totals
    steps: dict[str, list[EventRow]] = {row.id: [] for row in rows}
    for event in events:
        steps[event.booking_id].append(event)
    areas: dict[str, Decimal] = {}
    for one_held in held:
        areas[one_held.booking_id] = areas.get(one_held.booking_id, Decimal(0)) + one_held.area
    for row in rows:
        mine = steps[row.id]
        assert [event.number for event in mine] == list(range(1, row.events + 1))
        assert replay(Step(event.step) for event in mine) == row.state
        assert [event.before for event in mine] == [None, *(event.after for event in mine[:-1])]
        assert areas.get(row.id, Decimal(0)) == (row.area if row.state in HOLDING else Decimal(0))
        assert (row.until is not None) == (row.state == "offered")
    numbers = [row.number for row in rows if row.state in OPEN]
    assert len(numbers) == len(set(numbers)), "two open bookings have the same number"
    return len(rows)
