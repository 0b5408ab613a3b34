"""The disk runs full under the running program, and there is room again later."""

import re
import resource
import sqlite3
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from dialogs.wording import wording
from knowledge_base.warnings.cap_write import write_cap
from tests.fakes.served import Served
from tests.fakes.warning_desk import info, warning
from tests.survive.conftest import WARNING_KEY, Program
from tests.survive.visitors import PATIENCE, Visitor, subject, texts

pytestmark = pytest.mark.timeout(1200)

ORDER = "后天给俺收三亩半麦子，地在柘城县李庄"
QUESTION, ANOTHER = "小麦蚜虫咋治", "玉米叶子上有好多洞，长虫了咋整"
DANGER = "俺爹喝了农药了"


@contextmanager
def no_room(program: Program) -> Iterator[None]:
    """A disk without a byte left."""
    if not program.disk.mounted:
        pytest.skip("this machine permits no file system of one's own")
    program.disk.fill()
    try:
        yield
    finally:
        program.disk.make_room()


@contextmanager
def no_longer_files(program: Program) -> Iterator[None]:
    """No file may grow beyond one byte, as with a quota that is used up."""
    pid, unlimited = program.served.process.pid, resource.RLIM_INFINITY
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, unlimited))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (unlimited, unlimited))


def rows(program: Program, query: str) -> list[tuple[object, ...]]:
    """What the database holds."""
    with closing(sqlite3.connect(program.home / "xiangyin.db")) as database:
        return database.execute(query).fetchall()


def empty_the_log(program: Program) -> None:
    """SQLite's log keeps room for some pages: with an empty one the next thing to be kept needs room on the disk."""
    with closing(sqlite3.connect(program.home / "xiangyin.db", timeout=30)) as database:
        while database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
            time.sleep(0.05)


def hand_over(served: Served, document: bytes) -> httpx.Response:
    """A warning, as the weather office's system sends it."""
    headers = {"Authorization": f"Bearer {WARNING_KEY}"}
    return httpx.post(f"{served.url}/warnings", content=document, headers=headers, trust_env=False, timeout=PATIENCE)


def failures(served: Served, where: str) -> float:
    """How often something went wrong there."""
    text = served.get("/metrics").text
    found = re.search(rf'xiangyin_failures_total{{where="{where}"}} (\S+)', text)
    return float(found[1]) if found else 0.0


@pytest.fixture
async def two(served: Served) -> AsyncIterator[tuple[Visitor, Visitor]]:
    """A farmer, and somebody who has never said anything."""
    async with Visitor(served) as farmer, Visitor(served) as newcomer:
        yield farmer, newcomer


@pytest.mark.parametrize("full", [no_room, no_longer_files], ids=["no room", "quota"])
async def test_nothing_is_promised_that_is_not_kept_and_it_goes_on_when_there_is_room(
    program: Program,
    served: Served,
    two: tuple[Visitor, Visitor],
    full: Callable[[Program], AbstractContextManager[None]],
) -> None:
    trouble = wording().text("trouble.failed")
    now = datetime.now(UTC).replace(microsecond=0)
    red = replace(warning(f"full-{uuid.uuid4().hex[:8]}", infos=[info(expires=now + timedelta(hours=1))]), sent=now)
    kept, yes, told = rows(program, "SELECT count(*) FROM bookings"), str(uuid.uuid4()), str(uuid.uuid4())
    farmer, newcomer = two
    confirm = await farmer.say(ORDER)
    assert confirm["replies"][0]["kind"] == "confirm"
    await farmer.say("先问一句：" + QUESTION)
    unkept = failures(served, "turn_unkept")
    process = served.process.pid

    empty_the_log(program)
    with full(program):
        began = time.monotonic()
        assert texts(await farmer.say("中", yes)) == [trouble]
        refused = hand_over(served, write_cap(red))
        assert (refused.status_code, refused.json()["outcome"]) == (503, "later")
        answered = await farmer.say(ANOTHER, told)
        assert subject(answered) == "maize.fall_armyworm", "what the library says needs no room"
        assert subject(await newcomer.say(QUESTION)) == "wheat.aphid"
        assert "120" in texts(await newcomer.say(DANGER))[0]
        took = (time.monotonic() - began) / 5
        assert failures(served, "turn_unkept") >= unkept + 1
        if full == no_room:
            served.wait_until("/readyz", '"not ready".*disk is full')
        assert rows(program, "SELECT count(*) FROM bookings") == kept

    served.wait_until("/readyz", '"ready"')
    assert (served.process.pid, served.process.poll()) == (process, None), "it was not started anew"
    booked = await farmer.say("中", yes)
    assert booked["replies"][0]["kind"] == "booked"
    assert not booked["duplicate"]
    assert subject(await farmer.say(ANOTHER, told)) == "maize.fall_armyworm"
    assert rows(program, "SELECT count(*) FROM bookings") == [(kept[0][0] + 1,)]  # type: ignore[operator]
    assert hand_over(served, write_cap(red)).status_code == 202
    assert rows(program, f"SELECT count(*) FROM warnings WHERE identifier = '{red.identifier}'") == [(1,)]
    assert rows(program, "PRAGMA integrity_check") == [("ok",)]
    print(f"{full.__name__}: a sentence or an answer after {took:.2f} s")  # noqa: T201 - the measured figure
