"""The register of providers and their machines: who does what, where, for how much."""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sqlalchemy import case, delete, literal, select, update

from dialogs.booking import hours
from dialogs.booking.models import AreaRow, Hundredths, MachineDayRow, MachineRow, PriceRow, ProviderRow
from dialogs.booking.terms import Person
from knowledge_base.store import Store

_Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
_Code = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{1,11}$")]
_Hundredths = Annotated[Decimal, Field(gt=0, le=100_000, decimal_places=2)]


class ProviderCard(BaseModel):
    """A provider. `areas`: beginnings of the codes of the places served. Without `person` no job can be offered."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["operator", "cooperative"]
    name: _Name
    place: _Code
    areas: tuple[_Code, ...]
    phone: Annotated[str, StringConstraints(max_length=30)] = ""
    person: Person | None = None
    position: tuple[float, float] | None = None
    active: bool = True


class Price(BaseModel):
    """元 per 亩 for a service (key of services.yaml) and a crop (standard term; None for any)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    service: Annotated[str, StringConstraints(min_length=1, max_length=24)]
    price_mu: _Hundredths
    crop: Annotated[str, StringConstraints(min_length=1, max_length=40)] | None = None


class MachineCard(BaseModel):
    """A machine. `capacity_mu` is 亩 a day; `crops` those it is good for, all where there is none."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Annotated[str, StringConstraints(min_length=1, max_length=24)]
    name: _Name
    capacity_mu: _Hundredths
    prices: tuple[Price, ...]
    crops: tuple[str, ...] = ()
    width_cm: Annotated[int, Field(gt=0, le=5000)] | None = None
    active: bool = True


class UnknownProvider(LookupError):
    """No provider, or no machine of that provider, has this id."""


class Register:
    """The providers of one store."""

    def __init__(
        self, store: Store, clock: Callable[[], datetime], new_id: Callable[[], str] = lambda: uuid4().hex
    ) -> None:
        self._store = store
        self._clock = clock
        self._new_id = new_id

    async def put_provider(self, card: ProviderCard, provider: str | None = None) -> str:
        """Add a provider, or change the one of that id; the id. Raises `UnknownProvider`.

        Nobody has two registrations: raises `sqlalchemy.exc.IntegrityError` for a person who is another provider already.
        """
        async with self._store.session() as session:
            row = ProviderRow(id=self._new_id()) if provider is None else await session.get(ProviderRow, provider)
            if row is None:
                raise UnknownProvider
            row.kind, row.name, row.phone = card.kind, card.name, card.phone
            row.channel, row.user = (card.person.channel, card.person.user) if card.person else (None, None)
            row.place, row.active, row.touched_at = card.place, card.active, self._clock()
            row.latitude, row.longitude = card.position or (None, None)
            session.add(row)
            await session.flush()
            await session.execute(delete(AreaRow).where(AreaRow.provider_id == row.id))
            session.add_all(AreaRow(provider_id=row.id, place=place) for place in sorted(set(card.areas)))
            return row.id

    async def put_machine(self, provider: str, card: MachineCard, machine: str | None = None) -> str:
        """Add a machine, or change the one of that id; the id. What is booked stays booked, at the price agreed.

        Raises `UnknownProvider`.
        """
        async with self._store.session() as session:
            if await session.get(ProviderRow, provider) is None:
                raise UnknownProvider
            row = MachineRow(id=self._new_id()) if machine is None else await session.get(MachineRow, machine)
            if row is None or (machine is not None and row.provider_id != provider):
                raise UnknownProvider
            row.provider_id, row.kind, row.name = provider, card.kind, card.name
            row.capacity, row.crops, row.width_cm, row.active = (
                card.capacity_mu,
                list(card.crops),
                card.width_cm,
                card.active,
            )
            session.add(row)
            await session.flush()
            await session.execute(delete(PriceRow).where(PriceRow.machine_id == row.id))
            prices = {(price.service, price.crop or ""): price.price_mu for price in card.prices}
            session.add_all(
                PriceRow(machine_id=row.id, service=service, crop=crop, price=price)
                for (service, crop), price in prices.items()
            )
            # A day that more is taken of than the machine can do from now on keeps what is taken.
            capacity = literal(card.capacity_mu, Hundredths)
            room = case((MachineDayRow.taken > capacity, MachineDayRow.taken), else_=capacity)
            await session.execute(
                update(MachineDayRow)
                .where(MachineDayRow.machine_id == row.id, MachineDayRow.day >= hours.today(self._clock()))
                .values(capacity=room)
                .execution_options(synchronize_session=False)
            )
            return row.id

    async def provider_of(self, person: Person) -> str | None:
        """The id of the provider who is that person."""
        mine = (ProviderRow.channel == person.channel, ProviderRow.user == person.user)
        async with self._store.session() as session:
            return await session.scalar(select(ProviderRow.id).where(*mine))

    async def providers(self) -> Sequence[tuple[str, ProviderCard]]:
        """All providers by id, in the order of their names."""
        async with self._store.session() as session:
            rows = (await session.scalars(select(ProviderRow).order_by(ProviderRow.name, ProviderRow.id))).all()
            areas = (await session.scalars(select(AreaRow).order_by(AreaRow.place))).all()
        return [
            (row.id, _provider_card(row, [area.place for area in areas if area.provider_id == row.id])) for row in rows
        ]

    async def machines(self, provider: str) -> Sequence[tuple[str, MachineCard]]:
        """A provider's machines by id, in the order of their names."""
        query = select(MachineRow).where(MachineRow.provider_id == provider).order_by(MachineRow.name, MachineRow.id)
        async with self._store.session() as session:
            rows = (await session.scalars(query)).all()
            wanted = select(PriceRow).where(PriceRow.machine_id.in_([row.id for row in rows]))
            prices = (await session.scalars(wanted.order_by(PriceRow.service, PriceRow.crop))).all()
        return [(row.id, _machine_card(row, [one for one in prices if one.machine_id == row.id])) for row in rows]


def _provider_card(row: ProviderRow, areas: Sequence[str]) -> ProviderCard:
    person = Person(row.channel, row.user) if row.channel and row.user else None
    position = None if row.latitude is None or row.longitude is None else (row.latitude, row.longitude)
    values = {"kind": row.kind, "name": row.name, "phone": row.phone, "place": row.place, "active": row.active}
    return ProviderCard.model_validate({**values, "areas": tuple(areas), "person": person, "position": position})


def _machine_card(row: MachineRow, prices: Sequence[PriceRow]) -> MachineCard:
    return MachineCard(
        kind=row.kind,
        name=row.name,
        capacity_mu=row.capacity,
        crops=tuple(row.crops),
        width_cm=row.width_cm,
        active=row.active,
        prices=tuple(Price(service=one.service, crop=one.crop or None, price_mu=one.price) for one in prices),
    )
