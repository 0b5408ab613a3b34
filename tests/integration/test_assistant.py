"""One turn, with the real words, content, search and dialogue."""

import pytest
from sqlalchemy import select

from dialogs.messages import Inbound, Location, ReplyKind
from dialogs.wording import wording
from knowledge_base.models import FeedbackRow, QuestionRow
from nlu.speech.base import NoVoice, SpeechError
from tests.fakes.house import House, last

FLAGSHIP = "玉米叶子上有好多洞，长虫了咋整"


async def waiting(house: House) -> list[QuestionRow]:
    async with house.store.session() as session:
        return list((await session.execute(select(QuestionRow).order_by(QuestionRow.asked_at))).scalars())


async def test_the_flagship_question_gets_the_curated_answer_word_for_word(house: House) -> None:
    reply = last(await house.say(FLAGSHIP))
    entry = await house.library.get("maize.fall_armyworm")
    assert entry is not None
    assert reply.kind is ReplyKind.ANSWER
    assert reply.subject == "maize.fall_armyworm"
    assert entry.spoken in reply.text
    assert reply.spoken == entry.spoken
    for step in entry.answer.steps():
        assert step in reply.detail
    assert [source.title for source in reply.sources] == [source.title for source in entry.sources]
    assert wording().text("answer.sample") in reply.detail


@pytest.mark.parametrize(
    "said", ["苞谷叶叶上好多眼眼，生虫了啷个办", "棒子叶儿上净是窟窿，招虫了咋弄", "玉米叶子有窿，生虫点算"]
)
async def test_regional_wording_finds_the_same_answer(house: House, said: str) -> None:
    reply = last(await house.say(said))
    assert "maize.fall_armyworm" in {reply.subject, *(choice.id.removeprefix("s:") for choice in reply.choices)}


async def test_speech_is_answered_by_the_reading_that_makes_sense(house: House) -> None:
    turn = await house.speak("雨靡夜子上有号多冻常重了\n玉米叶子上有好多洞长虫了")
    assert turn.heard == "玉米叶子上有好多洞长虫了"
    assert last(turn).subject == "maize.fall_armyworm"


@pytest.mark.parametrize("error", [error for error in SpeechError.__subclasses__() if error is not NoVoice])
async def test_a_recording_that_fails_gets_its_sentence(house: House, error: type[SpeechError]) -> None:
    house.ear.error = error()
    reply = last(await house.speak("x"))
    assert reply.text == wording().text(f"voice.{error.__name__}")
    assert house.observer.failures == [f"voice.{error.__name__}"]


async def test_a_vague_question_asks_for_the_crop_once_and_then_answers(house: House) -> None:
    asked = await house.say("晚疫病咋治")
    assert last(asked).kind is ReplyKind.ASK
    labels = [choice.label for choice in last(asked).choices]
    assert {"马铃薯", "番茄"} <= set(labels)
    assert last(await house.press("马铃薯", asked)).subject == "potato.late_blight"
    asked = await house.say("晚疫病咋治", user="li")
    assert last(await house.say("洋芋", user="li")).subject == "potato.late_blight"
    asked = await house.say("晚疫病咋治", user="wang")
    assert last(await house.press("别的", asked, user="wang")).kind is ReplyKind.HANDOFF


async def test_saying_a_label_means_pressing_it(house: House) -> None:
    await house.say("晚疫病咋治")
    assert last(await house.speak("马铃薯")).subject == "potato.late_blight"


async def test_a_crop_that_is_not_covered_gets_no_neighbours_answer(house: House) -> None:
    reply = last(await house.say("菠萝叶子上有好多洞，长虫了咋整"))
    assert reply.subject is None
    assert reply.kind is ReplyKind.HANDOFF
    (question,) = await waiting(house)
    assert question.text == "菠萝叶子上有好多洞，长虫了咋整"
    assert question.reason in {"no_knowledge", "low_confidence"}


async def test_the_crop_is_remembered_for_the_next_question_and_not_for_ever(house: House) -> None:
    await house.say(FLAGSHIP)
    follow_up = last(await house.say("那洋芋晚疫病呢？"))
    assert follow_up.subject == "potato.late_blight"
    house.later(hours=3)
    assert last(await house.say("晚疫病咋治")).kind is ReplyKind.ASK


async def test_follow_up_chips_lead_to_their_entries(house: House) -> None:
    turn = await house.say(FLAGSHIP)
    chips = [choice for choice in last(turn).choices if choice.id.startswith("s:")]
    assert chips
    followed = await house.choose(chips[0].id)
    assert last(followed).subject == chips[0].id.removeprefix("s:")


@pytest.mark.parametrize(
    ("label", "kind", "verdict"),
    [
        ("有用", ReplyKind.INFO, "useful"),
        ("还没懂", ReplyKind.HANDOFF, "unclear"),
        ("不对", ReplyKind.HANDOFF, "wrong"),
    ],
)
async def test_feedback_is_kept_with_the_question(house: House, label: str, kind: ReplyKind, verdict: str) -> None:
    turn = await house.say(FLAGSHIP)
    reply = last(await house.press(label, turn))
    assert reply.kind is kind
    async with house.store.session() as session:
        (row,) = (await session.execute(select(FeedbackRow))).scalars()
    assert (row.verdict, row.subject, row.question) == (verdict, "maize.fall_armyworm", FLAGSHIP)
    assert [q.text for q in await waiting(house)] == ([] if verdict == "useful" else [FLAGSHIP])


