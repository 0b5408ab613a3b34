"""Consultants and their appointments in the console: the register, the week, cancelling, the calendar's address."""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta

import icalendar
import pytest
from fastapi import APIRouter
from sqlalchemy import select

from bot.booking.calendar import calendar_endpoint
from bot.booking.console import booking_pages
from bot.booking.parts import booking
from bot.consultation.console import consultation_pages
from bot.consultation.desk import ConsultantDesk
from bot.consultation.legal import Legal, legal
from bot.delivery.models import OutboxRow
from bot.delivery.outbox import Outbox
from dialogs.booking.terms import Person
from dialogs.consultation.hours import Period
from dialogs.consultation.models import EventRow
from dialogs.consultation.stories import Line
from dialogs.consultation.terms import Appointment, Meeting, Role, State, Way
from dialogs.handoff import Desk
from knowledge_base.curation.accounts import Forbidden
from knowledge_base.library import Library
from knowledge_base.safety import pesticide_gate
from knowledge_base.search.index import search_index
from knowledge_base.store import Store
from nlu.text.segmenter import Segmenter
from nlu.words import Words
from tests.fakes.console import FakeConsole, fake_console
from tests.fakes.house import House, cutting, last, speaking
from tests.fakes.legal import KEY, with_consultants

LI = {
    "role": "lawyer",
    "name": "李建国",
    "phone": "0370-7211234",
    "office": "柘城县司法局一楼",
    "link": "https://meet.example/li",
    "areas": "柘城县 睢县",
    "kind_wages": "1",
    "kind_land": "1",
    "way_phone": "1",
    "way_video": "1",
    "hours_0": "9:00-12:00 14\uff1a30\uff5e17:00",
    "hours_1": "9-12",
}
LAWYER, FARMER = Person("web", "lawyer-li"), Person("web", "the-farmer")
SECRET = "他欠我八千块工钱"
NINE = datetime.fromisoformat("2026-11-24T09:00:00+08:00")
PATHS = ("", "/code", "/unlink", "/calendar", "/calendar/revoke", "/off", "/back")


@pytest.fixture
def parts(store: Store, words: Words, segmenter: Segmenter, now: datetime) -> Legal:
    language, outbox = speaking(words, segmenter), Outbox(store, lambda: now)
    library = Library(store, search_index(store, cutting(words, segmenter)), pesticide_gate(), lambda: now)
    return legal(store, library, language, outbox, Desk(store), [KEY], lambda: now)


@pytest.fixture
async def console(
    parts: Legal, store: Store, words: Words, segmenter: Segmenter, now: datetime
) -> AsyncIterator[FakeConsole]:
    language = speaking(words, segmenter)
    machinery = booking(store, Outbox(store, lambda: now), language, lambda: now)

    def routers(console: FakeConsole) -> list[APIRouter]:
        console.app.include_router(calendar_endpoint(machinery, parts.calendar))
        audit = console.parts.audit
        return [
            *booking_pages(console.kit, store, machinery, language, audit),
            *consultation_pages(console.kit, store, parts, language, audit),
        ]

    async with fake_console(store, now, routers) as console:
        yield console


async def registered(console: FakeConsole, parts: Legal) -> str:
    """李建国, linked to a chat account; the id."""
    operator = await console.client("operator")
    await operator.follow(await operator.post("/console/consultants", LI))
    ((id_, _),) = await parts.register.all()
    assert await parts.links.bind(await parts.links.code(id_), LAWYER) == "李建国"
    return id_


async def booked(parts: Legal, consultant: str) -> Appointment:
    """About wages, by phone, on Tuesday at nine; what was told goes along."""
    await parts.consultations.tell(FARMER, "draft", Line("谁欠您的", SECRET))
    meeting = Meeting("wages", Way.PHONE, "411424", consultant, NINE)
    return await parts.consultations.book(FARMER, meeting, "1", draft="draft")


