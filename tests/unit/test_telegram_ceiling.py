"""The ceilings of Telegram: never above, hardly below; conversations first; silence where the server asks for it."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

import pytest

from bot.channels.base import RateLimited
from bot.channels.telegram.ceiling import Ceiling
from bot.channels.telegram.pace import Pace
from tests.fakes.bot_api.ceilings import Ceilings


class JumpLoop(asyncio.SelectorEventLoop):
    """A loop whose clock jumps to the next timer, `late` seconds behind it."""

    late = 0.0
    ahead = 0.0

    def time(self) -> float:
        return self.ahead

    def _run_once(self) -> None:
        timers = self._scheduled  # type: ignore[attr-defined]
        if not self._ready and timers:  # type: ignore[attr-defined]
            self.ahead = max(self.ahead, timers[0].when() + self.late * (timers[0].when() > self.ahead))
        super()._run_once()  # type: ignore[misc]


def in_no_time(test: Callable[..., Coroutine[None, None, None]]) -> Callable[..., None]:
    """Run a test on such a loop."""

    @wraps(test)
    def run(**given: Any) -> None:
        with asyncio.Runner(loop_factory=JumpLoop) as runner:
            runner.run(test(**given))

    return run


def now() -> float:
    return asyncio.get_running_loop().time()


def most_in(times: list[float], span: float) -> int:
    return max(sum(at <= other < at + span for other in times) for at in times)


class Line:
    """Messages that wait for their turn, when they went, and a server that refuses what is too fast."""

    def __init__(self, pace: Pace | None = None) -> None:
        self.ceiling = Ceiling(pace or Pace())
        self.server = Ceilings(clock=now, overall=1_000 if pace else 30)
        self.went: list[tuple[float, int, bool]] = []

    async def send(self, chat: int, *, push: bool = True) -> None:
        await self.ceiling.turn(chat, push=push)
        self.went.append((now(), chat, push))
        self.server.admit(chat)

    def times(self, which: Callable[[int], bool] = lambda _: True) -> list[float]:
        return [at for at, chat, _ in self.went if which(chat)]


@pytest.mark.parametrize("late", [0.0, 0.003, 0.03])
@in_no_time
async def test_all_together_at_most_29_in_any_second_and_hardly_less(late: float) -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, JumpLoop)
    loop.late = late
    line = Line()
    started = now()
    await asyncio.gather(*(line.send(chat) for chat in range(1, 1_201)))
    times = line.times()
    assert most_in(times, 1) <= 29
    least = 0.95 if late < 0.01 else 0.93
    assert len(times) / (now() - started) >= least * 30


@in_no_time
async def test_one_person_gets_a_burst_and_then_less_than_one_a_second_while_others_go_on() -> None:
    line = Line()
    await asyncio.gather(*(line.send(7) for _ in range(13)), *(line.send(chat) for chat in range(100, 150)))
    mine = line.times(lambda chat: chat == 7)
    assert mine[2] < 0.5
    assert 10 < mine[-1] < 10.5
    assert line.times(lambda chat: chat != 7)[-1] < 3


@in_no_time
async def test_a_group_gets_at_most_20_a_minute() -> None:
    line = Line()
    await asyncio.gather(*(line.send(-7) for _ in range(60)))
    assert 15 <= most_in(line.times(), 60) <= 20


@in_no_time
async def test_an_answer_goes_before_what_is_sent_unasked() -> None:
    line = Line()
    pushes = [asyncio.create_task(line.send(chat)) for chat in range(1, 101)]
    await asyncio.sleep(1.5)
    asked = now()
    await line.send(7, push=False)
    assert now() - asked < 0.2
    await asyncio.gather(*pushes)
    assert len(line.went) == 101


@in_no_time
async def test_a_pause_is_for_all_and_who_gave_up_takes_no_turn() -> None:
    line = Line()
    await line.send(1)
    with line.ceiling.pause():
        waiting = [asyncio.create_task(line.send(chat)) for chat in (2, 3, 4)]
        with line.ceiling.pause():
            await asyncio.sleep(2)
        await asyncio.sleep(3)
        assert len(line.went) == 1
        waiting[0].cancel()
        resumed = now()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert [chat for _, chat, _ in line.went] == [1, 3, 4]
    assert line.times()[1] >= resumed
    assert line.times()[-1] < resumed + 0.1


@in_no_time
async def test_a_long_silence_is_not_waited_for() -> None:
    line = Line()
    line.ceiling.shut(300)
    with pytest.raises(RateLimited) as refused:
        await line.send(1)
    assert refused.value.retry_after == pytest.approx(300, abs=1)
    await asyncio.sleep(301)
    await line.send(1)


@in_no_time
async def test_chats_that_had_theirs_are_forgotten() -> None:
    line = Line(Pace(a_second=1_000))
    for chat in range(5_000):
        await line.send(chat + 1)
    assert len(line.ceiling._chats) <= 2_001
