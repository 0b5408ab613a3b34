"""WeChat: what people send and what they get to see."""

import io
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import av
import numpy as np
import pytest

from bot.channels.preferences import VOICE
from bot.channels.wechat import sound
from bot.channels.wechat.texts import Texts
from dialogs.messages import Choice, Inbound, Reply, ReplyKind, Source, Turn
from knowledge_base.store import Store
from nlu.speech.base import Clip
from nlu.speech.opus import encode
from tests.fakes.assistant import Assistant, answer
from tests.fakes.preferences import MemoryPreferences
from tests.fakes.wechat import WeChat
from tests.fakes.wechat.server import AES_KEY
from tests.fakes.wechat_channel import ledger_store, running

WANG, LI = "oWang_-1", "oLi"
WORDS = Texts.load()
CLIPS = Path(__file__).parents[1] / "clips"


@pytest.fixture(params=["safe", "plain"])
async def wechat(request: pytest.FixtureRequest) -> AsyncIterator[WeChat]:
    async with WeChat(aes_key=AES_KEY if request.param == "safe" else "") as wechat:
        yield wechat


@pytest.fixture
async def safe() -> AsyncIterator[WeChat]:
    async with WeChat() as wechat:
        yield wechat


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with ledger_store(tmp_path) as store:
        yield store


@pytest.fixture
def assistant() -> Assistant:
    return Assistant()


class Tongue:
    """A mouth that hums for so many seconds."""

    def __init__(self, seconds: float = 1.0) -> None:
        self.said: list[tuple[str, bool]] = []
        samples = 0.3 * np.sin(np.arange(int(16_000 * seconds), dtype=np.float32) / 6)
        self._clip = Clip(encode(samples.astype(np.float32), 16_000), seconds)

    async def speak(self, text: str, *, slow: bool = False) -> Clip:
        self.said.append((text, slow))
        return self._clip


async def test_a_question_is_answered_as_the_reply_to_the_call(
    wechat: WeChat, store: Store, assistant: Assistant
) -> None:
    async with running(wechat, store, assistant):
        await wechat.says(WANG, "苞米长虫咋整")
        await wechat.says(LI, "<b>&]]>\u0001好</b>")
    assert [(one.how, one.text) for one in wechat.shown[WANG]] == [("reply", "您说：苞米长虫咋整")]
    assert wechat.texts(LI) == ["您说：<b>&]] >好</b>"]
    first = assistant.asked[0]
    assert (first.channel, first.user, first.text) == ("wechat", WANG, "苞米长虫咋整")
    assert not wechat.called("custom/send"), "the reply costs nothing of the five messages"


def test_the_texts_of_a_source_and_what_was_heard() -> None:
    source = Source("玉米螟防治", "县农技站", date(2026, 5, 1), url="https://example.org/x")
    assert WORDS.source_line(source) == "来源：县农技站，玉米螟防治，2026年5月1日\nhttps://example.org/x"


def offering(inbound: Inbound) -> Turn:
    """Offers two choices to who types, and says what was chosen."""
    if inbound.choice:
        return answer(f"选了{inbound.choice}")
    choices = (Choice("fb:useful:x", "有用"), Choice("fb:wrong:x", "不对"))
    return answer("心叶里撒颗粒剂。", choices=choices, detail="每亩用量看标签。" * 3)


async def test_choices_are_answered_by_number_label_or_voice_of_the_list(safe: WeChat, store: Store) -> None:
    assistant = Assistant(offering)
    async with running(safe, store, assistant):
        await safe.says(WANG, "苞米长虫咋整")
        assert safe.texts(WANG) == ["心叶里撒颗粒剂。\n\n回数字就行：\n1 看详细的\n2 有用\n3 不对"]
        await safe.says(WANG, "1")
        await safe.says(WANG, "\uff13。")
        await safe.says(WANG, "不对")
        await safe.says(WANG, "9")
    assert safe.texts(WANG)[1:3] == ["每亩用量看标签。" * 3, "选了fb:wrong:x"]
    assert [(one.text, one.choice) for one in assistant.asked[1:]] == [
        (None, "fb:wrong:x"),
        ("不对", None),
        ("9", None),
    ], "once it is answered, numbers mean nothing, and labels are the dialogue's affair"


