"""Turns are counted once: through a whole assistant, with roll-ups that are repeated, undone or at the same time."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
import yaml
from sqlalchemy import delete, func, select

from bot.delivery.outbox import Envelope, Outbox
from bot.delivery.policy import Outcome, State
from bot.schedule import Job, Schedule
from bot.statistics.console import count_up
from dialogs.messages import Inbound, Location, Reply, ReplyKind, Turn
from dialogs.models import ConversationRow, HandledRow
from dialogs.session import Session
from dialogs.tally import CHOSEN, tally
from knowledge_base.curation.console.texts import load_texts
from knowledge_base.statistics.counts import Counts
from knowledge_base.statistics.models import DayCountRow, TallyRow
from knowledge_base.statistics.period import Period
from knowledge_base.statistics.rollup import RollUp
from knowledge_base.statistics.terms import Facet, narrower, scopes
from knowledge_base.store import Store
from nlu.text.segmenter import Segmenter
from nlu.training_data import INTENTS
from nlu.understanding import Understanding
from nlu.words import Words
from tests.fakes.house import House, last

TODAY = date(2026, 11, 22)
DAY = Period(TODAY, TODAY)


async def total(store: Store, facet: Facet = Facet.TOPIC, place: str = "", period: Period = DAY) -> int:
    return sum(ends.total() for ends in (await Counts(store).of(facet, place, period)).values())


async def left(store: Store) -> int:
    async with store.session() as session:
        return await session.scalar(select(func.count()).select_from(TallyRow)) or 0


async def test_every_turn_is_counted_once(any_store: Store, words: Words, segmenter: Segmenter, now: datetime) -> None:
    house = House(any_store, words, segmenter, now)
    roll_up = RollUp(any_store, portion=4)
    for number in range(9):
        await house.say("你好", user=f"u{number % 3}", external_id=f"m{number}")
    await house.say("你好", user="u1", external_id="m1")  # redelivered
    await asyncio.gather(*(house.say("谢谢", user=f"many{number}") for number in range(5)))
    assert await left(any_store) == 14
    assert await total(any_store) == 0

    async def killed() -> None:
        async with any_store.session() as session:
            assert await roll_up.take(session) == 4
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await killed()
    assert (await left(any_store), await total(any_store)) == (14, 0)
    async with any_store.session() as session:
        await roll_up.take(session)
    assert (await left(any_store), await total(any_store)) == (10, 4)
    assert await roll_up.run() == 10
    assert await roll_up.run() == 0
    assert (await left(any_store), await total(any_store)) == (0, 14)
    await house.say("再见", user="u1")  # late, into a day that has been counted
    await RollUp(any_store).run()
    assert await total(any_store) == 15
    assert await Counts(any_store).people("", DAY) == {TODAY: 8}
    for facet in (Facet.HOUR, Facet.CHANNEL, Facet.REGION):
        assert await total(any_store, facet) == 15, facet


async def test_several_at_once_take_different_turns(any_store: Store) -> None:
    async with any_store.session() as session:
        for number in range(120):
            given = {"hour": number % 24, "channel": "web", "place": "411424", "topic": "price", "how": "text"}
            session.add(TallyRow(what="turn", day=TODAY, outcome="answered", **given))
    done = await asyncio.gather(*(RollUp(any_store, portion=7).run() for _ in range(4)))
    await RollUp(any_store).run()  # who finds nothing free goes home; what was held then is counted now
    assert sum(done) <= 120
    for place in ("", "41", "4114", "411424"):
        assert await total(any_store, place=place) == 120
    assert await left(any_store) == 0


async def test_a_person_is_one_a_day_whoever_is_deleted_meanwhile(store: Store, house: House) -> None:
    await house.say("我在柘城县，你好")
    await house.say("你好")
    async with house.store.session() as session:  # what was counted does not hang on what is kept of the person
        await session.execute(delete(ConversationRow))
        await session.execute(delete(HandledRow))
    house.later(days=1)
    await house.say("你好", user="other")
    await RollUp(house.store).run()
    two = Period(TODAY, TODAY + timedelta(days=1))
    assert await Counts(house.store).people("", two) == {TODAY: 1, TODAY + timedelta(days=1): 1}
    assert await total(house.store, place="411424") == 2
    assert await total(house.store, period=two) == 3


async def test_how_questions_end_in_a_whole_house(house: House) -> None:
    turn = await house.say("小麦赤霉病怎么防治")
    assert last(turn).kind is ReplyKind.ANSWER
    key = last(turn).subject
    await house.press("不对", turn)
    await house.speak("今天天气真好我想聊聊明星")
    async with house.store.session() as session:
        rows = (await session.scalars(select(TallyRow).order_by(TallyRow.id))).all()
    assert [(row.outcome, row.subject, row.how, row.first) for row in rows][:2] == [
        ("answered", key, "text", True),
        ("wrong", key, "choice", False),
    ]
    assert rows[2].how == "voice"
    assert (rows[0].day, rows[0].hour, rows[0].place) == (TODAY, 9, "")
    columns = {column.name for column in TallyRow.__table__.columns} | {c.name for c in DayCountRow.__table__.columns}
    assert not columns & {"user", "text", "question", "external_id"}


@pytest.mark.parametrize(
    ("kinds", "state", "expected"),
    [
        ([ReplyKind.HANDOFF, ReplyKind.ANSWER], {}, "answered"),
        ([ReplyKind.ANSWER, ReplyKind.ASK], {"form": True}, "answered"),
        ([ReplyKind.ASK], {"form": True}, "service"),
        ([ReplyKind.ASK], {}, "service"),
        ([ReplyKind.BOOKED], {}, "service"),
        ([ReplyKind.REFUSE], {}, "out_of_scope"),
        ([ReplyKind.HANDOFF], {}, "handed_over"),
        ([ReplyKind.INFO], {}, "talk"),
        ([], {}, "talk"),
    ],
)
def test_how_a_turn_ended(kinds: list[ReplyKind], state: dict[str, bool], expected: str, now: datetime) -> None:
    inbound = Inbound("web", "u", "1", now, location=Location(34.0, 115.0))
    form = {"service": "b", "opened_at": now, "touched_at": now} if state else None
    session = Session.model_validate({"form": form, "place": "411424100200"})
    row = tally(inbound, session, Turn(tuple(Reply(kind, "") for kind in kinds)), now, first=True)
    assert (row.outcome, row.place, row.how) == (expected, "411424", "location")


def test_what_a_button_carries_is_no_way_into_the_counts(now: datetime) -> None:
    said = Understanding("王大力", "王大力", "张三的电话是一三八" * 9, 1.0)
    turn = Turn((Reply(ReplyKind.HANDOFF, ""),), understanding=said)
    row = tally(Inbound("web", "u", "1", now, choice="t:x"), Session(), turn, now, first=False)
    assert (row.topic, row.subject) == ("chosen", "")
    turn = replace(turn, understanding=replace(said, intent="feedback"))
    row = tally(Inbound("web", "u", "1", now, choice="fb:wrong:张三"), Session(), turn, now, first=False)
    assert (row.topic, row.subject, row.outcome) == ("feedback", "", "wrong")


def test_every_topic_has_a_name() -> None:
    names = load_texts().at("statistics.topics.names")
    for topic in (*yaml.safe_load(INTENTS.read_text("utf-8")), CHOSEN, "none"):
        assert topic in names, topic


def test_nothing_is_counted_below_a_county() -> None:
    assert scopes("411424100200") == ("", "41", "4114", "411424")
    assert scopes("") == ("",)
    assert narrower("411424") == [("", "4114"), ("41", "4114"), ("4114", "411424")]
    assert narrower("41") == [("", ""), ("41", "")]
    assert narrower("") == [("", "")]


async def test_tries_to_deliver_are_counted_with_their_record(any_store: Store, now: datetime) -> None:
    outbox = Outbox(any_store, lambda: now)
    async with any_store.session() as session:
        reply = Reply(ReplyKind.INFO, "x")
        await outbox.put(session, [Envelope("telegram", f"u{number}", "t", reply) for number in range(5)])
    ids = [one.id for one in await outbox.claim("telegram", 9, timedelta(minutes=1))]
    later = Outcome(State.WAITING, "unreachable", now)
    await outbox.record_all({ids[0]: later, ids[1]: later, **dict.fromkeys(ids[2:], Outcome(State.SENT, "sent"))})
    await outbox.record("gone", later)
    await RollUp(any_store).run()
    assert await Counts(any_store).of(Facet.DELIVERY, "", DAY) == {"telegram": Counter(sent=3, unreachable=2)}


async def test_the_first_figures_are_there_soon_after_the_start(
    store: Store, words: Words, segmenter: Segmenter, now: datetime
) -> None:
    """Whoever has just set it up asks something, signs in and looks: not after ten minutes."""
    jobs: dict[str, tuple[timedelta, datetime, Job]] = {}

    class Noted(Schedule):
        def every(self, interval: timedelta, name: str, job: Job, *, first: datetime | None = None) -> None:
            jobs[name] = (interval, first or now + interval, job)

    count_up(Noted(lambda _: None), store, lambda: now)
    assert jobs.keys() == {"count_turns", "count_warnings", "count_orders"}
    assert all(first - now <= timedelta(seconds=15) for _, first, _ in jobs.values())
    assert [name for name, (interval, _, _) in jobs.items() if interval > timedelta(minutes=1)] == [
        "count_warnings",
        "count_orders",
    ]
    assert "每分钟" in load_texts()["statistics"]["about"], "as the page says"
    house = House(store, words, segmenter, now)
    await house.say("你好", user="new", external_id="1")
    await jobs["count_turns"][2]()
    assert await total(store) == 1
