"""The ledger under the commands: trying again, numbers, and two processes on one database."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from dialogs.booking.entry import SYSTEM, Entry
from dialogs.booking.ledger import TRIES, Ledger
from dialogs.booking.machinery import Machinery
from dialogs.booking.models import BookingRow
from dialogs.booking.states import IllegalStep, Step
from dialogs.booking.terms import Person, State
from knowledge_base.store import Store
from tests.fakes.booking import FARMER, NOON, Deaf, Yard, check_ledger, wish


def ledger(store: Store) -> Ledger:
    return Ledger(store, Deaf(), lambda: NOON, lambda: "id", lambda: "12345")


class Busy(OperationalError):
    """The database chose another transaction."""

    def __init__(self) -> None:
        super().__init__("", None, Exception("database is locked"))


async def test_a_transaction_that_gave_way_to_another_is_tried_again(store: Store) -> None:
    tried = 0

    async def act(entry: Entry) -> int:
        nonlocal tried
        tried += 1
        if tried < 3:
            raise Busy
        return tried

    assert await ledger(store).change(act) == 3


async def test_not_for_ever(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dialogs.booking.ledger._PAUSE", 0.0001)
    tried = 0

    async def act(entry: Entry) -> Sequence[BookingRow]:
        nonlocal tried
        tried += 1
        raise Busy

    with pytest.raises(Busy):
        await ledger(store).command("order", FARMER, "k", act)
    assert tried == TRIES


async def test_a_step_that_the_table_does_not_allow_undoes_everything(store: Store) -> None:
    yard = Yard(store)
    booking = await yard.machinery.order(FARMER, wish(), yard.key())

    async def act(entry: Entry) -> None:
        row = await entry.lock(booking.id)
        row.note = "changed"
        entry.step(row, Step.DONE, SYSTEM)

    async def wrong_side(entry: Entry) -> None:
        entry.step(await entry.lock(booking.id), Step.CANCEL, SYSTEM)

    for wrong in (act, wrong_side):
        with pytest.raises(IllegalStep):
            await ledger(store).change(wrong)
    assert await yard.machinery.mine(FARMER) == [booking]


async def test_no_two_open_bookings_have_one_number_and_it_is_used_again_later(store: Store) -> None:
    numbers = iter(["11111", "11111", "22222", "11111"])
    machinery = Machinery(store, Deaf(), lambda: NOON, new_number=lambda: next(numbers))
    first = await machinery.order(FARMER, wish(), "a")
    second = await machinery.order(FARMER, wish(), "b")
    assert [first.number, second.number] == ["11111", "22222"]
    await machinery.cancel(FARMER, first.id, "", "c")
    assert (await machinery.order(FARMER, wish(), "d")).number == "11111"


async def test_two_processes_on_one_database(any_store: Store) -> None:
    """Each has its own connections and its own door; both get the same orders, in another order, and both clocks tick."""
    yard = Yard(any_store)
    wang = await yard.provider("wang", capacity="9")
    other = Store(any_store.engine.url.render_as_string(hide_password=False))
    doors = [Machinery(one, yard.told, lambda: yard.now) for one in (any_store, other)]
    keys = [f"k{number}" for number in range(6)]
    pairs = [(door, key) for door, order in zip(doors, (keys, keys[::-1]), strict=True) for key in order]
    made = await asyncio.gather(*(door.order(Person("web", key), wish("2", last=3), key) for door, key in pairs))
    assert len({booking.id for booking in made}) == len(keys)
    ids = sorted({booking.id for booking in made})
    done = await asyncio.gather(*(door.accept(wang, id_, f"yes{id_}") for door in doors for id_ in ids))
    assert {booking.state for booking in done} <= {State.ACCEPTED, State.OFFERED}
    yard.now += timedelta(hours=3)
    await asyncio.gather(*(door.tick() for door in doors))
    await other.close()
    assert await check_ledger(any_store) == len(keys)
