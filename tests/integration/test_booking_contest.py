"""Fifty clients who want more than there is, and processes that are killed with -9: the ledger is always right."""

import asyncio
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.delivery.models import OutboxRow
from dialogs.booking.models import BookingRow, EventRow
from dialogs.booking.states import Step
from dialogs.booking.terms import State
from knowledge_base.store import Store
from tests.fakes.booking import Yard, check_ledger
from tests.fakes.contest import contest

pytestmark = pytest.mark.timeout(400)

ROOT = Path(__file__).parents[2]
ORDERS = 50
"""`python -m tests.bench.bookings` has 10,000."""
CLIENTS = 50
PROVIDERS = 3
KILLED_ORDERS = 24
KILLS = 5


async def test_nothing_over_capacity_nothing_lost_nothing_doubled(any_store: Store) -> None:
    held = await contest(any_store, ORDERS, CLIENTS, PROVIDERS)
    assert held.outcomes[State.ACCEPTED] > ORDERS / 3
    assert held.outcomes[State.ASKED] > 0, "there was more wanted than there is"


async def test_killed_in_the_middle_each_booking_is_booked_or_not(any_store: Store, tmp_path: Path) -> None:
    yard = Yard(any_store)
    await yard.provider("wang", capacity="30")
    answers = tmp_path / "answers.txt"
    answers.touch()
    address = any_store.engine.url.render_as_string(hide_password=False)
    arguments = [address, str(answers), str(KILLED_ORDERS), str(KILLS)]
    program = [sys.executable, "-m", "tests.fakes.killed_clerk", *arguments]
    done = await asyncio.to_thread(subprocess.run, program, cwd=ROOT, check=False, capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr.decode()[-2000:]

    lines = answers.read_text("utf-8").splitlines()
    assert lines.count("killed") == KILLS
    said: dict[str, set[str]] = {}
    for key, booking, _ in (line.split() for line in lines if line != "killed"):
        said.setdefault(key, set()).add(booking)
    assert all(len(bookings) == 1 for bookings in said.values()), "a key that is sent again gives the booking of before"
    orders = [booking for key, (booking,) in said.items() if key.startswith("order")]
    assert len(orders) == len(set(orders)) == KILLED_ORDERS
    assert await check_ledger(any_store) == KILLED_ORDERS, (
        "none but those: what was not answered was done again, not twice"
    )
    await everybody_heard_the_truth(any_store)


async def everybody_heard_the_truth(store: Store) -> None:
    """Of every step that somebody else has to hear of there is one message, and of nothing that did not happen."""
    async with store.session() as session:
        steps = Counter((await session.scalars(select(EventRow.step))).all())
        payloads = [payload["text"] for payload in await session.scalars(select(OutboxRow.payload))]
        states = Counter((await session.scalars(select(BookingRow.state))).all())
    heard = Counter(text.split()[0] for text in payloads)
    assert heard["offer"] == steps[Step.OFFER]
    assert heard["accepted"] == steps[Step.ACCEPT]
    assert heard["cancelled"] + heard["offer_over"] <= steps[Step.CANCEL]
    assert states[State.CANCELLED] == steps[Step.CANCEL] == KILLED_ORDERS / 4
