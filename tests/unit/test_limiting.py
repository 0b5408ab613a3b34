"""Who sends too fast is asked kindly to wait; what may be about a life is never held back."""

import asyncio
from datetime import UTC, datetime

import pytest

from bot.channels.base import Handler
from bot.limiting import Limits, limit_words, limited
from bot.shared.pace import LocalPace, Pace
from dialogs.messages import Inbound, Location, Reply, ReplyKind, Turn, Voice
from nlu.text.normalise import Normaliser
from nlu.words import Words
from tests.fakes.redis import Watcher

NOW = datetime(2026, 11, 22, tzinfo=UTC)
WAIT = 3.0


class Desk:
    """A limited handler, its clock, and what came through."""

    def __init__(self, burst: int = 4, most: int = 100, words: Words | None = None) -> None:
        self.now = 0.0
        self.came: list[Inbound] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.watcher = Watcher()
        pace, told = (LocalPace(Pace(n, every, lambda: self.now)) for n, every in ((burst, WAIT), (1, 60.0)))
        limits = Limits(pace, told, voice_cost=2, most=most)
        normalise = Normaliser(words).normalise if words else str
        self.handle: Handler = limited(self._answer, limits, self.watcher, at_once=self._answer, normalised=normalise)
        self._id = 0

    async def _answer(self, inbound: Inbound) -> Turn:
        self.came.append(inbound)
        await self.gate.wait()
        return Turn((Reply(ReplyKind.ANSWER, "好"),))

    async def say(self, channel: str = "telegram", user: str = "zhang", **what: object) -> str:
        """What is answered, in one line."""
        self._id += 1
        turn = await self.handle(Inbound(channel, user, str(self._id), NOW, **(what or {"text": "玉米长虫咋办"})))  # type: ignore[arg-type]
        return "".join(reply.text for reply in turn.replies)


async def test_a_burst_is_answered_then_one_kind_sentence_then_silence_until_there_is_room() -> None:
    desk = Desk()
    assert [await desk.say() for _ in range(4)] == ["好"] * 4
    assert await desk.say() == limit_words().person.text.format(seconds=3)
    assert [await desk.say() for _ in range(20)] == [""] * 20
    assert len(desk.came) == 4
    assert desk.watcher.failures == ["limit.person"] * 21
    desk.now = 3.0
    assert [await desk.say(), await desk.say()] == ["好", ""]
    desk.now = 61.0
    assert [await desk.say() for _ in range(4)] == ["好"] * 4
    assert "歇3秒" in await desk.say()
    assert await desk.say(user="li") == "好", "others do not pay for it"


@pytest.mark.parametrize("channel", ["web", "speaker"])
async def test_where_each_message_must_show_something_the_next_ones_get_a_short_sentence(channel: str) -> None:
    desk = Desk(burst=2)
    said = [await desk.say(channel) for _ in range(4)]
    assert said[2] == limit_words().person.text.format(seconds=3)
    assert said[3] == limit_words().again.text.format(seconds=3)


async def test_a_recording_costs_more_and_is_not_looked_at_when_there_is_too_much() -> None:
    desk = Desk()
    said = [await desk.say(voice=Voice(b"x")) for _ in range(3)]
    assert said[:2] == ["好", "好"]
    assert "歇6秒" in said[2]
    assert len(desk.came) == 2


@pytest.mark.parametrize(
    "what",
    [
        {"choice": "w:ok:abc"},
        {"choice": "w:help:abc"},
        {"text": "收到"},
        {"text": "需要帮助"},
        {"text": "我爹喝农药了"},
        {"text": "娃掉井里没动静了，快来人"},
        {"text": "救命，墙塌了把人压住了"},
    ],
    ids=str,
)
async def test_what_may_be_about_a_life_comes_through_and_so_does_what_is_said_next(
    what: dict[str, str], words: Words
) -> None:
    desk = Desk(burst=2, words=words)
    for _ in range(5):
        await desk.say()
    assert len(desk.came) == 2
    for _ in range(10):
        assert await desk.say(**what) == "好"
    assert await desk.say(voice=Voice(b"where I am")) == "好"
    assert await desk.say(location=Location(34.7, 113.6)) != "好"


async def test_other_buttons_count_like_words() -> None:
    desk = Desk(burst=1)
    assert [await desk.say(choice="s:maize.borer") == "好" for _ in range(2)] == [True, False]
    assert len(desk.came) == 1


async def test_a_process_takes_on_only_so_many_at_a_time_but_always_what_is_grave() -> None:
    desk = Desk(most=3)
    desk.gate.clear()
    inside = [asyncio.create_task(desk.say(user=f"p{number}")) for number in range(3)]
    await asyncio.sleep(0)
    assert await desk.say(user="late") == limit_words().crowd.text
    grave = asyncio.create_task(desk.say(user="late", choice="w:help:abc"))
    await asyncio.sleep(0)
    assert len(desk.came) == 4
    desk.gate.set()
    assert await asyncio.gather(*inside, grave) == ["好"] * 4
    assert await desk.say(user="late") == "好"
    assert desk.watcher.failures == ["limit.crowd"]
