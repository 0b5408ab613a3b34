"""A worker that is killed with -9 at random points: everybody gets the message; twice only where it had to be."""

import asyncio
import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.delivery.models import OutboxRow
from bot.delivery.outbox import Envelope, Outbox
from bot.delivery.worker import Bounds
from dialogs.messages import Reply, ReplyKind
from knowledge_base.store import Store

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("XIANGYIN_TEST_KILLS", "8"))
"""`XIANGYIN_TEST_KILLS=100 pytest -s tests/integration/test_killed_worker.py` is how docs/measured.md was made."""
PEOPLE = 25 * KILLS
SMALL = Bounds(parallel=3, unrecorded=5, portion=12)


@pytest.mark.timeout(400 + 10 * KILLS)
@pytest.mark.parametrize(("bounds", "people"), [(SMALL, PEOPLE), (Bounds(), 4 * PEOPLE)], ids=["small", "usual"])
async def test_killed_again_and_again_and_everybody_has_the_message(
    any_store: Store, tmp_path: Path, bounds: Bounds, people: int
) -> None:
    outbox = Outbox(any_store, lambda: datetime.now(UTC))
    async with any_store.session() as session:
        reply = Reply(ReplyKind.INFO, "信")
        await outbox.put(session, [Envelope("file", f"p{n}", "t", reply) for n in range(people)])
    sent = tmp_path / "sent.txt"
    sent.touch()
    address = any_store.engine.url.render_as_string(hide_password=False)
    numbers = [KILLS, bounds.parallel, bounds.unrecorded, bounds.portion]
    program = [sys.executable, "-m", "tests.fakes.killed_worker", address, str(sent), *map(str, numbers)]
    patience = 300 + 10 * KILLS
    done = await asyncio.to_thread(
        subprocess.run, program, cwd=ROOT, check=False, capture_output=True, timeout=patience
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]

    lines = sent.read_text("utf-8").splitlines()
    assert lines.count("killed") == KILLS
    life, lives = 0, dict[str, list[int]]()
    for line in lines:
        life += line == "killed"
        lives.setdefault(line, []).append(life)
    del lives["killed"]
    assert {line.split()[0] for line in lives} == {f"p{n}" for n in range(people)}
    assert len(lives) == people, "a message keeps its id over all tries"
    # Sent twice is what was in the hands of a worker between sending and recording, when it was killed: never twice by
    # one worker, and of each killed one no more than it sends at the same time and leaves unrecorded.
    twice = [when for when in lives.values() if len(when) > 1]
    assert all(len(set(when)) == len(when) for when in twice)
    in_hand = Counter(life for when in twice for life in when[:-1])
    most = max(in_hand.values(), default=0)
    sys.stdout.write(f"\n{KILLS} kills, {people} people: {in_hand.total()} second copies, at most {most} for a kill\n")
    assert most <= bounds.parallel + bounds.unrecorded
    assert max(in_hand, default=0) < KILLS
    async with any_store.session() as session:
        states = (await session.scalars(select(OutboxRow.state))).all()
    assert Counter(states) == {"sent": people}
