"""The station settles in the console what the two sides say differently."""

from collections.abc import Sequence

import pytest
from fastapi import APIRouter

from bot.booking.console import booking_pages
from dialogs.booking.terms import NotPossible, Person, State
from tests.fakes.console import FakeConsole, fake_console
from tests.fakes.house import House
from tests.fakes.operators import Operators

WANG, ZHANG = Person("test", "wang"), Person("test", "zhang")


async def test_a_dispute_is_settled_by_the_operator_alone(house: House) -> None:
    operators = Operators(house)
    await operators.usual()
    (job,) = await operators.parts.machinery.mine(ZHANG)
    ledger = operators.parts.machinery
    await ledger.accept(WANG, job.id, "accept")

    def routers(console: FakeConsole) -> Sequence[APIRouter]:
        return booking_pages(console.kit, house.store, operators.parts, house.language, console.parts.audit)

    path = f"/console/bookings/{job.id}"
    with pytest.raises(NotPossible):
        await ledger.settle(Person("console", "operator"), job.id, True, "early")
    house.later(days=2, hours=10)
    await ledger.finish(WANG, job.id, True, None, None, "done")
    await ledger.finish(ZHANG, job.id, False, None, None, "not")
    await operators.told("zhang")
    async with fake_console(house.store, house.now, routers) as console:
        agent, operator = await console.client("agent"), await console.client("operator")
        assert "定下结果" not in (await agent.get(path)).text
        assert (await agent.post(f"{path}/settle", {"done": "yes"})).status_code == 403
        assert "定下结果" in (await operator.get(path)).text
        assert (await operator.post(f"{path}/settle", {"done": "maybe"})).status_code == 422
        assert (await operator.post("/console/bookings/nobody/settle", {"done": "no"})).status_code == 404
        for _ in range(2):
            page = await operator.follow(await operator.post(f"{path}/settle", {"done": "no"}))
            assert "定好了" in page.text
        assert "站里" in page.text
        events = await console.parts.audit.recent(house.store, subject=job.id, limit=9)
        assert {event.action for event in events} == {"booking.settle"}
    (settled,) = await ledger.mine(ZHANG)
    assert settled.state is State.NOT_DONE
    (told,) = await operators.told("zhang")
    assert "记成没干成" in told.text
