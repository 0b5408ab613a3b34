"""Two turns of one person at the same time, after the order broke: none overwrites what the other one has kept."""

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, func, select

from dialogs.conversations import TRIES, Conversations, Overtaken
from dialogs.messages import Inbound, Reply, ReplyKind, Turn
from dialogs.models import ConversationRow, HandledRow
from dialogs.session import Session
from knowledge_base.store import Store


def message(id_: str, now: datetime) -> Inbound:
    return Inbound("test", "zhang", id_, now, text="x")


def turn(words: str) -> Turn:
    return Turn((Reply(ReplyKind.INFO, words),))


async def say(conversations: Conversations, inbound: Inbound, **changes: str) -> Turn:
    """A turn that changes some of what is remembered and tells what it knew."""

    async def take() -> Turn:
        state = await conversations.load(inbound)
        knew = turn(f"{state.crop} {state.place}")
        changed = state.model_copy(update=changes)
        return await conversations.save(inbound, changed, knew, inbound.received_at)

    return await conversations.once(inbound, take)


@pytest.mark.parametrize("known", [False, True], ids=["new person", "known person"])
async def test_the_later_one_is_taken_again_on_what_the_earlier_one_has_kept(
    any_store: Store, now: datetime, known: bool
) -> None:
    one, other = Conversations(any_store), Conversations(any_store)
    if known:
        await say(one, message("0", now), subject="s")
    slow, taken = message("1", now), 0

    async def take() -> Turn:
        nonlocal taken
        taken += 1
        state = await one.load(slow)
        if taken == 1:
            await asyncio.create_task(say(other, message("2", now), place="430000"))
        state.crop = "玉米"
        return await one.save(slow, state, turn(f"{state.place}"), now)

    told = await one.once(slow, take)
    assert (taken, told.replies[0].text) == (2, "430000")
    kept = await other.load(slow)
    assert (kept.crop, kept.place) == ("玉米", "430000")
    assert (await one.once(slow, take)).duplicate
    assert taken == 2


async def test_the_same_message_in_two_processes_has_one_turn(store: Store, now: datetime) -> None:
    one, other = Conversations(store), Conversations(store)
    twice = message("1", now)

    async def take() -> Turn:
        state = await one.load(twice)
        await asyncio.create_task(say(other, twice, crop="水稻"))
        return await one.save(twice, state, turn("late"), now)

    told = await one.once(twice, take)
    assert told.duplicate
    assert told.replies[0].text == "None None"
    assert (await one.load(twice)).crop == "水稻"


async def test_turns_at_one_moment_of_the_clock_and_before_are_told_apart(store: Store, now: datetime) -> None:
    conversations = Conversations(store)
    for number, at in enumerate((now, now, now - timedelta(days=400), now)):
        await say(conversations, message(str(number), at), subject=str(number))
        async with store.session() as session:
            kept = await session.scalar(select(ConversationRow.updated_at))
        assert kept == now + timedelta(microseconds=number)


async def test_who_is_overtaken_again_and_again_gives_up(store: Store, now: datetime) -> None:
    conversations = Conversations(store)
    await say(conversations, message("0", now), crop="玉米")
    slow, taken = message("1", now), 0

    async def take() -> Turn:
        nonlocal taken
        taken += 1
        state = await conversations.load(slow)
        await asyncio.create_task(say(conversations, message(f"other {taken}", now), subject=str(taken)))
        return await conversations.save(slow, state, turn("late"), now)

    with pytest.raises(Overtaken):
        await conversations.once(slow, take)
    assert taken == TRIES
    assert await conversations.handled(slow) is None
    assert (await conversations.load(slow)).subject == str(TRIES)


async def test_a_conversation_that_was_deleted_meanwhile_is_kept_anew(store: Store, now: datetime) -> None:
    conversations = Conversations(store)
    await say(conversations, message("0", now), crop="玉米")
    last = message("1", now)

    async def take() -> Turn:
        await conversations.load(last)
        async with store.session() as session:
            await session.execute(delete(ConversationRow))
        return await conversations.save(last, Session(), turn("gone"), now)

    assert (await conversations.once(last, take)).replies[0].text == "gone"
    assert await conversations.load(last) == Session()


async def test_many_at_once_without_any_order_lose_nothing(any_store: Store, now: datetime) -> None:
    """Each turn adds a mark to what was there; a turn that gives up says so and is sent again, as a channel would."""
    conversations = [Conversations(any_store) for _ in range(3)]

    async def add(number: int) -> None:
        mine, inbound = conversations[number % 3], message(f"m{number}", now)

        async def take() -> Turn:
            state = await mine.load(inbound)
            state.subject = f"{state.subject or ''}{number};"
            return await mine.save(inbound, state, turn("noted"), now)

        while True:
            try:
                await mine.once(inbound, take)
            except Overtaken:
                continue
            return

    await asyncio.gather(*(add(number) for number in range(12)))
    kept = (await conversations[0].load(message("m0", now))).subject or ""
    assert sorted(kept.split(";")[:-1], key=int) == [str(number) for number in range(12)]
    async with any_store.session() as session:
        assert await session.scalar(select(func.count()).select_from(HandledRow)) == 12
