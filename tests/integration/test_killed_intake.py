"""Where warnings come in is killed with -9: every warning is taken once, and everybody gets it once."""

import asyncio
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from bot.delivery.models import OutboxRow
from knowledge_base.store import Store
from knowledge_base.warnings.cap_write import write_cap
from tests.acceptance.stage import free_port
from tests.fakes.killed_intake import KEY
from tests.fakes.warning_desk import WarningDesk, person, warning

pytestmark = pytest.mark.timeout(400)

ROOT = Path(__file__).parents[2]
PROGRAM = [sys.executable, "-m", "tests.fakes.killed_intake"]
PEOPLE = [f"p{n}" for n in range(40)]
KILLS = int(os.environ.get("XIANGYIN_TEST_KILLS", "4"))


@pytest.fixture
async def desk(any_store: Store) -> WarningDesk:
    return await manned(any_store)


async def manned(store: Store) -> WarningDesk:
    desk = WarningDesk(store)
    await desk.people(*(person(user) for user in PEOPLE))
    return desk


def address(desk: WarningDesk) -> str:
    return desk.store.engine.url.render_as_string(hide_password=False)


async def kept(desk: WarningDesk) -> list[int]:
    """How many messages there are for each version of each warning."""
    async with desk.store.session() as session:
        return list(Counter(await session.scalars(select(OutboxRow.topic))).values())


async def test_from_the_folder_killed_before_one_step_after_the_other(desk: WarningDesk, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name, alert in {"1": warning("A"), "2": warning("A"), "3": warning("A2", 2, "A")}.items():
        (folder / f"{name}.xml").write_bytes(write_cap(alert))
        os.utime(folder / f"{name}.xml", (int(name), int(name)))
    done = await asyncio.to_thread(
        subprocess.run, [*PROGRAM, "folder", address(desk), str(folder)], cwd=ROOT, capture_output=True, timeout=300
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    assert int(done.stdout) > 4, "many steps were the last one once"
    assert sorted(path.name for path in folder.glob("*.xml")) == []
    assert sorted(path.name for path in (folder / "done").iterdir()) == ["1.xml", "2.xml", "3.xml"]
    assert await desk.states() == {"A": "superseded", "A2": "in_force"}
    assert await kept(desk) == [len(PEOPLE)] * 2
    await desk.send()
    assert desk.got == {user: ["A2"] for user in PEOPLE}


@pytest.mark.timeout(400 + 10 * KILLS)
async def test_by_http_every_warning_is_accepted_once_by_who_asks_until_it_is_answered(store: Store) -> None:
    desk, port = await manned(store), free_port()
    process = await asyncio.create_subprocess_exec(
        *PROGRAM, "http", address(desk), str(port), str(KILLS), cwd=ROOT, stdin=asyncio.subprocess.PIPE
    )
    names, answers, tries = [], Counter[str](), 0
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60) as client:
            async with asyncio.timeout(300 + 10 * KILLS):
                for number in range(5 * KILLS):
                    names.append(f"W{number}")
                    while True:
                        tries += 1
                        try:
                            response = await client.post(
                                "/warnings",
                                content=write_cap(warning(names[-1])),
                                headers={"Authorization": f"Bearer {KEY}"},
                            )
                        except httpx.TransportError:
                            await asyncio.sleep(0.01)
                            continue
                        assert response.status_code in {200, 202}
                        answers[response.json()["outcome"]] += 1
                        break
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()
    sys.stdout.write(f"\n{KILLS} kills, {len(names)} warnings: {tries} tries, answered {dict(answers)}\n")
    assert answers.total() == len(names)
    assert answers.keys() <= {"accepted", "duplicate"}
    assert await desk.states() == dict.fromkeys(names, "in_force")
    assert await kept(desk) == [len(PEOPLE)] * len(names)
    async with desk.store.session() as session:
        waiting = (await session.scalars(select(OutboxRow.user).where(OutboxRow.state == "waiting"))).all()
    assert Counter(waiting) == dict.fromkeys(PEOPLE, len(names))
