"""Telegram: what people send and what they get, over real aiogram and a Bot API server on this machine."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.channels.base import Channel
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram.texts import Texts
from dialogs.messages import Choice, Inbound, Reply, ReplyKind, Turn
from tests.fakes.assistant import Assistant, answer
from tests.fakes.bot_api import BotApi
from tests.fakes.preferences import MemoryPreferences
from tests.fakes.telegram import PACE, Tongue, channel_at, running, settled

WANG, LI, GROUP = 7, 8, -100
WORDS = Texts.load()
CHIPS = (Choice("fb:solved", "有用"), Choice("fb:unclear", "还没懂"))


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi(repeat_pause=0.02) as api:
        yield api


@pytest.fixture
def assistant() -> Assistant:
    return Assistant()


def with_chips(inbound: Inbound) -> Turn:
    return answer("早晚打心叶。", choices=CHIPS) if inbound.text else answer(f"选了{inbound.choice}")


async def test_text_is_asked_and_answered(api: BotApi, assistant: Assistant) -> None:
    async with running(api, assistant):
        number = api.user_says(WANG, "苞米长虫咋整")
        await settled(api)
    (inbound,) = assistant.asked
    assert (inbound.channel, inbound.user, inbound.external_id) == ("telegram", "7", f"7:{number}")
    assert datetime.now(UTC) - inbound.received_at < timedelta(minutes=1)
    assert api.texts(WANG) == ["您说：苞米长虫咋整"]
    assert "parse_mode" not in api.sent[0].params
    assert len(api.sent) == 1, "no voice to those who type"


async def test_markup_stays_plain(api: BotApi, assistant: Assistant) -> None:
    async with running(api, assistant):
        api.user_says(WANG, "<b>*_[x](http://e)`&lt;")
        await settled(api)
    assert api.texts(WANG) == ["您说：<b>*_[x](http://e)`&lt;"]


@pytest.mark.parametrize("kind", ["voice", "audio", "document"])
async def test_recordings_are_heard_and_answered_by_voice(api: BotApi, assistant: Assistant, kind: str) -> None:
    async with running(api, assistant):
        if kind == "voice":
            api.user_sends_voice(WANG, b"OggS...")
        elif kind == "audio":
            api.user_sends_audio(WANG, b"ID3....")
        else:
            api.user_sends_document(WANG, b"RIFF...", mime="audio/wav")
        await settled(api)
    assert assistant.asked[0].voice
    assert len(assistant.asked[0].voice.data) == 7
    text, voice = api.sent
    assert text.text == "听到：苞米长虫咋整\n\n录音7字节"
    assert (voice.method, voice.data, voice.duration) == ("sendVoice", "OggS念给您听".encode(), 2)
    assert "caption" not in voice.params


async def test_typing_is_shown_only_while_it_takes_long(api: BotApi, assistant: Assistant) -> None:
    assistant.gates["难题"] = asyncio.Event()
    async with running(api, assistant, pace=replace(PACE, typing_after=0.01, typing_every=0.01)):
        api.user_says(WANG, "难题")
        await api.until(lambda: api.methods.actions.count((WANG, "typing")) >= 2)
        api.fail_next("sendChatAction", 429, retry_after=3)
        assistant.gates["难题"].set()
        await settled(api)
    assert api.texts(WANG) == ["您说：难题"]


async def test_recording_is_shown_while_the_voice_is_made(api: BotApi, assistant: Assistant) -> None:
    tongue = Tongue()
    tongue.free.clear()
    async with running(api, assistant, mouth=tongue):
        api.user_sends_voice(WANG, b"OggS")
        await api.until(lambda: (WANG, "record_voice") in api.methods.actions)
        assert [sent.method for sent in api.sent] == ["sendMessage"], "the text does not wait for the voice"
        tongue.free.set()
        await settled(api)
    assert [sent.method for sent in api.sent] == ["sendMessage", "sendVoice"]


async def test_the_text_goes_out_though_the_voice_fails(api: BotApi, assistant: Assistant) -> None:
    tongue = Tongue()
    tongue.mute = True
    async with running(api, assistant, mouth=tongue):
        api.user_sends_voice(WANG, b"OggS")
        await settled(api)
        tongue.mute = False
        api.fail_next("sendVoice", 400, description="Bad Request: VOICE_MESSAGES_FORBIDDEN")
        api.user_sends_voice(WANG, b"OggS")
        await settled(api)
    assert [sent.method for sent in api.sent] == ["sendMessage", "sendMessage"]


async def test_without_a_mouth_there_is_text(api: BotApi, assistant: Assistant) -> None:
    async with running(api, assistant, mouth=None):
        api.user_sends_voice(WANG, b"OggS")
        await settled(api)
    assert [sent.method for sent in api.sent] == ["sendMessage"]


async def test_too_large_recordings_get_a_sentence(api: BotApi, assistant: Assistant) -> None:
    async with running(api, assistant, max_bytes=100):
        api.user_sends_voice(WANG, b"x" * 101)  # the size is declared
        api.user_sends_voice(LI, b"x" * 101, size=0)  # it only shows while downloading
        await settled(api)
    assert api.texts(WANG) == api.texts(LI) == [WORDS.too_big]
    assert not assistant.asked


async def test_what_the_server_will_not_hand_out_gets_a_sentence(api: BotApi, assistant: Assistant) -> None:
    async with running(api, assistant, max_bytes=50_000_000):
        api.user_sends_voice(WANG, b"x", size=25_000_000)
        api.user_sends_voice(LI, b"x")
        api.chats.files["file2"].path = "voice/elsewhere"
        api.fail_next("file", 404)
        await settled(api)
    assert api.texts(WANG) == [WORDS.too_big]
    assert api.texts(LI) == [WORDS.not_fetched]


async def test_places(api: BotApi, assistant: Assistant) -> None:
    async with running(api, assistant):
        api.user_sends_location(WANG, 34.75, 113.62)
        await settled(api)
    place = assistant.asked[0].location
    assert place
    assert (place.latitude, place.longitude) == (34.75, 113.62)


async def test_what_cannot_be_read_gets_a_sentence(api: BotApi, assistant: Assistant) -> None:
    async with running(api, assistant):
        api.user_sends_video_note(WANG, b"mp4")
        api.user_sends_photo(WANG, album="a1")
        api.user_sends_photo(WANG, album="a1")
        api.user_sends_document(WANG, b"%PDF", mime="application/pdf")
        api.user_pins(WANG)
        api.user_sends_photo(LI, caption="这是啥虫")
        await settled(api)
    unread = WORDS.unread
    assert api.texts(WANG) == [unread.video_note, unread.picture, unread.document]
    assert api.texts(LI) == [unread.picture, "您说：这是啥虫"]


async def test_a_button_is_a_choice_and_is_marked(api: BotApi, assistant: Assistant) -> None:
    assistant.script = with_chips
    async with running(api, assistant):
        api.user_says(WANG, "苞米长虫")
        await settled(api)
        offer = api.sent[0]
        assert offer.flat_buttons == [("有用", "fb:solved"), ("还没懂", "fb:unclear")]
        api.user_presses(offer, "fb:unclear")
        api.user_presses(offer, "fb:unclear")  # a nervous thumb
        await settled(api)
        assert offer.flat_buttons == [("✓ 还没懂", "telegram:done")]
        api.user_presses(offer, "telegram:done")
        await settled(api)
    assert [inbound.choice for inbound in assistant.asked] == [None, "fb:unclear"]
    assert api.texts(WANG) == ["早晚打心叶。", "选了fb:unclear"]
    assert [text for _, text in api.methods.answered] == ["", WORDS.already, WORDS.already]


async def test_an_expired_press_still_counts(api: BotApi, assistant: Assistant) -> None:
    assistant.script = with_chips
    async with running(api, assistant):
        api.user_says(WANG, "苞米长虫")
        await settled(api)
        api.user_presses(api.sent[0], "fb:solved", expired=True, too_old=True)
        await settled(api)
        api.user_says(LI, "麦子黄了")
        await settled(api)
        other = api.sent[-1]
        api.chats.sent.remove(other)  # the person has deleted the message meanwhile
        api.user_presses(other, "fb:solved")
        await settled(api)
    assert api.texts(WANG) == ["早晚打心叶。", "选了fb:solved"]
    assert api.texts(LI) == ["选了fb:solved"]
    assert api.sent[0].buttons == [], "without its label the pressed button cannot be marked, so all go"


async def test_a_corrected_message_is_asked_anew(api: BotApi, assistant: Assistant) -> None:
    async with running(api, assistant):
        number = api.user_says(WANG, "苞米长从")
        api.user_edits(WANG, number, "苞米长虫")
        await settled(api)
    assert assistant.texts == ["苞米长从", "苞米长虫"]


async def test_start_welcomes_and_commands_are_spoken_for(api: BotApi, assistant: Assistant) -> None:
    async with running(api, assistant):
        for text in ("/start ref123", "/help@xiangyin_bot", "/person", "/nonsense x", "/亩"):
            api.user_says(WANG, text)
        await settled(api)
    assert assistant.texts == ["怎么用", "怎么用", "找人工", "/nonsense x", "/亩"]
    assert api.texts(WANG)[:2] == [WORDS.welcome, "您说：怎么用"]
    assert [c["command"] for c in api.methods.commands] == ["start", "help", "person", "settings"]
    assert all(c["description"] == WORDS.commands[c["command"]].menu for c in api.methods.commands)


async def test_settings_decide_who_is_read_to(api: BotApi, assistant: Assistant) -> None:
    preferences = MemoryPreferences()
    async with running(api, assistant, preferences=preferences):
        api.user_says(WANG, "/settings")
        await settled(api)
        page = api.sent[0]
        assert page.text == WORDS.settings.text
        assert [text[0] for text, _ in page.flat_buttons] == ["✓", "每", "每", "不"]
        api.user_presses(page, "telegram:voice:on")
        await settled(api)
        assert [text[0] for text, _ in page.flat_buttons] == ["我", "✓", "每", "不"]
        api.user_says(WANG, "玉米几月种")
        await settled(api)
        api.user_presses(page, "telegram:voice:slow")
        api.user_says(WANG, "玉米几月收")
        await settled(api)
        api.user_presses(page, "telegram:voice:off")
        api.user_sends_voice(WANG, b"OggS")
        await settled(api)
    spoken = [sent.duration for sent in api.sent if sent.method == "sendVoice"]
    assert spoken == [2, 3], "the slower one takes longer"
    assert [sent.method for sent in api.sent[1:]] == [*["sendMessage", "sendVoice"] * 2, "sendMessage"]
    assert assistant.texts == ["玉米几月种", "玉米几月收", None]
    async with running(api, assistant, preferences=preferences):
        api.user_sends_voice(WANG, b"OggS")
        await settled(api)
    assert api.sent[-1].method == "sendMessage", "the choice outlives the process"


async def test_groups_are_told_once(api: BotApi, assistant: Assistant) -> None:
    async with running(api, assistant):
        api.user_says(GROUP, "苞米长虫")
        api.user_says(GROUP, "/help@xiangyin_bot")
        await settled(api)
    assert api.texts(GROUP) == [WORDS.private_only]
    assert not assistant.asked


async def test_long_answers_arrive_whole_and_in_order(api: BotApi, assistant: Assistant) -> None:
    long = "".join(f"第{n}句话说的是玉米🌽。" for n in range(900))
    assistant.script = lambda _: answer(long, choices=CHIPS)
    async with running(api, assistant):
        api.user_says(WANG, "全说说")
        await settled(api)
    assert "".join(api.texts(WANG)) == long
    assert [bool(sent.buttons) for sent in api.sent] == [False, False, False, True]


async def test_send_reaches_a_person_unasked(api: BotApi) -> None:
    api.user_says(WANG, "您好")
    channel: Channel = channel_at(api)
    await channel.send(str(WANG), Reply(ReplyKind.INFO, "明早有霜冻。", spoken="明早有霜冻。", detail="盖好棚。"))
    assert [sent.method for sent in api.sent] == ["sendMessage"]
    assert "盖好棚。" in api.sent[0].text
    assert channel.capabilities.max_text == 4096
    assert isinstance(channel, TelegramChannel)
    await channel.close()
