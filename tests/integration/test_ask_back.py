"""An ask-back: how it is answered, when it is closed, and that no question is lost or mixed up over it."""

import pytest
from sqlalchemy import select

from dialogs.messages import ReplyKind
from dialogs.wording import wording
from knowledge_base.models import FeedbackRow, QuestionRow
from nlu.understanding import Parse
from tests.fakes.house import House, last

FLAGSHIP = "玉米叶子上有好多洞，长虫了咋整"


class Unsure:
    """An understander that has no idea."""

    name = "unsure"

    async def parse(self, _normalized: str) -> Parse:
        ranking = (("agronomy", 0.2), ("policy", 0.15))
        return Parse("agronomy", 0.2, ranking, (), self.name)


async def kept(house: House) -> list[QuestionRow]:
    async with house.store.session() as session:
        return list((await session.execute(select(QuestionRow).order_by(QuestionRow.asked_at))).scalars())


@pytest.mark.parametrize("said", ["番茄。", "西红柿", "我种的是番茄啊", "第一个", "1", "那番茄呢？"])
async def test_it_is_answered_in_ones_own_words(house: House, said: str) -> None:
    assert last(await house.say("晚疫病咋治")).choices[0].label == "番茄"
    assert last(await house.say(said)).subject == "tomato.late_blight"


@pytest.mark.parametrize("said", ["都不是。", "别的", "不知道"])
async def test_none_of_these_hands_the_question_over(house: House, said: str) -> None:
    await house.say("晚疫病咋治")
    assert last(await house.say(said)).text == wording().text("handoff.no_knowledge")
    assert [q.text for q in await kept(house)] == ["晚疫病咋治"]


async def test_it_stays_open_over_a_thank_you(house: House) -> None:
    await house.say("晚疫病咋治")
    await house.say("谢谢")
    assert last(await house.say("番茄")).subject == "tomato.late_blight"


@pytest.mark.parametrize("between", ["谢谢", "玉米多少钱一斤", "叶子发黄咋办"])
async def test_a_new_question_gets_an_ask_back_of_its_own(house: House, between: str) -> None:
    await house.say("晚疫病咋治")
    await house.say(between)
    assert last(await house.say("霜霉病咋治")).kind is ReplyKind.ASK


async def test_the_same_question_is_not_asked_back_about_twice(house: House) -> None:
    await house.say("晚疫病咋治")
    assert last(await house.say("晚疫病咋治")).kind is ReplyKind.HANDOFF


async def test_a_label_said_too_late_is_a_sentence_and_no_button(house: House) -> None:
    await house.say("晚疫病咋治")
    house.later(minutes=40)
    reply = last(await house.say("番茄"))
    assert reply.text != wording().text("bad_input.unknown_choice")


@pytest.mark.parametrize("pressed", [True, False])
async def test_who_asks_for_a_person_meanwhile_is_listed_with_the_waiting_question(house: House, pressed: bool) -> None:
    await house.say(FLAGSHIP)
    await house.say("晚疫病咋治")
    await (house.choose("person") if pressed else house.say("我要找农技员"))
    assert [(q.text, q.subject) for q in await kept(house)] == [("晚疫病咋治", None)]


async def test_who_asks_for_a_person_after_a_price_is_listed_with_the_price(house: House) -> None:
    await house.say(FLAGSHIP)
    await house.say("玉米多少钱一斤")
    await house.say("我要找农技员")
    assert [q.text for q in await kept(house)] == ["玉米多少钱一斤"]


async def test_which_topic_keeps_the_crop_and_the_question(house: House) -> None:
    house.understander.instead = Unsure()
    asked = await house.say("菠萝那个事咋整")
    assert [choice.id for choice in last(asked).choices] == ["t:agronomy", "t:policy", "person"]
    reply = last(await house.choose("t:agronomy"))
    assert reply.subject is None, "no other crop's answer"
    assert [q.text for q in await kept(house)] == ["菠萝那个事咋整"]


async def test_a_topic_that_is_not_connected_closes_it(house: House) -> None:
    house.understander.instead = Unsure()
    await house.say("菠萝那个事咋整")
    assert "哪样东西的价" in last(await house.choose("t:price")).text
    assert last(await house.choose("t:agronomy")).text == wording().text("bad_input.unknown_choice")


async def test_an_unclear_answer_is_kept_together_with_its_question(house: House) -> None:
    house.understander.instead = Unsure()
    await house.say("菠萝那个事咋整")
    assert last(await house.say("就是那个嘛")).kind is ReplyKind.HANDOFF
    assert [q.text for q in await kept(house)] == ["菠萝那个事咋整\n就是那个嘛"]


@pytest.mark.parametrize("said", ["玉米倒了咋办", "玉米咋储存", "倒了咋办"])
async def test_a_new_matter_is_not_answered_by_the_last_answer(house: House, said: str) -> None:
    await house.say(FLAGSHIP)
    assert last(await house.say(said)).subject != "maize.fall_armyworm"


async def test_a_short_word_on_the_same_matter_is(house: House) -> None:
    await house.say(FLAGSHIP)
    assert last(await house.say("要打几回")).subject == "maize.fall_armyworm"


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ("这个没有用", "wrong"),
        ("不对，没解决", "wrong"),
        ("没懂，有用没用啊", "unclear"),
        ("真有用", "useful"),
        ("有用！", "useful"),
    ],
)
async def test_feedback_in_words_is_not_taken_for_its_opposite(house: House, said: str, verdict: str) -> None:
    await house.say(FLAGSHIP)
    await house.say(said)
    async with house.store.session() as session:
        (row,) = (await session.execute(select(FeedbackRow))).scalars()
    assert (row.verdict, row.question) == (verdict, FLAGSHIP)


async def test_an_old_answers_button_is_not_mixed_up_with_the_last_question(house: House) -> None:
    await house.say(FLAGSHIP)
    await house.say("小猪拉稀咋办")
    await house.choose("fb:wrong:maize.fall_armyworm")
    (question,) = await kept(house)
    assert (question.subject, question.text) == ("maize.fall_armyworm", "")


async def test_a_label_in_words_is_reported_as_what_it_is(house: House) -> None:
    await house.say(FLAGSHIP)
    turn = await house.say("有用")
    assert turn.understanding is not None
    assert (turn.understanding.intent, turn.understanding.text) == ("feedback", "有用")
