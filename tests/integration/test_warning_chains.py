"""Chains of warnings: what reaches whom when an update, a cancellation or a missing link comes."""

import asyncio
from datetime import timedelta

import pytest

from bot.delivery.models import OutboxRow
from bot.delivery.policy import Outcome as Sent
from bot.delivery.policy import State
from knowledge_base.store import Store
from knowledge_base.warnings.alert import ResponseType
from knowledge_base.warnings.intake import Outcome
from knowledge_base.warnings.models import PersonRow
from tests.fakes.warning_desk import LEASE, NOON, WarningDesk, cancel, info, person, warning

LOST = Sent(State.WAITING, "unreachable", NOON + timedelta(minutes=1))


@pytest.fixture
def desk(any_store: Store) -> WarningDesk:
    return WarningDesk(any_store)


def clear(identifier: str, minute: float, *after: str) -> object:
    return warning(identifier, minute, *after, infos=[info("blue", response_types=(ResponseType.ALL_CLEAR,))])


async def test_messages_of_a_chain_that_come_at_once_are_decided_one_after_the_other(desk: WarningDesk) -> None:
    await desk.people(*(person(f"p{n}") for n in range(30)))
    others = [WarningDesk(desk.store, desk.clock) for _ in range(3)]
    chain = [warning("V", 9, "U", "A"), warning("A"), warning("U", 5, "A"), warning("A")]
    await asyncio.gather(*(one.take(alert) for one, alert in zip([desk, *others], chain, strict=True)))
    assert await desk.states() == {"A": "superseded", "U": "superseded", "V": "in_force"}
    assert set((await desk.waiting()).values()) == {"V"}
    assert len(await desk.send()) == 30


async def test_an_update_reaches_who_got_the_first_and_who_is_newly_concerned(desk: WarningDesk) -> None:
    await desk.people(person("old"), person("new", "410185001001"), person("far", "610102"))
    await desk.take(warning("A"))
    await desk.send()
    moved = info("blue", codes=["410185"])
    assert (await desk.take(warning("U", 5, "A", infos=[moved]))).recipients == 1  # `new` has not asked for blue
    await desk.send()
    assert desk.got == {"old": ["A", "U"]}
    assert (await desk.take(warning("V", 9, "U", infos=[info(codes=["410185"])]))).recipients == 2
    await desk.send()
    assert desk.got == {"old": ["A", "U", "V"], "new": ["V"]}
    assert await desk.states() == {"A": "superseded", "U": "superseded", "V": "in_force"}


@pytest.mark.parametrize("ending", [cancel("C", 5, "A"), clear("C", 5, "A")], ids=["cancel", "all_clear"])
async def test_an_end_reaches_exactly_who_got_the_warning(desk: WarningDesk, ending: object) -> None:
    await desk.people(person("got"), person("waits"), person("later", "410185001001"))
    await desk.take(warning("A"))
    first = await desk.send(1)
    assert (await desk.take(ending)).recipients == 1  # type: ignore[arg-type]
    await desk.people(person("moved"))
    assert await desk.send() == first
    assert desk.got == {first[0]: ["A", "C"]}
    assert await desk.states() == {"A": "superseded", "C": "ended"}
    assert desk.bulletins[-1].ending
    assert desk.bulletins[-1].about is not None
    assert desk.bulletins[-1].about.infos
    assert desk.bulletins[-1].warning.colour is not None


async def test_an_end_also_reaches_who_may_have_got_the_warning(desk: WarningDesk) -> None:
    await desk.people(person("a_lost"), person("b_sending"), person("c_killed"), person("d_waits"), person("e_blocked"))
    await desk.take(warning("A"))
    (lost,) = await desk.outbox.claim("paper", 1, LEASE)
    await desk.outbox.record(lost.id, LOST)
    (killed,) = await desk.outbox.claim("paper", 1, timedelta(0))
    (sending,) = await desk.outbox.claim("paper", 1, LEASE, without=[killed.id])
    (blocked,) = await desk.outbox.claim("paper", 1, LEASE, without=[killed.id])
    await desk.outbox.record(blocked.id, Sent(State.BLOCKED, "blocked"))
    assert (await desk.take(cancel("C", 5, "A"))).recipients == 3
    assert set(await desk.send()) == {lost.user, killed.user}  # the warning itself is still on its way to the third
    await desk.outbox.hold([sending.id], LEASE)
    assert await desk.send() == []
    await desk.outbox.record(sending.id, Sent(State.SENT, "sent"))
    assert await desk.send() == [sending.user]
    async with desk.store.session() as session:
        row = await session.get(OutboxRow, sending.id)
    assert row is not None
    assert row.state == "sent"


