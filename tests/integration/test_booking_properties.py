"""Whatever farmers, providers, clock and weather do in whatever order, the ledger holds what it promises."""

import asyncio
import tempfile
from collections.abc import Coroutine
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from dialogs.booking.notices import What
from dialogs.booking.terms import BookingError, Person, State
from tests.fakes.booking import COUNTY, Yard, check_ledger, day, empty_store, wish

FARMERS = [Person("web", f"farmer{n}") for n in range(3)]
PROVIDERS = [Person("web", f"provider{n}") for n in range(3)]
AREAS = st.sampled_from(["0.01", "3.5", "6", "10", "12", "25"])
OFFSETS = st.integers(0, 5)
NUMBERS = st.integers(0, 30)
HOURS = st.sampled_from([1, 3, 9, 24, 80])
_T = TypeVar("_T")


class Bookings(RuleBasedStateMachine):
    """The ledger in everybody's hands; what was ordered is remembered here."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory(prefix="xiangyin-test-")
        self.yard = Yard(self.run(empty_store(Path(self.folder.name))))
        self.ordered: list[tuple[str, str, Person]] = []

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        return self.runner.run(work)

    def teardown(self) -> None:
        self.run(self.yard.store.close())
        self.runner.close()
        self.folder.cleanup()

    @initialize()
    def providers_and_station(self) -> None:
        for number, person in enumerate(PROVIDERS):
            self.run(self.yard.provider(person.user, str(60 + 5 * number), capacity="10"))
        self.run(self.yard.station())

    def command(self, work: Coroutine[Any, Any, _T]) -> _T | None:
        """Do it; a refusal is an answer as well. Anything else, an illegal step above all, fails the test."""
        try:
            return self.run(work)
        except BookingError:
            return None

    def booking(self, number: int) -> tuple[str, Person]:
        _, id_, farmer = self.ordered[number % len(self.ordered)]
        return id_, farmer

    @rule(who=st.sampled_from(FARMERS), area=AREAS, first=OFFSETS, length=st.integers(0, 3))
    def order(self, who: Person, area: str, first: int, length: int) -> None:
        key = self.yard.key()
        today = (self.yard.now.date() - day(0)).days
        booking = self.command(self.yard.machinery.order(who, wish(area, today + first, today + first + length), key))
        if booking:
            self.ordered.append((key, booking.id, who))

    @precondition(lambda self: self.ordered)
    @rule(number=NUMBERS)
    def the_same_order_again(self, number: int) -> None:
        key, id_, who = self.ordered[number % len(self.ordered)]
        booking = self.run(self.yard.machinery.order(who, wish(), key))
        assert booking.id == id_

    @precondition(lambda self: self.ordered)
    @rule(number=NUMBERS, who=st.none() | st.sampled_from(PROVIDERS))
    def accept(self, number: int, who: Person | None) -> None:
        """Mostly whoever is asked, sometimes anybody."""
        id_, farmer = self.booking(number)
        asked = [one for one in self.run(self.yard.machinery.mine(farmer)) if one.id == id_]
        person = who or (asked[0].provider_person if asked else None) or PROVIDERS[0]
        self.command(self.yard.machinery.accept(person, id_, self.yard.key()))

    @precondition(lambda self: self.ordered)
    @rule(number=NUMBERS, who=st.sampled_from(PROVIDERS))
    def decline(self, number: int, who: Person) -> None:
        self.command(self.yard.machinery.decline(who, self.booking(number)[0], "忙", self.yard.key()))

    @precondition(lambda self: self.ordered)
    @rule(number=NUMBERS)
    def cancel(self, number: int) -> None:
        id_, farmer = self.booking(number)
        booking = self.command(self.yard.machinery.cancel(farmer, id_, "", self.yard.key()))
        assert booking is None or booking.state == State.CANCELLED

    @precondition(lambda self: self.ordered)
    @rule(number=NUMBERS, first=OFFSETS, length=st.integers(0, 3), by=st.sampled_from([None, *PROVIDERS]))
    def reschedule(self, number: int, first: int, length: int, by: Person | None) -> None:
        id_, farmer = self.booking(number)
        start = self.yard.now.date() + timedelta(days=first)
        before = len(self.run(self.yard.machinery.mine(farmer)))
        moved = self.command(
            self.yard.machinery.reschedule(
                by or farmer, id_, start, start + timedelta(days=length), None, self.yard.key()
            )
        )
        assert moved is None or moved.id == id_
        assert len(self.run(self.yard.machinery.mine(farmer))) == before, "a reschedule is one booking"

    @precondition(lambda self: self.ordered)
    @rule(number=NUMBERS, area=AREAS)
    def change_area(self, number: int, area: str) -> None:
        id_, farmer = self.booking(number)
        booking = self.command(self.yard.machinery.change_area(farmer, id_, Decimal(area), self.yard.key()))
        assert booking is None or booking.wish.area_mu == Decimal(area)

    @rule(who=st.sampled_from(PROVIDERS), first=OFFSETS, length=st.integers(0, 2), back=st.booleans())
    def days_off(self, who: Person, first: int, length: int, back: bool) -> None:
        start = self.yard.now.date() + timedelta(days=first)
        end = start + timedelta(days=length)
        self.command(self.yard.machinery.days_off(who, start, end, "", self.yard.key()))
        for one in self.run(self.yard.machinery.jobs(who)):
            if one.state == State.ACCEPTED and one.day and one.last_day:
                assert one.last_day < start or one.day > end, "nothing is left on a day off"
        if back:
            self.run(self.yard.machinery.back(who, self.yard.key()))

    @precondition(lambda self: self.ordered)
    @rule(number=NUMBERS, who=st.sampled_from([None, *PROVIDERS]), done=st.booleans())
    def finish(self, number: int, who: Person | None, done: bool) -> None:
        id_, farmer = self.booking(number)
        self.command(self.yard.machinery.finish(who or farmer, id_, done, None, None, self.yard.key()))

    @rule(hours=HOURS)
    def time_goes_by(self, hours: int) -> None:
        self.yard.now += timedelta(hours=hours)
        self.run(self.yard.machinery.tick())
        told = len(self.yard.told.all)
        self.run(self.yard.machinery.tick())
        assert len(self.yard.told.all) == told, "the clock says nothing twice"

    @rule(offset=OFFSETS)
    def rain(self, offset: int) -> None:
        spoiled = self.yard.now.date() + timedelta(days=offset)
        count = self.run(self.yard.machinery.spoiled(COUNTY, spoiled, "雨"))
        assert self.run(self.yard.machinery.spoiled(COUNTY, spoiled, "雨")) == 0
        assert count <= len(self.ordered)

    @invariant()
    def the_ledger_is_right(self) -> None:
        assert self.run(check_ledger(self.yard.store)) == len(self.ordered)

    @invariant()
    def everybody_was_told_who_waits_for_them(self) -> None:
        """A provider for whose answer a farmer waits has got the offer."""
        for provider in PROVIDERS:
            offers = {
                notice.booking.id for who, notice in self.yard.told.all if who == provider and notice.what == What.OFFER
            }
            assert {job.id for job in self.run(self.yard.machinery.jobs(provider))} <= offers


Bookings.TestCase.settings = settings(max_examples=12, stateful_step_count=15, deadline=None)
test_bookings = Bookings.TestCase
