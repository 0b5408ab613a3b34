"""Operators, machines and bookings in the console, and the operator's calendar."""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count

import icalendar
import pytest
from fastapi import APIRouter

from bot.booking.calendar import calendar_endpoint, written
from bot.booking.console import booking_pages
from bot.booking.desk import BookingDesk
from bot.booking.parts import Booking, booking
from bot.delivery.outbox import Outbox
from dialogs.booking.register import MachineCard, Price, ProviderCard
from dialogs.booking.terms import Booking as Job
from dialogs.booking.terms import Person, Wish
from knowledge_base.curation.accounts import Forbidden
from knowledge_base.store import Store
from nlu.text.segmenter import Segmenter
from nlu.words import Words
from tests.fakes.console import FakeConsole, fake_console
from tests.fakes.house import speaking

PROVIDER = {
    "kind": "operator",
    "name": "王师傅",
    "place": "柘城县",
    "areas": "柘城县 睢县",
    "position": "34.09, 115.31",
}
MACHINE = {
    "kind": "combine",
    "name": "谷神收割机",
    "capacity_mu": "40",
    "width_cm": "280",
    "crops": "麦子 玉米",
    "prices": "收割 麦子 60\n收割 玉米 90元\n秸秆还田 25",
}
WANG = Person("web", "wang")
FARMER = Person("web", "the-farmer")


@pytest.fixture
def parts(store: Store, words: Words, segmenter: Segmenter, now: datetime) -> Booking:
    numbers = count(10_001)
    language = speaking(words, segmenter)
    outbox = Outbox(store, lambda: now)
    return booking(store, outbox, language, lambda: now, new_number=lambda: str(next(numbers)))


@pytest.fixture
async def console(
    parts: Booking, store: Store, words: Words, segmenter: Segmenter, now: datetime
) -> AsyncIterator[FakeConsole]:
    def routers(console: FakeConsole) -> list[APIRouter]:
        console.app.include_router(calendar_endpoint(parts))
        return [*booking_pages(console.kit, store, parts, speaking(words, segmenter), console.parts.audit)]

    async with fake_console(store, now, routers) as console:
        yield console


async def registered(console: FakeConsole, parts: Booking) -> str:
    """王师傅 with a combine, linked to a chat account; his id."""
    operator = await console.client("operator")
    await operator.post("/console/machinery", PROVIDER)
    ((id_, _),) = await parts.register.providers()
    await operator.post(f"/console/machinery/{id_}/machines", MACHINE)
    code = await parts.links.code(id_)
    assert await parts.links.bind(code, WANG) == "王师傅"
    return id_


async def booked(parts: Booking, part: str | None = None) -> Job:
    """Wheat of 3.5 亩 in 李庄 on 24 November, which 王师傅 has accepted."""
    day = date(2026, 11, 24)
    wish = Wish("harvest", "小麦", Decimal("3.5"), "411424", "柘城县李庄", day, day, part, "后天", note="地里有坟")
    job = await parts.machinery.order(FARMER, wish, "order")
    return await parts.machinery.accept(WANG, job.id, "accept")


