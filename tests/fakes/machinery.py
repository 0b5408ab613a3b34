"""A ledger of machinery in memory, with one provider or none: what the chat needs of the real one."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from dialogs.booking.machinery import Machinery
from dialogs.booking.terms import Booking, NotPossible, NotYours, Person, Quote, Reason, State, Wish


class FakeMachinery(Machinery):
    """`provider` is asked for every order; None: nobody is registered. The same key does nothing twice."""

    def __init__(
        self,
        clock: Callable[[], datetime],
        provider: str | None = "张师傅",
        price: Decimal = Decimal(60),
        pooled: int = 0,
    ) -> None:
        self.clock = clock
        self.provider = provider
        self.price = price
        self.pooled = pooled
        self.on_duty = True
        self.bookings: list[Booking] = []
        self.commands: list[str] = []
        self.refuse: Reason | None = None
        self._done: dict[str, Booking] = {}

    async def quotes(self, wish: Wish, limit: int = 3, *, person: Person | None = None) -> Sequence[Quote]:
        if self.provider is None:
            return ()
        total = self.price * wish.area_mu
        return (Quote(wish.first, self.price, total, self.provider, 3.0, self.pooled, wish.first),)[:limit]

    async def order(self, person: Person, wish: Wish, key: str) -> Booking:
        return self._once(key, lambda: self._ordered(person, wish))

    async def mine(self, person: Person) -> Sequence[Booking]:
        return [one for one in reversed(self.bookings) if one.person == person]

    async def cancel(self, person: Person, booking: str, why: str, key: str) -> Booking:
        return self._once(key, lambda: self._changed(person, booking, state=State.CANCELLED))

    async def reschedule(  # noqa: PLR0917
        self, person: Person, booking: str, first: date, last: date, part: str | None, key: str, *, date_text: str = ""
    ) -> Booking:
        wish = replace(self._mine(person, booking).wish, first=first, last=last, part=part, date_text=date_text)
        return self._once(key, lambda: self._changed(person, booking, wish=wish))

    async def change_area(self, person: Person, booking: str, area_mu: Decimal, key: str) -> Booking:
        wish = replace(self._mine(person, booking).wish, area_mu=area_mu)
        return self._once(key, lambda: self._changed(person, booking, wish=wish))

    def _ordered(self, person: Person, wish: Wish) -> Booking:
        count = len(self.bookings) + 1
        offered = self.provider is not None
        booking = Booking(
            id=hashlib.sha256(str(count).encode()).hexdigest()[:32],
            number=str(10000 + count),
            state=State.OFFERED if offered else State.ASKED,
            person=person,
            wish=wish,
            provider=self.provider,
            provider_person=Person("test", "provider") if offered else None,
            machine=None,
            day=wish.first if offered else None,
            last_day=None,
            part=wish.part,
            price_mu=self.price if offered else None,
            total=self.price * wish.area_mu if offered else None,
            distance_km=3.0,
            pooled=self.pooled,
            station_told=not offered and self.on_duty,
            until=self.clock() + timedelta(hours=3) if offered else None,
        )
        self.bookings.append(booking)
        return booking

    def _changed(self, person: Person, booking: str, **values: object) -> Booking:
        before = self._mine(person, booking)
        after = replace(before, **values)  # type: ignore[arg-type]
        self.bookings[self.bookings.index(before)] = after
        return after

    def _mine(self, person: Person, booking: str) -> Booking:
        found = next((one for one in self.bookings if one.id == booking and one.person == person), None)
        if found is None:
            raise NotYours
        return found

    def _once(self, key: str, command: "object") -> Booking:
        if self.refuse:
            raise NotPossible(self.refuse)
        if key not in self._done:
            self.commands.append(key)
            self._done[key] = command()  # type: ignore[operator]
        return self._done[key]
