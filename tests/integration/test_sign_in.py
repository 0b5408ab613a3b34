"""Signing in, in both databases: locks, guesses made at once, names that do not exist."""

import asyncio
from datetime import datetime, timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from knowledge_base.curation.accounts import TERMINAL, Role
from knowledge_base.curation.audit import Audit
from knowledge_base.curation.models import AccountRow
from knowledge_base.curation.passwords import Passwords
from knowledge_base.curation.sign_in import (
    FAILURES,
    FAILURES_OF_AN_ADDRESS,
    LOCK,
    REMEMBERED,
    Locked,
    Refused,
    SignIn,
    Tally,
)
from knowledge_base.curation.staff import Staff
from knowledge_base.store import Store
from tests.fakes.console import PASSWORD, Clock, quick_passwords, wide

HERE = "192.0.2.1"


class Station:
    """One account, `wang`, and the way in."""

    def __init__(self, store: Store, now: datetime) -> None:
        self.store = store
        self.clock = Clock(now)
        self.audit = Audit(self.clock)
        self.staff = Staff(store, quick_passwords(), self.audit, self.clock)
        self.door = self.way_in(quick_passwords())

    def way_in(self, passwords: Passwords) -> SignIn:
        """Another process."""
        return SignIn(self.store, passwords, self.audit, self.clock)

    async def outcome(self, name: str, password: str = "wrong-wrong-wrong", address: str = HERE) -> str:
        try:
            return (await self.door.sign_in(name, password, address)).name
        except (Refused, Locked) as end:
            return type(end).__name__


async def station_on(store: Store, now: datetime) -> Station:
    station = Station(store, now)
    await station.staff.add(TERMINAL, "wang", "王", frozenset({Role.AGENT}), PASSWORD)
    return station


@pytest.fixture
async def station(store: Store, now: datetime) -> Station:
    return await station_on(store, now)


@pytest.fixture
async def any_station(any_store: Store, now: datetime) -> Station:
    return await station_on(any_store, now)


async def test_name_and_password(station: Station) -> None:
    assert await station.outcome(f" {wide('WANG')} ", PASSWORD) == "wang"
    assert await station.outcome("wang", PASSWORD + "x") == "Refused"
    await station.staff.add(TERMINAL, "zhao", "赵", frozenset({Role.OPERATOR}), PASSWORD)
    await station.staff.close(TERMINAL, "wang")
    assert await station.outcome("wang", PASSWORD) == "Refused"


async def test_five_failures_lock_for_a_quarter_of_an_hour(any_station: Station) -> None:
    said = [await any_station.outcome("wang") for _ in range(FAILURES)]
    assert said == ["Refused"] * (FAILURES - 1) + ["Locked"]
    assert await any_station.outcome("wang", PASSWORD) == "Locked"
    any_station.door = any_station.way_in(quick_passwords())
    assert await any_station.outcome("wang", PASSWORD) == "Locked"  # in every process
    any_station.clock.now += LOCK - timedelta(seconds=1)
    assert await any_station.outcome("wang", PASSWORD) == "Locked"
    any_station.clock.now += timedelta(seconds=1)
    assert await any_station.outcome("wang") == "Refused"  # counted anew
    assert await any_station.outcome("wang", PASSWORD) == "wang"
    events = await any_station.audit.recent(any_station.store, subject="wang", limit=9)
    assert [event.action for event in events] == ["account.sign_in", "account.lock", "account.add"]


async def test_a_right_password_forgives_what_came_before(station: Station) -> None:
    for _ in range(2):
        for _ in range(FAILURES - 1):
            assert await station.outcome("wang") == "Refused"
        assert await station.outcome("wang", PASSWORD) == "wang"


async def test_guesses_made_at_once_are_no_more_than_guesses_one_by_one(any_station: Station) -> None:
    said = await asyncio.gather(*(any_station.outcome("wang") for _ in range(12)))
    assert said.count("Refused") < FAILURES
    assert await any_station.outcome("wang", PASSWORD) == "Locked"


async def test_an_operator_ends_the_lock(station: Station) -> None:
    for _ in range(FAILURES):
        await station.outcome("wang")
    issued = await station.staff.reset(TERMINAL, "wang")
    assert await station.outcome("wang", issued.password) == "wang"


async def test_an_unknown_name_behaves_as_a_known_one(station: Station) -> None:
    unknown = [await station.outcome("li") for _ in range(FAILURES + 1)]
    known = [await station.outcome("wang") for _ in range(FAILURES + 1)]
    assert unknown == known
    station.clock.now += LOCK
    assert await station.outcome("li") == "Refused"


async def test_an_address_that_tries_ever_other_names_is_held_back(station: Station) -> None:
    said = [await station.outcome(f"name{n}") for n in range(FAILURES_OF_AN_ADDRESS)]
    assert set(said) == {"Refused"}
    assert await station.outcome("another") == "Locked"
    assert await station.outcome("wang", PASSWORD) == "Locked"
    assert await station.outcome("wang", PASSWORD, "192.0.2.2") == "wang"  # nobody else is
    station.clock.now += LOCK
    assert await station.outcome("wang", PASSWORD) == "wang"


async def test_an_ipv6_address_is_as_good_as_its_neighbours(station: Station) -> None:
    for n in range(FAILURES_OF_AN_ADDRESS):
        await station.outcome("nobody", address=f"2001:db8::{n:x}")
    assert await station.outcome("wang", PASSWORD, "2001:db8::ffff") == "Locked"
    assert await station.outcome("wang", PASSWORD, "2001:db8:0:1::1") == "wang"


async def test_many_people_behind_one_address_are_not(station: Station) -> None:
    for _ in range(FAILURES_OF_AN_ADDRESS - 1):
        await station.outcome("nobody")
    assert [await station.outcome("wang", PASSWORD) for _ in range(3)] == ["wang"] * 3


async def test_an_old_hash_is_made_anew(any_station: Station) -> None:
    today = Passwords(PasswordHasher(time_cost=2, memory_cost=8, parallelism=1))
    any_station.door = any_station.way_in(today)
    assert await any_station.outcome("wang", PASSWORD) == "wang"
    async with any_station.store.session() as session:
        kept = (await session.scalars(select(AccountRow.password))).one()
    assert not today.outdated(kept)
    assert await any_station.outcome("wang", PASSWORD) == "wang"


async def test_a_name_of_any_length_and_kind_is_merely_unknown(any_station: Station) -> None:
    for name in ("x" * 100_000, "王" * 300, "' OR 1=1 --", "<script>", "🌾", ""):
        assert await any_station.outcome(name) == "Refused"


def test_what_is_remembered_of_failures_is_bounded(now: datetime) -> None:
    tally = Tally(1, Clock(now))
    for n in range(REMEMBERED + 1):
        tally.add(str(n))
    assert not tally.full("0")
    assert tally.full("1")
