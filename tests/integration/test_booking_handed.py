"""An order handed to an operator by the station, complaints seen to, and figures that are far from what was booked."""

from collections.abc import AsyncIterator, Sequence
from decimal import Decimal

import pytest
from fastapi import APIRouter

from bot.booking.console import booking_pages
from dialogs.booking.terms import Person, State
from tests.fakes.console import FakeConsole, fake_console
from tests.fakes.house import House, last
from tests.fakes.operators import Operators

WANG, ZHANG = Person("test", "wang"), Person("test", "zhang")


@pytest.fixture
async def operators(house: House) -> Operators:
    operators = Operators(house)
    await operators.usual()
    return operators


@pytest.fixture
async def console(house: House, operators: Operators) -> AsyncIterator[FakeConsole]:
    def routers(console: FakeConsole) -> Sequence[APIRouter]:
        return booking_pages(console.kit, house.store, operators.parts, house.language, console.parts.audit)

    async with fake_console(house.store, house.now, routers) as console:
        yield console


async def test_an_order_is_handed_to_a_chosen_operator(operators: Operators, console: FakeConsole) -> None:
    ledger = operators.parts.machinery
    (job,) = await ledger.mine(ZHANG)
    machine = next(one.machine for one in await ledger.able(job.id) if one.quote.provider == "李师傅")
    path = f"/console/bookings/{job.id}"
    await operators.told("wang"), await operators.told("li")
    agent, operator = await console.client("agent"), await console.client("operator")
    assert "指给一位机手" not in (await agent.get(path)).text
    assert (await agent.post(f"{path}/hand", {"machine": machine})).status_code == 403
    assert "李师傅，谷神收割机" in (await operator.get(path)).text
    for wrong in ({"machine": "none"}, {}):
        assert (await operator.post(f"{path}/hand", wrong)).status_code == 404
    page = await operator.follow(await operator.post(f"{path}/hand", {"machine": machine}))
    assert "去问了" in page.text
    (now,) = await ledger.mine(ZHANG)
    assert (now.state, now.provider, now.number) == (State.OFFERED, "李师傅", job.number)
    assert "不用您回话了" in (await operators.told("wang"))[-1].text
    assert "接不接" in (await operators.told("li"))[-1].text
    await ledger.accept(Person("test", "li"), job.id, "accept")
    assert (await operator.post(f"{path}/hand", {"machine": machine})).status_code == 409
    events = await console.parts.audit.recent(console.store, subject=job.id, limit=9)
    assert [event.action for event in events] == ["booking.hand"]


async def test_a_full_machine_cannot_be_handed_anything(operators: Operators) -> None:
    ledger = operators.parts.machinery
    (job,) = await ledger.mine(ZHANG)
    machine = next(one.machine for one in await ledger.able(job.id) if one.quote.provider == "李师傅")
    await ledger.days_off(Person("test", "li"), job.wish.first, job.wish.last, "", "off")
    assert machine not in {one.machine for one in await ledger.able(job.id)}
    with pytest.raises(Exception, match="full"):
        await ledger.hand(Person("console", "operator"), job.id, machine, "hand")


async def test_a_complaint_is_seen_to_once(operators: Operators, console: FakeConsole) -> None:
    (job,) = await operators.parts.machinery.mine(ZHANG)
    await operators.parts.machinery.complain(ZHANG, job.id, "麦子没收干净", "complain")
    operator, agent = await console.client("operator"), await console.client("agent")
    listed = (await operator.get("/console/bookings/complaints")).text
    path = next(one.split('"')[0] for one in listed.split('action="') if "/handled" in one.split('"')[0])
    assert "还没处理" in (await agent.get("/console/bookings/complaints")).text
    assert (await agent.post(path, {"note": "x"})).status_code == 403
    assert (await operator.post(path, {"note": " "})).status_code == 422
    page = await operator.follow(await operator.post(path, {"note": "电话里说清了，补收了地边"}))
    assert "补收了地边" in page.text
    assert (await operator.post(path, {"note": "again"})).status_code == 409
    assert "补收了地边" in (await agent.get(f"/console/bookings/{job.id}")).text


async def test_figures_far_off_are_asked_back_and_told(operators: Operators) -> None:
    house = operators.house
    (job,) = await operators.parts.machinery.mine(ZHANG)
    await operators.parts.machinery.accept(WANG, job.id, "accept")
    house.later(days=2, hours=10)
    await operators.told("zhang"), await operators.told("station")
    asked = last(await house.say("干完了，实际三十五亩，收了两千一", "wang")).text
    for words in ("约的是3.5亩、一共210元", "差了一倍多"):
        assert words in asked
    await house.say("对", "wang")
    (farmer,), (station,) = await operators.told("zhang"), await operators.told("station")
    assert "王师傅报的是实际35亩，一共2100元" in farmer.text
    assert "一亩60元，照算一共210元，差了一倍多" in farmer.text
    assert "机手报的是实际35亩" in station.text
    await house.say("没干成", "zhang")
    assert "站里的人会来问" in last(await house.say("对", "zhang")).text
    assert "农户说的和您说的不一样" in (await operators.told("wang"))[-1].text
    (now,) = await operators.parts.machinery.mine(ZHANG)
    assert (now.state, now.area_done) == (State.ACCEPTED, Decimal(35))
