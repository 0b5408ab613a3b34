"""What a product costs: near the person, over time, against last week; samples and reports apart from official prices."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from knowledge_base.markets.models import Kind, State
from knowledge_base.markets.nearness import Nearness
from knowledge_base.markets.quotes import Quotes
from knowledge_base.markets.ratio import Level, level_of
from knowledge_base.markets.reports import Reports
from knowledge_base.store import Store
from tests.fakes.market import Fair, ago, row

ZHECHENG = "411424"


@pytest.fixture
def fair(store: Store, now: datetime) -> Fair:
    return Fair(store, now)


@pytest.fixture
def on_both(any_store: Store, now: datetime) -> Fair:
    """On either database in turn."""
    return Fair(any_store, now)


async def names(quotes: Quotes, near: str | None = ZHECHENG, **further: object) -> list[str]:
    found = await quotes.latest("玉米", None, near, limit=9, **further)  # type: ignore[arg-type]
    return [quote.market for quote in found]


async def test_the_nearest_market_comes_first_by_code(on_both: Fair) -> None:
    fair = on_both
    await fair.bring(
        row("玉米", "别省", "370783", ago(0), "1.1"),
        row("玉米", "本省", "410200", ago(0), "1.1"),
        row("玉米", "全省", "410000", ago(0), "1.1"),
        row("玉米", "本市", "411422", ago(0), "1.1"),
        row("玉米", "本县", "411424", ago(1), "1.1"),
        row("玉米", "本镇", "411424101", ago(2), "1.1"),
    )
    assert await names(fair.quotes) == ["本县", "本镇", "本市", "全省", "本省", "别省"]
    assert (await names(fair.quotes, "411424101"))[:2] == ["本镇", "本县"]
    assert (await names(fair.quotes, "4114"))[:1] == ["本市"]
    assert (await names(fair.quotes, "410000000000"))[0] in {"本省", "全省"}
    assert len(await names(fair.quotes, None)) == 6
    (nearest,) = await fair.quotes.latest("玉米", near=ZHECHENG, limit=1)
    assert (nearest.nearness, nearest.kilometres, nearest.per) == (Nearness.COUNTY, None, "斤")
    assert [market.name for market in await fair.quotes.markets("玉米", ZHECHENG)][:2] == ["本县", "本镇"]


async def test_on_the_map_the_distance_counts(store: Store, now: datetime) -> None:
    fair = Fair(store, now, where={"411424": (34.09, 115.31)}.get)
    await fair.bring(
        row("玉米", "邻县近", "411422", ago(0), "1.1", at=("34.10", "115.35")),
        row("玉米", "本县远", "411424", ago(0), "1.1", at=("34.40", "115.31")),
        row("玉米", "本县不知道", "411424", ago(0), "1.1"),
    )
    assert await names(fair.quotes) == ["邻县近", "本县不知道", "本县远"]
    (nearest,) = await fair.quotes.latest("玉米", near=ZHECHENG, position=(34.40, 115.32), limit=1)
    assert nearest.market == "本县远"
    assert nearest.kilometres == pytest.approx(0.92, abs=0.05)


async def test_a_near_market_that_has_fallen_silent_comes_after_one_that_has_not(fair: Fair) -> None:
    await fair.bring(
        row("玉米", "本县旧", "411424", ago(20), "1.1"),
        row("玉米", "本县很旧", "411424", ago(100), "1.1"),
        row("玉米", "别省新", "370783", ago(3), "1.1"),
    )
    found = await fair.quotes.latest("玉米", near=ZHECHENG)
    assert [(quote.market, quote.age, quote.old) for quote in found] == [
        ("别省新", 3, False),
        ("本县旧", 20, True),
        ("本县很旧", 100, True),
    ]


async def test_an_older_price_that_comes_later_is_not_the_newest(on_both: Fair) -> None:
    fair = on_both
    await fair.bring(row("玉米", "大集", "411424", ago(1), "1.2"))
    await fair.bring(row("玉米", "大集", "411424", ago(9), "1.1"), row("玉米", "大集", "411424", ago(8), "1.15"))
    await fair.bring(row("玉米", "大集", "411424", ago(8), "1.16"), source="别的来源")
    (quote,) = await fair.quotes.latest("玉米")
    assert (quote.day, quote.mid) == (ago(1), Decimal("1.2"))
    series = await fair.quotes.series("玉米", quote.market_id or 0)
    assert [(point.day, point.mid) for point in series] == [
        (ago(9), Decimal("1.1")),
        (ago(8), Decimal("1.15")),
        (ago(1), Decimal("1.2")),
    ]
    assert len(await fair.quotes.series("玉米", quote.market_id or 0, since=ago(8), until=ago(8))) == 1
    comparison = await fair.quotes.compared(quote)
    assert comparison.week is not None
    assert (comparison.week.day, comparison.week.difference, comparison.week.percent) == (
        ago(8),
        Decimal("0.05"),
        Decimal("4.3"),
    )
    assert comparison.month is None


async def test_last_week_is_three_days_more_or_less_and_last_month_seven(fair: Fair) -> None:
    cases: dict[str, tuple[tuple[int, ...], int | None, int | None]] = {
        "玉米": ((8,), 8, None),
        "小麦": ((11,), 11, None),
        "大豆": ((12,), None, None),
        "花生": ((5,), 5, None),
        "芝麻": ((4,), None, None),
        "高粱": ((24, 31), None, 31),
        "绿豆": ((39,), None, None),
        "谷子": ((38,), None, 38),
    }
    for product, (days, week, month) in cases.items():
        rows = (row(product, "大集", "411424", ago(n), "1.1") for n in days)
        await fair.bring(row(product, "大集", "411424", ago(1), "1.2"), *rows)
        (quote,) = await fair.quotes.latest(product)
        found = await fair.quotes.compared(quote)
        assert (found.week and found.week.day) == (None if week is None else ago(week)), product
        assert (found.month and found.month.day) == (None if month is None else ago(month)), product


async def test_varieties_have_prices_of_their_own(fair: Fair) -> None:
    await fair.bring(
        row("红富士苹果", "果品市场", "411424", ago(0), "3.2"),
        row("嘎啦果", "果品市场", "411424", ago(0), "2.2"),
        row("富士苹果", "别的市场", "411422", ago(0), "3.1"),
        row("玉米", "大集", "411424", ago(0), "1.2"),
        row("玉米", "大集", "411424", ago(0), "0.9", variety="潮粮"),
    )
    assert await fair.quotes.varieties("苹果") == ("富士", "嘎啦")
    assert [(q.variety, q.market) for q in await fair.quotes.latest("苹果", near=ZHECHENG)] == [
        ("富士", "果品市场"),
        ("富士", "别的市场"),
    ]
    assert [q.mid for q in await fair.quotes.latest("苹果", "嘎啦", ZHECHENG)] == [Decimal("2.2")]
    assert [q.variety for q in await fair.quotes.latest("玉米")] == [""]
    assert await fair.quotes.latest("苹果", "国光") == ()


async def test_samples_are_given_only_where_there_is_nothing_else(fair: Fair) -> None:
    await fair.bring(row("玉米", "样例市场", "411424", ago(2), "1.2"), source="样例", kind=Kind.SAMPLE)
    await fair.bring(row("小麦", "样例市场", "411424", ago(2), "1.2"), source="样例", kind=Kind.SAMPLE)
    (sample,) = await fair.quotes.latest("玉米")
    assert sample.kind is Kind.SAMPLE
    await fair.bring(row("玉米", "很远", "370783", ago(200), "1.1"))
    (real,) = await fair.quotes.latest("玉米", near=ZHECHENG)
    assert (real.kind, real.market) == (Kind.OFFICIAL, "很远")
    assert await fair.quotes.series("玉米", sample.market_id or 0) == ()
    assert len(await fair.quotes.series("玉米", sample.market_id or 0, kind=Kind.SAMPLE)) == 1
    async with fair.store.session() as session:
        await Reports(fair.clock).report(session, "小麦", ZHECHENG, Decimal("1.19"), "telegram:1")
    assert await fair.quotes.latest("小麦") == ()
    assert await fair.quotes.varieties("玉米") == ()


async def test_reports_are_told_apart_one_figure_for_each_county(on_both: Fair) -> None:
    fair = on_both
    await fair.bring(*(row("玉米", "大集", "411424", ago(n), "1.2") for n in range(3)))
    reports = Reports(fair.clock)
    said = [("a", "411424", "1.15"), ("b", "411424101", "1.25"), ("c", "411424", "1.17"), ("d", "411422", "1.1")]
    async with fair.store.session() as session:
        for person, place, price in [*said, ("a", "411424", "1.05")]:
            assert await reports.report(session, "玉米", place, Decimal(price), person) is State.GOOD
        assert await reports.report(session, "玉米", "411424", Decimal(12), "e") is State.HELD
    assert [quote.kind for quote in await fair.quotes.latest("玉米")] == [Kind.OFFICIAL]
    here, there = await fair.quotes.latest("玉米", near=ZHECHENG, kinds=[Kind.REPORTED])
    assert (here.place, here.people, here.low, here.mid, here.high) == (
        "411424",
        3,
        Decimal("1.05"),
        Decimal("1.17"),
        Decimal("1.25"),
    )
    assert (there.nearness, there.people) == (Nearness.PREFECTURE, 1)
    assert (await fair.quotes.compared(here)).week is None
    fair.later(days=1)
    async with fair.store.session() as session:
        await reports.report(session, "玉米", "411424", Decimal("1.3"), "a")
    here, _ = await fair.quotes.latest("玉米", near=ZHECHENG, kinds=[Kind.REPORTED])
    assert (here.people, here.high) == (3, Decimal("1.3"))
    fair.later(days=15)
    assert await fair.quotes.latest("玉米", kinds=[Kind.REPORTED]) == ()


@pytest.mark.parametrize(
    ("ratio", "weeks", "level"),
    [
        ("6.00", ["6", "5.5", "5.5"], None),
        ("5.99", ["5.99", "6.1", "6.2"], Level.III),
        ("5.50", ["5.5", "5.5"], Level.III),
        ("5.50", ["5.5", "5.9", "5.0"], Level.II),
        ("5.50", ["5.5", "5.9", "4.9"], Level.III),
        ("4.99", ["4.99"], Level.I),
    ],
)
def test_warning_levels(ratio: str, weeks: list[str], level: Level | None) -> None:
    assert level_of(Decimal(ratio), [Decimal(week) for week in weeks]) is level


def ratio_rows(days: range, hog: str, grain: str = "1.2") -> list[tuple[str, ...]]:
    return [
        one
        for n in days
        for one in (row("生猪", "屠宰场", "411424", ago(n), hog), row("玉米", "大集", "411422", ago(n), grain))
    ]


async def test_the_ratio_of_pig_and_maize_with_its_level(on_both: Fair) -> None:
    fair = on_both
    assert await fair.quotes.ratio() is None
    await fair.bring(*ratio_rows(range(21, 28), "7.8"), *ratio_rows(range(7), "6.6"))
    ratio = await fair.quotes.ratio(ZHECHENG)
    assert ratio is not None
    assert (ratio.hog, ratio.grain, ratio.ratio) == (Decimal("6.6"), Decimal("1.2"), Decimal("5.50"))
    assert (ratio.hog_day, ratio.grain_day, ratio.hog_markets) == (ago(0), ago(0), 1)
    assert (ratio.weeks, ratio.level) == ((Decimal("5.50"),), Level.III)
    await fair.bring(*ratio_rows(range(7, 21), "6.6"))
    ratio = await fair.quotes.ratio()
    assert ratio is not None
    assert (len(ratio.weeks), ratio.level) == (3, Level.II)
    assert await fair.quotes.ratio("370783") is None
    fair.later(days=15)
    assert await fair.quotes.ratio() is None


async def test_a_ratio_is_not_made_of_a_fresh_and_an_old_price_or_of_samples(fair: Fair) -> None:
    await fair.bring(row("生猪", "屠宰场", "411424", ago(0), "6.6"), row("玉米", "大集", "411424", ago(8), "1.2"))
    assert await fair.quotes.ratio() is None
    await fair.bring(row("玉米", "样例", "411424", ago(0), "1.2"), source="样例", kind=Kind.SAMPLE)
    assert await fair.quotes.ratio() is None


def test_today_is_the_day_in_the_county(store: Store) -> None:
    late = datetime.fromisoformat("2026-11-22T16:30:00+00:00")
    assert Fair(store, late).quotes.today == date(2026, 11, 23)
