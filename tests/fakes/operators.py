"""Operators of machines and a farmer in a house: what the outbox holds for them, and its buttons."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from pydantic import TypeAdapter
from sqlalchemy import select

from bot.booking.parts import Booking, booking
from bot.delivery.models import OutboxRow
from bot.scene import Numbers, hire, order, read_scene, stand_by
from dialogs.booking.register import MachineCard, Price, ProviderCard
from dialogs.booking.terms import Person, Wish
from dialogs.messages import Reply, Turn
from knowledge_base.warnings.models import OfficerRow, Role
from tests.fakes.house import House

COUNTY = "411424"
SCENE = read_scene(Path(__file__).parents[1] / "conversations" / "scenes" / "machinery.yaml")
_REPLY = TypeAdapter(Reply)


def _person(user: str) -> Person:
    return Person("test", user)


class Operators:
    """Bookings in a house. Everybody is on the channel `test`; an operator's name is their user."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.parts: Booking = booking(house.store, house.outbox, house.language, house.clock, new_number=Numbers())
        house.serve(*self.parts.services)
        self._read: set[str] = set()

    async def add(
        self,
        user: str,
        name: str,
        price: str = "60",
        machines: Sequence[tuple[str, str, str]] = (("combine", "谷神收割机", "harvest"),),
        *,
        linked: bool = True,
    ) -> str:
        """An operator of the county with machines (kind, name, job); their id."""
        person = Person("test", user) if linked else None
        register = self.parts.register
        id_ = await register.put_provider(
            ProviderCard(kind="operator", name=name, place=COUNTY, areas=(COUNTY,), person=person)
        )
        for kind, shown, service in machines:
            prices = (Price(service=service, price_mu=Decimal(price)),)
            card = MachineCard(kind=kind, name=shown, capacity_mu=Decimal(40), prices=prices)
            await register.put_machine(id_, card)
        return id_

    async def station(self, user: str = "station") -> None:
        """Somebody on duty for the county."""
        async with self.house.store.session() as session:
            session.add(OfficerRow(role=Role.DUTY, place=COUNTY, channel="test", user=user, shown="值班"))

    async def told(self, user: str) -> list[Reply]:
        """What went to somebody since the last look, in its order."""
        async with self.house.store.session() as session:
            query = select(OutboxRow).where(OutboxRow.user == user).order_by(OutboxRow.created_at, OutboxRow.topic)
            rows = [row for row in await session.scalars(query) if row.id not in self._read]
        self._read |= {row.id for row in rows}
        return [_REPLY.validate_python(row.payload) for row in rows]

    async def press(self, label: str, reply: Reply, user: str) -> Turn:
        """Press a button of a message that came unasked."""
        choice = next(one.id for one in reply.choices if one.label == label)
        return await self.house.choose(choice, user)

    async def tick(self, **later: float) -> None:
        """Let time pass, and do what it brings."""
        self.house.later(**later)
        await self.parts.machinery.tick()

    async def usual(self) -> None:
        """The scene of the golden dialogues."""
        await hire(self.parts, SCENE, _person)
        await stand_by(self.house.store, SCENE, _person)
        await order(self.parts, SCENE, _person)

    async def order(self, user: str, crop: str, area: str, place: str, days: int) -> str:
        """Somebody's order for so many days from today; its id."""
        day = self.house.now.date() + timedelta(days=days)
        wish = Wish("harvest", crop, Decimal(area), COUNTY, place, day, day, None, str(day))
        return (await self.parts.machinery.order(Person("test", user), wish, f"{user}{days}")).id
