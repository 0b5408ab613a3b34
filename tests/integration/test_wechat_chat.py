"""WeChat with the real assistant: a question, what it asks back, its answer, the details and a word on it, all by number."""

from dataclasses import replace

from sqlalchemy import select

from bot.channels.wechat.texts import Texts
from bot.preferences import StoredPreferences
from knowledge_base.models import FeedbackRow
from tests.fakes.house import House
from tests.fakes.wechat import WeChat
from tests.fakes.wechat_channel import PACE, running

WANG = "oWang_-1"
WORDS = Texts.load()


def number_of(label: str, text: str) -> str:
    """The number that stands before a choice."""
    return next(line.split()[0] for line in text.splitlines() if line.endswith(f" {label}"))


async def test_a_conversation_by_numbers(house: House) -> None:
    preferences = StoredPreferences(house.store, "wechat")
    pace, handler = replace(PACE, passive=30), house.assistant.turn
    async with (
        WeChat(patience=60) as wechat,
        running(wechat, house.store, handler, preferences=preferences, pace=pace),
    ):
        await wechat.says(WANG, "晚疫病咋治")
        await wechat.says(WANG, number_of("番茄", wechat.texts(WANG)[0]))
        answered = wechat.texts(WANG)[1]
        await wechat.says(WANG, number_of(WORDS.detail, answered))
        await wechat.says(WANG, number_of("有用", answered))
    entry = await house.library.get("tomato.late_blight")
    assert entry is not None
    detail, thanks = wechat.texts(WANG)[2:]
    assert entry.spoken in answered
    assert "来源：" in answered
    assert all(step in detail for step in entry.answer.steps())
    assert thanks
    assert {one.how for one in wechat.shown[WANG]} == {"reply"}
    async with house.store.session() as session:
        (feedback,) = (await session.scalars(select(FeedbackRow))).all()
    assert feedback.channel == "wechat"
