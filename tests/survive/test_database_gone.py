"""PostgreSQL is stopped under the running program: while people talk, an order is said yes to, and a warning is on its way."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import text

from dialogs.wording import wording
from knowledge_base.store import Store
from knowledge_base.warnings.cap_write import write_cap
from tests.acceptance.stage import free_port
from tests.fakes.postgres import PostgresServer, postgres_server
from tests.fakes.served import Served, served
from tests.fakes.until import until
from tests.fakes.warning_desk import info, warning
from tests.survive.conftest import LONG, NOWHERE, START, WARNING_KEY
from tests.survive.visitors import PATIENCE, Answer, Visitor, subject, texts

pytestmark = pytest.mark.timeout(2400)

OUTAGE = 60.0 if LONG else 2.0
"""Seconds without a database."""
ANSWERED_WITHIN = 60.0
"""Seconds after which somebody hears at least a sentence; far more than it takes, for a machine with other work."""
PACE = 2.1
"""Seconds between two questions of one person: who asks faster is told so after a while."""
MIDWAY = 0.05
"""Seconds after which a turn is under way: about in its middle."""
ORDER = "后天给俺收三亩半麦子，地在柘城县李庄"
FLAGSHIP = "玉米叶子上有好多洞，长虫了咋整"


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """One that no other file uses."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="module")
def address(server: PostgresServer) -> str:
    return server.new_database()


@pytest.fixture
async def store(address: str) -> AsyncIterator[Store]:
    """The database, to look into afterwards."""
    store = Store(address)
    yield store
    await store.close()


@pytest.fixture(scope="module")
def program(address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    settings = {
        "XIANGYIN_DATABASE_URL": address,
        "XIANGYIN_RASA_URL": NOWHERE,
        "XIANGYIN_WARNING_KEY": WARNING_KEY,
    }
    with served(tmp_path_factory.mktemp("gone") / "home", free_port(), **settings) as program:
        program.wait_until("/readyz", '"ready"', START)
        yield program


@pytest.fixture
async def people(program: Served) -> AsyncIterator[list[Visitor]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(Visitor(program)) for _ in range(4)]


def red(name: str) -> bytes:
    """A red warning for the county of the order."""
    now = datetime.now(UTC).replace(microsecond=0)
    about = info(codes=("411424",), expires=now + timedelta(hours=1))
    return write_cap(replace(warning(name, infos=[about]), sent=now))


async def hand_over(program: Served, document: bytes) -> int:
    """The status with which a warning is taken."""
    headers = {"Authorization": f"Bearer {WARNING_KEY}"}
    async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
        return (await client.post(f"{program.url}/warnings", content=document, headers=headers)).status_code


async def talks(visitor: Visitor, heard: list[tuple[float, float, str]], stop: asyncio.Event) -> None:
    """Asks again and again; when it was asked, how long it took, and what was heard."""
    while not stop.is_set():
        began = time.monotonic()
        answer = await visitor.say(FLAGSHIP)
        heard.append((began, time.monotonic() - began, subject(answer) or texts(answer)[0]))
        await asyncio.sleep(PACE)


async def timed(answer: Awaitable[Answer]) -> tuple[Answer, float]:
    """An answer, and how long it took."""
    began = time.monotonic()
    return await answer, time.monotonic() - began


async def bookings(store: Store) -> int:
    """How many there are."""
    async with store.session() as session:
        return int(await session.scalar(text("SELECT count(*) FROM bookings")) or 0)


async def test_people_hear_a_sentence_and_afterwards_nothing_is_missing(
    program: Served, server: PostgresServer, store: Store, people: list[Visitor]
) -> None:
    farmer, follower, *talkers = people
    trouble, yes = wording().text("trouble.failed"), str(uuid.uuid4())
    asked = await follower.say("柘城县有预警告诉我")
    await follower.press("对，就这样", asked)
    assert (await farmer.say(ORDER))["replies"][0]["kind"] == "confirm"
    for one in talkers:  # consent is asked for once
        assert subject(await one.say(FLAGSHIP)) == "maize.fall_armyworm"
    heard: list[tuple[float, float, str]] = []
    stop = asyncio.Event()
    talking = [asyncio.create_task(talks(one, heard, stop)) for one in talkers]

    before, during = red("on-its-way"), red("while-it-was-gone")
    assert await hand_over(program, before) == 202
    await asyncio.to_thread(server.stop, "immediate")
    gone = time.monotonic()
    began = time.monotonic()
    assert texts(await farmer.say("中", yes)) == [trouble]
    assert "120" in texts(await farmer.say("俺爹喝了农药了"))[0], "danger is answered without a database"
    assert await hand_over(program, during) == 503
    waited = (time.monotonic() - began) / 3
    async with httpx.AsyncClient(trust_env=False, base_url=program.url, timeout=PATIENCE) as client:
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()["reason"]) == (503, "the database does not answer")
        assert (await client.get("/healthz")).status_code == 200
    await until(lambda: any(what == trouble for *_, what in heard), PATIENCE)
    await asyncio.sleep(max(0.0, OUTAGE - (time.monotonic() - gone)))

    await asyncio.to_thread(server.start)
    there = time.monotonic()
    await asyncio.to_thread(program.wait_until, "/readyz", '"ready"')
    ready_after = time.monotonic() - there
    assert program.process.poll() is None, "it was not started anew"
    booked = await farmer.say("中", yes)
    assert (booked["replies"][0]["kind"], booked["duplicate"]) == ("booked", False)
    await until(lambda: any(at > there + ready_after for at, *_ in heard), PATIENCE)
    stop.set()
    await asyncio.gather(*talking)
    assert await hand_over(program, during) == 202
    await until(lambda: len(follower.pushed) >= 2, PATIENCE)

    assert {what for *_, what in heard} == {"maize.fall_armyworm", trouble}
    assert {what for at, _, what in heard if at > there + ready_after} == {"maize.fall_armyworm"}
    slowest = max(took for _, took, _ in heard)
    assert slowest < ANSWERED_WITHIN
    assert len({push["id"] for push in follower.pushed}) == 2
    assert await bookings(store) == 1
    async with store.session() as session:
        warnings = await session.scalars(text("SELECT identifier FROM warnings ORDER BY identifier"))
        assert list(warnings) == ["on-its-way", "while-it-was-gone"]
    print(  # noqa: T201 - the measured figures
        f"gone for {there - gone:.1f} s: a sentence after {waited:.2f} s, {slowest:.1f} s at most; "
        f"ready {ready_after:.1f} s after it came back"
    )


