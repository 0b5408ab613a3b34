"""The state machine of appointments: every step there is, from where to where, and who may take it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from dialogs.consultation.terms import State


class Side(StrEnum):
    """Who takes a step."""

    FARMER = "farmer"
    CONSULTANT = "consultant"
    STATION = "station"
    SYSTEM = "system"


class Step(StrEnum):
    """A change of an appointment."""

    BOOK = "book"
    MOVE = "move"
    DISPLACE = "displace"
    CANCEL = "cancel"
    DONE = "done"
    NOT_DONE = "not_done"
    EXPIRE = "expire"


@dataclass(frozen=True, slots=True)
class Rule:
    """A step: where it leads from each state that allows it, who takes it, and what it is."""

    leads: Mapping[State | None, State]
    by: frozenset[Side]
    sense: str


_BOOKED, _DISPLACED = State.BOOKED, State.DISPLACED
_FARMER, _CONSULTANT = frozenset({Side.FARMER}), frozenset({Side.CONSULTANT})
_STATION = frozenset({Side.STATION})

TABLE: Mapping[Step, Rule] = {
    Step.BOOK: Rule({None: _BOOKED}, _FARMER, "a half hour is taken"),
    Step.MOVE: Rule({_BOOKED: _BOOKED, _DISPLACED: _BOOKED}, _FARMER, "another half hour; the first one is free again"),
    Step.DISPLACE: Rule({_BOOKED: _DISPLACED}, _CONSULTANT | _STATION, "the consultant cannot; others are offered"),
    Step.CANCEL: Rule(
        {_BOOKED: State.CANCELLED, _DISPLACED: State.CANCELLED},
        _FARMER | _STATION,
        "not wanted any more, or called off; the half hour is free again",
    ),
    Step.DONE: Rule({_BOOKED: State.DONE}, _CONSULTANT | _FARMER, "they met"),
    Step.NOT_DONE: Rule({_BOOKED: State.NOT_DONE}, _CONSULTANT | _FARMER, "they did not meet"),
    Step.EXPIRE: Rule(
        {_BOOKED: State.EXPIRED, _DISPLACED: State.EXPIRED},
        frozenset({Side.SYSTEM}),
        "nobody said how it went on",
    ),
}

OPEN = frozenset({State.BOOKED, State.DISPLACED})
HOLDING = frozenset(State) - {State.DISPLACED, State.CANCELLED}
"""The states in which an appointment keeps its half hour."""


class IllegalStep(Exception):
    """A step that the state does not allow, or that side: an error of ours, the transaction is undone."""


def follow(state: State | None, step: Step) -> State:
    """The state after a step; None is before the booking. Raises `IllegalStep`."""
    after = TABLE[step].leads.get(state)
    if after is None:
        raise IllegalStep(f"{step} from {state}")
    return after


def replay(steps: Iterable[Step]) -> State | None:
    """The state that an appointment's steps lead to. Raises `IllegalStep`."""
    state: State | None = None
    for step in steps:
        state = follow(state, step)
    return state
