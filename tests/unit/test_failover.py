import asyncio

import pytest

from nlu.failover import FailoverUnderstander
from nlu.understanding import UnderstanderDown
from tests.fakes.understander import FakeUnderstander


class Case:
    """A failover over two fakes, with a clock that a test moves and a count of fallbacks."""

    def __init__(self) -> None:
        self.now = 100.0
        self.fallbacks = 0
        self.rasa = FakeUnderstander("rasa")
        self.builtin = FakeUnderstander("builtin")
        self.both = FailoverUnderstander(self.rasa, self.builtin, self.count, pause=2.0, clock=lambda: self.now)

    def count(self) -> None:
        self.fallbacks += 1

    async def by(self) -> str:
        return (await self.both.parse("玉米生虫")).by


@pytest.fixture
def case() -> Case:
    return Case()


async def test_the_primary_answers_while_it_is_well(case: Case) -> None:
    assert [await case.by() for _ in range(3)] == ["rasa"] * 3
    assert (case.fallbacks, case.builtin.asked, case.both.degraded) == (0, [], False)


async def test_a_dead_primary_is_asked_once_in_a_pause(case: Case) -> None:
    case.rasa.down = True
    assert [await case.by() for _ in range(5)] == ["builtin"] * 5
    assert len(case.rasa.asked) == 1
    assert (case.fallbacks, case.both.degraded) == (5, True)
    case.now += 1.99
    await case.by()
    assert len(case.rasa.asked) == 1
    case.now += 0.02
    await case.by()
    assert len(case.rasa.asked) == 2


async def test_it_returns_to_the_primary_once_that_is_back(case: Case) -> None:
    case.rasa.down = True
    await case.by()
    case.rasa.down = False
    assert await case.by() == "builtin"
    case.now += 2.0
    assert [await case.by(), await case.by()] == ["rasa", "rasa"]
    assert (case.fallbacks, case.both.degraded) == (2, False)


async def test_while_one_sentence_tries_the_others_do_not_wait(case: Case) -> None:
    case.rasa.down = True
    await case.by()
    case.now += 2.0
    case.rasa.gate.clear()
    trying = asyncio.create_task(case.both.parse("明天下雨不"))
    await case.rasa.waiting.wait()
    assert await case.by() == "builtin"
    assert not trying.done()
    case.rasa.down = False
    case.rasa.gate.set()
    assert (await trying).by == "rasa"
    assert await case.by() == "rasa"


async def test_both_down_is_told(case: Case) -> None:
    case.rasa.down = case.builtin.down = True
    with pytest.raises(UnderstanderDown):
        await case.by()
