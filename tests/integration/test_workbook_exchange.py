"""Out to Excel and back: nothing is lost on the way, drafts are saved all together or not at all."""

import asyncio
import shutil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from knowledge_base.curation.accounts import Forbidden
from knowledge_base.curation.catalogue import Filter
from knowledge_base.curation.models import AuditRow, VersionRow
from knowledge_base.curation.states import State
from knowledge_base.curation.workbook.dry_run import Verdict
from knowledge_base.curation.workbook.exchange import Exchange, NotAsShown
from knowledge_base.entry import Entry
from knowledge_base.safety import pesticide_gate
from knowledge_base.store import Store
from tests.fakes.curation import LI, WANG, ZHAO, Curation
from tests.fakes.entries import entry
from tests.fakes.workbooks import letter, write_rows


def several(count: int = 3, **changes: object) -> list[Entry]:
    return [
        entry(key=f"maize.no{n}", title=f"第{n}条", asks=[f"{n}问{m}" for m in range(5)], follow_ups=[], **changes)
        for n in range(count)
    ]


def exchange(desk: Curation) -> Exchange:
    return Exchange(
        desk.store, desk.workflow, desk.catalogue, gate=pesticide_gate(), audit=desk.audit, clock=desk.clock
    )


@pytest.fixture
async def desk(any_store: Store) -> Curation:
    desk = Curation(any_store)
    await desk.shipped(*several())
    return desk


async def drafts(store: Store) -> int:
    async with store.session() as session:
        return (await session.execute(select(func.count()).where(VersionRow.state == State.DRAFT))).scalar_one()


async def test_all_that_is_shipped_comes_back_unchanged(shipped: Path, tmp_path: Path) -> None:
    shutil.copy(shipped, tmp_path / "all.db")
    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'all.db'}")
    one = exchange(Curation(store))
    path = tmp_path / "all.xlsx"
    steps: list[tuple[int, int]] = []
    assert await one.export(path, progress=lambda done, of: steps.append((done, of))) == 365
    assert steps[0] == (0, 365)
    assert steps[-1] == (365, 365)
    assert len(steps) > 10
    steps.clear()
    plan = await one.dry_run(LI, path, "all.xlsx", lambda done, of: steps.append((done, of)))
    await store.close()
    assert [str(problem) for problem in plan.problems] == []
    assert len(plan.of(Verdict.UNCHANGED)) == 365
    assert plan.to_save == ()
    assert steps[-1] == (730, 730)


async def test_a_filter_lets_through_what_was_asked_for(desk: Curation, tmp_path: Path) -> None:
    path = tmp_path / "some.xlsx"
    assert await exchange(desk).export(path, Filter(text="no1")) == 1
    assert await exchange(desk).export(path, Filter(kind="legal")) == 0


async def test_what_differs_becomes_drafts_and_the_rest_stays(desk: Curation, tmp_path: Path) -> None:
    shipped = several()
    new = entry(key="maize.fresh", asks=[f"新问{n}" for n in range(5)], follow_ups=["maize.no1"])
    path = write_rows(tmp_path / "a.xlsx", [*shipped, new], {"spoken": "换一句话。", "written_by": "冒名"})
    plan = await exchange(desk).dry_run(LI, path, "a.xlsx")
    assert [row.verdict for row in plan.rows] == [Verdict.CHANGED, *[Verdict.UNCHANGED] * 2, Verdict.NEW]
    taken = await exchange(desk).take_over(LI, path, "a.xlsx", plan.fingerprint)
    assert [version.key for version in taken.saved] == ["maize.no0", "maize.fresh"]
    assert taken.unchanged == 2
    draft = (await desk.workflow.history("maize.no0")).open
    assert draft is not None
    assert (draft.entry.spoken, draft.author, draft.based_on, draft.entry.written_by) == ("换一句话。", "li", 1, "li")
    assert (await desk.workflow.history("maize.fresh")).open is not None
    assert await desk.spoken("maize.no0") == shipped[0].spoken
    async with desk.store.session() as session:
        rows = (await session.scalars(select(AuditRow).order_by(AuditRow.id))).all()
    assert [row.action for row in rows] == ["entry.save", "entry.save", "workbook.import"]
    assert rows[-1].detail == {"drafts": 2}
    # The same file once more changes nothing; changed again, it goes on from the draft.
    again = await exchange(desk).dry_run(LI, path, "a.xlsx")
    assert {row.verdict for row in again.rows} == {Verdict.UNCHANGED}
    path = write_rows(tmp_path / "b.xlsx", shipped, {"spoken": "再换一句。"})
    assert len((await exchange(desk).take_over(LI, path, "b.xlsx")).saved) == 1
    draft = (await desk.workflow.history("maize.no0")).open
    assert draft is not None
    assert (draft.entry.spoken, draft.revision) == ("再换一句。", 2)


