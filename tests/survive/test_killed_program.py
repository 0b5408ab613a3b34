"""The whole program killed with -9 in the middle of questions and orders: what was answered stays, the rest is sent again."""

import asyncio
import shutil
import signal
import sqlite3
import time
import uuid
from contextlib import closing
from pathlib import Path

import pytest

from dialogs.wording import wording
from tests.survive.conftest import LONG, Program
from tests.survive.visitors import PATIENCE, Answer, Visitor, texts, visitors

pytestmark = pytest.mark.timeout(1800)

PEOPLE = 10
KILLS = 5 if LONG else 1
ORDER = "后天给俺收{}亩麦子，地在柘城县李庄"
ASKED = ("小麦蚜虫咋治", "种粮补贴咋领", "玉米叶子上有好多洞，长虫了咋整")


async def answered_well(visitor: Visitor, sentence: str, message_id: str) -> Answer:
    """Said again, as one is asked to, where a turn has taken longer than it may, on a machine with other work."""
    while texts(answer := await visitor.say(sentence, message_id)) == [wording().text("trouble.failed")]:
        pass
    return answer


class Farmer:
    """Asks, orders, says yes, asks again; what gets no answer is sent again with the same id, as the page does."""

    def __init__(self, visitor: Visitor, number: int) -> None:
        self.visitor = visitor
        sentences = (ASKED[0], ORDER.format(number + 2), "中", *ASKED[1:], "我的预约")
        self.messages = [(str(uuid.uuid4()), sentence) for sentence in sentences]
        self.heard: dict[str, list[str]] = {}

    async def go_on(self, answered: asyncio.Queue[None]) -> None:
        """Until all is answered, or the line ends."""
        for message_id, sentence in self.messages:
            if message_id in self.heard:
                continue
            try:
                self.heard[message_id] = texts(await answered_well(self.visitor, sentence, message_id))
            except ConnectionError:
                return
            answered.put_nowait(None)

    def done(self) -> bool:
        """Whether everything has an answer."""
        return len(self.heard) == len(self.messages)


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    """What a database holds."""
    with closing(sqlite3.connect(path)) as database:
        return database.execute(query).fetchall()


async def test_killed_in_the_middle_nothing_is_lost_and_nothing_is_done_twice(program: Program, tmp_path: Path) -> None:
    served, database = program.well(), program.home / "xiangyin.db"
    before = len(rows(database, "SELECT id FROM bookings"))
    answered, back = asyncio.Queue[None](), list[float]()
    async with visitors(served, PEOPLE) as people:
        farmers = [Farmer(visitor, number) for number, visitor in enumerate(people)]
        for kill in range(KILLS):
            going = [asyncio.create_task(farmer.go_on(answered)) for farmer in farmers]
            for _ in range(PEOPLE * 2 // (kill + 1)):
                await asyncio.wait_for(answered.get(), PATIENCE)
            served.end(signal.SIGKILL)
            killed = time.monotonic()
            await asyncio.gather(*going)
            assert not all(farmer.done() for farmer in farmers), "it was in the middle"
            for part in ("", "-wal"):  # as it lies there: the database of a machine whose power went
                shutil.copy(f"{database}{part}", tmp_path / f"left.db{part}")
            assert rows(tmp_path / "left.db", "PRAGMA integrity_check") == [("ok",)]
            served = program.well()
            back.append(time.monotonic() - killed)
            for farmer in farmers:
                await farmer.visitor.leave()
                await farmer.visitor.arrive()
        await asyncio.gather(*(farmer.go_on(answered) for farmer in farmers))
        assert all(farmer.done() for farmer in farmers)

        for farmer in farmers:
            for message_id, sentence in farmer.messages[:3]:
                again = await answered_well(farmer.visitor, sentence, message_id)
                said = texts(again)  # without the question of consent, once that is settled
                assert (again["duplicate"], said) == (True, farmer.heard[message_id][: len(said)])
            orders = farmer.heard[farmer.messages[-1][0]][-1]
            assert orders.count("收割小麦") == 1, orders
    assert len(rows(database, "SELECT id FROM bookings")) == before + PEOPLE
    assert rows(database, "PRAGMA integrity_check") == [("ok",)]
    print(f"{KILLS} kills: ready again after {max(back):.1f} s at most")  # noqa: T201 - the measured figure
