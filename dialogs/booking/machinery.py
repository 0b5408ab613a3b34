"""Machinery bookings: the one door to the ledger."""

import secrets
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from sqlalchemy import Select, or_, select

from dialogs.booking import afterwards, farmer_side, handing, provider_side, rounds, weather
from dialogs.booking.entry import Entry
from dialogs.booking.ledger import Ledger
from dialogs.booking.matching import ranked
from dialogs.booking.models import BookingRow, ProviderRow
from dialogs.booking.notices import Notify
from dialogs.booking.states import OPEN
from dialogs.booking.supply import candidates
from dialogs.booking.terms import Booking, Person, Quote, State, Wish
from dialogs.booking.views import quote_of, view
from knowledge_base.store import Store

SHOWN = timedelta(days=30)
"""So long a farmer sees what is over."""


def five_digits() -> str:
    """A number that can be read aloud, without a zero at its beginning."""
    return str(10_000 + secrets.randbelow(90_000))


class Machinery:
    """Every command is one transaction, done once for its `key`: the same command again changes nothing and gives the booking as it stands.

    Commands raise `NotYours` for a booking that is unknown or somebody else's, and `NotPossible` with the reason; then
    nothing has changed.
    """

    def __init__(
        self,
        store: Store,
        notify: Notify,
        clock: Callable[[], datetime],
        new_id: Callable[[], str] = lambda: uuid4().hex,
        new_number: Callable[[], str] = five_digits,
    ) -> None:
        self._ledger = Ledger(store, notify, clock, new_id, new_number)

    async def quotes(self, wish: Wish, limit: int = 3, *, person: Person | None = None) -> Sequence[Quote]:
        """What `person` could have now, the best first, one of each machine; not their own. Nothing is reserved by it."""
        async with self._ledger.reading() as entry:
            found = await candidates(entry.session, wish, entry.now, person=person)
            return [quote_of(option) for option in ranked(found, wish, entry.now)[:limit]]

    async def order(self, person: Person, wish: Wish, key: str) -> Booking:
        """Take an order and ask the best provider: OFFERED. ASKED where nobody can be asked; then the station is told, if anybody is on duty (`station_told`)."""
        return await self._one("order", person, key, lambda entry: farmer_side.order(entry, person, wish))

    async def mine(self, person: Person) -> Sequence[Booking]:
        """A farmer's open bookings and those that were over in the last 30 days, newest first."""
        async with self._ledger.reading() as entry:
            shown = or_(BookingRow.state.in_(OPEN), BookingRow.touched_at >= entry.now - SHOWN)
            mine = (BookingRow.channel == person.channel, BookingRow.user == person.user)
            query = select(BookingRow).where(*mine, shown).order_by(BookingRow.created_at.desc(), BookingRow.id)
            return await _views(entry, query)

    async def cancel(self, person: Person, booking: str, why: str, key: str) -> Booking:
        """Not wanted any more; the provider is told."""
        what = f"cancel {booking}"
        return await self._one(what, person, key, lambda entry: farmer_side.cancel(entry, person, booking, why))

    async def reschedule(  # noqa: PLR0917 - the door's contract
        self, person: Person, booking: str, first: date, last: date, part: str | None, key: str, *, date_text: str = ""
    ) -> Booking:
        """Other days for the same booking: asked anew, the same machine first.

        A day that the provider has proposed is ACCEPTED at once. From the provider of an accepted booking it is such a
        proposal: nothing changes until the farmer takes it. Raises `NotPossible`: `days`, `past`, `over`, `full`.
        """
        what = f"reschedule {booking}"

        async def act(entry: Entry) -> Sequence[BookingRow]:
            return await farmer_side.reschedule(entry, person, booking, (first, last), part=part, date_text=date_text)

        return await self._one(what, person, key, act)

    async def stay(self, person: Person, booking: str, key: str) -> Booking:
        """The day as it is, where the provider has proposed another one: the provider is told."""
        return await self._one(f"stay {booking}", person, key, lambda entry: farmer_side.stay(entry, person, booking))

    async def change_area(self, person: Person, booking: str, area_mu: Decimal, key: str) -> Booking:
        """Another area. Of an accepted booking only if the machine has room: raises `NotPossible` (`full`) else."""
        what = f"area {booking}"
        return await self._one(
            what, person, key, lambda entry: farmer_side.change_area(entry, person, booking, area_mu)
        )

    async def jobs(self, provider: Person) -> Sequence[Booking]:
        """What a provider is asked for and has accepted, in the order of the days."""
        async with self._ledger.reading() as entry:
            mine = (ProviderRow.channel == provider.channel, ProviderRow.user == provider.user)
            query = (
                select(BookingRow)
                .join(ProviderRow, ProviderRow.id == BookingRow.provider_id)
                .where(*mine, BookingRow.state.in_([State.OFFERED, State.ACCEPTED]))
                .order_by(BookingRow.day, BookingRow.created_at)
            )
            return await _views(entry, query)

    async def accept(self, provider: Person, booking: str, key: str) -> Booking:
        """Take the job: ACCEPTED. Where the day is full by now it is OFFERED, for another day or to another provider, or ASKED.

        Raises `Gone` for an offer that is not open any more, `NotYours` for one that was never made.
        """
        what = f"accept {booking}"
        return await self._one(what, provider, key, lambda entry: provider_side.accept(entry, provider, booking))

    async def decline(self, provider: Person, booking: str, why: str, key: str) -> Booking:
        """Not this job, or not after all; the next provider is asked. Raises as `accept`."""
        what = f"decline {booking}"
        return await self._one(what, provider, key, lambda entry: provider_side.decline(entry, provider, booking, why))

    async def days_off(
        self, provider: Person, first: date, last: date, why: str, key: str, *, machine: str | None = None
    ) -> Sequence[Booking]:
        """No work on these days, or none of the `machine` of that id. The bookings of those days, asked anew; their farmers are told."""
        return await self._ledger.command(
            "days_off",
            provider,
            key,
            lambda entry: provider_side.days_off(entry, provider, (first, last), why, machine),
        )

    async def back(self, provider: Person, key: str) -> None:
        """Days off that are not over end now."""
        await self._ledger.command("back", provider, key, lambda entry: provider_side.back(entry, provider))

    async def finish(  # noqa: PLR0917 - the door's contract
        self, by: Person, booking: str, done: bool, area_mu: Decimal | None, total: Decimal | None, key: str
    ) -> Booking:
        """What the farmer or the provider says after the day: settled when both say the same. Somebody on duty settles it alone.

        Raises `NotPossible`: `too_early`, `not_accepted`, `over`, `area`.
        """

        async def act(entry: Entry) -> Sequence[BookingRow]:
            return await afterwards.finish(entry, by, booking, done=done, area_mu=area_mu, total=total)

        return await self._one(f"finish {booking}", by, key, act)

    async def settle(self, by: Person, booking: str, done: bool, key: str) -> Booking:
        """What the station's `by` says, whatever the two sides have said; both are told. Raises as `finish`."""
        return await self._one(
            f"settle {booking}", by, key, lambda entry: afterwards.settle(entry, by, booking, done=done)
        )

    async def able(self, booking: str) -> Sequence[handing.Able]:
        """The machines to which the station can hand an order, the best first."""
        async with self._ledger.reading() as entry:
            return await handing.able(entry, booking)

    async def hand(self, by: Person, booking: str, machine: str, key: str) -> Booking:
        """Offer an order to the provider of the `machine` of that id, as the station's `by` wants: OFFERED, with the usual deadline.

        Raises `NotPossible`: `over` for one that waits for nobody any more, `full` for a machine without room.
        """
        return await self._one(f"hand {booking}", by, key, lambda entry: handing.hand(entry, by, booking, machine))

    async def rate(self, by: Person, booking: str, stars: int, key: str) -> None:
        """1 to 5 stars of one side for the other, once. Raises `NotPossible`: `stars`, `not_accepted`, `rated`."""
        await self._one(f"rate {booking}", by, key, lambda entry: afterwards.rate(entry, by, booking, stars))

    async def complain(self, by: Person, booking: str, text: str, key: str) -> None:
        """A complaint to the station."""
        await self._one(f"complain {booking}", by, key, lambda entry: afterwards.complain(entry, by, booking, text))

    async def tick(self) -> None:
        """Do what time brings; every minute is right. Safe to run twice, and in several processes."""
        await rounds.go_round(self._ledger)

    async def spoiled(self, place_prefix: str, day: date, why: str, *, only: Collection[str] | None = None) -> int:
        """The weather spoils a day where places' codes begin so: both sides are offered other days; how many bookings.

        `only` the bookings of these ids; None for all that weather can spoil.
        """
        return await weather.spoil(self._ledger, place_prefix, day, why, only)

    async def _one(
        self, what: str, by: Person, key: str, act: Callable[[Entry], Awaitable[Sequence[BookingRow]]]
    ) -> Booking:
        (booking,) = await self._ledger.command(what, by, key, act)
        return booking


async def _views(entry: Entry, query: Select[Any]) -> Sequence[Booking]:
    return [await view(entry.session, row) for row in (await entry.session.scalars(query)).all()]
