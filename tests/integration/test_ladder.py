"""The ladder of calls: who is called when, for whom, once; and when it ends."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.policy import Outcome, State
from dialogs.warning_text import warning_words
from knowledge_base.store import Store
from knowledge_base.warnings.alert import Colour, MsgType
from knowledge_base.warnings.calling_models import LadderPersonRow
from knowledge_base.warnings.calls import Delivered
from knowledge_base.warnings.models import Answer, Levels, PersonRow, Role
from tests.fakes.alarm import OTHER, VILLAGE, Alarm, after, all_clear, rainstorm


@pytest.fixture
async def alarm(any_store: Store, now: datetime) -> Alarm:
    """A village with two households, an information officer and a committee."""
    alarm = Alarm(any_store, now)
    await alarm.people("zhang", "li")
    await alarm.officer(Role.INFORMATION_OFFICER, "wang")
    await alarm.officer(Role.COMMITTEE, "zhao", VILLAGE[:9])
    return alarm


def calls(messages: list[tuple[str, str, str]]) -> list[str]:
    """The texts of calls among messages."""
    return [text for topic, state, text in messages if topic.startswith("ladder:") and state == "waiting"]


async def test_first_the_information_officer_then_the_committee_each_with_who_has_not_answered(alarm: Alarm) -> None:
    warning = await alarm.warn()
    alarm.later(minutes=4, seconds=59)
    await alarm.ladder.tick()
    assert await alarm.steps() == []
    alarm.later(seconds=1)
    await alarm.ladder.tick()
    (call,) = calls(await alarm.messages("wang"))
    assert "有2户还没回应" in call
    assert {"zhang", "li"} <= set(call.replace("1. ", "").replace("2. ", "").splitlines())
    await alarm.answers.take(warning, "telegram", "zhang", Answer.OK)
    alarm.later(minutes=5)
    await alarm.ladder.tick()
    (call,) = calls(await alarm.messages("zhao"))
    assert "1户没回应" in call
    assert "zhang" not in call
    assert [step[0] for step in await alarm.steps()] == ["information_officer", "committee"]


async def test_run_twice_and_at_once_in_two_processes_everybody_is_called_once(alarm: Alarm, any_store: Store) -> None:
    await alarm.warn()
    other = Alarm(any_store, alarm.now)
    for _ in range(3):
        for one in (alarm, other):
            one.later(minutes=5)
        await asyncio.gather(alarm.ladder.tick(), other.ladder.tick())
        await alarm.ladder.tick()
    assert len(calls(await alarm.messages("wang"))) == 1
    assert len(calls(await alarm.messages("zhao"))) == 1
    assert len(await alarm.steps()) == 2


async def test_it_closes_when_all_have_answered_and_calls_nobody_then(alarm: Alarm) -> None:
    warning = await alarm.warn()
    await alarm.answers.take(warning, "telegram", "zhang", Answer.OK)
    await alarm.answers.take(warning, "telegram", "li", Answer.HELP)
    alarm.later(minutes=30)
    await alarm.ladder.tick()
    await alarm.ladder.tick()
    assert await alarm.steps() == [("closed", "", "", "answered")]


async def test_a_cancel_ends_it_and_holds_back_what_has_not_gone_out(alarm: Alarm) -> None:
    first = rainstorm("a", alarm.now)
    await alarm.take(first)
    alarm.later(minutes=5)
    await alarm.ladder.tick()
    assert calls(await alarm.messages("wang"))
    await alarm.take(after(first, "b", alarm.now, MsgType.CANCEL))
    assert not calls(await alarm.messages("wang"))
    alarm.later(minutes=5)
    await alarm.ladder.tick()
    assert not calls(await alarm.messages("zhao"))
    assert ("closed", "", "", "ended") in await alarm.steps()


async def test_an_all_clear_ends_it(alarm: Alarm) -> None:
    first = rainstorm("a", alarm.now)
    await alarm.take(first)
    alarm.later(minutes=1)
    await alarm.take(all_clear(first, "b", alarm.now))
    alarm.later(minutes=10)
    await alarm.ladder.tick()
    assert await alarm.steps() == [("closed", "", "", "ended")]


async def test_a_scheduler_that_slept_beyond_the_end_calls_nobody(alarm: Alarm) -> None:
    await alarm.warn()
    alarm.later(hours=11)
    await alarm.ladder.tick()
    assert await alarm.steps() == [("closed", "", "", "expired")]


async def test_a_scheduler_that_slept_an_hour_gives_the_officer_his_five_minutes(alarm: Alarm) -> None:
    await alarm.warn()
    alarm.later(hours=1)
    await alarm.ladder.tick()
    assert not calls(await alarm.messages("zhao"))
    alarm.later(minutes=5)
    await alarm.ladder.tick()
    assert calls(await alarm.messages("zhao"))


async def test_the_clock_set_back_calls_nobody_twice(alarm: Alarm) -> None:
    await alarm.warn()
    alarm.later(minutes=5)
    await alarm.ladder.tick()
    assert [step for step, *_ in await alarm.steps()] == [Role.INFORMATION_OFFICER]
    alarm.later(minutes=-30)
    for _ in range(2):  # the committee at once: nobody knows how long ago the officer was called
        await alarm.ladder.tick()
        assert sorted(step for step, *_ in await alarm.steps()) == [Role.COMMITTEE, Role.INFORMATION_OFFICER]
        alarm.later(minutes=30)


async def test_an_update_goes_on_where_the_ladder_stood(alarm: Alarm) -> None:
    first = rainstorm("a", alarm.now)
    taken = await alarm.take(first)
    await alarm.answers.take(taken.warning_id or "", "telegram", "zhang", Answer.OK)
    alarm.later(minutes=5)
    await alarm.ladder.tick()
    alarm.later(minutes=1)
    await alarm.take(after(first, "b", alarm.now, MsgType.UPDATE, first.infos[0]))
    alarm.later(minutes=4)
    await alarm.ladder.tick()
    assert len(calls(await alarm.messages("wang"))) == 1
    (call,) = calls(await alarm.messages("zhao"))
    assert "zhang" not in call, "an answer to the version before holds"
    assert ("closed", "", "", "superseded") in await alarm.steps()


async def test_from_orange_to_red_everybody_is_asked_anew(alarm: Alarm) -> None:
    first = rainstorm("a", alarm.now, Colour.ORANGE)
    taken = await alarm.take(first)
    await alarm.answers.take(taken.warning_id or "", "telegram", "zhang", Answer.OK)
    alarm.later(minutes=30)
    await alarm.ladder.tick()
    assert await alarm.steps() == []
    await alarm.take(after(first, "b", alarm.now, MsgType.UPDATE, rainstorm("b", alarm.now).infos[0]))
    alarm.later(minutes=5)
    await alarm.ladder.tick()
    assert "有2户还没回应" in calls(await alarm.messages("wang"))[0]


async def test_orange_has_a_ladder_where_it_is_set(any_store: Store, now: datetime) -> None:
    alarm = Alarm(any_store, now, orange=True)
    await alarm.people("zhang")
    await alarm.officer(Role.INFORMATION_OFFICER, "wang")
    await alarm.warn(colour=Colour.ORANGE)
    alarm.later(minutes=5)
    await alarm.ladder.tick()
    assert calls(await alarm.messages("wang"))


async def test_a_village_without_an_information_officer_goes_to_the_committee_at_once(alarm: Alarm) -> None:
    await alarm.people("sun", place=OTHER)
    await alarm.officer(Role.DUTY, "chen", "411424")
    await alarm.warn()
    alarm.later(minutes=5)
    await alarm.ladder.tick()
    steps = [step for step in await alarm.steps() if step[1] == OTHER]
    assert ("information_officer", OTHER, "", "nobody") in steps
    assert ("committee", OTHER, "telegram:zhao", "called") in steps
    assert not calls(await alarm.messages("chen"))


async def test_nobody_at_all_means_the_one_on_duty(any_store: Store, now: datetime) -> None:
    alarm = Alarm(any_store, now)
    await alarm.people("sun")
    await alarm.officer(Role.DUTY, "chen", "411424")
    await alarm.warn()
    alarm.later(minutes=5)
    await alarm.ladder.tick()
    await alarm.ladder.tick()
    assert "没有登记信息员" in calls(await alarm.messages("chen"))[0]
    assert [(step, outcome) for step, _, _, outcome in await alarm.steps()] == [
        ("committee", "nobody"),
        ("duty", "called"),
        ("information_officer", "nobody"),
    ]


async def test_the_officer_says_who_was_reached_and_nobody_else_may(alarm: Alarm) -> None:
    await alarm.warn()
    alarm.later(minutes=5)
    await alarm.ladder.tick()
    async with alarm.store.session() as session:
        (step,) = {row.step_id for row in await session.scalars(select(LadderPersonRow))}
    assert await alarm.answers.reached(step, "telegram", "zhang", None) == 0
    assert await alarm.answers.reached(step, "telegram", "wang", 1) == 1
    assert await alarm.answers.reached(step, "telegram", "wang", None) == 1
    assert await alarm.answers.reached(step, "telegram", "wang", None) == 0


async def test_who_needs_help_is_told_to_the_one_on_duty_once(alarm: Alarm) -> None:
    await alarm.officer(Role.DUTY, "chen", "411424")
    warning = await alarm.warn()
    for _ in range(2):
        answered = await alarm.answers.take(warning, "telegram", "zhang", Answer.HELP)
        assert answered is not None
        assert answered.told == ("chen同志",)
    (message,) = await alarm.messages("chen")
    assert message[0].startswith("help:")
    assert f"地方{VILLAGE}" in message[2]
    assert "Telegram zhang" in message[2]


async def test_help_that_is_asked_for_as_the_warning_ends_is_still_sent(alarm: Alarm) -> None:
    await alarm.officer(Role.DUTY, "chen", "411424")
    warning = await alarm.warn()
    alarm.later(hours=10, minutes=1)
    answered = await alarm.answers.take(warning, "telegram", "zhang", Answer.HELP)
    assert answered is not None
    assert answered.told == ("chen同志",)
    (call,) = await alarm.outbox.claim("telegram", 10, timedelta(seconds=30), users=["chen"])
    assert call.expires_at == alarm.now + timedelta(hours=24)


async def test_who_has_told_no_place_is_helped_where_the_warning_holds(alarm: Alarm) -> None:
    await alarm.officer(Role.DUTY, "chen", "411424")
    warning = await alarm.warn()
    answered = await alarm.answers.take(warning, "telegram", "stranger", Answer.HELP)
    assert answered is not None
    assert answered.told == ("chen同志",)
    ((_, _, text),) = await alarm.messages("chen")
    assert "没登记地方" in text


async def test_an_answer_in_words_is_to_the_last_grave_warning(alarm: Alarm) -> None:
    async with alarm.store.session() as session:
        await session.execute(update(PersonRow).values(levels=Levels.BLUE))
    grave = await alarm.warn("a", Colour.RED)
    for _ in range(2):
        (message,) = await alarm.outbox.claim("telegram", 1, timedelta(seconds=30), users=["zhang"])
        await alarm.outbox.record(message.id, Outcome(State.SENT, "sent"))
        alarm.later(minutes=1)
        await alarm.warn("b", Colour.YELLOW)
    assert await alarm.answers.latest("telegram", "zhang") == grave
    alarm.later(hours=10)
    assert await alarm.answers.latest("telegram", "zhang") is None


async def test_a_made_up_warning_takes_no_answer(alarm: Alarm) -> None:
    assert await alarm.answers.take("0" * 32, "telegram", "zhang", Answer.OK) is None


def test_the_buttons_have_their_words() -> None:
    assert set(warning_words().buttons) == set(Answer)


async def test_after_an_update_of_the_same_colour_people_are_read_once_and_not_at_every_look(alarm: Alarm) -> None:
    first = rainstorm("a", alarm.now)
    await alarm.take(first)
    alarm.later(minutes=5)
    await alarm.ladder.tick()
    alarm.later(seconds=30)
    await alarm.take(after(first, "b", alarm.now, MsgType.UPDATE, rainstorm("b", alarm.now).infos[0]))
    read: list[str] = []
    of = alarm.deliveries.of

    def counting(session: AsyncSession, topic: str) -> AsyncIterator[Sequence[Delivered]]:
        read.append(topic)
        return of(session, topic)

    alarm.deliveries.of = counting  # type: ignore[method-assign]
    for _ in range(5):
        await alarm.ladder.tick()
        alarm.later(seconds=20)
    assert len(read) == 1
    alarm.later(minutes=5)
    await alarm.ladder.tick()
    assert "committee" in {step for step, *_ in await alarm.steps()}


async def test_who_has_told_no_more_than_the_county_is_on_no_village_list(alarm: Alarm) -> None:
    await alarm.people("faraway", place="411424")
    await alarm.take(rainstorm("a", alarm.now, codes=("411424100201",)))
    assert len(await alarm.messages("faraway")) == 1
    alarm.later(minutes=5)
    await alarm.ladder.tick()
    async with alarm.store.session() as session:
        listed = set(await session.scalars(select(LadderPersonRow.user)))
    assert listed
    assert "faraway" not in listed