async def test_an_operator_of_machines_is_registered(console: FakeConsole, parts: Booking) -> None:
    operator = await console.client("operator")
    assert "还没有登记机手" in (await operator.get("/console/machinery")).text
    page = await operator.follow(await operator.post("/console/machinery", PROVIDER))
    for words in ("登记好了：王师傅", "河南省商丘市柘城县", "河南省商丘市睢县", "还没绑定"):
        assert words in page.text
    ((id_, card),) = await parts.register.providers()
    assert (card.place, card.areas, card.position, card.phone) == ("411424", ("411422", "411424"), (34.09, 115.31), "")
    assert 'value="河南省商丘市睢县 河南省商丘市柘城县"' in page.text
    page = await operator.follow(await operator.post(f"/console/machinery/{id_}/machines", MACHINE))
    for words in ("谷神收割机", "联合收割机", "一天 40 亩", "小麦、玉米", "收割小麦 一亩 60 元"):
        assert words in page.text
    ((machine, kept),) = await parts.register.machines(id_)
    assert [(one.service, one.crop, one.price_mu) for one in kept.prices] == [
        ("harvest", "小麦", Decimal(60)),
        ("harvest", "玉米", Decimal(90)),
        ("straw_return", None, Decimal(25)),
    ]
    form = (await operator.get(f"/console/machinery/{id_}/machines/{machine}")).text
    assert "收割 玉米 90" in form
    await operator.post(f"/console/machinery/{id_}/machines/{machine}", MACHINE | {"prices": "收割 65"})
    ((_, changed),) = await parts.register.machines(id_)
    assert (changed.active, changed.prices[0].price_mu, changed.prices[0].crop) == (False, Decimal(65), None)
    await operator.follow(await operator.post(f"/console/machinery/{id_}", PROVIDER | {"name": "王大力"}))
    listed = (await operator.get("/console/machinery")).text
    assert "王大力" in listed
    assert "停了" in listed
    events = [event.action for event in await console.parts.audit.recent(console.store, subject=id_, limit=9)]
    assert events == ["provider.change", "machine.change", "machine.add", "provider.add"]


async def test_what_is_wrong_is_said_beside_what_was_typed(console: FakeConsole, parts: Booking) -> None:
    operator = await console.client("operator")
    wrong = {"name": "", "place": "没有这个地方", "areas": "", "position": "somewhere", "kind": "robber"}
    page = await operator.post("/console/machinery", PROVIDER | wrong)
    assert page.status_code == 422
    for words in ("请写姓名", "这个地方不认得", "请写跑哪些地方", "纬度和经度", "请选一样", "没有这个地方"):
        assert words in page.text
    page = await operator.post("/console/machinery", PROVIDER | {"name": "<script>alert(1)</script>", "areas": "😀"})
    assert "&lt;script&gt;" in page.text
    id_ = await registered(console, parts)
    for field, typed, words in (
        ("prices", "收割 小麦", "请一行写一样"),
        ("prices", "飞行 3", "请一行写一样"),
        ("prices", "收割 恐龙 30", "请一行写一样"),
        ("crops", "恐龙", "有的庄稼不认得"),
        ("capacity_mu", "-3", "大于 0 的数"),
        ("width_cm", "wide", "1 到 5000"),
        ("kind", "spaceship", "请选一样"),
        ("name", "", "请写姓名"),
    ):
        page = await operator.post(f"/console/machinery/{id_}/machines", MACHINE | {field: typed})
        assert (page.status_code, words in page.text) == (422, True), field
    assert len(await parts.register.machines(id_)) == 1
    for path in ("/console/machinery/none", f"/console/machinery/{id_}/machines/none"):
        assert (await operator.get(path)).status_code == 404
        assert (await operator.post(path, MACHINE)).status_code == 404
    for path in ("code", "unlink", "calendar", "calendar/revoke", "off", "back"):
        assert (await operator.post(f"/console/machinery/none/{path}")).status_code == 404


async def test_only_operators_write(console: FakeConsole, parts: Booking) -> None:
    id_ = await registered(console, parts)
    agent = await console.client("agent")
    page = (await agent.get(f"/console/machinery/{id_}")).text
    assert "谷神收割机" in page
    assert "绑定码" in page
    assert f'action="/console/machinery/{id_}' not in page
    for path in ("", "/machines", "/code", "/unlink", "/calendar", "/calendar/revoke", "/off", "/back"):
        assert (await agent.post(f"/console/machinery/{id_}{path}", PROVIDER | MACHINE)).status_code == 403, path
    nobody = await console.client("")
    for path in ("machinery", f"machinery/{id_}", "bookings", "bookings/week", "bookings/complaints"):
        assert (await nobody.get(f"/console/{path}")).status_code == 303
    desk = BookingDesk(console.store, parts, console.parts.audit)
    with pytest.raises(Forbidden):
        await desk.unlink(await console.account("reviewer"), id_)
    assert (await parts.register.provider_of(WANG)) == id_