async def test_numbers_are_left_alone_where_they_are_an_answer_of_their_own(safe: WeChat, store: Store) -> None:
    areas = (Choice("b:a:5", "5亩"), Choice("b:a:10", "10亩"))
    assistant = Assistant(lambda _: Turn((Reply(ReplyKind.ASK, "收几亩？", choices=areas),)))
    async with running(safe, store, assistant):
        await safe.says(WANG, "我要收麦子")
        await safe.says(WANG, "2")
        await safe.says(WANG, "10亩")
    assert safe.texts(WANG)[0] == "收几亩？\n\n您可以回：5亩、10亩"
    assert [(one.text, one.choice) for one in assistant.asked[1:]] == [("2", None), (None, "b:a:10")]


async def test_a_push_has_choices_to_touch_and_old_ones_can_be_touched_too(
    safe: WeChat, store: Store, assistant: Assistant
) -> None:
    choices = (Choice("w:seen:1", "收到"), Choice("w:help:1", "需要帮助"))
    async with running(safe, store, assistant) as channel:
        await safe.says(WANG, "您好")
        await channel.send(WANG, Reply(ReplyKind.INFO, "暴雨红色预警", choices=choices), "1")
        await channel.send(WANG, Reply(ReplyKind.INFO, "明天来收麦子", choices=(Choice("b:ok", "好"),)), "2")
        warning = safe.shown[WANG][1]
        assert (warning.how, warning.kind) == ("custom", "msgmenu")
        await safe.touches(WANG, warning.menu[1])
        await safe.says(WANG, "1")
        await safe.touches(WANG, ("4711", "不知道哪儿来的"))
    assert [label for _, label in warning.menu] == ["收到", "需要帮助"]
    assert [(one.text, one.choice) for one in assistant.asked[1:]] == [
        (None, "w:help:1"),
        ("1", None),
        ("不知道哪儿来的", None),
    ]


async def test_long_answers_come_in_parts_cut_at_sentences(safe: WeChat, store: Store) -> None:
    text = "".join(f"第{n}步：先看苗，再看天，后动手，别着急。" for n in range(1, 80))
    assistant = Assistant(lambda _: answer(text, choices=(Choice("fb:useful:x", "有用"),)))
    async with running(safe, store, assistant):
        await safe.says(WANG, "怎么种")
        await safe.until(lambda: len(safe.shown[WANG]) == 3)
    how = [one.how for one in safe.shown[WANG]]
    assert how == ["reply", "custom", "custom"]
    first, second, third = safe.texts(WANG)
    assert [first[-4:], second[-4:]] == ["别着急。"] * 2
    assert (first + second + third.partition("\n")[0]) == text
    assert safe.shown[WANG][2].menu[0][1] == "有用"


async def test_replies_of_one_turn_are_one_message(safe: WeChat, store: Store) -> None:
    two = Turn((Reply(ReplyKind.HANDOFF, "先打120。"), Reply(ReplyKind.ANSWER, "把人抬到通风的地方。")))
    async with running(safe, store, Assistant(lambda _: two)):
        await safe.says(WANG, "喝了农药")
    assert safe.texts(WANG) == ["先打120。\n\n把人抬到通风的地方。"]


