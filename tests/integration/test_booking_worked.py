"""What is reported as done stays so: nobody cancels, moves or gives back a job behind the other's back."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from dialogs.booking.machinery import Machinery
from dialogs.booking.notices import What
from dialogs.booking.terms import NotPossible, Person, Reason, State
from knowledge_base.store import Store
from tests.fakes.booking import FARMER, Yard, check_ledger, day, empty_store, wish


@pytest.fixture
async def yard(tmp_path: Path) -> AsyncIterator[Yard]:
    store: Store = await empty_store(tmp_path)
    yield Yard(store)
    await check_ledger(store)
    await store.close()


async def accepted(yard: Yard, area: str = "3.5") -> tuple[Person, str]:
    wang = await yard.provider("wang")
    job = await yard.machinery.order(FARMER, wish(area), yard.key())
    await yard.machinery.accept(wang, job.id, yard.key())
    return wang, job.id


def evening(number: int) -> datetime:
    return datetime.fromisoformat(f"{day(number).isoformat()}T20:00:00+08:00")


async def test_the_farmer_does_not_cancel_what_the_provider_has_done(yard: Yard) -> None:
    wang, job = await accepted(yard)
    yard.now = evening(2)
    machinery: Machinery = yard.machinery
    await machinery.finish(wang, job, True, None, None, yard.key())
    for command in (
        machinery.cancel(FARMER, job, "", yard.key()),
        machinery.reschedule(FARMER, job, day(4), day(4), None, yard.key()),
        machinery.change_area(FARMER, job, wish().area_mu / 2, yard.key()),
        machinery.decline(wang, job, "", yard.key()),
        machinery.reschedule(wang, job, day(4), day(4), None, yard.key()),
    ):
        with pytest.raises(NotPossible) as refused:
            await command
        assert refused.value.reason is Reason.WORKED
    assert What.CANCELLED not in yard.told.to(wang)
    assert (await machinery.finish(FARMER, job, True, None, None, yard.key())).state is State.DONE


async def test_a_day_that_is_over_is_neither_cancelled_nor_given_back(yard: Yard) -> None:
    wang, job = await accepted(yard)
    yard.now = evening(3)
    for command in (yard.machinery.cancel(FARMER, job, "", yard.key()), yard.machinery.decline(wang, job, "", "late")):
        with pytest.raises(NotPossible) as refused:
            await command
        assert refused.value.reason is Reason.WORKED
    assert What.TAKEN_BACK not in yard.told.to(FARMER)
    moved = await yard.machinery.reschedule(FARMER, job, day(5), day(5), None, yard.key())
    assert moved.day == day(5), "nobody came, and another day is agreed on"


async def test_a_machine_that_breaks_after_the_work_undoes_nothing(yard: Yard) -> None:
    wang, job = await accepted(yard)
    yard.now = evening(2) - timedelta(hours=2)
    await yard.machinery.finish(wang, job, True, None, None, yard.key())
    assert await yard.machinery.days_off(wang, day(2), day(8), "坏了", yard.key()) == []
    (booking,) = await yard.machinery.mine(FARMER)
    assert (booking.state, booking.provider_done) == (State.ACCEPTED, True)
    assert What.TAKEN_BACK not in yard.told.to(FARMER)
