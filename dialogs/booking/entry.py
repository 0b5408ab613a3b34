"""One transaction on the ledger: rows under lock, steps with their events, and what people are told of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from dialogs.booking.models import BookingRow, EventRow, ProviderRow
from dialogs.booking.notices import Notice, Notify, To, What
from dialogs.booking.states import OPEN, TABLE, IllegalStep, Side, Step, follow
from dialogs.booking.terms import NotYours, Person, Quote, State
from dialogs.booking.views import view
from knowledge_base.warnings.calls import officers
from knowledge_base.warnings.models import Role

_NUMBERS_TRIED = 50
_AFRESH: Mapping[str, object] = {"populate_existing": True, "synchronize_session": False}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who takes a step, and as what."""

    side: Side
    person: Person | None = None

    def __str__(self) -> str:
        return f"{self.side}:{self.person.channel}:{self.person.user}" if self.person else self.side.value


SYSTEM = Actor(Side.SYSTEM)


@dataclass(frozen=True, slots=True)
class Entry:
    """A transaction at a moment."""

    session: AsyncSession
    now: datetime
    notify: Notify
    new_id: Callable[[], str]
    new_number: Callable[[], str]

    async def lock(self, booking: str) -> BookingRow:
        """A booking, which nobody else changes until the transaction ends. Raises `NotYours` for an unknown one."""
        # An update locks on both databases, and comes before the first reading: what is read then is what holds.
        held = update(BookingRow).where(BookingRow.id == booking).values(touched_at=self.now).returning(BookingRow)
        row = await self.session.scalar(held.execution_options(**_AFRESH))
        if row is None:
            raise NotYours
        return row

    async def lock_with_provider(self, booking: str) -> BookingRow:
        """A booking under lock, and before it its provider, as `provider` does. Raises `NotYours` for an unknown one."""
        provider = await self.session.scalar(select(BookingRow.provider_id).where(BookingRow.id == booking))
        if provider is not None:
            held = update(ProviderRow).where(ProviderRow.id == provider).values(touched_at=self.now)
            await self.session.execute(held.execution_options(synchronize_session=False))
        return await self.lock(booking)

    async def provider(self, person: Person) -> ProviderRow:
        """A provider under lock; always before any booking, so that two commands never wait for each other.

        Raises `NotYours` for somebody who is none.
        """
        mine = (ProviderRow.channel == person.channel, ProviderRow.user == person.user)
        held = update(ProviderRow).where(*mine).values(touched_at=self.now).returning(ProviderRow)
        row = await self.session.scalar(held.execution_options(**_AFRESH))
        if row is None:
            raise NotYours
        return row

    async def fresh_number(self) -> str:
        """Five digits that no open booking has. Two transactions may find the same: the database refuses the second."""
        for _ in range(_NUMBERS_TRIED):
            number = self.new_number()
            taken = select(BookingRow.id).where(BookingRow.number == number, BookingRow.state.in_(OPEN))
            if await self.session.scalar(taken) is None:
                return number
        raise RuntimeError("no free number among those tried")

    def step(self, row: BookingRow, step: Step, by: Actor, why: str = "") -> None:
        """Take a step and write its event. Raises `IllegalStep`."""
        if by.side not in TABLE[step].by:
            raise IllegalStep(f"{step} by {by.side}")
        before = State(row.state) if row.events else None
        after = follow(before, step)
        row.events += 1
        row.state = after
        event = EventRow(booking_id=row.id, number=row.events, at=self.now, who=str(by), step=step, why=why)
        event.before, event.after = before, after
        self.session.add(event)

    async def tell_farmer(
        self, row: BookingRow, what: What, why: str = "", *, quotes: Sequence[Quote] = (), once: str | None = None
    ) -> None:
        """Tell the farmer; of each event once, or of `once` once."""
        await self._tell(row, Person(row.channel, row.user), what, To.FARMER, why=why, quotes=quotes, once=once)

    async def tell_provider(
        self, row: BookingRow, what: What, why: str = "", *, quotes: Sequence[Quote] = (), once: str | None = None
    ) -> None:
        """Tell the provider of the booking; likewise."""
        if row.provider_id is not None:
            await self.tell_another(row, row.provider_id, what, why, quotes=quotes, once=once)

    async def tell_another(
        self,
        row: BookingRow,
        provider: str,
        what: What,
        why: str = "",
        *,
        quotes: Sequence[Quote] = (),
        once: str | None = None,
    ) -> None:
        """Tell a provider who may not be that of the booking any more; likewise."""
        to = await self.session.get(ProviderRow, provider)
        if to is not None and to.channel is not None and to.user is not None:
            await self._tell(row, Person(to.channel, to.user), what, To.PROVIDER, why=why, quotes=quotes, once=once)

    async def tell_both(
        self, row: BookingRow, what: What, why: str = "", *, quotes: Sequence[Quote] = (), once: str | None = None
    ) -> None:
        """Tell the farmer and the provider of the booking; likewise."""
        await self.tell_farmer(row, what, why, quotes=quotes, once=once)
        await self.tell_provider(row, what, why, quotes=quotes, once=once)

    async def tell_station(self, row: BookingRow, what: What, why: str = "", *, once: str | None = None) -> bool:
        """Tell the people on duty for the place; False where nobody is."""
        on_duty = await officers(self.session, Role.DUTY, row.place)
        for one in on_duty:
            await self._tell(row, Person(one.channel, one.user), what, To.STATION, why=why, once=once)
        return bool(on_duty)

    async def _tell(
        self,
        row: BookingRow,
        person: Person,
        what: What,
        to: To,
        *,
        why: str,
        quotes: Sequence[Quote] = (),
        once: str | None,
    ) -> None:
        await self.session.flush()
        topic = f"booking:{row.id}:{to}:{what}:{once or row.events}"
        notice = Notice(what, to, await view(self.session, row), why, tuple(quotes))
        await self.notify.tell(self.session, person, topic, notice)
