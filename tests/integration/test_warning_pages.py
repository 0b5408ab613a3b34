"""Warnings in the console: typed, previewed, approved by another, shown with what they reached."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from fastapi import APIRouter
from sqlalchemy import select

from bot.warnings.desk import warning_desk
from dialogs.places import Places
from knowledge_base.curation.console import pages_officers, pages_warnings
from knowledge_base.store import Store
from knowledge_base.warnings.calling_models import TypedWarningRow
from knowledge_base.warnings.models import Answer, Role, WarningRow
from knowledge_base.warnings.speaker_jobs import SpeakerJobs
from nlu.text.gazetteer import Gazetteer
from nlu.words import Words
from tests.fakes.alarm import Alarm
from tests.fakes.console import FakeConsole, fake_console

FORM = {
    "change": "alert",
    "of": "",
    "hazard": "rainstorm",
    "colour": "1",
    "codes": "柘城县",
    "area": "",
    "onset": "2026-11-22T09:00",
    "expires": "2026-11-22T21:00",
    "office": "柘城县应急局",
    "description": "今天有大暴雨。",
    "instruction": "住在河边的马上走。",
    "step": "preview",
}


@pytest.fixture(scope="module")
def places(words: Words) -> Places:
    return Places(words, Gazetteer.load())


@pytest.fixture
async def alarm(any_store: Store, now: datetime) -> Alarm:
    alarm = Alarm(any_store, now)
    await alarm.people("zhang", "li")
    return alarm


@pytest.fixture
async def console(alarm: Alarm, now: datetime, places: Places) -> AsyncIterator[FakeConsole]:
    def routers(console: FakeConsole) -> list[APIRouter]:
        desk = warning_desk(
            console.store,
            alarm.outbox,
            places,
            console.parts.audit,
            console.clock,
            speakers=SpeakerJobs(console.store, console.clock),
            followers=(alarm.ladder.follow,),
        )
        return [
            pages_warnings.routes(console.kit, desk),
            pages_officers.routes(console.kit, desk, console.parts.audit),
        ]

    async with fake_console(alarm.store, now, routers) as console:
        console.clock.now += timedelta(microseconds=654_321)  # as on every real clock
        yield console


async def test_red_goes_out_when_another_has_looked_at_it(console: FakeConsole, alarm: Alarm) -> None:
    operator, reviewer = await console.client("operator"), await console.client("reviewer")
    begun = await operator.get("/console/warnings/new?hazard=rainstorm")
    assert "叫转移马上走" in begun.text
    seen = await operator.post("/console/warnings", FORM)
    assert "会发给 2 人，0 个大喇叭" in seen.text
    assert "【暴雨红色预警】" in seen.text
    assert "1. 住在河边的马上走。" in seen.text
    kept = await operator.follow(await operator.post("/console/warnings", FORM | {"step": "send"}))
    assert "已交给另一个人核对" in kept.text
    assert await alarm.messages("zhang") == []
    async with console.store.session() as session:
        (row,) = await session.scalars(select(TypedWarningRow))
    own = await operator.post(f"/console/warnings/typed/{row.id}/approve")
    assert own.status_code == 409
    assert "要由另一个人核对" in own.text
    assert "预警等着第二个人核对" in (await reviewer.get("/console/")).text
    sent = await reviewer.follow(await reviewer.post(f"/console/warnings/typed/{row.id}/approve"))
    assert "发出去了" in sent.text
    assert "柘城县应急局发布暴雨红色预警" in sent.text
    ((topic, state, text),) = await alarm.messages("zhang")
    assert (topic.startswith("warning:"), state) == (True, "waiting")
    assert "发布：柘城县应急局" in text
    again = await reviewer.post(f"/console/warnings/typed/{row.id}/approve")
    assert again.status_code == 409
    assert len(await alarm.messages("zhang")) == 1


async def test_yellow_goes_out_at_once_and_is_lifted_by_its_own_page(console: FakeConsole) -> None:
    operator = await console.client("operator")
    yellow = FORM | {"colour": "3", "step": "send"}
    await operator.follow(await operator.post("/console/warnings", yellow))
    async with console.store.session() as session:
        (warning,) = await session.scalars(select(WarningRow))
        (typed,) = await session.scalars(select(TypedWarningRow))
    assert typed.warning_id == warning.id
    page = await operator.get(f"/console/warnings/{warning.id}")
    assert f"/console/warnings/new?of={typed.id}&amp;change=clear" in page.text
    form = await operator.get(f"/console/warnings/new?of={typed.id}&change=clear")
    assert "柘城县应急局" in form.text
    console.clock.now += timedelta(minutes=5)
    lift = FORM | {"colour": "3", "step": "send", "change": "clear", "of": typed.id}
    await operator.follow(await operator.post("/console/warnings", lift))
    async with console.store.session() as session:
        states = {row.state for row in await session.scalars(select(WarningRow))}
    assert "ended" in states
    assert "in_force" not in states


async def test_a_button_that_is_pressed_twice_sends_one_warning(console: FakeConsole) -> None:
    operator = await console.client("operator")
    for _ in range(2):
        await operator.follow(await operator.post("/console/warnings", FORM | {"colour": "3", "step": "send"}))
    async with console.store.session() as session:
        assert len((await session.scalars(select(WarningRow))).all()) == 1
        assert len((await session.scalars(select(TypedWarningRow))).all()) == 1


async def test_what_takes_the_place_of_a_grave_one_waits_for_another_too(console: FakeConsole) -> None:
    operator, reviewer = await console.client("operator"), await console.client("reviewer")
    await operator.post("/console/warnings", FORM | {"step": "send"})
    async with console.store.session() as session:
        (first,) = await session.scalars(select(TypedWarningRow))
    await reviewer.post(f"/console/warnings/typed/{first.id}/approve")
    console.clock.now += timedelta(minutes=5)
    lesser = FORM | {"colour": "4", "change": "update", "of": first.id}
    assert "交给另一个人核对" in (await operator.post("/console/warnings", lesser)).text
    kept = await operator.follow(await operator.post("/console/warnings", lesser | {"step": "send"}))
    assert "已交给另一个人核对" in kept.text
    async with console.store.session() as session:
        assert [row.colour for row in await session.scalars(select(WarningRow))] == [1]
    missing = await operator.post("/console/warnings", lesser | {"of": "0" * 32, "step": "send"})
    assert missing.status_code == 404


async def test_what_a_message_cannot_say_is_refused_when_it_is_typed(console: FakeConsole) -> None:
    operator = await console.client("operator")
    answer = await operator.post("/console/warnings", FORM | {"step": "send", "description": "大\x0b雨"})
    assert answer.status_code == 422
    async with console.store.session() as session:
        assert (await session.scalars(select(TypedWarningRow))).all() == []


async def test_what_is_wrong_is_said_and_kept(console: FakeConsole) -> None:
    operator = await console.client("operator")
    wrong = FORM | {"codes": "没有这个地方 柘城县", "expires": "2026-11-22T08:00", "office": ""}
    answer = await operator.post("/console/warnings", wrong)
    assert answer.status_code == 422
    assert "这些地方不认得：没有这个地方" in answer.text
    assert "结束要晚于开始" in answer.text
    assert "请写发布单位" in answer.text
    assert "今天有大暴雨。" in answer.text


async def test_agents_read_and_do_not_write(console: FakeConsole) -> None:
    agent = await console.client("agent")
    assert (await agent.get("/console/warnings")).status_code == 200
    assert (await agent.get("/console/warnings/new")).status_code == 403
    assert (await agent.post("/console/warnings", FORM | {"step": "send"})).status_code == 403
    assert (await agent.get("/console/warnings/refused")).status_code == 403


async def test_the_report_says_who_when_how_and_by_whom(console: FakeConsole, alarm: Alarm) -> None:
    await alarm.officer(Role.INFORMATION_OFFICER, "wang")
    warning = await alarm.warn()
    await alarm.answers.take(warning, "telegram", "zhang", Answer.OK)
    alarm.later(minutes=5)
    await alarm.ladder.tick()
    reader = await console.client("agent")
    page = await reader.get(f"/console/warnings/{warning}")
    for words in ("柘城县气象台", "wang同志", "叫村信息员：已发出", "收到 2026-11-22 09:00:00", "li"):
        assert words in page.text
    text = (await reader.get(f"/console/warnings/{warning}/report.txt")).text
    assert "已回应\t1 人" in text
    assert (await reader.get("/console/warnings/nothing")).status_code == 404


async def test_what_was_refused_can_be_looked_at(console: FakeConsole, alarm: Alarm) -> None:
    await alarm.intake.take(b"<alert>not a warning</alert>", "folder")
    operator = await console.client("operator")
    page = await operator.get("/console/warnings/refused")
    assert "folder" in page.text
    link = page.text.split('href="/console/warnings/refused/')[1].split('"')[0]
    assert "&lt;alert&gt;not a warning&lt;/alert&gt;" in (await operator.get(f"/console/warnings/refused/{link}")).text


async def test_who_is_called_is_kept_by_the_operator(console: FakeConsole, alarm: Alarm) -> None:
    operator = await console.client("operator")
    typed = {"place": "柘城县", "role": "duty", "shown": "县值班室", "channel": "telegram", "user": "77"}
    wrong = await operator.post("/console/officers", typed | {"place": "没有这个地方", "user": ""})
    assert wrong.status_code == 422
    assert "这个地方不认得" in wrong.text
    page = await operator.follow(await operator.post("/console/officers", typed))
    assert "登记了县值班室" in page.text
    assert "河南省商丘市柘城县" in page.text
    warning = await alarm.warn()
    answered = await alarm.answers.take(warning, "telegram", "zhang", Answer.HELP)
    assert answered is not None
    assert answered.told == ("县值班室",)
    key = {"place": "411424", "role": "duty", "channel": "telegram", "user": "77"}
    page = await operator.follow(await operator.post("/console/officers/remove", key))
    assert "县值班室" not in page.text
    agent = await console.client("agent")
    assert (await agent.get("/console/officers")).status_code == 403
