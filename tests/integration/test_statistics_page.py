"""The operator's statistics: who sees them, what they say, and the workbook that says the same."""

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from fastapi import APIRouter
from lxml.html import fromstring
from openpyxl import load_workbook
from sqlalchemy import delete, update

from bot.delivery.models import OutboxRow
from bot.statistics.console import statistics_pages
from bot.statistics.orders import OrderFigures
from bot.statistics.pages import XLSX
from bot.statistics.reach import Reaches
from dialogs.booking.models import BookingRow, EventRow
from dialogs.consultation.models import ConsultantRow, ConsultationRow
from knowledge_base.curation.clusters import Clusters
from knowledge_base.curation.likeness import Likeness
from knowledge_base.models import QuestionRow
from knowledge_base.statistics.models import TallyRow
from knowledge_base.statistics.period import Period
from knowledge_base.statistics.rollup import RollUp
from knowledge_base.store import Store
from knowledge_base.warnings.models import LadderStepRow, WarningAnswerRow, WarningRow
from nlu.text.segmenter import Segmenter
from nlu.words import Words
from tests.fakes.console import Browser, FakeConsole, fake_console
from tests.fakes.house import speaking

PAGE = "/console/statistics"
TODAY = date(2026, 11, 22)


@pytest.fixture
async def console(store: Store, words: Words, segmenter: Segmenter, now: datetime) -> AsyncIterator[FakeConsole]:
    language = speaking(words, segmenter)
    clusters = Clusters(store, Likeness(language.question_reader, list))

    def routers(console: FakeConsole) -> list[APIRouter]:
        return [*statistics_pages(console.kit, store, clusters, language.places, lambda: now)]

    async with fake_console(store, now, routers) as console:
        yield console


def turns(
    count: int, place: str, topic: str, outcome: str, *, hour: int = 9, day: date = TODAY, **more: object
) -> TallyRow:
    given = {"channel": "web", "how": "voice", "first": True, "subject": "", **more}
    return TallyRow(what="turn", day=day, hour=hour, place=place, topic=topic, outcome=outcome, count=count, **given)


async def filled(store: Store) -> None:
    """Two counties of one prefecture, one of them with hardly anything, and who has not said where."""
    async with store.session() as session:
        session.add_all(
            [
                turns(40, "411424", "agronomy", "answered", subject="wheat.scab"),
                turns(10, "411424", "agronomy", "handed_over", hour=20),
                turns(7, "411424", "feedback", "wrong", subject="wheat.scab", how="choice", first=False),
                turns(3, "411421", "legal", "answered"),
                turns(6, "", "out_of_scope", "out_of_scope", channel="telegram", how="text"),
                turns(90, "411424", "weather", "answered", day=TODAY - timedelta(days=10)),
                turns(5, "411424", "book_machinery", "service"),
            ]
        )
        session.add(TallyRow(what="delivery", day=TODAY, hour=9, channel="telegram", outcome="sent", count=12))
        session.add(TallyRow(what="delivery", day=TODAY, hour=9, channel="telegram", outcome="blocked", count=2))
    await RollUp(store).run()