async def test_a_withdrawn_entry_can_come_back(desk: Curation, tmp_path: Path) -> None:
    await desk.workflow.withdraw(ZHAO, "maize.no0", "过时了")
    path = write_rows(tmp_path / "a.xlsx", several(), {"spoken": "换一句话。"})
    plan = await exchange(desk).dry_run(LI, path, "a.xlsx")
    assert plan.rows[0].verdict is Verdict.NEW
    assert len((await exchange(desk).take_over(LI, path, "a.xlsx")).saved) == 1


async def test_one_bad_row_keeps_all_rows_out(desk: Curation, tmp_path: Path) -> None:
    rows = several(spoken="换一句话。")
    path = write_rows(
        tmp_path / "a.xlsx", rows, spoil=lambda sheet: sheet.__setitem__(f"{letter('valid_until')}4", "哪天")
    )
    with pytest.raises(NotAsShown) as refused:
        await exchange(desk).take_over(LI, path, "a.xlsx")
    assert [problem.cell for problem in refused.value.now.problems] == [f"{letter('valid_until')}4"]
    assert await drafts(desk.store) == 0


async def test_what_was_shown_is_what_is_saved(desk: Curation, tmp_path: Path) -> None:
    path = write_rows(tmp_path / "a.xlsx", several(), {"spoken": "换一句话。"})
    shown = await exchange(desk).dry_run(LI, path, "a.xlsx")
    await desk.published(LI, **{**several()[0].model_dump(), "title": "别人刚发布的"})
    with pytest.raises(NotAsShown) as refused:
        await exchange(desk).take_over(LI, path, "a.xlsx", shown.fingerprint)
    assert [d.column for d in refused.value.now.rows[0].differences] == ["标题", "念出来的话", "样例"]
    assert await drafts(desk.store) == 0


async def test_two_people_import_at_once(desk: Curation, tmp_path: Path) -> None:
    """Whoever is second is told, and none of their rows is saved."""
    files = {who: write_rows(tmp_path / f"{who.name}.xlsx", several(spoken=f"{who.shown}改的。")) for who in (LI, WANG)}
    results = await asyncio.gather(
        *(exchange(desk).take_over(who, path, path.name) for who, path in files.items()), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in results) == ["NotAsShown", "TakenOver"]
    async with desk.store.session() as session:
        rows = (await session.scalars(select(VersionRow).where(VersionRow.state == State.DRAFT))).all()
    assert len(rows) == 3
    assert len({row.author for row in rows}) == 1


async def test_a_failure_half_way_leaves_nothing(desk: Curation, tmp_path: Path) -> None:
    class Failing:
        saved = 0

        async def save(self, *args: object, **values: object) -> object:
            if self.saved == 2:
                raise OSError("disk full")
            self.saved += 1
            return await desk.workflow.save(*args, **values)  # type: ignore[arg-type]

    failing: Any = Failing()
    one = Exchange(desk.store, failing, desk.catalogue, gate=pesticide_gate(), audit=desk.audit, clock=desk.clock)
    with pytest.raises(OSError, match="disk full"):
        await one.take_over(LI, write_rows(tmp_path / "a.xlsx", several(spoken="换一句话。")), "a.xlsx")
    assert await drafts(desk.store) == 0


async def test_only_who_writes_may_import(desk: Curation, tmp_path: Path) -> None:
    path = write_rows(tmp_path / "a.xlsx", several())
    with pytest.raises(Forbidden):
        await exchange(desk).dry_run(ZHAO, path, "a.xlsx")
    with pytest.raises(Forbidden):
        await exchange(desk).take_over(ZHAO, path, "a.xlsx")
