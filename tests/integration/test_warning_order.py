"""Chains of warnings in any order of arrival, with duplicates, drills, pauses and a worker in between."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

import knowledge_base.warnings.models as tables
from bot.delivery.models import AttemptRow, LetterRow, OutboxRow
from knowledge_base.store import Store
from knowledge_base.warnings.alert import Alert, MsgType, Status
from tests.fakes.warning_desk import NOON, Clock, WarningDesk, cancel, info, person, warning

PEOPLE = {"east": "410184001001", "west": "410185001001", "border": "410184002001"}
AREAS = (("410184",), ("410185",), ("410184", "410185"))
EMPTIED = (AttemptRow, OutboxRow, LetterRow, tables.ReferenceRow, tables.WarningRow, tables.PersonRow)


@st.composite
def chains(draw: st.DrawFn) -> list[Alert]:
    """A first warning and what follows it, in the right order."""
    chain = [warning("m0", infos=[info(codes=draw(st.sampled_from(AREAS)))])]
    for number in range(1, draw(st.integers(2, 5))):
        after = draw(st.lists(st.sampled_from([m.identifier for m in chain]), min_size=1, max_size=2, unique=True))
        if draw(st.integers(0, 3)) == 0:
            chain.append(cancel(f"m{number}", number, *after))
        else:
            chain.append(warning(f"m{number}", number, *after, infos=[info(codes=draw(st.sampled_from(AREAS)))]))
    return chain


Step = tuple[str, Alert | None]


@st.composite
def courses(draw: st.DrawFn) -> tuple[list[Alert], list[Step]]:
    """A chain, and what happens: its messages in any order, some of them again, drills, expired ones, and sending."""
    chain = draw(chains())
    steps: list[Step] = [("take", alert) for alert in draw(st.permutations(chain))]
    steps += [("take", alert) for alert in draw(st.lists(st.sampled_from(chain), max_size=2))]
    for number in range(draw(st.integers(0, 2))):
        status = draw(st.sampled_from([s for s in Status if s is not Status.ACTUAL]))
        drill = draw(st.sampled_from([warning(f"d{number}"), cancel(f"d{number}", 9, "m0")]))
        steps.append(("take", Alert(**{**_fields(drill), "status": status})))
    if draw(st.booleans()):
        over = warning("over", -90, infos=[info(expires=NOON - timedelta(minutes=1))])
        steps.append(("take", over))
    steps += draw(st.lists(st.sampled_from([("send", None), ("send one", None), ("wait", None)]), max_size=4))
    return chain, draw(st.permutations(steps))


def _fields(alert: Alert) -> dict[str, object]:
    return {name: getattr(alert, name) for name in Alert.__dataclass_fields__}


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def one_store(tmp_path: Path, runner: asyncio.Runner) -> Iterator[Store]:
    async def ready() -> Store:
        store = Store(f"sqlite+aiosqlite:///{tmp_path / 'order.db'}")
        await store.migrate()
        return store

    store = runner.run(ready())
    yield store
    runner.run(store.close())


async def emptied(store: Store) -> WarningDesk:
    async with store.session() as session:
        for table in EMPTIED:
            await session.execute(delete(table))
    desk = WarningDesk(store, Clock())
    await desk.people(*(person(name, place) for name, place in PEOPLE.items()))
    return desk


async def play(store: Store, steps: list[Step]) -> WarningDesk:
    desk = await emptied(store)
    for what, alert in steps:
        desk.clock.later(seconds=1)
        if alert is not None:
            await desk.take(alert)
        elif what == "wait":
            desk.clock.later(seconds=31)
            await desk.intake.settle()
        else:
            await desk.send(1 if what == "send one" else 100)
        await desk.waiting()
    desk.clock.later(seconds=31)
    await desk.intake.settle()
    while await desk.send(2):
        pass
    return desk


@pytest.mark.timeout(400)
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(course=courses())
def test_any_order_ends_like_the_right_one(
    runner: asyncio.Runner, one_store: Store, course: tuple[list[Alert], list[Step]]
) -> None:
    chain, steps = course
    right = runner.run(play(one_store, [step for alert in chain for step in (("take", alert), ("send", None))]))
    wanted = runner.run(right.states())
    desk = runner.run(play(one_store, steps))
    states = runner.run(desk.states())
    assert {name: state for name, state in states.items() if name.startswith("m")} == wanted

    sent = {alert.identifier: alert.sent for alert in chain}
    for messages in desk.got.values():
        assert set(messages) <= sent.keys(), "a drill or something expired"
        assert max(Counter(messages).values()) == 1, "twice"
        assert [sent[one] for one in messages] == sorted(sent[one] for one in messages), (
            "an older one after a newer one"
        )

    last = chain[-1]
    for name, place in PEOPLE.items():
        messages = desk.got.get(name, [])
        concerned = last.msg_type is not MsgType.CANCEL and any(
            place.startswith(code) for area in last.areas for _, code in area.geocodes
        )
        if concerned or messages:
            assert messages, f"{name} heard nothing"
            assert messages[-1] == last.identifier, f"{name} believes what does not hold"
    runner.run(nothing_else_is_kept(one_store, desk))


async def nothing_else_is_kept(store: Store, desk: WarningDesk) -> None:
    """Every message in the outbox is one of an actual, public, once valid warning."""
    async with store.session() as session:
        topics = set(await session.scalars(select(OutboxRow.topic)))
        rows = (await session.scalars(select(tables.WarningRow).where(tables.WarningRow.topic.in_(topics)))).all()
    assert {row.topic for row in rows} == topics
    assert all(row.public and row.status == "Actual" and row.expires_at > row.arrived_at for row in rows)
