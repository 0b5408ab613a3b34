"""您说的是……吗？ Two readings, the choice between them, and what comes after."""

import pytest

from dialogs.messages import ReplyKind
from dialogs.session import ASK_OPEN
from dialogs.wording import wording
from tests.fakes.house import House, last

RUST, LATE = "小麦条锈病咋治", "马铃薯晚疫病咋治"
DOUBTFUL = f"{RUST}\n{LATE}"


async def asked(house: House) -> None:
    turn = await house.speak(DOUBTFUL)
    assert last(turn).kind is ReplyKind.ASK
    assert [choice.label for choice in last(turn).choices] == [RUST, LATE, wording().text("ask.other")]
    assert RUST in last(turn).text
    assert LATE in last(turn).spoken
    assert turn.heard == RUST


@pytest.mark.parametrize(
    ("answer", "subject"),
    [
        ("是", "wheat.stripe_rust"),
        ("对头", "wheat.stripe_rust"),
        ("第一个", "wheat.stripe_rust"),
        ("第二个", "potato.late_blight"),
        (LATE, "potato.late_blight"),
    ],
)
@pytest.mark.parametrize("spoken", [True, False])
async def test_the_choice_is_answered_as_though_it_had_been_said(
    house: House, answer: str, subject: str, *, spoken: bool
) -> None:
    await asked(house)
    turn = await (house.speak(answer) if spoken else house.say(answer))
    assert last(turn).subject == subject
    assert turn.understanding is not None
    assert turn.understanding.text in {RUST, LATE}


async def test_the_question_survives_a_restart_and_is_pressed(house: House) -> None:
    await asked(house)
    assert last(await house.choose("h:1")).subject == "potato.late_blight"
    assert last(await house.choose("h:1")).text == wording().text("bad_input.unknown_choice")


async def test_neither_is_asked_again_once_and_then_offers_another_way(house: House) -> None:
    await asked(house)
    assert last(await house.say("都不是")).text == wording().text("ask.say_again")
    await asked(house)
    offer = last(await house.speak("不是"))
    assert offer.text == wording().text("ask.type_instead")
    assert [choice.id for choice in offer.choices] == ["person"]
    await asked(house)
    assert last(await house.choose("h:none")).text == wording().text("ask.say_again")


async def test_something_else_is_simply_answered(house: House) -> None:
    await asked(house)
    assert last(await house.say("小猪拉稀咋办")).subject == "pig.diarrhea"
    assert last(await house.say("第二个")).subject != "potato.late_blight"


async def test_it_is_forgotten_after_a_while(house: House) -> None:
    await asked(house)
    house.later(seconds=ASK_OPEN.total_seconds() + 1)
    assert last(await house.choose("h:0")).text == wording().text("bad_input.unknown_choice")


async def test_an_ask_back_that_was_open_stays_open(house: House) -> None:
    await house.say("晚疫病咋治")
    turn = await house.speak(DOUBTFUL)
    assert last(turn).kind is ReplyKind.ASK
    await house.say("都不对")
    assert last(await house.say("洋芋")).subject == "potato.late_blight"


async def test_what_an_open_question_awaits_is_told_to_the_ear(house: House) -> None:
    await house.speak("小猪拉稀咋办")
    assert house.ear.expected == ()
    await house.say("晚疫病咋治")
    turn = await house.speak("羊鱼\n马铃薯")
    assert {"马铃薯", "番茄", "第一个", "都不是", "是"} <= set(house.ear.expected)
    assert turn.heard == "马铃薯"
    assert last(turn).subject == "potato.late_blight"


@pytest.mark.parametrize("readings", ["俺爹喝了农药\n小麦条锈病咋治", "小麦条锈病咋治\n俺爹喝了农药"])
async def test_danger_is_not_held_up(house: House, readings: str) -> None:
    turn = await house.speak(readings)
    assert turn.heard == "俺爹喝了农药"
    assert "120" in "".join(reply.text for reply in turn.replies)