async def figures(browser: Browser, query: str) -> dict[str, list[list[object]]]:
    """The sheets of the workbook: their rows below the headings."""
    answer = await browser.get(f"{PAGE}/excel?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, XLSX)
    book = load_workbook(BytesIO(answer.content))
    return {
        sheet.title: [list(row) for row in sheet.iter_rows(min_row=2, values_only=True)] for sheet in book.worksheets
    }


async def test_the_page_says_what_was_counted(console: FakeConsole, store: Store) -> None:
    await filled(store)
    operator = await console.client("operator")
    sheets = await figures(operator, "span=week")
    totals = {row[0]: row[1:3] for row in sheets["合计"]}
    assert totals["提问"][0] == 40 + 10 + 3 + 6
    assert totals["直接答上"] == [43, "73%"]
    assert totals["转给人"] == [10, "17%"]
    assert totals["不归我们管"] == [6, "10%"]
    assert totals["农户说“不对”"][0] == 7
    assert totals["办事的来回（预约、订阅等）"][0] == 5
    assert sheets["问的是什么"][1] == ["庄稼、果树、蔬菜", 50, 40, 0, 10, 0, "80%"]
    hours = {row[0]: row[1:] for row in sheets["一天里什么时候问"]}
    assert (hours["9 点"], hours["20 点"], hours["3 点"]) == ([49, 12], [10, 0], [0, 0])
    assert sheets["哪里问的"][1] == ["河南省商丘市", 53, 43, 10, 7, "81%"]
    assert sheets["哪里问的"][2][:2] == ["没说清在哪", 6]
    assert sheets["答案用得怎么样"][1] == ["wheat.scab", 40, 0, 0, 7]
    assert sheets["从哪里来、怎么说的"][1] == ["网页", 58, 0, 7, 0, 65]
    assert sheets["主动发出的消息"][1] == ["Telegram", 12, 2, 0, 0, 0, 0, 0]
    month = await figures(operator, "span=month")
    assert month["合计"][1][1] == 40 + 10 + 3 + 6 + 90
    one = await figures(operator, f"from={TODAY - timedelta(days=10)}&to={TODAY - timedelta(days=10)}")
    assert one["合计"][1][1] == 90


async def test_the_workbook_has_the_figures_of_the_page(console: FakeConsole, store: Store) -> None:
    await filled(store)
    operator = await console.client("operator")
    for query in ("span=week", "span=month&place=4114", "span=own&from=2026-01-01&to=2026-11-22"):
        page = fromstring((await operator.get(f"{PAGE}?{query}")).text)
        sheets = await figures(operator, query)
        shown = {}
        for section in page.xpath("//section"):
            rows = [[cell.text_content().strip() for cell in row.xpath("./th|./td")] for row in section.xpath(".//tr")]
            shown[section.xpath("./h2")[0].text] = [row for number, row in enumerate(rows) if row not in rows[:number]]
        assert shown.keys() == sheets.keys()
        for title, rows in shown.items():
            written = [["" if cell is None else str(cell) for cell in row] for row in sheets[title]]
            assert rows == written[: len(rows)], title
        assert len(page.xpath("//*[local-name()='rect']")) == 24


async def test_small_numbers_are_not_told_apart(console: FakeConsole, store: Store) -> None:
    await filled(store)
    reviewer = await console.client("reviewer")
    regions = (await figures(reviewer, "span=week&place=4114"))["哪里问的"]
    assert regions[1][:2] == ["河南省商丘市柘城县", 50]
    assert regions[2] == ["其余 1 项（每项不到 5 次，合在一起）", "不到 5", None, None, None, None]
    page = (await reviewer.get(f"{PAGE}?span=week&place=411421")).text
    assert "太少了" in page
    assert "法律" not in page.replace("法律咨询", "")
    whole = (await reviewer.get(f"{PAGE}?span=week&place=411424")).text
    assert "柘城县" in whole
    assert "太少了" not in whole


async def test_only_operators_and_reviewers_see_it(console: FakeConsole) -> None:
    for name, status in (("operator", 200), ("reviewer", 200), ("agent", 403), ("", 303)):
        browser = await console.client(name)
        for path in (PAGE, f"{PAGE}/excel"):
            assert (await browser.get(path)).status_code == status, (name, path)
        if name == "agent":
            assert PAGE not in (await browser.get("/console/")).text


NO_RANGES = {
    "span=own&from=2026-11-22&to=2026-11-01": "不能晚于",
    "span=own&from=yesterday&to=2026-11-01": "日子要写成",
    "from=2026-11-01": "日子要写成",
    "from=0001-01-01&to=9999-12-31": "日子要写成",
    "from=2020-01-01&to=2026-01-01": "最多看 366 天",
    "span=ever": "没有这样的时间范围",
    "place=没有这个地方": "最细只到县",
    "place=411424100": "最细只到县",
    "place=99": "最细只到县",
    "place='%22><script>alert(1)</script>": "最细只到县",
}


async def test_what_is_no_range_is_said_in_one_sentence(console: FakeConsole) -> None:
    operator = await console.client("operator")
    for query, said in NO_RANGES.items():
        answer = await operator.get(f"{PAGE}?{query}")
        assert answer.status_code == 422, query
        (alert,) = fromstring(answer.text).xpath("//div[@id='summary']")
        assert said in alert.text_content(), query
        assert "<script>alert" not in answer.text
        refused = await operator.get(f"{PAGE}/excel?{query}")
        assert said in (await operator.follow(refused)).text, query


async def test_waiting_questions_are_counted_without_their_words(
    console: FakeConsole, store: Store, now: datetime
) -> None:
    async with store.session() as session:
        for number in range(8):
            text = "小麦叶尖发黄怎么办" if number < 6 else f"问题{number}"
            asked = {"asked_at": now, "channel": "web", "user": f"u{number}", "reason": "no_knowledge"}
            session.add(QuestionRow(id=f"q{number}", text=text, normalized=text, place="411424", **asked))
    operator = await console.client("operator")
    page = (await operator.get(PAGE)).text
    assert "发黄" not in page
    assert '<a href="/console/questions/waiting/q0">小麦的问题</a>' in page
    rows = (await figures(operator, "place=411424"))["没答上、还在等的问题"]
    assert rows[1][:3] == ["小麦的问题", 6, 6]
    assert rows[2][0].startswith("其余")  # type: ignore[union-attr]
    assert (await figures(operator, "place=411421"))["没答上、还在等的问题"][1][0] is None


async def test_how_far_a_warning_got_is_kept(console: FakeConsole, store: Store, now: datetime) -> None:
    topic, past = "warning:w:1", now - timedelta(hours=3)
    async with store.session() as session:
        session.add(
            WarningRow(
                id="w",
                root_id="w",
                version=1,
                topic=topic,
                sender="s",
                identifier="i",
                sent=past,
                public=True,
                status="Actual",
                msg_type="Alert",
                all_clear=False,
                colour=1,
                headline="=1+1 暴雨红色预警",
                source="folder",
                original=b"",
                state="in_force",
                arrived_at=past,
                expires_at=now,
            )
        )
        for number, state in enumerate(["sent"] * 6 + ["blocked", "waiting", "superseded"]):
            session.add(
                OutboxRow(
                    id=f"o{number}",
                    channel="web",
                    user=f"u{number}",
                    topic=topic,
                    payload={},
                    priority=1,
                    state=state,
                    created_at=past,
                    due_at=past,
                )
            )
        await session.flush()
        session.add(WarningAnswerRow(warning_id="w", channel="web", user="u1", answer="ok", at=now))
        session.add(
            LadderStepRow(
                id="l", warning_id="w", place="411424", step="committee", to="web:c", at=now, outcome="called"
            )
        )
    reaches = Reaches(store, lambda: now)
    assert await reaches.run() == 1
    assert await reaches.run() == 1
    async with store.session() as session:
        await session.execute(delete(OutboxRow))
    assert await Reaches(store, lambda: now + timedelta(days=30)).run() == 0
    operator = await console.client("operator")
    (row,) = [one for one in (await figures(operator, ""))["预警传到没有"] if str(one[0]).startswith("2026")]
    assert row[1:] == ["=1+1 暴雨红色预警", 8, 6, 1, 1, 1, 0, 1, 0, 0, 0]
    assert "预警传到没有" not in await figures(operator, "place=411424")


async def test_bookings_and_consultations_by_state(any_store: Store, now: datetime) -> None:
    async with any_store.session() as session:
        for number, (state, minutes) in enumerate([("done", 20), ("accepted", 100), ("asked", None), ("done", 3000)]):
            made = now - timedelta(days=2)
            booking = BookingRow(
                id=f"b{number}",
                number=f"{number}",
                state=state,
                channel="web",
                user="u",
                service="harvest",
                area=Decimal(3),
                place="411424" if number else "411421",
                place_text="",
                first=TODAY,
                last=TODAY,
                date_text="",
                note="",
                created_at=made,
                touched_at=made,
            )
            session.add(booking)
            await session.flush()
            if minutes is not None:
                for again in (0, 60):
                    at = made + timedelta(minutes=minutes + again)
                    event = {"who": "provider", "step": "accept", "after": "accepted", "why": ""}
                    session.add(EventRow(booking_id=f"b{number}", number=again, at=at, **event))
        card = {
            "role": "lawyer",
            "name": "",
            "phone": "",
            "kinds": [],
            "areas": [],
            "ways": [],
            "office": "",
            "link": "",
        }
        session.add(ConsultantRow(id="c", active=True, touched_at=now, **card))
        await session.flush()
        when = {"placed_at": now, "created_at": now, "touched_at": now, "start": now + timedelta(days=2)}
        what = {
            "state": "booked",
            "kind": "wages",
            "way": "phone",
            "place": "411424",
            "consultant_id": "c",
            "events": 1,
        }
        session.add(ConsultationRow(id="a", number="1", channel="web", user="u", **what, **when))
    figures = OrderFigures(any_store, lambda: now)
    for _ in range(2):
        await figures.run()
        week = Period(TODAY - timedelta(days=6), TODAY)
        machinery = await figures.machinery("", week)
        assert machinery.states == {"harvest": {"done": 2, "accepted": 1, "asked": 1}}
        assert machinery.waits == {"harvest": 120}
        assert (await figures.machinery("411421", week)).states == {"harvest": {"done": 1}}
        assert (await figures.machinery("", Period(TODAY, TODAY))).states == {}
        lawyers = await figures.consultations("4114", week)
        assert (lawyers.states, lawyers.waits) == ({"wages": {"booked": 1}}, {"wages": 2880})
    async with any_store.session() as session:
        await session.execute(update(BookingRow).where(BookingRow.id == "b2").values(state="cancelled"))
    await figures.run()
    assert (await figures.machinery("", week)).states == {"harvest": {"done": 2, "accepted": 1, "cancelled": 1}}
