"""Waiting questions: put together, answered once, approved by somebody else, sent once to everybody who asked."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.delivery.models import OutboxRow
from bot.delivery.outbox import Outbox
from bot.delivery.policy import Outcome, State
from dialogs.messages import ReplyKind
from knowledge_base.curation.accounts import Forbidden
from knowledge_base.curation.answer import AnswerState, Decided, Dismissal, NoSuchAnswer, Taken
from knowledge_base.curation.answer_text import AnswerProblems, AnswerText
from knowledge_base.curation.models import AuditRow
from knowledge_base.curation.refusals import OwnText
from knowledge_base.store import Store
from tests.fakes.console import Clock
from tests.fakes.entries import entry
from tests.fakes.waiting import AGENT, BOTH, OTHER, REVIEWER, Village

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
WORDS = AnswerText("先停水三天，再看新叶。", "1. 挖开看根。\n2. 根黑了就拔掉。")
HALF = "玉米叶子半边黄了咋办"


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def village(any_store: Store, clock: Clock) -> Village:
    return Village(any_store, clock)


async def test_what_most_farmers_ask_comes_first_and_crops_stay_apart(village: Village) -> None:
    day = timedelta(days=1)
    old = await village.ask("水稻田里有福寿螺", "li", ago=9 * day)
    first = await village.ask(HALF, "zhang", ago=2 * day, place="370700", reason="low_confidence")
    await village.ask("玉米叶子半边黄是咋了", "wang", channel="telegram", ago=day, place="510000")
    await village.ask(HALF, "zhang", reason="asked_for_person", place="370783")
    await village.ask("小麦叶子半边黄了咋办", "chen", ago=3 * day)
    await village.ask("", "sun", reason="said_wrong", subject="maize.borer")
    await village.ask("", "qian", reason="said_wrong", subject="maize.borer")
    clusters = await village.clusters.current()
    assert [(c.farmers, len(c.questions)) for c in clusters] == [(2, 3), (2, 2), (1, 1), (1, 1)]
    maize = clusters[0]
    assert (maize.id, maize.crops, maize.oldest) == (first, ("玉米",), NOW - 2 * day)
    assert maize.questions[0].text == HALF
    assert maize.counted("reason") == {"asked_for_person": 1, "low_confidence": 1, "no_knowledge": 1}
    assert maize.counted("channel") == {"web": 2, "telegram": 1}
    assert clusters[1].counted("subject") == {"maize.borer": 2}
    assert clusters[2].id == old
    assert await village.clusters.holding(first) is maize
    assert await village.clusters.holding("nobody") is None


async def test_the_list_follows_what_other_processes_do(village: Village) -> None:
    first = await village.ask(HALF)
    await village.ask("小麦倒伏了咋办", "li")
    before = await village.clusters.current()
    assert await village.clusters.current() is before
    other = Village(village.store, village.now)
    await other.answers.dismiss(AGENT, [first], Dismissal.SPAM)
    await village.ask("玉米倒伏了咋办", "li")
    texts = {cluster.questions[0].text for cluster in await village.clusters.current()}
    assert texts == {"小麦倒伏了咋办", "玉米倒伏了咋办"}


async def test_an_approved_answer_goes_once_to_everybody_who_asked(village: Village, clock: Clock) -> None:
    long_ago = timedelta(days=3)
    ids = [
        await village.ask(HALF, "zhang", ago=long_ago),
        await village.ask(HALF + "啊", "zhang", ago=long_ago / 2),
        await village.ask("玉米叶子半边黄" + "了" * 50, "zhang"),
        await village.ask("玉米叶子半边黄了", "li", channel="telegram", ago=long_ago),
        await village.ask("", "wang", reason="asked_for_person"),
    ]
    left = await village.ask("玉米叶子破了", "chen")
    answer = await village.answers.write(AGENT, ids, WORDS)
    assert await village.post() == {}
    assert await village.states() == {**dict.fromkeys(ids, "in_review"), left: "waiting"}
    clock.now += timedelta(hours=1)
    assert await village.answers.approve(REVIEWER, answer) == 3
    assert await village.states() == {**dict.fromkeys(ids, "answered"), left: "waiting"}
    post = await village.post()
    assert {person: len(letters) for person, letters in post.items()} == {
        ("web", "zhang"): 1,
        ("telegram", "li"): 1,
        ("web", "wang"): 1,
    }
    (to_li,) = post["telegram", "li"]
    assert to_li.kind is ReplyKind.ANSWER
    assert to_li.text == f"您前几天问的：“玉米叶子半边黄了”。农技员答复：\n{WORDS.spoken}"
    assert to_li.spoken.endswith(WORDS.spoken)
    assert to_li.detail == WORDS.detail
    assert [choice.id for choice in to_li.choices] == [
        f"fb:{verdict}:answer.{answer}" for verdict in ("useful", "unclear", "wrong")
    ]
    (to_zhang,) = post["web", "zhang"]
    assert to_zhang.text.startswith(f"您问的：“{('玉米叶子半边黄' + '了' * 50)[:39]}…”。")
    assert post["web", "wang"][0].text.startswith("您前几天找过农技员。")
    async with village.store.session() as session:
        actions = (await session.scalars(select(AuditRow.action).order_by(AuditRow.id))).all()
    assert actions == ["answer.write", "answer.approve"]


async def test_two_agents_at_once_and_nothing_is_answered_twice(village: Village) -> None:
    ids = [await village.ask(HALF, f"p{n}") for n in range(12)]
    stations = [village.station().answers for _ in range(4)]

    async def answer(number: int) -> str | Taken:
        by, some = (AGENT, ids[:9]) if number % 2 else (OTHER, list(reversed(ids[3:])))
        try:
            return await stations[number % 4].write(by, some, WORDS)
        except Taken as taken:
            return taken

    results = await asyncio.gather(*(answer(number) for number in range(8)))
    (won,) = [result for result in results if isinstance(result, str)]
    shown = await village.services.overview.one(won)
    assert shown is not None
    refusals = [result for result in results if isinstance(result, Taken)]
    assert len(refusals) == 7
    assert all(refusal.by == shown.answer.author and refusal.gone <= set(ids) for refusal in refusals)
    assert sorted((await village.states()).values()) == ["in_review"] * 9 + ["waiting"] * 3
    approvals = await asyncio.gather(*(station.approve(REVIEWER, won) for station in stations), return_exceptions=True)
    assert sorted(str(type(a).__name__) for a in approvals) == ["Decided"] * 3 + ["int"]
    assert sum(len(letters) for letters in (await village.post()).values()) == 9


async def test_nobody_approves_their_own_and_roles_are_asked_for_here(village: Village) -> None:
    ids = [await village.ask(HALF)]
    for forbidden in (
        village.answers.write(REVIEWER, ids, WORDS),
        village.answers.choose(REVIEWER, ids, "maize.borer"),
        village.answers.await_entry(REVIEWER, ids),
        village.answers.dismiss(REVIEWER, ids, Dismissal.SPAM),
    ):
        with pytest.raises(Forbidden):
            await forbidden
    answer = await village.answers.write(BOTH, ids, WORDS)
    for forbidden in (
        village.answers.approve(AGENT, answer),
        village.answers.send_back(AGENT, answer, "x"),
        village.answers.withdraw(REVIEWER, answer),
        village.answers.rewrite(REVIEWER, answer, WORDS),
    ):
        with pytest.raises(Forbidden):
            await forbidden
    with pytest.raises(OwnText):
        await village.answers.approve(BOTH, answer)
    with pytest.raises(OwnText):
        await village.answers.send_back(BOTH, answer, "x")
    with pytest.raises(NoSuchAnswer):
        await village.answers.approve(REVIEWER, "nobody")
    assert await village.post() == {}


async def test_sent_back_changed_and_approved(village: Village) -> None:
    ids = [await village.ask(HALF)]
    answer = await village.answers.write(AGENT, ids, WORDS)
    with pytest.raises(AnswerProblems, match="note: missing"):
        await village.answers.send_back(REVIEWER, answer, " \n")
    await village.answers.send_back(REVIEWER, answer, "说清楚停几天")
    with pytest.raises(Decided):
        await village.answers.approve(REVIEWER, answer)
    with pytest.raises(Forbidden):
        await village.answers.rewrite(OTHER, answer, WORDS)
    await village.answers.rewrite(AGENT, answer, AnswerText("停水五天。"))
    with pytest.raises(Decided):
        await village.answers.rewrite(AGENT, answer, WORDS)
    await village.answers.approve(REVIEWER, answer)
    ((letter,),) = (await village.post()).values()
    assert letter.text.endswith("停水五天。")
    with pytest.raises(Decided):
        await village.answers.withdraw(AGENT, answer)


async def test_a_withdrawn_answer_leaves_its_questions_waiting(village: Village) -> None:
    ids = [await village.ask(HALF), await village.ask(HALF, "li")]
    answer = await village.answers.write(AGENT, ids, WORDS)
    assert await village.clusters.current() == ()
    await village.answers.withdraw(OTHER, answer)
    assert set((await village.states()).values()) == {"waiting"}
    assert [cluster.farmers for cluster in await village.clusters.current()] == [2]
    with pytest.raises(Decided):
        await village.answers.approve(REVIEWER, answer)


async def test_banned_advice_is_kept_back_when_written_and_when_approved(village: Village, clock: Clock) -> None:
    ids = [await village.ask(HALF)]
    with pytest.raises(AnswerProblems, match="spoken: banned"):
        await village.answers.write(AGENT, ids, AnswerText("用甲胺磷兑水打一遍。"))
    with pytest.raises(AnswerProblems, match="detail: banned"):
        await village.answers.write(AGENT, ids, AnswerText("打药。", "1. 买甲胺磷。"))
    await village.answers.write(AGENT, ids, AnswerText("甲胺磷早就禁用了，千万别用。"))
    # What was allowed when it was written may be banned by the time it is approved.
    clock.now = datetime(2020, 1, 1, tzinfo=UTC)
    later = [await village.ask(HALF, "li")]
    answer = await village.answers.write(AGENT, later, AnswerText("用甲拌磷拌种。"))
    clock.now = NOW
    with pytest.raises(AnswerProblems, match="spoken: banned"):
        await village.answers.approve(REVIEWER, answer)
    assert await village.post() == {}


@pytest.mark.parametrize(
    ("spoken", "detail", "fault"),
    [
        ("", "", "spoken: missing"),
        ("\u200b\x00 \n".strip("\u200b"), "", "spoken: missing"),
        ("长" * 121, "", "spoken: too_long"),
        ("好", "长" * 2001, "detail: too_long"),
    ],
)
async def test_an_answer_that_is_not_in_order(village: Village, spoken: str, detail: str, fault: str) -> None:
    ids = [await village.ask(HALF)]
    with pytest.raises(AnswerProblems, match=fault):
        await village.answers.write(AGENT, ids, AnswerText.typed(spoken, detail))
    with pytest.raises(AnswerProblems, match="questions: missing"):
        await village.answers.write(AGENT, [], WORDS)
    assert set((await village.states()).values()) == {"waiting"}


async def test_answering_with_a_published_entry(village: Village) -> None:
    await village.library.take_in([entry(), entry(key="maize.armyworm", title="黏虫", follow_ups=[])])
    ids = [await village.ask("玉米秆上有洞", "zhang", ago=timedelta(days=2))]
    with pytest.raises(AnswerProblems, match="key: no_entry"):
        await village.answers.choose(AGENT, ids, "no.such")
    answer = await village.answers.choose(AGENT, ids, "maize.borer")
    assert await village.answers.approve(REVIEWER, answer) == 1
    ((letter,),) = (await village.post()).values()
    assert letter.text.startswith("您前几天问的：“玉米秆上有洞”。农技员答复：\n【玉米螟】")
    assert letter.subject == "maize.borer"
    assert "fb:unclear:maize.borer" in [choice.id for choice in letter.choices]
    assert letter.choices[0].label == "黏虫"
    assert letter.sources


async def test_an_expired_entry_is_not_given(village: Village, clock: Clock) -> None:
    await village.library.take_in([entry(valid_until="2026-11-30")])
    answer = await village.answers.choose(AGENT, [await village.ask(HALF)], "maize.borer")
    clock.now += timedelta(days=30)
    with pytest.raises(AnswerProblems, match="key: expired"):
        await village.answers.approve(REVIEWER, answer)


async def test_who_waits_for_a_new_entry_gets_it_when_it_is_published(village: Village) -> None:
    ids = [await village.ask("玉米秆上有洞", "zhang"), await village.ask("玉米秆上有洞咋办", "li")]
    answer = await village.answers.await_entry(AGENT, ids)
    assert await village.answers.promises.asks_for(answer) == ("玉米秆上有洞", "玉米秆上有洞咋办")
    assert await village.answers.promises.asks_for("nobody") == ()
    with pytest.raises(Decided):
        await village.answers.approve(REVIEWER, answer)
    async with village.store.session() as session:
        await village.answers.promises.link(session, AGENT, answer, "maize.borer")
    async with village.store.session() as session:
        await village.answers.on_published(session, entry(key="maize.other"), REVIEWER)
        await village.answers.on_published(session, entry(), REVIEWER)
        await village.answers.on_published(session, entry(), REVIEWER)
    assert {person: len(letters) for person, letters in (await village.post()).items()} == {
        ("web", "zhang"): 1,
        ("web", "li"): 1,
    }
    assert set((await village.states()).values()) == {"answered"}
    assert await village.answers.promises.asks_for(answer) == ()
    async with village.store.session() as session:
        with pytest.raises(Decided):
            await village.answers.promises.link(session, AGENT, answer, "maize.armyworm")


async def test_publishing_that_fails_sends_nothing(village: Village) -> None:
    answer = await village.answers.await_entry(AGENT, [await village.ask(HALF)])
    async with village.store.session() as session:
        await village.answers.promises.link(session, AGENT, answer, "maize.borer")
    async with village.store.session() as session:
        await village.answers.on_published(session, entry(), REVIEWER)
        await session.rollback()
    assert await village.post() == {}
    assert set((await village.states()).values()) == {"in_review"}


async def test_the_same_question_again_after_the_answer_is_a_new_one(village: Village, clock: Clock) -> None:
    for day in range(2):
        clock.now += timedelta(days=day)
        answer = await village.answers.write(AGENT, [await village.ask(HALF)], WORDS)
        await village.answers.approve(REVIEWER, answer)
    ((first, second),) = (await village.post()).values()
    assert first.choices != second.choices


async def test_dismissed_questions_are_gone_from_the_list(village: Village) -> None:
    ids = [await village.ask("加微信赚大钱"), await village.ask(HALF)]
    await village.answers.dismiss(AGENT, ids[:1], Dismissal.SPAM)
    with pytest.raises(Taken) as taken:
        await village.answers.dismiss(AGENT, ids, Dismissal.DOUBLE)
    assert taken.value.gone == {ids[0]}
    assert await village.states() == {ids[0]: "dismissed", ids[1]: "waiting"}
    assert [cluster.id for cluster in await village.clusters.current()] == [ids[1]]


async def test_the_figures(village: Village, clock: Clock) -> None:
    empty = await village.services.overview.figures()
    assert (empty.waiting, empty.oldest, empty.to_answer, empty.answered) == (0, None, None, 0)
    for hours in (1, 5, 30):
        answer = await village.answers.write(AGENT, [await village.ask(HALF, ago=timedelta(hours=hours))], WORDS)
        await village.answers.approve(REVIEWER, answer)
    oldest = timedelta(days=4)
    await village.ask(HALF, ago=oldest)
    await village.ask(HALF, "li")
    await village.ask("", reason="said_wrong", subject="maize.borer")
    figures = await village.services.overview.figures()
    assert (figures.waiting, figures.oldest) == (3, NOW - oldest)
    assert (figures.answered, figures.to_answer) == (3, timedelta(hours=5))
    assert dict(figures.reasons) == {"no_knowledge": 2, "said_wrong": 1}
    clock.now += timedelta(days=31)
    assert (await village.services.overview.figures()).to_answer is None


async def test_how_far_an_answer_has_got(village: Village) -> None:
    people = [("web", "zhang"), ("web", "li"), ("telegram", "1"), ("telegram", "2"), ("telegram", "3")]
    ids = [await village.ask(HALF, user, channel=channel) for channel, user in people]
    answer = await village.answers.write(AGENT, ids, WORDS)
    await village.answers.approve(REVIEWER, answer)
    outbox = Outbox(village.store, village.now)
    async with village.store.session() as session:
        rows = {row.user: row.id for row in await session.scalars(select(OutboxRow))}
    await outbox.record(rows["zhang"], Outcome(State.SENT, "sent"))
    await outbox.record(rows["1"], Outcome(State.BLOCKED, "blocked"))
    await outbox.record(rows["2"], Outcome(State.FAILED, "rejected"))
    (shown,) = await village.services.overview.approved(10)
    assert shown.progress == {"sent": 1, "away": 1, "blocked": 1, "failed": 1, "waiting": 1}
    assert (shown.answer.state, shown.farmers) == (AnswerState.APPROVED, 5)
    assert await village.services.overview.approved(10, before=NOW) == []
