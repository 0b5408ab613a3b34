"""What every channel does with what people send, and how they are answered: cases here, channels in conftest.py."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from dialogs.messages import Choice, Reply, ReplyKind, Source, Turn
from tests.contract.rig import LARGEST_VOICE, MARK, PATIENCE, Rig
from tests.contract.talk import ANSWER, QUESTION, says, sentences

USEFUL, WRONG = Choice("fb:useful:x", "有用"), Choice("fb:wrong:x", "不对")
SOURCE = Source("玉米螟防治", "县农技站", date(2026, 5, 1), article="第三节")


# --- what arrives


async def test_a_text_reaches_the_handler_once(rig: Rig) -> None:
    await rig.says(QUESTION)
    (inbound,) = rig.assistant.asked
    assert (inbound.channel, inbound.user, inbound.text) == (rig.channel.name, rig.user, QUESTION)
    assert 1 <= len(inbound.external_id) <= 128
    assert abs(datetime.now(UTC) - inbound.received_at) < timedelta(minutes=5)
    assert [shown.text for shown in rig.shown()] == [f"您说：{QUESTION}"]


async def test_the_same_text_again_is_another_message(rig: Rig) -> None:
    await rig.says(QUESTION)
    await rig.says(QUESTION)
    assert len({inbound.external_id for inbound in rig.assistant.asked}) == 2
    assert len(rig.shown()) == 2


async def test_a_message_delivered_again_is_one_turn_and_shown_once(rig: Rig) -> None:
    await rig.says(QUESTION, twice=True)
    assert len(rig.assistant.turns) == 1
    assert [shown.text for shown in rig.shown()] == [f"您说：{QUESTION}"]


async def test_a_recording_delivered_again_is_one_turn_and_shown_once(rig: Rig) -> None:
    await rig.speaks(b"OggS", twice=True)
    assert len(rig.assistant.turns) == 1
    assert len(rig.shown()) == 1


async def test_messages_at_once_are_taken_in_order(rig: Rig) -> None:
    texts = [f"{MARK}{n}" for n in range(3)]
    gate = rig.assistant.gates[texts[0]] = asyncio.Event()
    for text in texts:
        await rig.says(text, waits=False)
    async with asyncio.timeout(PATIENCE):
        await rig.assistant.begun.wait()
    await asyncio.sleep(0.05)
    assert rig.assistant.texts == texts[:1]
    gate.set()
    await rig.settled()
    assert rig.assistant.texts == texts
    assert rig.assistant.most_at_once == 1
    assert [shown.text for shown in rig.shown()] == [f"您说：{text}" for text in texts]


async def test_a_recording_arrives_as_its_bytes(rig: Rig) -> None:
    rig.assistant.script = says(Reply(ReplyKind.ANSWER, ANSWER), heard=QUESTION)
    recording = b"OggS" * (LARGEST_VOICE // 4)
    await rig.speaks(recording)
    (inbound,) = rig.assistant.asked
    assert inbound.voice is not None
    assert inbound.voice.data == recording
    (shown,) = rig.shown()
    assert shown.text.index(QUESTION) < shown.text.index(ANSWER), "what was heard stands above the answer"


async def test_a_recording_that_is_too_large_is_refused_in_a_sentence(rig: Rig) -> None:
    await rig.speaks(b"x" * (LARGEST_VOICE + 1))
    assert rig.assistant.asked == []
    (shown,) = rig.shown()
    assert shown.text.endswith("。")
    await rig.says(QUESTION)
    assert len(rig.shown()) == 2


async def test_a_position_arrives(rig: Rig) -> None:
    assert rig.channel.capabilities.location_in
    await rig.places(34.75, 113.62)
    (inbound,) = rig.assistant.asked
    assert inbound.location is not None
    assert (inbound.location.latitude, inbound.location.longitude) == pytest.approx((34.75, 113.62), abs=0.01)
    assert len(rig.shown()) == 1


# --- choices


@pytest.fixture
def offering(rig: Rig) -> Rig:
    """An assistant that offers two choices to who types."""
    rig.assistant.script = lambda inbound: Turn(
        (Reply(ReplyKind.ANSWER, ANSWER, choices=() if inbound.choice else (USEFUL, WRONG)),)
    )
    return rig


async def test_choices_are_shown_in_order(offering: Rig) -> None:
    assert offering.channel.capabilities.buttons
    await offering.says(QUESTION)
    (shown,) = offering.shown()
    assert (shown.text, shown.choices) == (ANSWER, ("有用", "不对"))


async def test_a_choice_comes_back_as_its_id_when_it_is_pressed(offering: Rig) -> None:
    await offering.says(QUESTION)
    await offering.presses("不对")
    assert [inbound.choice for inbound in offering.assistant.asked] == [None, WRONG.id]
    assert len(offering.shown()) == 2


async def test_a_choice_of_a_push_comes_back_as_its_id(rig: Rig) -> None:
    await rig.channel.send(rig.user, Reply(ReplyKind.INFO, ANSWER, choices=(USEFUL, WRONG)), "m1")
    await rig.presses("有用")
    assert [inbound.choice for inbound in rig.assistant.asked] == [USEFUL.id]


async def test_a_choice_typed_by_its_label_is_not_lost(offering: Rig) -> None:
    """As its id, or as the words: those the assistant knows by what it offered last."""
    await offering.says(QUESTION)
    await offering.says("不对")
    last = offering.assistant.asked[-1]
    assert (last.text, last.choice) in {("不对", None), (None, WRONG.id)}


async def test_a_choice_comes_back_by_its_number(offering: Rig) -> None:
    await offering.says(QUESTION)
    await offering.counts("不对")
    assert offering.assistant.asked[-1].choice == WRONG.id


async def test_a_choice_that_was_never_offered_is_answered(rig: Rig) -> None:
    await rig.says(QUESTION)
    await rig.presses_unknown()
    assert len(rig.assistant.asked) == 2
    assert len(rig.shown()) == 2


# --- what is shown


async def test_replies_of_a_turn_are_shown_whole_and_in_order(rig: Rig) -> None:
    rig.assistant.script = says(Reply(ReplyKind.HANDOFF, f"先打120，别管{MARK}。"), Reply(ReplyKind.ANSWER, ANSWER))
    await rig.says(QUESTION)
    whole = "\n".join(shown.text for shown in rig.shown())
    assert whole.split() == [f"先打120，别管{MARK}。", ANSWER]


@pytest.mark.parametrize("pushed", [False, True], ids=["answer", "push"])
async def test_long_text_is_split_at_sentences_and_nothing_is_lost(rig: Rig, *, pushed: bool) -> None:
    limit = rig.channel.capabilities.max_text
    text = sentences((limit or 10_000) * 5 // 2)
    rig.assistant.script = says(reply := Reply(ReplyKind.ANSWER, text))
    await (rig.channel.send(rig.user, reply, "m1") if pushed else rig.says(QUESTION))
    pieces = [shown.text for shown in rig.shown()]
    assert "".join(pieces) == text
    assert all(piece.endswith("。") for piece in pieces)
    assert len(pieces) == (3 if limit else 1)
    assert limit is None or all(len(piece) <= limit for piece in pieces)


async def test_text_of_the_length_that_is_promised_is_one_message(rig: Rig) -> None:
    limit = rig.channel.capabilities.max_text or 10_000
    text = sentences(limit)[:limit]
    await rig.channel.send(rig.user, Reply(ReplyKind.ANSWER, text), "m1")
    assert [shown.text for shown in rig.shown()] == [text]


async def test_a_picture_takes_nothing_from_the_words(rig: Rig) -> None:
    rig.assistant.script = says(drawn := Reply(ReplyKind.ANSWER, ANSWER, picture="price/1.png"))
    await rig.says(QUESTION)
    await rig.channel.send(rig.user, drawn, "m1")
    assert [shown.text for shown in rig.shown()] == [ANSWER] * 2


async def test_a_turn_without_a_word_ends_nothing(rig: Rig) -> None:
    rig.assistant.script = says()
    await rig.says(QUESTION)
    assert rig.shown() == []
    rig.assistant.script = says(Reply(ReplyKind.ANSWER, ANSWER))
    await rig.says(QUESTION)
    assert [shown.text for shown in rig.shown()] == [ANSWER]


async def test_details_are_there_for_who_asks(rig: Rig) -> None:
    detail = f"每亩用量看标签，{MARK}抽雄前用。"
    rig.assistant.script = says(Reply(ReplyKind.ANSWER, ANSWER, detail=detail))
    await rig.says(QUESTION)
    assert detail not in rig.shown()[0].text
    assert detail in await rig.details()
    assert len(rig.assistant.turns) == 1, "the channel has them"


async def test_long_details_are_whole(rig: Rig) -> None:
    detail = sentences((rig.channel.capabilities.max_text or 10_000) * 5 // 2)
    rig.assistant.script = says(Reply(ReplyKind.ANSWER, ANSWER, detail=detail))
    await rig.says(QUESTION)
    assert rig.shown()[0].text.startswith(ANSWER)
    assert await rig.details() == detail


async def test_source_and_date_stand_under_the_answer(rig: Rig) -> None:
    rig.assistant.script = says(Reply(ReplyKind.ANSWER, ANSWER, sources=(SOURCE,)))
    await rig.says(QUESTION)
    (shown,) = rig.shown()
    under = shown.text.partition(ANSWER)[2]
    for part in (SOURCE.publisher, SOURCE.title, "第三节", "2026年5月1日"):
        assert part in under


async def test_a_warning_is_shown_in_words(rig: Rig) -> None:
    warning = Reply(ReplyKind.INFO, f"【暴雨红色预警】{MARK}地赶紧排水。", colour="red")
    await rig.channel.send(rig.user, warning, "m1")
    assert [shown.text for shown in rig.shown()] == [warning.text]


async def test_the_colour_of_a_warning_is_marked(rig: Rig) -> None:
    await rig.channel.send(rig.user, Reply(ReplyKind.INFO, f"{MARK}地赶紧排水。", colour="red"), "m1")
    assert [shown.colour for shown in rig.shown()] == ["red"]
