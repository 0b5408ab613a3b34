"""Where warnings come in: a watched folder, POST /warnings, on the schedule."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from bot.delivery.outbox import Outbox
from bot.metrics import Metrics
from bot.schedule import Schedule
from bot.settings import Settings
from bot.warnings.endpoint import warning_endpoint
from bot.warnings.first_send import FirstSends
from bot.warnings.folder import LOOKS, WatchedFolder
from bot.warnings.looks import Looks
from bot.warnings.sources import warning_intake, warning_sources
from knowledge_base.store import Store
from knowledge_base.warnings.broadcast import Broadcasts
from knowledge_base.warnings.broadcast_models import BroadcastRow, BroadcastState, Outlet
from knowledge_base.warnings.cap_write import write_cap
from knowledge_base.warnings.document import MAX_BYTES
from knowledge_base.warnings.intake import Outcome
from knowledge_base.warnings.models import WarningRow
from tests.fakes.warning_desk import WarningDesk, info, person, said, warning

KEY = "a-key-of-some-length"


@pytest.fixture
def desk(store: Store) -> WarningDesk:
    return WarningDesk(store)


def put(folder: Path, name: str, data: bytes) -> None:
    """As a program should: whole, by renaming."""
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.part").write_bytes(data)
    (folder / f"{name}.part").rename(folder / name)


# --- the folder


async def test_files_are_taken_and_put_away(desk: WarningDesk, tmp_path: Path) -> None:
    folder, failures = tmp_path / "in", []
    watched = WatchedFolder(folder, desk.intake, failures.append, looks=3)
    await watched.scan()
    put(folder, "a.xml", write_cap(warning("A")))
    put(folder, "b.xml", b"<alert>")
    put(folder, "notes.txt", b"?")
    (folder / "link.xml").symlink_to("/etc/hostname")
    await watched.scan()
    assert (await desk.states()) == {"A": "in_force"}
    for _ in range(2):
        assert (folder / "b.xml").exists()  # perhaps still being written
        await watched.scan()
    assert {path.name for path in (folder / "done").iterdir()} == {"a.xml"}
    assert {path.name for path in (folder / "refused").iterdir()} == {"b.xml", "b.txt"}
    assert (folder / "refused" / "b.txt").read_text("utf-8").startswith("not_xml: ")
    assert {path.name for path in folder.glob("*.*")} == {"notes.txt", "link.xml"}
    assert failures == []


async def test_a_crash_before_the_file_is_put_away_does_no_harm(desk: WarningDesk, tmp_path: Path) -> None:
    await desk.people(person("zhang"))
    watched = WatchedFolder(tmp_path / "in", desk.intake, lambda _: None)
    for _ in range(2):
        put(tmp_path / "in", "a.xml", write_cap(warning("A")))
        await watched.scan()
    assert [taken.outcome for taken in desk.taken] == [Outcome.ACCEPTED, Outcome.DUPLICATE]
    assert {path.name for path in (tmp_path / "in" / "done").iterdir()} == {"a.xml", "a.2.xml"}
    assert await desk.send() == ["zhang"]


async def test_a_file_that_grows_is_looked_at_again(desk: WarningDesk, tmp_path: Path) -> None:
    folder, whole = tmp_path / "in", write_cap(warning("A"))
    watched = WatchedFolder(folder, desk.intake, lambda _: None)
    put(folder, "a.xml", whole[:200])
    await watched.scan()
    (folder / "a.xml").write_bytes(whole)
    await watched.scan()
    assert [taken.outcome for taken in desk.taken] == [Outcome.REFUSED, Outcome.ACCEPTED]


async def test_a_file_that_stands_still_for_seconds_and_then_goes_on_is_taken(
    desk: WarningDesk, tmp_path: Path
) -> None:
    folder, whole = tmp_path / "in", write_cap(warning("A"))
    watched = WatchedFolder(folder, desk.intake, lambda _: None)
    put(folder, "a.xml", whole[:200])
    for _ in range(LOOKS - 1):
        await watched.scan()
    with (folder / "a.xml").open("ab") as file:
        file.write(whole[200:])
    await watched.scan()
    assert [taken.outcome for taken in desk.taken] == [Outcome.REFUSED, Outcome.ACCEPTED]


async def test_while_the_store_is_away_files_wait(desk: WarningDesk, tmp_path: Path) -> None:
    folder, failures = tmp_path / "in", []
    take, away = desk.intake.take, True

    async def flaky(data: bytes, source: str) -> object:
        if away:
            raise OperationalError("", {}, OSError())
        return await take(data, source)

    desk.intake.take = flaky  # type: ignore[method-assign, assignment]
    looks: list[str] = []
    watched = WatchedFolder(folder, desk.intake, failures.append, looked=lambda: looks.append("looked"))
    put(folder, "a.xml", write_cap(warning("A")))
    put(folder, "b.xml", write_cap(warning("B")))
    await watched.scan()
    assert failures == ["warnings.folder"] * 2
    assert looks == []
    away = False
    await watched.scan()
    assert looks == ["looked"]
    assert await desk.states() == {"A": "in_force", "B": "in_force"}


# --- the endpoint


@pytest.fixture
async def client(desk: WarningDesk) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.include_router(warning_endpoint(desk.intake, KEY))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


async def test_what_is_posted_is_answered_with_what_became_of_it(desk: WarningDesk, client: httpx.AsyncClient) -> None:
    await desk.people(person("zhang"))
    key = {"Authorization": f"Bearer {KEY}"}

    async def post(data: bytes) -> tuple[int, dict[str, object]]:
        response = await client.post("/warnings", content=data, headers=key)
        return response.status_code, response.json()

    status, answer = await post(write_cap(warning("A")))
    assert (status, answer["outcome"], answer["recipients"]) == (202, "accepted", 1)
    assert (await post(write_cap(warning("A"))))[1] == {"outcome": "duplicate", "id": answer["id"], "recipients": 0}
    assert (await post(write_cap(warning("U", 1, "X"))))[0] == 202
    status, answer = await post(b"<alert/>")
    assert (status, answer["reason"]) == (400, "namespace")
    assert "CAP" in str(answer["sentence"])
    assert (await post(b"x" * (MAX_BYTES + 1)))[0] == 413

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(MAX_BYTES // 50_000 + 1):
            yield b"x" * 50_000

    assert (await client.post("/warnings", content=chunks(), headers=key)).status_code == 413


@pytest.mark.parametrize("given", ["", KEY, f"Basic {KEY}", "Bearer ", f"Bearer {KEY}x", "Bearer 钥匙"])
async def test_without_the_key_nothing_is_read(desk: WarningDesk, client: httpx.AsyncClient, given: str) -> None:
    headers = {"Authorization": given.encode()} if given else {}
    response = await client.post("/warnings", content=write_cap(warning("A")), headers=headers)
    assert response.status_code == 401
    assert await desk.states() == {}
    assert KEY not in response.text


async def test_what_the_broadcast_platform_says_later_is_kept(desk: WarningDesk) -> None:
    written = Broadcasts(desk.store, "410184000000010100", [Outlet.HTTP], desk.clock)
    heard = WarningDesk(desk.store, desk.clock, [written])
    await heard.take(warning("A"))
    document = await written.take()
    assert document is not None
    app = FastAPI()
    app.include_router(warning_endpoint(heard.intake, KEY, written))
    answer = "<EBD><EBDType>EBDResponse</EBDType><RelatedEBD><EBDID>{}</EBDID></RelatedEBD>{}</EBD>"
    taken = "<EBDResponse><ResultCode>1</ResultCode></EBDResponse>"
    headers = {"Authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk") as client:
        ours = await client.post("/warnings", content=answer.format(document.ebd_id, taken), headers=headers)
        other = await client.post("/warnings", content=answer.format("?", taken), headers=headers)
        cut = await client.post("/warnings", content=answer.format("?", "")[:40], headers=headers)
    assert (ours.status_code, other.status_code, cut.status_code) == (200, 404, 400)
    async with desk.store.session() as session:
        row = (await session.scalars(select(BroadcastRow))).one()
    assert row.state == BroadcastState.ACCEPTED


def test_a_key_that_can_be_guessed_is_refused() -> None:
    with pytest.raises(ValidationError, match="16 characters"):
        Settings(warning_key="short")
    with pytest.raises(ValueError, match="without a key"):
        warning_endpoint(None, "")  # type: ignore[arg-type]


# --- the schedule


async def test_the_schedule_takes_what_lies_in_the_folder_and_measures(store: Store, tmp_path: Path) -> None:
    folder, counted = tmp_path / "in", asyncio.Event()

    class Watched(Metrics):
        def warning(self, source: str, outcome: str, colour: str, recipients: int) -> None:
            super().warning(source, outcome, colour, recipients)
            counted.set()

    metrics = Watched()
    settings = Settings(warning_folder=folder, _env_file=None)  # type: ignore[call-arg]
    now = datetime.now(UTC).replace(microsecond=0)
    fresh = warning("A", infos=[info(expires=now + timedelta(hours=1))], sent=now)
    put(folder, "a.xml", write_cap(fresh))

    def clock() -> datetime:
        return datetime.now(UTC)

    desk = WarningDesk(store, clock)  # type: ignore[arg-type]
    await desk.people(person("zhang"))
    outbox, schedule = Outbox(store, clock), Schedule(metrics.failed)
    intake = warning_intake(settings, store, outbox, metrics, clock, text=said)
    looks = Looks(clock)
    async with warning_sources(settings, store, metrics, clock, intake=intake, schedule=schedule, looks=looks):
        assert await looks.last() is None
        schedule.start()
        await asyncio.wait_for(counted.wait(), 60)
        schedule.stop()
    assert await desk.send() == ["zhang"]
    await FirstSends(store, clock, metrics.first_sent).look()
    await FirstSends(store, clock, metrics.first_sent).look()
    text = metrics.text().decode()
    assert 'xiangyin_warnings_total{outcome="accepted",source="folder"} 1.0' in text
    assert 'xiangyin_warning_recipients_total{colour="red"} 1.0' in text
    assert 'xiangyin_warning_first_seconds_count{colour="red"} 1.0' in text
    async with store.session() as session:
        row = (await session.scalars(select(WarningRow))).one()
    assert row.first_sent_at is not None
    assert now <= row.arrived_at <= row.first_sent_at
