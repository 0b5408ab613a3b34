"""The register of providers and machines, and what a change of it means for what is booked."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy.exc import IntegrityError

from dialogs.booking.register import MachineCard, Price, ProviderCard, UnknownProvider
from dialogs.booking.terms import Person, State
from tests.fakes.booking import COUNTY, FARMER, VILLAGE, Yard, check_ledger, day, empty_store, harvester, wish


@pytest.fixture
async def yard(tmp_path: Path) -> AsyncIterator[Yard]:
    store = await empty_store(tmp_path)
    yield Yard(store)
    await store.close()


WANG = ProviderCard(
    kind="cooperative",
    name="李庄农机合作社",
    phone="13800000000",
    place=VILLAGE,
    areas=(COUNTY, "4115"),
    person=Person("telegram", "1"),
    position=(34.1, 115.3),
)
DRONE = MachineCard(
    kind="drone",
    name="无人机",
    capacity_mu=Decimal("300.5"),
    width_cm=600,
    prices=(
        Price(service="spray", price_mu=Decimal("8.5")),
        Price(service="spray", crop="水稻", price_mu=Decimal(9)),
    ),
)


async def test_what_is_put_in_comes_out(yard: Yard) -> None:
    id_ = await yard.register.put_provider(WANG)
    machine = await yard.register.put_machine(id_, DRONE)
    assert await yard.register.providers() == [(id_, WANG)]
    assert await yard.register.machines(id_) == [(machine, DRONE)]
    changed, dearer = (
        WANG.model_copy(update={"areas": (VILLAGE,)}),
        DRONE.model_copy(update={"prices": DRONE.prices[:1]}),
    )
    await yard.register.put_provider(changed, id_)
    await yard.register.put_machine(id_, dearer, machine)
    assert await yard.register.providers() == [(id_, changed)]
    assert await yard.register.machines(id_) == [(machine, dearer)]
    assert await yard.register.provider_of(Person("telegram", "1")) == id_
    assert await yard.register.provider_of(Person("telegram", "2")) is None


async def test_nobody_is_two_providers_and_nothing_is_put_nowhere(yard: Yard) -> None:
    id_ = await yard.register.put_provider(WANG)
    with pytest.raises(IntegrityError):
        await yard.register.put_provider(WANG)
    with pytest.raises(UnknownProvider):
        await yard.register.put_provider(WANG, "unknown")
    with pytest.raises(UnknownProvider):
        await yard.register.put_machine("unknown", DRONE)
    other = await yard.register.put_provider(WANG.model_copy(update={"person": None}))
    machine = await yard.register.put_machine(id_, DRONE)
    with pytest.raises(UnknownProvider):
        await yard.register.put_machine(other, DRONE, machine)


@pytest.mark.parametrize(
    "wrong", [{"capacity_mu": Decimal(0)}, {"capacity_mu": Decimal("0.001")}, {"name": " "}, {"width_cm": 0}]
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        MachineCard.model_validate(DRONE.model_dump() | wrong)


@pytest.mark.parametrize("changes", [{"person": None}, {"active": False}, {"areas": ("4116",)}])
async def test_who_cannot_be_told_or_does_not_work_here_is_not_asked(yard: Yard, changes: dict[str, object]) -> None:
    wang = await yard.provider("wang")
    ((id_, card),) = await yard.register.providers()
    assert card.person == wang
    await yard.register.put_provider(card.model_copy(update=changes), id_)
    assert await yard.machinery.quotes(wish()) == []


async def test_a_machine_that_can_do_less_keeps_what_is_booked(yard: Yard) -> None:
    wang = await yard.provider("wang", capacity="10")
    booking = await yard.machinery.order(FARMER, wish("6"), yard.key())
    await yard.machinery.accept(wang, booking.id, yard.key())
    ((id_, _),) = await yard.register.providers()
    ((machine, _),) = await yard.register.machines(id_)
    await yard.register.put_machine(id_, harvester("old", price="80", capacity="5"), machine)
    assert await yard.machinery.quotes(wish("1")) == []
    await check_ledger(yard.store)
    await yard.register.put_machine(id_, harvester("new", price="80", capacity="8"), machine)
    (quote,) = await yard.machinery.quotes(wish("2"))
    assert quote.total == Decimal(160)
    (kept,) = await yard.machinery.mine(FARMER)
    assert (kept.state, kept.price_mu, kept.machine) == (State.ACCEPTED, Decimal(60), "new")
    kept = await yard.machinery.change_area(FARMER, booking.id, Decimal("8.5"), yard.key())
    assert (kept.day, kept.last_day, kept.total) == (day(2), day(3), Decimal(510)), "it takes two days now"
    await check_ledger(yard.store)