async def test_the_chat_account_and_days_off(console: FakeConsole, parts: Booking) -> None:
    id_, operator = await registered(console, parts), await console.client("operator")
    job = await booked(parts)
    off = {"first": "2026-11-24", "last": "2026-11-25", "why": "走亲戚", "machine": ""}
    page = await operator.follow(await operator.post(f"/console/machinery/{id_}/off", off))
    for words in ("1 个活已经另外安排", "2026-11-24 到 2026-11-25", "走亲戚"):
        assert words in page.text
    (moved,) = await parts.machinery.mine(FARMER)
    assert (moved.id, moved.state) == (job.id, "asked")
    page = await operator.follow(await operator.post(f"/console/machinery/{id_}/back"))
    assert "没有登记歇工" in page.text
    for wrong in ({"first": ""}, {"first": "never"}, {"last": "2026-11-01"}):
        assert (await operator.post(f"/console/machinery/{id_}/off", off | wrong)).status_code == 422
    page = await operator.post(f"/console/machinery/{id_}/code")
    assert "绑定 " in page.text
    assert "只能用一次" in page.text
    assert "解绑了" in (await operator.follow(await operator.post(f"/console/machinery/{id_}/unlink"))).text
    assert await parts.register.provider_of(WANG) is None
    page = await operator.post(f"/console/machinery/{id_}/off", off)
    assert (page.status_code, "还没绑定聊天账号" in page.text) == (409, True)


async def test_bookings_their_events_and_the_week(console: FakeConsole, parts: Booking) -> None:
    agent = await console.client("agent")
    assert "没有这样的单子" in (await agent.get("/console/bookings")).text
    await registered(console, parts)
    job = await booked(parts)
    await parts.machinery.complain(FARMER, job.id, "说好上午来 <b>没来</b>", "complain")
    listed = (await agent.get("/console/bookings")).text
    for words in ("10001", "收割小麦3.5亩", "柘城县李庄", "王师傅", "有人接了"):
        assert words in listed
    assert "10001" not in (await agent.get("/console/bookings?state=done")).text
    assert "10001" in (await agent.get("/console/bookings?state=nonsense&number=10001")).text
    one = (await agent.get(f"/console/bookings/{job.id}")).text
    for words in ("下单", "问机手", "机手接了", "地里有坟", "一亩 60 元", "农户：说好上午来 &lt;b&gt;没来"):
        assert words in one
    assert "the-farmer" not in one
    assert (await agent.get("/console/bookings/none")).status_code == 404
    assert "没来" in (await agent.get("/console/bookings/complaints")).text
    week = (await agent.get("/console/bookings/week")).text
    assert week.count("10001") == 1
    assert "3.5/40 亩" in week
    assert 'data-label="周二 11/24"' in week
    assert "10001" not in (await agent.get("/console/bookings/week?from=2026-12-01")).text
    for odd in ("never", "0001-01-01", "9999-12-31"):
        assert (await agent.get(f"/console/bookings/week?from={odd}")).status_code == 200