async def test_who_opted_out_meanwhile_hears_nothing_more(desk: WarningDesk) -> None:
    await desk.people(person("zhang"), person("li"))
    await desk.take(warning("A"))
    await desk.send()
    async with desk.store.session() as session:
        row = await session.get(PersonRow, ("paper", "li"))
        assert row is not None
        row.opted_out = True
    assert (await desk.take(warning("U", 5, "A"))).recipients == 1
    assert await desk.send() == ["zhang"]


async def test_an_update_that_comes_before_its_original_waits_for_it(desk: WarningDesk) -> None:
    await desk.people(person("zhang"))
    assert (await desk.take(warning("U", 5, "A"))).outcome is Outcome.WAITING
    await desk.intake.settle()
    assert await desk.send() == []
    late = await desk.take(warning("A"))
    assert (late.outcome, late.recipients) == (Outcome.SUPERSEDED, 1)
    assert await desk.send() == ["zhang"]
    assert desk.got == {"zhang": ["U"]}
    assert await desk.states() == {"A": "superseded", "U": "in_force"}


async def test_what_has_waited_long_enough_counts_as_a_first(desk: WarningDesk) -> None:
    await desk.people(person("zhang"))
    await desk.take(warning("U", 5, "A"))
    await desk.take(cancel("C", 5, "B"))
    await desk.take(warning("V", 5, "X", infos=[info(codes=[])]))
    desk.clock.later(seconds=31)
    await desk.intake.settle()
    assert await desk.states() == {"U": "in_force", "C": "unmatched", "V": "unmatched"}
    await desk.intake.settle()
    assert (await desk.take(warning("A"))).outcome is Outcome.SUPERSEDED
    assert (await desk.take(warning("B"))).outcome is Outcome.SUPERSEDED
    await desk.send()
    assert desk.got == {"zhang": ["U"]}
    assert await desk.states() == {
        "A": "superseded",
        "B": "superseded",
        "U": "in_force",
        "C": "ended",
        "V": "unmatched",
    }
    assert sorted(taken.outcome for taken in desk.taken[3:6]) == ["accepted", "unmatched", "unmatched"]


async def test_a_missing_link_joins_what_came_before_it(desk: WarningDesk) -> None:
    await desk.people(person("zhang"))
    await desk.take(warning("A"))
    await desk.send()
    await desk.take(warning("W", 9, "U"))
    assert (await desk.take(warning("U", 5, "A"))).outcome is Outcome.SUPERSEDED
    await desk.send()
    assert desk.got == {"zhang": ["A", "W"]}
    assert await desk.states() == {"A": "superseded", "U": "superseded", "W": "in_force"}


async def test_one_update_may_take_the_place_of_several_warnings(desk: WarningDesk) -> None:
    await desk.people(person("east"), person("west", "410185001001"))
    await desk.take(warning("A"))
    await desk.take(warning("B", 1, infos=[info(codes=["410185"])]))
    await desk.send()
    assert (await desk.take(cancel("C", 5, "A", "B"))).recipients == 2
    await desk.send()
    assert desk.got == {"east": ["A", "C"], "west": ["B", "C"]}


async def test_what_has_expired_is_kept_and_not_sent(desk: WarningDesk) -> None:
    await desk.people(person("zhang"))
    desk.clock.now = NOON + timedelta(hours=6)
    assert (await desk.take(warning("A"))).outcome is Outcome.EXPIRED
    assert await desk.waiting() == {}
    desk.clock.now = NOON
    await desk.take(warning("B"))
    desk.clock.now = NOON + timedelta(hours=6)  # the worker was away
    assert await desk.send() == []
    assert (await desk.take(cancel("C", 300, "B"))).recipients == 0


async def test_a_short_update_that_is_over_takes_what_waits_with_it(desk: WarningDesk) -> None:
    await desk.people(person("zhang"))
    await desk.take(warning("A"))
    desk.clock.later(hours=2)
    short = info(expires=NOON + timedelta(hours=1))
    assert (await desk.take(warning("U", 30, "A", infos=[short]))).outcome is Outcome.EXPIRED
    assert await desk.send() == []
