"""Many clients at once who want more than there is: orders, acceptances, changes of mind, and everything twice."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal

from dialogs.booking.machinery import Machinery
from dialogs.booking.register import ProviderCard, Register
from dialogs.booking.terms import Booking, BookingError, Person, State
from knowledge_base.store import Store
from tests.fakes.booking import COUNTY, NOON, Deaf, check_ledger, day, harvester, wish

WINDOW = 5
DOUBLED = 10
"""One order of so many is sent twice at once, and one is accepted twice at once."""
CHANGED = 11
"""One that was accepted of so many is changed: other days and cancelled at the same time, or the provider cannot come."""


@dataclass(slots=True)
class Contest:
    """What was ordered under which key, and what came of it."""

    store: Store
    orders: int
    clients: int
    providers: int
    ids: dict[str, str] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)

    def machinery(self) -> Machinery:
        """One process's door."""
        return Machinery(self.store, Deaf(), lambda: NOON)

    async def prepare(self) -> None:
        """Providers who together can do about two thirds of what will be wanted."""
        register = Register(self.store, lambda: NOON)
        capacity = (Decimal(self.orders) * 4 * 2 / 3 / self.providers / WINDOW).quantize(Decimal("0.01"))
        for number in range(self.providers):
            person = Person("web", f"provider{number}")
            card = ProviderCard(kind="operator", name=f"P{number}", place=COUNTY, areas=(COUNTY,), person=person)
            id_ = await register.put_provider(card)
            await register.put_machine(id_, harvester("M", str(60 + number), str(capacity)))

    async def run(self) -> None:
        """All clients at once; then everything that was sent is sent once more."""
        machinery = self.machinery()
        numbers = iter(range(self.orders))
        await asyncio.gather(*(self._client(machinery, numbers, n) for n in range(self.clients)))
        for key, booking in random.Random(1).sample(sorted(self.ids.items()), min(100, self.orders)):
            again = await machinery.order(Person("web", key), wish(), key)
            assert again.id == booking, "the same key gives the same booking"

    async def check(self) -> None:
        """0 over capacity, 0 lost, 0 doubled."""
        assert len(self.ids) == len(set(self.ids.values())) == self.orders
        assert await check_ledger(self.store) == self.orders

    async def _client(self, machinery: Machinery, numbers: Iterator[int], seed: int) -> None:
        chance = random.Random(seed)
        for number in numbers:
            key = f"f{number}"
            wanted = replace(
                wish(str(Decimal(chance.randint(100, 700)) / 100), first=1, last=WINDOW),
                place=f"{COUNTY}{chance.randint(101, 130)}{chance.randint(200, 220)}",
            )
            orders = [machinery.order(Person("web", key), wanted, key) for _ in range(1 + (number % DOUBLED == 0))]
            found = await asyncio.gather(*orders)
            assert len({booking.id for booking in found}) == 1, "a doubled message is one booking"
            self.ids[key] = found[0].id
            booking = await self._until_settled(machinery, found[0], number)
            if number % CHANGED == 0 and booking.state == State.ACCEPTED:
                booking = await self._change(machinery, booking, number, chance)
            self.outcomes[booking.state] += 1

    async def _until_settled(self, machinery: Machinery, booking: Booking, number: int) -> Booking:
        """The provider says yes, some of them twice at once, until a machine comes or there is none."""
        tries = 0
        while booking.state == State.OFFERED and booking.provider_person:
            who, key = booking.provider_person, f"{booking.id}yes{tries}"
            answers = [machinery.accept(who, booking.id, key) for _ in range(1 + (number % DOUBLED == 1))]
            booking = (await asyncio.gather(*answers))[0]
            tries += 1
        self.outcomes["accepted at another try"] += tries > 1
        return booking

    async def _change(self, machinery: Machinery, booking: Booking, number: int, chance: random.Random) -> Booking:
        """A change of mind: other days and a cancellation at the same time, or a provider who cannot come."""
        farmer, key = booking.person, f"{booking.id}change"
        if number % (2 * CHANGED):
            assert booking.provider_person
            return await machinery.decline(booking.provider_person, booking.id, "", key)
        other = day(chance.randint(1, WINDOW))
        both = await asyncio.gather(
            machinery.reschedule(farmer, booking.id, other, other, None, key),
            machinery.cancel(farmer, booking.id, "", key + "off"),
            return_exceptions=True,
        )
        assert all(isinstance(one, Booking | BookingError) for one in both), both
        (now,) = [one for one in await machinery.mine(farmer) if one.id == booking.id]
        assert now.state == State.CANCELLED
        return now


async def contest(store: Store, orders: int, clients: int, providers: int) -> Contest:
    """Hold one, and check what it came to."""
    one = Contest(store, orders, clients, providers)
    await one.prepare()
    await one.run()
    await one.check()
    return one
