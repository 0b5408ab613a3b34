"""In the chat: which questions are kept for the agents and why, and what is said of an answer that came later."""

import pytest
from sqlalchemy import select

from dialogs.messages import Inbound, ReplyKind, Turn
from dialogs.session import Pending, Session
from knowledge_base.curation.accounts import Account, Role
from knowledge_base.curation.answer_text import AnswerText
from knowledge_base.models import FeedbackRow, QuestionRow
from nlu.understanding import Understanding
from tests.fakes.house import House, last
from tests.fakes.waiting import AGENT, REVIEWER, Village

UNKNOWN = "无花果老是掉果咋整"
WORDS = AnswerText("先停水三天。")


async def kept(house: House) -> list[tuple[str, str, str | None]]:
    async with house.store.session() as session:
        rows = await session.scalars(
            select(QuestionRow).where(QuestionRow.state == "waiting").order_by(QuestionRow.asked_at)
        )
        return [(row.text, row.reason, row.subject) for row in rows]


@pytest.fixture
def village(house: House) -> Village:
    return Village(house.store, lambda: house.now)


async def hand_over(house: House) -> None:
    """A question that nobody knows the answer to; none of the subjects that may be offered is meant."""
    turn = await house.say(UNKNOWN)
    if last(turn).kind is ReplyKind.ASK:
        turn = await house.choose("other")
    assert last(turn).kind is ReplyKind.HANDOFF


async def answered(house: House, village: Village, key: str | None = None) -> str:
    """Somebody's unknown question, answered by the agents; the answer's id."""
    await hand_over(house)
    async with house.store.session() as session:
        ids = list(await session.scalars(select(QuestionRow.id).where(QuestionRow.state == "waiting")))
    write = village.answers.choose(AGENT, ids, key) if key else village.answers.write(AGENT, ids, WORDS)
    answer = await write
    await village.answers.approve(REVIEWER, answer)
    house.later(days=1)
    return answer


@pytest.mark.parametrize(("verdict", "reason"), [("unclear", "still_unclear"), ("wrong", "said_wrong")])
async def test_what_is_said_of_an_agents_own_answer_goes_back_with_the_question(
    house: House, village: Village, verdict: str, reason: str
) -> None:
    answer = await answered(house, village)
    await house.say("你好")
    turn = await house.choose(f"fb:{verdict}:answer.{answer}")
    assert last(turn).kind is ReplyKind.HANDOFF
    assert await kept(house) == [(UNKNOWN, reason, f"answer.{answer}")]
    async with house.store.session() as session:
        (feedback,) = await session.scalars(select(FeedbackRow))
    assert (feedback.verdict, feedback.question) == (verdict, UNKNOWN)


async def test_what_is_said_of_an_entry_that_the_agents_sent_goes_back_with_the_question(
    house: House, village: Village
) -> None:
    key = (await village.services.overview.entries())[0][0]
    await answered(house, village, key)
    await house.choose(f"fb:unclear:{key}")
    assert await kept(house) == [(UNKNOWN, "still_unclear", key)]


async def test_in_words_too_as_long_as_it_is_fresh(house: House, village: Village) -> None:
    answer = await answered(house, village)
    assert last(await house.say("还没懂")).kind is ReplyKind.HANDOFF
    assert await kept(house) == [(UNKNOWN, "still_unclear", f"answer.{answer}")]
    house.later(days=30)
    assert last(await house.say("还没懂")).kind is ReplyKind.INFO
    assert len(await kept(house)) == 1


async def test_another_persons_answer_is_not_taken_for_mine(house: House, village: Village) -> None:
    answer = await answered(house, village)
    await house.choose(f"fb:wrong:answer.{answer}", user="stranger")
    assert await kept(house) == [("", "said_wrong", f"answer.{answer}")]


async def test_useful_is_kept_and_asks_nobody(house: House, village: Village) -> None:
    answer = await answered(house, village)
    assert last(await house.choose(f"fb:useful:answer.{answer}")).kind is ReplyKind.INFO
    assert await kept(house) == []


async def test_said_wrong_of_a_curated_answer_waits_with_its_reason(house: House) -> None:
    turn = await house.say("玉米叶子上有好多洞，长虫了咋整")
    assert last(turn).kind is ReplyKind.ANSWER
    await house.press("不对", turn)
    assert await kept(house) == [("玉米叶子上有好多洞，长虫了咋整", "said_wrong", last(turn).subject)]


async def test_an_ask_back_that_was_left_open_waits_as_doubtful(house: House) -> None:
    asked_at = house.now
    said = Understanding("晚疫病咋治", "晚疫病怎么治", "agronomy", 0.6)
    first = Inbound("test", "zhang", "m0", asked_at, text=said.text)
    await house.conversations.save(
        first, Session(pending=Pending(what="crop", said=said, asked_at=asked_at)), Turn(()), asked_at
    )
    house.later(minutes=29)
    await house.say("你好")
    assert await kept(house) == []
    house.later(minutes=2)
    await house.say("你好", external_id="m1")
    await house.say("你好", external_id="m1")
    assert await kept(house) == [("晚疫病咋治", "low_confidence", None)]
    async with house.store.session() as session:
        (row,) = await session.scalars(select(QuestionRow))
    assert row.asked_at == asked_at


async def test_asked_again_after_the_answer_it_waits_anew(house: House, village: Village) -> None:
    await answered(house, village)
    await hand_over(house)
    assert [text for text, _, _ in await kept(house)] == [UNKNOWN]
    house.later(hours=1)
    by = Account("third", "third", frozenset({Role.AGENT}), 0)
    cluster = (await village.clusters.current())[0]
    second = await village.answers.write(by, [question.id for question in cluster.questions], WORDS)
    assert await village.answers.approve(REVIEWER, second) == 1
    assert len((await village.post())["test", "zhang"]) == 2