async def test_a_server_that_stands_still_is_not_waited_for(
    program: Served, server: PostgresServer, store: Store, people: list[Visitor]
) -> None:
    trouble, yes = wording().text("trouble.failed"), [str(uuid.uuid4()) for _ in range(2)]
    farmer, another, talker, fourth = people
    before = await bookings(store)
    for one in (farmer, another):
        assert (await one.say(ORDER))["replies"][0]["kind"] == "confirm"
    for one in (talker, fourth):  # consent is asked for once
        await one.say(FLAGSHIP)

    midway = asyncio.create_task(another.say("中", yes[1]))
    await asyncio.sleep(MIDWAY)
    server.freeze()
    try:
        first = await asyncio.gather(
            timed(farmer.say("中", yes[0])), timed(talker.say(FLAGSHIP)), timed(fourth.say("俺爹喝了农药了"))
        )
        later = [await timed(talker.say(FLAGSHIP)), await timed(fourth.say("俺爹喝了农药了"))]
        assert await hand_over(program, red("while-it-stood-still")) == 503
        await midway
    finally:
        server.thaw()
    there = time.monotonic()
    for *unanswered, danger in (first, later):
        assert {texts(answer)[0] for answer, _ in unanswered} == {trouble}
        assert "120" in texts(danger[0])[0]
    waits = [max(took for _, took in some) for some in (first, later)]
    assert waits[0] < ANSWERED_WITHIN
    assert waits[1] < ANSWERED_WITHIN / 2, "who comes later does not wait for what is known to be silent"

    await asyncio.to_thread(program.wait_until, "/readyz", '"ready"')
    ready_after = time.monotonic() - there
    for one, id_ in zip((farmer, another), yes, strict=True):
        assert (await one.say("中", id_))["replies"][0]["kind"] == "booked"
    assert subject(await talker.say(FLAGSHIP)) == "maize.fall_armyworm"
    assert await bookings(store) == before + 2
    assert program.process.poll() is None, "it was not started anew"
    await asyncio.to_thread(program.wait_until, "/readyz", '"scheduler":"leads"')
    leads_after = time.monotonic() - there
    print(  # noqa: T201 - the measured figures
        f"stopped: a sentence after {waits[0]:.1f} s at most, {waits[1]:.1f} s once that is known, danger after "
        f"{first[-1][1]:.1f} and {later[-1][1]:.1f} s; ready {ready_after:.1f} s after it went on, jobs after "
        f"{leads_after:.1f} s"
    )


async def test_a_server_started_anew_in_between_costs_nobody_their_message(
    server: PostgresServer, store: Store
) -> None:
    async def ask() -> None:
        async with store.session() as session:
            await session.execute(text("SELECT pg_sleep(0.1)"))

    await asyncio.gather(*(ask() for _ in range(4)))  # leaves four connections in the pool
    await asyncio.to_thread(server.stop, "fast")
    await asyncio.to_thread(server.start)
    await asyncio.gather(*(ask() for _ in range(4)))
