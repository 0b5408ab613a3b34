"""Prices into the store: counted, converted, held where they are far off, once however often they come."""

import asyncio
import tracemalloc
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select

from knowledge_base.curation.accounts import Account, Forbidden, Role
from knowledge_base.curation.audit import Audit
from knowledge_base.markets import batch
from knowledge_base.markets.headings import Options
from knowledge_base.markets.held import Held
from knowledge_base.markets.models import LatestRow, MarketRow, PriceRow, State
from knowledge_base.markets.problem import PricesRefused
from knowledge_base.markets.report import Report
from knowledge_base.markets.samples import read_samples, take_in_samples
from knowledge_base.store import Store
from tests.fakes.market import Fair, ago, row, write_csv

OPTIONS = Options("某局")


@pytest.fixture
def fair(store: Store, now: datetime) -> Fair:
    return Fair(store, now)


@pytest.fixture
def on_both(any_store: Store, now: datetime) -> Fair:
    """On either database in turn."""
    return Fair(any_store, now)


def counts(report: Report) -> tuple[int, ...]:
    return report.rows, report.new, report.same, report.differing, report.held, report.wrong


def file(path: Path, price: str = "2.36") -> Path:
    rows = [
        ["玉米", "大集", "柘城县", "2026-11-21", price],
        ["玉米", "大集", "柘城县", "2026-11-20", "2.34"],
        ["玉米", "大集", "柘城县", "2026-11-20", "2.34"],
        ["玉米", "大集", "柘城县", "2026-11-19", "2.32"],
        ["玉米", "粮库", "睢县", "2026-11-21", "236"],
        ["没有的东西", "大集", "柘城县", "2026-11-21", "1"],
    ]
    return write_csv(path, rows)


async def test_a_dry_run_says_what_the_import_then_does_and_another_import_does_nothing(
    on_both: Fair, tmp_path: Path
) -> None:
    fair = on_both
    path = file(tmp_path / "a.csv")
    told: list[tuple[int, int]] = []
    checked = await fair.intake.check_file(path, OPTIONS, lambda done, of: told.append((done, of)))
    assert counts(checked) == (6, 4, 1, 0, 1, 1)
    assert told[-1][0] == told[-1][1]
    assert [odd.offer.market for odd in checked.odd] == ["粮库"]
    assert [problem.code for problem in checked.problems] == ["product_unknown"]
    assert checked.markets == 2
    async with fair.store.session() as session:
        assert await session.scalar(select(func.count()).select_from(PriceRow)) == 0
        assert await session.scalar(select(func.count()).select_from(MarketRow)) == 0
    taken = await fair.intake.take_file(path, OPTIONS)
    assert (counts(taken), taken.markets) == (counts(checked), 2)
    for again in (await fair.intake.take_file(path, OPTIONS), await fair.intake.check_file(path, OPTIONS)):
        assert counts(again) == (6, 0, 5, 0, 0, 1)
    async with fair.store.session() as session:
        (row,) = await session.scalars(select(LatestRow))
    assert (row.mid, row.unit, row.figures) == (Decimal("1.18"), "元/公斤", "2.36")


async def test_another_figure_for_the_same_day_is_told_and_not_taken(fair: Fair, tmp_path: Path) -> None:
    await fair.intake.take_file(file(tmp_path / "a.csv"), OPTIONS)
    changed = file(tmp_path / "b.csv", "2.40")
    for report in (await fair.intake.check_file(changed, OPTIONS), await fair.intake.take_file(changed, OPTIONS)):
        assert counts(report) == (6, 0, 4, 1, 0, 1)
        assert "1.18 元" in report.problems[1].text
    (quote,) = await fair.quotes.latest("玉米")
    assert quote.mid == Decimal("1.18")