async def told(store: Store, person: Person) -> list[str]:
    async with store.session() as session:
        rows = await session.scalars(select(OutboxRow).filter_by(channel=person.channel, user=person.user))
        return [str(row.payload) for row in rows]


async def test_a_consultant_is_registered_and_changed(console: FakeConsole, parts: Legal) -> None:
    operator = await console.client("operator")
    assert "还没有登记" in (await operator.get("/console/consultants")).text
    page = await operator.follow(await operator.post("/console/consultants", LI))
    for words in ("登记好了：李建国", "工钱的事", "河南省商丘市柘城县", "周一 9:00-12:00 14:30-17:00", "还没绑定"):
        assert words in page.text
    ((id_, card),) = await parts.register.all()
    assert (card.role, card.kinds, card.areas) == (Role.LAWYER, ("land", "wages"), ("411424", "411422"))
    assert card.ways == (Way.PHONE, Way.VIDEO)
    assert card.hours == (Period(0, 540, 720), Period(0, 870, 1020), Period(1, 540, 720))
    assert 'value="9:00-12:00 14:30-17:00"' in page.text
    assert 'name="kind_wages" value="1" checked' in page.text
    changed = {"role": "mediator", "name": "李调解", "office": "司法所", "way_office": "1", "hours_6": "8:30至10:00"}
    page = await operator.follow(await operator.post(f"/console/consultants/{id_}", changed))
    assert "改好了" in page.text
    ((_, card),) = await parts.register.all()
    assert (card.active, card.kinds, card.areas, card.hours) == (False, (), (), (Period(6, 510, 600),))
    listed = (await operator.get("/console/consultants")).text
    for words in ("李调解", "调解员", "都管", "当面谈", "停了"):
        assert words in listed
    events = [event.action for event in await console.parts.audit.recent(console.store, subject=id_, limit=9)]
    assert events == ["consultant.change", "consultant.add"]


WRONG = (
    ("role", "judge", "请选一样"),
    ("name", "", "请写姓名"),
    ("phone", "", "电话咨询要写"),
    ("phone", "打我微信", "电话咨询要写"),
    ("link", "javascript:alert(1)", "以 https:// 开头"),
    ("office", "所" * 121, "最多 120 个字"),
    ("areas", "柘城县 没有这个地方", "有的地方不认得"),
    ("hours_3", "上午", "整点或半点"),
    ("hours_3", "9:10-12:00", "整点或半点"),
    ("hours_3", "12-9", "整点或半点"),
    ("hours_3", "9-12 11-13", "前后不能重叠"),
    ("hours_3", "20-99:99", "整点或半点"),
)


async def test_what_is_wrong_is_said_and_what_was_typed_kept(console: FakeConsole, parts: Legal) -> None:
    operator = await console.client("operator")
    for field, typed, words in WRONG:
        page = await operator.post("/console/consultants", LI | {"name": "<b>李</b>"} | {field: typed})
        assert (page.status_code, f'id="{field}-error">' in page.text) == (422, True), (field, typed)
        error = page.text.split(f'id="{field}-error">')[1].split("<")[0]
        assert words in error, (field, typed)
        assert field == "name" or "&lt;b&gt;李&lt;/b&gt;" in page.text
        assert 'name="kind_land" value="1" checked' in page.text
        assert field == "role" or typed in page.text
    assert await parts.register.all() == []


async def test_no_way_to_meet_and_unknown_ids(console: FakeConsole, parts: Legal) -> None:
    id_, operator = await registered(console, parts), await console.client("operator")
    page = await operator.post(f"/console/consultants/{id_}", LI | {"way_phone": "", "way_video": ""})
    assert (page.status_code, "至少勾一种" in page.text) == (422, True)
    for path in PATHS:
        assert (await operator.post(f"/console/consultants/none{path}", LI)).status_code == 404
    assert (await operator.get("/console/consultants/none")).status_code == 404
    assert (await operator.get("/console/consultations/none")).status_code == 404
    assert (await operator.post("/console/consultations/none/cancel", {"why": "开会"})).status_code == 404