async def test_who_speaks_is_heard_and_spoken_to(safe: WeChat, store: Store, assistant: Assistant) -> None:
    recording, tongue = (CLIPS / "tone.amr").read_bytes(), Tongue()
    async with running(safe, store, assistant, mouth=tongue):
        await safe.speaks(WANG, recording)
        await safe.until(lambda: len(safe.shown[WANG]) == 2)
    text, voice = safe.shown[WANG]
    assert text.text == f"听到：苞米长虫咋整\n\n录音{len(recording)}字节"
    assert (voice.how, voice.kind) == ("custom", "voice")
    with av.open(io.BytesIO(voice.data), "r") as file:
        assert file.format.name == "mp3"
        assert 0.9 < (file.duration or 0) / av.time_base < 1.3
    heard = assistant.asked[0].voice
    assert heard is not None
    assert heard.data == recording
    assert tongue.said == [("念给您听", False)]


async def test_a_long_answer_is_spoken_in_pieces_of_less_than_a_minute(
    safe: WeChat, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seconds stand for minutes here."""
    assert sound.MOST_SECONDS < 60
    monkeypatch.setattr(sound, "MOST_SECONDS", 2)
    monkeypatch.setattr(sound, "BACK", 1)
    preferences = MemoryPreferences()
    preferences.values[WANG, VOICE] = "slow"
    tongue = Tongue(3)
    async with running(safe, store, Assistant(), mouth=tongue, preferences=preferences):
        await safe.says(WANG, "念给我听")
        await safe.until(lambda: len(safe.shown[WANG]) == 3)
        await safe.says(WANG, "再念一遍")
        await safe.until(lambda: len(safe.shown[WANG]) == 6)
    assert [one.kind for one in safe.shown[WANG]] == ["text", "voice", "voice"] * 2
    assert tongue.said[0] == ("念给您听", True)
    assert len(safe.called("media/upload")) == 2, "the same clip is uploaded once"


async def test_wechats_own_recognition_is_used_where_ours_fails(safe: WeChat, store: Store) -> None:
    def deaf(inbound: Inbound) -> Turn:
        return answer("没听清") if inbound.voice else answer(f"您说：{inbound.text}")

    async with running(safe, store, Assistant(deaf)):
        await safe.speaks(WANG, b"#!AMR\n", "玉米长虫了怎么办")
        await safe.speaks(LI, b"#!AMR\n")
        safe.faults.order("media/get", 40007)
        await safe.speaks(LI, b"#!AMR\n", "小麦黄了")
        safe.faults.order("media/get", 40007)
        await safe.speaks(LI, b"#!AMR\n")
    assert safe.texts(WANG) == ["听到：玉米长虫了怎么办\n\n您说：玉米长虫了怎么办"]
    assert safe.texts(LI) == ["没听清", "听到：小麦黄了\n\n您说：小麦黄了", WORDS.not_fetched]


async def test_a_recording_that_is_too_large_is_not_fetched_to_the_end(
    safe: WeChat, store: Store, assistant: Assistant
) -> None:
    async with running(safe, store, assistant, max_bytes=1_000):
        await safe.speaks(WANG, b"x" * 1_001)
    assert safe.texts(WANG) == [WORDS.too_big]
    assert not assistant.asked


async def test_pictures_come_behind_the_text_and_are_uploaded_once(safe: WeChat, store: Store) -> None:
    async def pictures(address: str) -> bytes | None:
        return b"\x89PNG" + address.encode()

    drawn = Assistant(lambda _: answer("玉米一块二一斤。", picture="/pictures/price/1"))
    async with running(safe, store, drawn, pictures=pictures):
        await safe.says(WANG, "玉米啥价")
        await safe.says(LI, "玉米啥价")
        await safe.until(lambda: all(len(safe.shown[who]) == 2 for who in (WANG, LI)))
    assert [one.kind for one in safe.shown[WANG]] == ["text", "image"]
    assert safe.shown[LI][1].data == b"\x89PNG/pictures/price/1"


@pytest.mark.parametrize(
    ("kind", "said"),
    [("image", "picture"), ("video", "video"), ("shortvideo", "video"), ("link", "link"), ("brand_new", "other")],
)
async def test_what_cannot_be_read_gets_a_kind_sentence(
    safe: WeChat, store: Store, assistant: Assistant, kind: str, said: str
) -> None:
    async with running(safe, store, assistant):
        await safe.sends(WANG, kind)
    assert safe.texts(WANG) == [getattr(WORDS.unread, said)]
    assert not assistant.asked


async def test_a_place_from_the_map_is_turned_into_wgs84(safe: WeChat, store: Store, assistant: Assistant) -> None:
    async with running(safe, store, assistant):
        await safe.places(WANG, 39.91334545536069, 116.38404722455657)
        await safe.does(WANG, {"MsgType": "location", "Location_X": "nan", "Location_Y": "0"})
    where = assistant.asked[0].location
    assert where is not None
    assert (round(where.latitude, 5), round(where.longitude, 5)) == (39.91195, 116.37782)
    assert safe.texts(WANG)[1] == WORDS.unread.other


async def test_the_place_that_a_phone_tells_is_taken_in_without_a_word(safe: WeChat, store: Store) -> None:
    noted = Assistant(lambda _: Turn((Reply(ReplyKind.INFO, "记下了。"),)))
    async with running(safe, store, noted):
        for _ in range(2):
            await safe.event(WANG, "LOCATION", Latitude="34.1", Longitude="115.3", Precision="30")
        await safe.event(WANG, "LOCATION", Latitude="999", Longitude="115.3")
        noted.script = lambda _: answer("您那儿明天有雨。")
        await safe.event(WANG, "LOCATION", Latitude="35.1", Longitude="115.3")
    assert [one.location and one.location.latitude for one in noted.asked] == [34.1, 35.1]
    assert safe.texts(WANG) == ["您那儿明天有雨。"], "a form that waited for the place goes on aloud"


async def test_following_scanning_clicking_and_leaving(safe: WeChat, store: Store, assistant: Assistant) -> None:
    async with running(safe, store, assistant):
        await safe.event(WANG, "subscribe", "qrscene_410225100")
        await safe.event(WANG, "SCAN", "shop7")
        await safe.event(WANG, "CLICK", "weather")
        await safe.event(WANG, "CLICK", "gone")
        await safe.event(WANG, "VIEW", "https://example.org")
        await safe.event(WANG, "TEMPLATESENDJOBFINISH")
        await safe.event(WANG, "unsubscribe")
    assert safe.texts(WANG) == [
        f"{WORDS.welcome}\n\n您说：怎么用",
        "您说：怎么用",
        "您说：今天天气怎么样",
    ]
    assert [one.place for one in assistant.asked] == ["410225100", None, None]


async def test_the_voice_is_set_from_the_menu(safe: WeChat, store: Store, assistant: Assistant) -> None:
    preferences = MemoryPreferences()
    async with running(safe, store, assistant, preferences=preferences):
        await safe.event(WANG, "CLICK", "voice")
        await safe.says(WANG, "4")
    assert "现在是：我说话就念" in safe.texts(WANG)[0]
    assert safe.texts(WANG)[1] == "好，记下了：不念。"
    assert preferences.values[WANG, VOICE] == "off"
    assert not assistant.asked


async def test_the_menu_is_put_in_place_once(safe: WeChat, store: Store, assistant: Assistant) -> None:
    failed: list[str] = []
    async with running(safe, store, assistant):
        await safe.until(lambda: safe.menu is not None)
    async with running(safe, store, assistant):
        await safe.until(lambda: len(safe.called("menu/get")) == 2)
        await safe.says(WANG, "好")
    assert len(safe.called("menu/create")) == 1
    assert [row["name"] for row in safe.menu or []] == ["问一问", "天气价格", "我的"]
    safe.menu = []
    safe.faults.order("menu/create", 48001)
    async with running(safe, store, assistant, failed=failed.append):
        await safe.until(lambda: len(safe.called("menu/create")) == 2)
        await safe.says(WANG, "还在")
    assert failed == ["wechat.menu"], "and the account answers all the same"
    assert safe.texts(WANG)[-1] == "您说：还在"
