"""A server that is killed with -9 while somebody publishes or imports: all of it is there afterwards, or nothing."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from knowledge_base.store import Store
from tests.fakes.curation import EDITED, Curation
from tests.fakes.entries import entry
from tests.fakes.killed_station import DRAFTS, KEY

pytestmark = pytest.mark.timeout(400)

ROOT = Path(__file__).parents[2]


async def killed(store: Store, work: str, folder: Path) -> list[dict[str, Any]]:
    """What the store had after each life."""
    told = folder / "told.txt"
    address = store.engine.url.render_as_string(hide_password=False)
    program = [sys.executable, "-m", "tests.fakes.killed_station", address, work, str(told)]
    done = await asyncio.to_thread(subprocess.run, program, cwd=ROOT, check=False, capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return [json.loads(line) for line in told.read_text("utf-8").splitlines()]


@pytest.fixture
async def desk(store: Store) -> Curation:
    desk = Curation(store)
    await desk.shipped()
    return desk


async def test_publishing_is_all_or_nothing(desk: Curation, tmp_path: Path) -> None:
    await desk.in_review()
    *lives, end = await killed(desk.store, "publish", tmp_path)
    assert len(lives) > 8, "every statement was the last one once"
    before = {
        "versions": [[KEY, "published"], [KEY, "in_review"]],
        "entries": [[KEY, None, entry().spoken]],
        "audit": ["entry.save", "entry.submit"],
    }
    assert all(life == before for life in lives)
    assert end == {
        "versions": [[KEY, "superseded"], [KEY, "published"]],
        "entries": [[KEY, 2, EDITED]],
        "audit": ["entry.save", "entry.submit", "entry.publish"],
    }
    assert await desk.spoken() == EDITED


async def test_an_import_is_all_or_nothing(desk: Curation, tmp_path: Path) -> None:
    *lives, end = await killed(desk.store, "import", tmp_path)
    assert len(lives) > DRAFTS
    assert all((life["versions"], life["audit"]) == ([], []) for life in lives)
    assert end["versions"] == [[f"maize.no{n}", "draft"] for n in range(DRAFTS)]
    assert end["audit"] == ["entry.save"] * DRAFTS