async def test_the_calendar_reads_back_and_can_be_made_void(console: FakeConsole, parts: Booking) -> None:
    id_, operator = await registered(console, parts), await console.client("operator")
    await booked(parts, "afternoon")
    await parts.machinery.days_off(WANG, date(2026, 11, 26), date(2026, 11, 27), "", "off")
    page = await operator.post(f"/console/machinery/{id_}/calendar")
    address = page.text.split('class="address"><a href="')[1].split('"')[0]
    path = address.removeprefix("http://testserver")
    answer = await operator.http.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    assert answer.headers["cache-control"] == "private, no-store"
    work, off = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    assert work["SUMMARY"] == "收割小麦3.5亩，柘城县李庄"
    begin, end = work.decoded("DTSTART"), work.decoded("DTEND")
    assert (begin.isoformat(), end.isoformat()) == ("2026-11-24T13:00:00+08:00", "2026-11-24T18:00:00+08:00")
    assert str(work["DTSTART"].params["TZID"]) == "Asia/Shanghai"
    assert (off.decoded("DTSTART"), off.decoded("DTEND")) == (date(2026, 11, 26), date(2026, 11, 28))
    assert "the-farmer" not in answer.text
    assert (await operator.http.get("/calendar/guessed.ics")).status_code == 404
    second = await operator.post(f"/console/machinery/{id_}/calendar")
    assert (await operator.http.get(path)).status_code == 404
    newer = second.text.split('class="address"><a href="http://testserver')[1].split('"')[0]
    assert (await operator.http.get(newer)).status_code == 200
    await operator.follow(await operator.post(f"/console/machinery/{id_}/calendar/revoke"))
    assert (await operator.http.get(newer)).status_code == 404


async def test_a_job_of_several_days_has_an_event_for_each(parts: Booking, now: datetime) -> None:
    id_ = await parts.register.put_provider(
        ProviderCard(kind="operator", name="王", place="411424", areas=("4114",), person=WANG)
    )
    price = Price(service="harvest", price_mu=Decimal(60))
    await parts.register.put_machine(
        id_, MachineCard(kind="combine", name="m", capacity_mu=Decimal(2), prices=(price,))
    )
    await booked(parts)
    jobs = await parts.book.calendar(id_, now.date())
    events = icalendar.Calendar.from_ical(written("王", jobs, [], now)).walk("VEVENT")
    first = datetime.fromisoformat("2026-11-24T07:00:00+08:00")
    assert [event.decoded("DTSTART") for event in events] == [first, first + timedelta(days=1)]
    assert len({event["UID"] for event in events}) == 2


SHEET = """姓名,类型,住址,服务范围,机型,机器名称,日作业量,作物,价格
王师傅,机手,柘城县,柘城县 睢县,联合收割机,谷神,40,麦子,收割 麦子 60；秸秆还田 25
王师傅,机手,柘城县,柘城县 睢县,拖拉机,东方红,30,,犁地 50
顺发,合作社,柘城县,柘城县,植保无人机,大疆,300,,打药 8
"""


async def test_a_sheet_is_taken_as_a_whole_and_twice_the_same(console: FakeConsole, parts: Booking) -> None:
    operator = await console.client("operator")
    path = "/console/machinery/import"
    assert "跑哪些地方" in (await operator.get(path)).text
    for encoding in ("utf-8-sig", "gb18030"):
        answer = await operator.post(path, files={"file": ("机手.csv", SHEET.encode(encoding))})
        page = await operator.follow(answer)
        assert "2 位机手，3 台机器" in page.text
    names = {card.name: id_ for id_, card in await parts.register.providers()}
    assert set(names) == {"王师傅", "顺发"}
    assert [card.name for _, card in await parts.register.machines(names["王师傅"])] == ["东方红", "谷神"]
    for sheet, words in (
        (SHEET + "李,机手,没有的地方,柘城县,怪物,x,-1,恐龙,收割", "第 5 行"),
        (SHEET.replace("日作业量", "别的"), "第一行要有这些列名：一天几亩"),
        (SHEET.splitlines()[0], "没有一行机器"),
        ("", "打不开或者不是表格"),
    ):
        answer = await operator.post(path, files={"file": ("机手.csv", sheet.encode())})
        assert (answer.status_code, words in answer.text) == (422, True), words
    assert (await operator.post(path, files={"file": ("x.xlsx", b"PK\x03\x04 broken")})).status_code == 422
    assert (await operator.post(path)).status_code == 422
    assert len(await parts.register.providers()) == 2
    agent = await console.client("agent")
    assert (await agent.post(path, files={"file": ("机手.csv", SHEET.encode())})).status_code == 403
