"""The state machine of legal appointments, and what docs/consultation.md says of it and of the kinds."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.consultation.kinds import kinds
from dialogs.consultation.states import OPEN, TABLE, IllegalStep, Step, follow, replay
from dialogs.consultation.terms import State
from knowledge_base.entry import read_content

DOC = (Path(__file__).parents[2] / "docs" / "consultation.md").read_text("utf-8")
STEP = re.compile(r"^\| `(\w+)` \| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)
KIND = re.compile(r"^\| `(\w+)` \| (\d+|-) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


def test_the_document_has_exactly_the_table() -> None:
    real = {
        (str(step), str(before or "-"), str(after), ", ".join(sorted(rule.by)), rule.sense)
        for step, rule in TABLE.items()
        for before, after in rule.leads.items()
    }
    assert set(STEP.findall(DOC)) == real


def test_the_document_has_exactly_the_kinds() -> None:
    real = {
        (
            key,
            str(one.limit.months or "-"),
            one.limit.law,
            ", ".join(f"`{name}`" for name in (one.answer, *one.instead)),
        )
        for key, one in kinds().items()
    }
    assert set(KIND.findall(DOC)) == real


def test_every_kind_is_answered_from_the_library() -> None:
    known = {entry.key for entry in read_content()}
    for one in kinds().values():
        assert {one.answer, *one.instead} <= known
        assert set(one.limits) <= {one.answer, *one.instead}
        assert 2 <= len(one.questions) <= 4


def test_every_step_is_in_the_table_and_every_state_can_be_reached() -> None:
    assert set(TABLE) == set(Step)
    assert {after for rule in TABLE.values() for after in rule.leads.values()} == set(State)


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
