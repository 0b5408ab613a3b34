"""What people are told of bookings: every notice has its words, says which booking it is, and leaves nothing open."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest

from dialogs.booking.jobbook import Off, Provider
from dialogs.booking.machine_kinds import kinds_named, machine_kinds
from dialogs.booking.notices import Notice, To, What
from dialogs.booking.route import Fit, fit_of
from dialogs.booking.telling import telling, told
from dialogs.booking.terms import Booking, Person, Quote, State, Wish
from dialogs.messages import ReplyKind
from dialogs.topics.job_text import listed
from dialogs.topics.job_words import job_words

NOW = datetime.fromisoformat("2026-11-22T09:00:00+08:00")
DAY = date(2026, 11, 24)
WISH = Wish(
    "harvest", "小麦", Decimal("3.5"), "411424101201", "河南省商丘市柘城县李庄", DAY, DAY, None, "后天", note="地里有坟"
)
BOOKING = Booking(
    id="0" * 32,
    number="10001",
    state=State.ACCEPTED,
    person=Person("telegram", "the-farmer"),
    wish=WISH,
    provider="王师傅",
    provider_person=Person("telegram", "the-operator"),
    machine="谷神收割机",
    day=DAY,
    last_day=DAY,
    part="afternoon",
    price_mu=Decimal(60),
    total=Decimal(210),
    distance_km=4.2,
    pooled=2,
    until=datetime.fromisoformat("2026-11-22T11:00:00+08:00"),
)
QUOTES = tuple(
    Quote(day, Decimal(60), Decimal(210), "王师傅", None, 0, day) for day in (date(2026, 11, 25), date(2026, 11, 27))
)
FARMER = [
    What.ACCEPTED,
    What.NEXT,
    What.WAITING,
    What.TAKEN_BACK,
    What.UNSERVED,
    What.PROPOSED,
    What.DISPUTE,
    What.FIGURES,
]
PROVIDER = [
    What.ACCEPTED,
    What.OFFER,
    What.OFFER_OVER,
    What.CANCELLED,
    What.MOVED,
    What.AREA,
    What.STAYS,
    What.DISPUTE,
    What.FIGURES,
]
BOTH = [What.EVENING_BEFORE, What.SOON, What.ASK_DONE, What.REPORTED, What.SETTLED, What.EXPIRED, What.SPOILED]
STATION = [What.NOBODY, What.UNSERVED, What.DISPUTE, What.FIGURES, What.COMPLAINT]
ALL = [
    *((what, To.FARMER) for what in [*FARMER, *BOTH]),
    *((what, To.PROVIDER) for what in [*PROVIDER, *BOTH]),
    *((what, To.STATION) for what in STATION),
]


def test_every_thing_that_happens_is_told() -> None:
    assert {what for what, _ in ALL} == set(What)


@pytest.mark.parametrize(("what", "to"), ALL)
@pytest.mark.parametrize("state", list(State))
def test_every_notice_names_its_booking_and_no_farmer(what: What, to: To, state: State) -> None:
    reply = told(Notice(what, to, replace(BOOKING, state=state), "rain", QUOTES), NOW, Fit(1, 0))
    for words in ("10001", "收割小麦3.5亩"):
        assert words in reply.text
    assert "the-farmer" not in reply.text
    assert "{" not in reply.text
    assert "河南省" not in reply.text
    assert reply.spoken == reply.text
    assert reply.slots["number"] == "10001"
    assert all(len(choice.id.encode()) <= 64 for choice in reply.choices)


def test_an_offer_says_all_that_decides_it() -> None:
    booking = replace(BOOKING, state=State.OFFERED)
    reply = told(Notice(What.OFFER, To.PROVIDER, booking), NOW, Fit(2, 1))
    for words in (
        "柘城县李庄",
        "后天11月24号星期二下午",
        "一亩60元，一共210元",
        "大约4公里",
        "同一个村还有2家",
        "邻近2块地",
        "拼单",
        "地里有坟",
        "最晚今天中午十一点",
    ):
        assert words in reply.text, words
    assert (reply.kind, [one.label for one in reply.choices]) == (ReplyKind.ASK, ["接", "不接"])
    for why, words in (("", "有活找您"), ("changed", "再问您一回"), ("full", "排满了，换一天问您")):
        assert words in told(Notice(What.OFFER, To.PROVIDER, booking, why), NOW).text
    bare = replace(booking, distance_km=None, pooled=0, wish=replace(WISH, note=""))
    plain = told(Notice(What.OFFER, To.PROVIDER, bare), NOW).text
    assert not any(words in plain for words in ("公里", "顺路", "拼单", "另外说一声"))


def test_it_is_never_said_that_the_station_knows_when_it_does_not() -> None:
    asked = replace(BOOKING, state=State.ASKED, provider=None, day=None, last_day=None, until=None)
    for what in (What.WAITING, What.TAKEN_BACK):
        assert "站里" not in told(Notice(what, To.FARMER, asked), NOW).text
        assert "站里的人也知道了" in told(Notice(what, To.FARMER, replace(asked, station_told=True)), NOW).text


def test_other_days_are_buttons_and_none_is_said() -> None:
    reply = told(Notice(What.SPOILED, To.FARMER, BOOKING, "heavy_rain", QUOTES), NOW)
    assert "怕是要下大雨" in reply.text
    assert "没定之前还是原来的日子" in reply.text
    assert [one.id for one in reply.choices][:2] == [f"j:day:202611{day}:{BOOKING.id}" for day in (25, 27)]
    assert "没有空" in told(Notice(What.SPOILED, To.PROVIDER, BOOKING, "rain"), NOW).text


def test_route_fit_by_the_codes_of_places() -> None:
    others = ["411424101201", "411424101201", "411424101205", "411424102201", "411424"]
    assert fit_of("411424101201", others) == Fit(village=2, town=1)
    assert fit_of("411424101", others) == Fit(village=0, town=3)
    assert fit_of("411424", others) == Fit()


def test_a_long_list_is_cut_and_days_off_are_told() -> None:
    jobs = [(replace(BOOKING, number=str(number)), Fit()) for number in range(10_001, 10_010)]
    reply = listed(Provider("p", "王师傅", ()), jobs, [Off(DAY, DAY, "谷神收割机")], NOW)
    for words in ("您有9个活", "10007", "后面还有2个", "歇工：后天11月24号星期二，只歇谷神收割机"):
        assert words in reply.text
    assert "10008" not in reply.text
    assert reply.choices == ()


@pytest.mark.parametrize(
    ("said", "wish"),
    [
        ("干不了，那天有活", "decline"),
        ("布接", "decline"),
        ("后天不干火", "off"),
        ("收割机趴窝了", "broken"),
        ("修号了", "back"),
        ("甘完了", "finish"),
        ("师傅没来", "not_done"),
        ("给五颗星", "rate"),
        ("头诉", "complain"),
        ("告诉师傅我在村口", "tell"),
        ("我的火", "list"),
    ],
)
def test_words_also_as_they_are_misheard(said: str, wish: str) -> None:
    assert next(what for what, _ in job_words().wishes(said, said)) == wish


@pytest.mark.parametrize(
    ("said", "answers"),
    [
        ("接", [True]),
        ("街了", [True]),
        ("都接", [True]),
        ("额接咧", [True]),
        ("后天不忙，我去吧", [True]),
        ("孙庄的我接，李庄的不接", [True, False]),
        ("这活俺整不了，机器在外头", [False]),
        ("这个获我截了", [True]),
        ("小麦不结籽", []),
        ("接不接", []),
        ("接得了吗", []),
        ("我接不了", [False]),
        ("七十一亩我才干", []),
    ],
)
def test_yes_and_no_clause_by_clause(said: str, answers: list[bool]) -> None:
    assert [one.yes for one in job_words().answers(said, said)] == answers


@pytest.mark.parametrize(
    "said",
    [
        "收割机坏了怎么修",
        "麦子收完了种什么",
        "麦子有问题",
        "今天有雨吗",
        "玉米多少钱一斤",
        "接骨草怎么种",
        "给麦子打药",
        "小麦不结籽",
    ],
)
def test_questions_are_no_reports(said: str) -> None:
    assert list(job_words().wishes(said, said)) == []


def test_machines_by_what_they_are_called() -> None:
    assert kinds_named("首割机怀了") == {"combine"}
    assert kinds_named("飞机撞杆子了") == {"drone"}
    assert all(kind.label for kind in machine_kinds().values())
    assert set(telling().weather) == {"rain", "heavy_rain", "snow", "wind", "warning", "other"}