async def test_many_batches_with_the_same_rows_again_further_down(
    on_both: Fair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fair = on_both
    monkeypatch.setattr(batch, "SIZE", 7)
    rows = [["玉米", f"集{n % 5}", "柘城县", f"2026-11-{1 + n // 5 % 20:02}", "2.36"] for n in range(150)]
    path = write_csv(tmp_path / "a.csv", rows)
    for report in (await fair.intake.check_file(path, OPTIONS), await fair.intake.take_file(path, OPTIONS)):
        assert counts(report) == (150, 100, 50, 0, 0, 0)
    async with fair.store.session() as session:
        newest = (await session.scalars(select(LatestRow.day))).all()
    assert [str(day) for day in newest] == ["2026-11-20"] * 5


async def test_what_the_store_knows_counts_for_more_than_a_file_that_is_wrong_as_a_whole(fair: Fair) -> None:
    await fair.bring(*(row("玉米", "大集", "411424", ago(n), "1.18") for n in range(5)))
    wrong_unit = await fair.bring(*(row("玉米", "大集", "411424", ago(n), "2360") for n in range(10, 20)))
    assert (wrong_unit.new, wrong_unit.held) == (10, 10)
    just_within = await fair.bring(
        row("玉米", "大集", "411424", ago(30), "5.89"), row("玉米", "大集", "411424", ago(31), "0.24")
    )
    assert just_within.held == 0
    outside = await fair.bring(
        row("玉米", "大集", "411424", ago(32), "5.91"), row("玉米", "大集", "411424", ago(33), "0.23")
    )
    assert outside.held == 2


async def test_two_imports_of_the_same_rows_at_once_keep_each_of_them_once(on_both: Fair) -> None:
    fair = on_both
    rows = [row("玉米", f"集{n % 9}", "411424", ago(n // 9), "1.18") for n in range(90)]
    await fair.bring(rows[0])
    reports = await asyncio.gather(*(fair.bring(*rows) for _ in range(3)))
    assert all(report.rows == 90 for report in reports)
    async with fair.store.session() as session:
        assert await session.scalar(select(func.count()).select_from(PriceRow)) == 90
        assert await session.scalar(select(func.count()).select_from(LatestRow)) == 9


async def test_a_market_is_known_by_its_name_where_only_one_is_called_so(fair: Fair) -> None:
    await fair.bring(row("玉米", "大集", "411424", ago(1), "1.18"), row("玉米", "粮库", "411424", ago(1), "1.18"))
    await fair.bring(row("玉米", "粮库", "411422", ago(1), "1.18"))
    report = await fair.bring(
        row("玉米", "大集", "", ago(2), "1.18"),
        row("玉米", "粮库", "", ago(2), "1.18"),
        row("玉米", "寿光市", "", ago(2), "1.18"),
    )
    assert (report.new, [problem.code for problem in report.problems]) == (2, ["no_place"])


async def test_held_prices_are_told_once_a_person_has_released_them(on_both: Fair) -> None:
    fair = on_both
    await fair.bring(*(row("玉米", "大集", "411424", ago(n), "1.18") for n in range(3, 8)))
    await fair.bring(row("玉米", "大集", "411424", ago(2), "11.8"), row("玉米", "大集", "411424", ago(1), "118"))
    held = Held(fair.store, Audit(fair.clock), fair.clock)
    agent = Account("wang", "王农技", frozenset({Role.AGENT}), 1)
    waiting = await held.waiting()
    assert [(price.mid, price.usual) for price in waiting] == [
        (118, Decimal("1.18")),
        (Decimal("11.8"), Decimal("1.18")),
    ]
    with pytest.raises(Forbidden):
        await held.settle(Account("zhao", "赵管理", frozenset({Role.OPERATOR}), 1), [waiting[0].key], release=True)
    (before,) = await fair.quotes.latest("玉米")
    assert before.day == ago(3)
    assert await held.settle(agent, [waiting[0].key, "p99999", "x", "px"], release=False) == 1
    assert await held.settle(agent, [waiting[0].key, waiting[1].key], release=True) == 1
    (quote,) = await fair.quotes.latest("玉米")
    assert (quote.day, quote.mid, await held.count()) == (ago(2), Decimal("11.8"), 0)
    again = await fair.bring(row("玉米", "大集", "411424", ago(1), "118"))
    assert (again.new, again.same) == (0, 1)
    assert [event.action for event in await Audit(fair.clock).recent(fair.store, limit=9)] == [
        "price.release",
        "price.reject",
    ]
    async with fair.store.session() as session:
        states = (await session.scalars(select(PriceRow.state).where(PriceRow.day >= ago(2)))).all()
    assert set(states) == {State.GOOD, State.REJECTED}


async def test_the_samples_come_once_and_all_of_them_are_good(fair: Fair) -> None:
    report = await take_in_samples(fair.store, fair.intake)
    assert report is not None
    assert report.new == report.rows == len(list(read_samples().lines()))
    assert (report.wrong, report.held) == (0, 0)
    assert await take_in_samples(fair.store, fair.intake) is None


async def test_a_file_without_rows_or_source_is_refused(fair: Fair, tmp_path: Path) -> None:
    with pytest.raises(PricesRefused, match="no_rows"):
        await fair.intake.check_file(write_csv(tmp_path / "a.csv", []), OPTIONS)
    with pytest.raises(PricesRefused, match="no_source"):
        await fair.intake.check_file(file(tmp_path / "a.csv"), Options("  "))


async def test_a_long_file_takes_no_more_memory_than_a_short_one(
    store: Store, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "SIZE", 100)
    fair = Fair(store, now)
    peaks = []
    for count in (200, 200, 2_000):  # the first time warms
        lines = [["玉米", f"集{n % 40}", "柘城县", ago(n // 40).isoformat(), "2.36"] for n in range(count)]
        path = write_csv(tmp_path / "long.csv", lines)
        del lines
        tracemalloc.start()
        await fair.intake.check_file(path, OPTIONS)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] < 1.3 * peaks[1]
