"""The state machine of bookings, the hours of work, and what docs/booking.md says of them."""

import re
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.booking import hours
from dialogs.booking.states import HOLDING, OPEN, TABLE, IllegalStep, Step, follow, replay
from dialogs.booking.terms import State
from tests.fakes.booking import TODAY, day

DOC = Path(__file__).parents[2] / "docs" / "booking.md"
ROW = re.compile(r"^\| `(\w+)` \| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)


def test_the_document_has_exactly_the_table() -> None:
    written = {
        (step, before, after, by, sense) for step, before, after, by, sense in ROW.findall(DOC.read_text("utf-8"))
    }
    real = {
        (step, str(before or "-"), str(after), ", ".join(sorted(rule.by)), rule.sense)
        for step, rule in TABLE.items()
        for before, after in rule.leads.items()
    }
    assert written == real


def test_every_step_is_in_the_table_and_every_state_can_be_reached() -> None:
    assert set(TABLE) == set(Step)
    reached: set[State | None] = {None}
    while (
        more := {after for rule in TABLE.values() for before, after in rule.leads.items() if before in reached}
        - reached
    ):
        reached |= more
    assert reached == {None, *State}


@pytest.mark.parametrize("state", sorted(set(State) - OPEN))
def test_what_is_over_is_over(state: State) -> None:
    for step in Step:
        with pytest.raises(IllegalStep):
            follow(state, step)


@given(st.lists(st.sampled_from(list(Step)), max_size=12))
def test_steps_lead_where_the_table_says_or_nowhere(steps: list[Step]) -> None:
    state: State | None = None
    for number, step in enumerate(steps):
        if state not in TABLE[step].leads:
            with pytest.raises(IllegalStep):
                replay(steps[: number + 1])
            return
        state = TABLE[step].leads[state]
    assert replay(steps) == state


def test_only_what_was_accepted_holds_a_machine() -> None:
    """Into a state that holds days leads only the acceptance, or a step from another such state."""
    for step, rule in TABLE.items():
        for before, after in rule.leads.items():
            assert after not in HOLDING or step == Step.ACCEPT or before in HOLDING


def local(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}:00+08:00")


@pytest.mark.parametrize(
    ("asked", "offset", "part", "until"),
    [
        ("2026-11-22T12:00", 2, None, "2026-11-22T14:00"),
        ("2026-11-22T19:59", 2, None, "2026-11-22T21:59"),
        ("2026-11-22T20:00", 2, None, "2026-11-23T08:00"),
        ("2026-11-23T00:30", 3, None, "2026-11-23T08:00"),
        ("2026-11-23T05:59", 3, None, "2026-11-23T08:00"),
        ("2026-11-23T06:00", 3, None, "2026-11-23T08:00"),
        # Work that is near: an hour before it begins, yet never less than half an hour to think.
        ("2026-11-22T21:00", 1, "morning", "2026-11-23T06:00"),
        ("2026-11-22T21:00", 1, "afternoon", "2026-11-23T08:00"),
        ("2026-11-22T11:30", 0, "afternoon", "2026-11-22T12:00"),
        ("2026-11-22T12:00", 0, "afternoon", "2026-11-22T12:30"),
        ("2026-11-22T12:00", 0, None, "2026-11-22T12:30"),
        ("2026-12-31T22:00", 45, None, "2027-01-01T08:00"),
    ],
)
def test_how_long_a_provider_may_think(asked: str, offset: int, part: str | None, until: str) -> None:
    assert hours.deadline(local(asked), day(offset), part) == local(until)


def test_days_are_those_of_the_county_not_of_greenwich() -> None:
    assert hours.today(local("2027-01-01T00:00")) == datetime(2027, 1, 1).date()  # noqa: DTZ001 - a day
    assert hours.today(local("2026-12-31T23:59")) == datetime(2026, 12, 31).date()  # noqa: DTZ001
    assert hours.evening_before(day(1)) == local("2026-11-22T19:00")
    assert hours.two_hours_before(TODAY, "afternoon") == local("2026-11-22T11:00")
    assert hours.two_hours_before(TODAY, None) == local("2026-11-22T05:00")
    assert hours.evening_of(TODAY, None) == local("2026-11-22T19:00")
    assert hours.evening_of(TODAY, "evening") == local("2026-11-22T22:00")


def test_a_day_is_offered_while_there_is_an_hour_left_of_it() -> None:
    assert hours.still_open(TODAY, "morning", local("2026-11-22T11:00"))
    assert not hours.still_open(TODAY, "morning", local("2026-11-22T11:01"))
    assert hours.still_open(TODAY, None, local("2026-11-22T18:00"))