async def test_asking_for_a_person_keeps_the_question_before_it(house: House) -> None:
    await house.say(FLAGSHIP)
    reply = last(await house.say("我要找农技员"))
    assert reply.kind is ReplyKind.HANDOFF
    assert [(q.text, q.reason) for q in await waiting(house)] == [(FLAGSHIP, "asked_for_person")]


@pytest.mark.parametrize(
    ("said", "how"),
    [("玉米现在多少钱一斤", "哪样东西"), ("明天天气咋样", "哪天的天气"), ("约个收割机", "一句话说给我")],
)
async def test_a_wish_that_no_service_takes_is_told_how_to_be_said(house: House, said: str, how: str) -> None:
    reply = last(await house.say(said))
    assert reply.kind is ReplyKind.INFO
    assert how in reply.text


async def test_out_of_scope_is_refused_plainly_and_kept(house: House) -> None:
    reply = last(await house.say("给我写诗"))
    assert reply.kind is ReplyKind.REFUSE
    assert [q.reason for q in await waiting(house)] == ["out_of_scope"]


async def test_danger_comes_first(house: House) -> None:
    turn = await house.say("俺爹打药中毒了，恶心咋办")
    assert "120" in turn.replies[0].text
    assert last(turn).subject == "pesticide.poisoning"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "bad_input.empty"),
        ("😀😀", "bad_input.no_words"),
        ("\x00\x07", "bad_input.empty"),
        ("玉" * 10_000, "bad_input.too_long"),
    ],
)
async def test_bad_text_gets_a_plain_sentence(house: House, text: str, key: str) -> None:
    assert last(await house.say(text)).text == wording().text(key)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "'; DROP TABLE entries; --",
        '" OR entry_search MATCH "',
        "玉米\x00叶子<b>有洞</b>",
        "{labels} %s {0}",
        "NEAR NOT AND OR *",
        "a" * 900,
    ],
)
async def test_hostile_text_is_only_text(house: House, text: str) -> None:
    reply = last(await house.say(text))
    assert reply.text
    assert house.observer.failures == []
    assert last(await house.say(FLAGSHIP)).subject == "maize.fall_armyworm"


@pytest.mark.parametrize("choice", ["s:no.such", "crop:玉米", "fb:great:maize.borer", "t:weather", "other", "x", "s:"])
async def test_a_button_that_means_nothing_any_more_says_so(house: House, choice: str) -> None:
    assert last(await house.choose(choice)).text == wording().text("bad_input.unknown_choice")


async def test_a_redelivered_message_is_answered_the_same_and_kept_once(house: House) -> None:
    first = await house.say("菠萝长黑霉咋办", external_id="77")
    again = await house.say("菠萝长黑霉咋办", external_id="77")
    assert again.duplicate
    assert again.replies == first.replies
    assert len(await waiting(house)) == 1


async def test_a_location_is_noted(house: House) -> None:
    where = Inbound("test", "zhang", "1", house.now, location=Location(34.7, 113.6))
    turn = await house.assistant.turn(where)
    assert last(turn).text == wording().text("place.noted")
    assert (await house.conversations.load(where)).position == (34.7, 113.6)


async def test_a_place_that_is_named_is_remembered_and_tells_the_dialect(house: House) -> None:
    await house.say("我是湖南的")
    message = Inbound("test", "zhang", "x", house.now, text="x")
    assert (await house.conversations.load(message)).place == "430000"
    rice = await house.say("谷子叶子上有梭形斑")
    assert rice.understanding is not None
    assert rice.understanding.standard("crop") == "水稻"
    await house.say("我是山西的", user="li")
    millet = await house.say("谷子叶子上有梭形斑", user="li")
    assert millet.understanding is not None
    assert millet.understanding.standard("crop") == "谷子"


async def test_a_part_that_is_down_is_said_and_the_message_can_be_sent_again(house: House) -> None:
    house.understander.down = True
    reply = last(await house.say(FLAGSHIP, external_id="5"))
    assert reply.text == wording().text("trouble.failed")
    assert house.observer.failures == ["turn"]
    house.understander.down = False
    again = await house.say(FLAGSHIP, external_id="5")
    assert not again.duplicate
    assert last(again).subject == "maize.fall_armyworm"


async def test_an_expired_answer_is_not_given_as_current(house: House) -> None:
    entry = await house.library.get("policy.min_price")
    assert entry is not None
    assert entry.valid_until is not None
    house.later(days=(entry.valid_until - house.now.date()).days + 1)
    reply = last(await house.choose("s:policy.min_price"))
    assert reply.text == wording().text("answer.expired")
    assert reply.kind is ReplyKind.HANDOFF


async def test_metrics_hear_of_every_turn_without_its_text(house: House) -> None:
    await house.say(FLAGSHIP)
    await house.say("给我写诗")
    assert house.observer.turns == [("test", "agronomy", "answer"), ("test", "out_of_scope", "refuse")]


@pytest.mark.parametrize("text", ["黄芪烂根子，灌啥药", "当归叶子发黄咋办", "三七长虫了打啥药"])
async def test_a_herb_that_no_entry_covers_gets_no_other_crops_answer(house: House, text: str) -> None:
    assert last(await house.say(text)).kind is ReplyKind.HANDOFF
