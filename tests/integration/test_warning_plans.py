"""What is asked about many people is found by an index: portions of people never read through everybody."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import event

from bot.warnings.calls import OutboxDeliveries
from knowledge_base.store import Store
from knowledge_base.warnings.models import Answer, Role
from knowledge_base.warnings.report import Reports
from knowledge_base.warnings.speaker_jobs import SpeakerJobs
from knowledge_base.warnings.speaker_registry import SpeakerRegistry
from knowledge_base.warnings.speakers import Play, SpokenWarning
from knowledge_base.warnings.territory import Territory
from tests.fakes.alarm import Alarm


async def test_the_ladder_and_the_report_read_nobody_but_those_of_the_warning(store: Store, now: datetime) -> None:
    alarm = Alarm(store, now)
    await alarm.people("zhang", "li")
    await alarm.officer(Role.INFORMATION_OFFICER, "wang")
    warning = await alarm.warn()
    await alarm.answers.take(warning, "telegram", "li", Answer.OK)
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("SELECT") and ("FROM people" in statement or "FROM warning_answers" in statement):
            asked.append((statement, parameters))

    event.listen(store.engine.sync_engine, "before_cursor_execute", note)
    alarm.now += timedelta(minutes=6)
    await alarm.ladder.tick()
    report = await Reports(store, OutboxDeliveries()).of(warning)
    event.remove(store.engine.sync_engine, "before_cursor_execute", note)
    assert report is not None
    assert (report.people, report.answered) == (2, 1)
    assert len(asked) >= 4
    async with store.engine.connect() as connection:
        for statement, parameters in asked:
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            steps = [row["detail"] for row in plan.mappings()]
            assert not [step for step in steps if step in {"SCAN people", "SCAN warning_answers"}], (statement, steps)


async def test_loudspeakers_of_one_warning_are_found_without_reading_the_jobs_of_others(
    store: Store, now: datetime
) -> None:
    jobs = SpeakerJobs(store, lambda: now)
    await SpeakerRegistry(store, lambda: now).add("a", "411424100201", "东村", None)
    until = now + timedelta(hours=1)
    async with store.session() as session:
        await jobs.put(session, SpokenWarning("w", 1, 1, "雨", until, Territory(("41",))))
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "speaker_jobs" in statement and statement.startswith(("SELECT", "UPDATE")):
            asked.append((statement, parameters))

    event.listen(store.engine.sync_engine, "before_cursor_execute", note)
    assert list(await jobs.concerned([("w", 1)])) == ["a"]
    await jobs.sent([("a", ("w", 1))])
    assert await jobs.played([("a", Play("p", "w", 1, now, now, 1, 50, None))]) == 1
    event.remove(store.engine.sync_engine, "before_cursor_execute", note)
    assert len(asked) == 4
    async with store.engine.connect() as connection:
        for statement, parameters in asked:
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            steps = [row["detail"] for row in plan.mappings()]
            assert any("SEARCH speaker_jobs" in step for step in steps), (statement, steps)