async def test_only_operators_write(console: FakeConsole, parts: Legal) -> None:
    id_ = await registered(console, parts)
    one, agent = await booked(parts, id_), await console.client("agent")
    page = (await agent.get(f"/console/consultants/{id_}")).text
    assert "李建国" in page
    assert f'action="/console/consultants/{id_}' not in page
    assert "/cancel" not in (await agent.get(f"/console/consultations/{one.id}")).text
    for path in PATHS:
        assert (await agent.post(f"/console/consultants/{id_}{path}", LI)).status_code == 403, path
    assert (await agent.post("/console/consultants", LI)).status_code == 403
    assert (await agent.post(f"/console/consultations/{one.id}/cancel", {"why": "开会"})).status_code == 403
    nobody = await console.client("")
    for path in ("consultants", f"consultants/{id_}", "consultations", f"consultations/{one.id}"):
        assert (await nobody.get(f"/console/{path}")).status_code == 303
    operator = await console.client("operator")
    await operator.get("/console/consultants")
    operator.token = "made-up"
    assert (await operator.post(f"/console/consultations/{one.id}/cancel", {"why": "开会"})).status_code == 403
    desk = ConsultantDesk(console.store, parts, console.parts.audit)
    reviewer = await console.account("reviewer")
    with pytest.raises(Forbidden):
        await desk.cancel(reviewer, one.id, "x")
    with pytest.raises(Forbidden):
        await desk.unlink(reviewer, id_)
    (still,) = await parts.consultations.mine(FARMER)
    assert still.state is State.BOOKED


async def test_the_week_shows_no_farmer_and_no_story(console: FakeConsole, parts: Legal) -> None:
    one = await booked(parts, id_ := await registered(console, parts))
    operator = await console.client("operator")
    week = (await operator.get("/console/consultations")).text
    for words in ('data-label="周二 11/24"', "09:00", "工钱的事，打电话", "约好了", "李建国"):
        assert words in week
    page = (await operator.get(f"/console/consultations/{one.id}")).text
    assert "2026-11-24 09:00，周二" in page
    for text in (week, page, (await operator.get(f"/console/consultants/{id_}")).text):
        for hidden in (SECRET, FARMER.user, one.number):
            assert hidden not in text
    assert "09:00" not in (await operator.get("/console/consultations?from=2026-12-01")).text
    for odd in ("never", "0001-01-01", "9999-12-31"):
        assert (await operator.get(f"/console/consultations?from={odd}")).status_code == 200


async def test_an_appointment_is_cancelled_and_both_are_told_why(console: FakeConsole, parts: Legal) -> None:
    one = await booked(parts, await registered(console, parts))
    operator, path = await console.client("operator"), f"/console/consultations/{one.id}/cancel"
    for why in ("", " 。", "长" * 201):
        page = await operator.post(path, {"why": why})
        assert (page.status_code, "请写缘故" in page.text) == (422, True)
        assert why.strip() in page.text
    page = await operator.follow(await operator.post(path, {"why": "律师临时<b>开庭</b>。"}))
    assert "取消了，两边都告诉了" in page.text
    (gone,) = await parts.consultations.mine(FARMER)
    assert gone.state is State.CANCELLED
    for person in (FARMER, LAWYER):
        assert "站里取消了：律师临时<b>开庭</b>。" in (await told(console.store, person))[-1]
    assert SECRET not in str(await told(console.store, LAWYER))
    (event,) = await console.parts.audit.recent(console.store, subject=one.id, limit=9)
    assert (event.action, event.detail["reason"]) == ("consultation.cancel", "律师临时<b>开庭</b>")
    async with console.store.session() as session:
        row = (await session.scalars(select(EventRow).filter_by(consultation_id=one.id, number=2))).one()
    assert (row.who, row.step) == ("station:console:operator", "cancel")
    again = await operator.post(path, {"why": "再来一次"})
    assert (again.status_code, "已经结了" in again.text) == (409, True)
    free = await parts.consultations.free([gone.consultant], NINE.date(), NINE.date())
    assert NINE in {slot.start for slot in free}, "the half hour is free again"


