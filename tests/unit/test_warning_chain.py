"""Which message of a chain counts: the same whatever the order in which its messages came."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.warnings.chain import Member, judge
from knowledge_base.warnings.models import WarningState as State
from knowledge_base.warnings.terms import MsgType

NOON = datetime(2026, 7, 20, 4, 0, tzinfo=UTC)


def member(name: str, minute: int, *after: str, kind: MsgType | None = None, **more: object) -> Member:
    kind = kind or (MsgType.UPDATE if after else MsgType.ALERT)
    base = Member(
        name,
        name,
        NOON + timedelta(minutes=minute),
        kind,
        kind is MsgType.CANCEL,
        frozenset(after),
        NOON + timedelta(hours=6),
        State.WAITING,
        ripe_at=None if kind is MsgType.ALERT else NOON + timedelta(minutes=30),
    )
    return replace(base, **more)  # type: ignore[arg-type]


FIRST = member("a", 0)
UPDATE = member("u", 5, "a")
CANCEL = member("c", 9, "a", kind=MsgType.CANCEL)


@pytest.mark.parametrize(
    ("members", "minute", "states"),
    [
        ([FIRST], 1, {"a": "in_force"}),
        ([FIRST, UPDATE], 6, {"a": "superseded", "u": "in_force"}),
        ([FIRST, UPDATE, CANCEL], 10, {"a": "superseded", "u": "superseded", "c": "ended"}),
        ([UPDATE], 6, {"u": "waiting"}),
        ([UPDATE], 31, {"u": "in_force"}),
        ([replace(UPDATE, complete=False)], 31, {"u": "unmatched"}),
        ([CANCEL], 10, {"c": "waiting"}),
        ([CANCEL], 31, {"c": "unmatched"}),
        ([replace(CANCEL, state=State.UNMATCHED), FIRST], 32, {"a": "superseded", "c": "ended"}),
        ([FIRST], 361, {"a": "expired"}),
        ([replace(FIRST, state=State.IN_FORCE)], 361, {"a": "in_force"}),
        ([FIRST, replace(UPDATE, sent=NOON)], 6, {"a": "superseded", "u": "in_force"}),
        ([FIRST, CANCEL, member("u2", 12, "c")], 13, {"a": "superseded", "c": "superseded", "u2": "in_force"}),
    ],
)
def test_what_counts(members: Sequence[Member], minute: int, states: dict[str, str]) -> None:
    verdict = judge(members, NOON + timedelta(minutes=minute))
    assert verdict.states == states
    assert verdict.current == next(
        (id_ for id_, state in states.items() if state in {"in_force", "ended", "expired"}), None
    )


def test_messages_that_refer_to_each_other_in_a_circle_are_judged_too() -> None:
    circle = [member("x", 1, "y"), member("y", 1, "x"), FIRST]
    assert judge(circle, NOON).current in {"x", "y"}
    assert judge(circle[::-1], NOON) == judge(circle, NOON)


@given(st.data())
def test_the_order_of_arrival_does_not_matter(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 6))
    members = [FIRST]
    for number in range(count):
        after = data.draw(st.lists(st.sampled_from([m.identifier for m in members]), min_size=1, max_size=3))
        kind = data.draw(st.sampled_from([MsgType.UPDATE, MsgType.CANCEL]))
        members.append(member(f"m{number}", data.draw(st.integers(0, 3)), *after, kind=kind))
    right = judge(members, NOON)
    assert judge(data.draw(st.permutations(members)), NOON) == right
    assert list(right.states.values()).count(State.SUPERSEDED) == count