async def test_days_off_displace_what_is_booked_also_without_a_chat_account(console: FakeConsole, parts: Legal) -> None:
    id_, operator = await registered(console, parts), await console.client("operator")
    await booked(parts, id_)
    page = await operator.follow(await operator.post(f"/console/consultants/{id_}/unlink"))
    assert "解绑了" in page.text
    off = {"first": "2026-11-24", "last": "2026-11-25", "why": "培训"}
    for wrong in ({"first": ""}, {"first": "never"}, {"last": "2026-11-23"}, {"first": "2026-01-01", "last": ""}):
        page = await operator.post(f"/console/consultants/{id_}/off", off | wrong)
        assert (page.status_code, "培训" in page.text) == (422, True)
    page = await operator.follow(await operator.post(f"/console/consultants/{id_}/off", off))
    for words in ("1 个约已经请农户另选时间", "2026-11-24 到 2026-11-25", "培训"):
        assert words in page.text
    (moved,) = await parts.consultations.mine(FARMER)
    assert moved.state is State.DISPLACED
    assert "来不了" in (await told(console.store, FARMER))[-1]
    week = (await operator.get("/console/consultations")).text
    assert week.count("休息") == 2
    assert "要农户另选时间" in week
    page = await operator.follow(await operator.post(f"/console/consultants/{id_}/back"))
    assert "没有登记休息" in page.text


async def test_the_calendar_reads_back_and_can_be_made_void(console: FakeConsole, parts: Legal) -> None:
    id_, operator = await registered(console, parts), await console.client("operator")
    await booked(parts, id_)
    await operator.post(f"/console/consultants/{id_}/off", {"first": "2026-11-26", "last": "2026-11-27"})

    async def address() -> str:
        page = await operator.post(f"/console/consultants/{id_}/calendar")
        return page.text.split('class="address"><a href="http://testserver')[1].split('"')[0]

    path = await address()
    answer = await operator.http.get(path)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "private, no-store")
    event, off = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    assert (off.decoded("DTSTART"), off.decoded("DTEND")) == (date(2026, 11, 26), date(2026, 11, 28))
    assert event.decoded("DTSTART") == NINE
    assert event.decoded("DTEND") - event.decoded("DTSTART") == timedelta(minutes=30)
    for hidden in (SECRET, FARMER.user):
        assert hidden not in answer.text
    assert (await operator.http.get("/calendar/guessed.ics")).status_code == 404
    newer = await address()
    assert (await operator.http.get(path)).status_code == 404
    assert (await operator.http.get(newer)).status_code == 200
    await operator.follow(await operator.post(f"/console/consultants/{id_}/calendar/revoke"))
    assert (await operator.http.get(newer)).status_code == 404


async def test_the_account_is_linked_in_the_chat(house: House) -> None:
    parts = await with_consultants(house)
    machinery = booking(house.store, house.outbox, house.language, house.clock)
    house.serve(parts.chat, *machinery.services)
    ids = {card.name: id_ for id_, card in await parts.register.all()}
    code = await parts.links.code(ids["王芳"])
    assert "绑定码不对" in last(await house.say("绑定 00000000", user="wang")).text
    assert "您是王芳" in last(await house.say(f"绑定 {code}", user="wang")).text
    assert "绑定码不对" in last(await house.say(f"/bind {code}", user="else")).text
    found = await parts.consultations.consultant(Person("test", "wang"))
    assert found is not None
    assert found.name == "王芳"
    other = await parts.links.code(ids["赵老根"])
    assert "另一位" in last(await house.say(f"/bind {other}", user="wang")).text
