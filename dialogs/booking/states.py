"""The state machine of bookings: every step there is, from where to where, and who may take it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from dialogs.booking.terms import State


class Side(StrEnum):
    """Who takes a step."""

    FARMER = "farmer"
    PROVIDER = "provider"
    STATION = "station"
    SYSTEM = "system"
    """The clock, the weather, or what follows from another's step."""


class Step(StrEnum):
    """A change of a booking."""

    ORDER = "order"
    OFFER = "offer"
    ACCEPT = "accept"
    DECLINE = "decline"
    RUN_OUT = "run_out"
    FULL = "full"
    TAKE_BACK = "take_back"
    RESCHEDULE = "reschedule"
    CHANGE_AREA = "change_area"
    SPOIL = "spoil"
    PROPOSE = "propose"
    STAY = "stay"
    CANCEL = "cancel"
    REPORT = "report"
    DONE = "done"
    NOT_DONE = "not_done"
    EXPIRE = "expire"
    GIVE_UP = "give_up"


@dataclass(frozen=True, slots=True)
class Rule:
    """A step: where it leads from each state that allows it, who takes it, and what it is."""

    leads: Mapping[State | None, State]
    by: frozenset[Side]
    sense: str


def _rule(by: Iterable[Side], sense: str, leads: Mapping[State | None, State]) -> Rule:
    return Rule(leads, frozenset(by), sense)


_FARMER, _PROVIDER, _STATION, _SYSTEM = Side
_ASKED, _OFFERED, _ACCEPTED = State.ASKED, State.OFFERED, State.ACCEPTED

TABLE: Mapping[Step, Rule] = {
    Step.ORDER: _rule([_FARMER], "an order is taken", {None: _ASKED}),
    Step.OFFER: _rule([_SYSTEM, _STATION], "a provider is asked", {_ASKED: _OFFERED}),
    Step.ACCEPT: _rule([_PROVIDER], "the provider comes; capacity is taken", {_OFFERED: _ACCEPTED}),
    Step.DECLINE: _rule([_PROVIDER], "the provider cannot", {_OFFERED: _ASKED}),
    Step.RUN_OUT: _rule(
        [_SYSTEM, _STATION], "the deadline of the offer went by, or the station asks another one", {_OFFERED: _ASKED}
    ),
    Step.FULL: _rule([_SYSTEM], "accepted, but the day has no room any more", {_OFFERED: _ASKED}),
    Step.TAKE_BACK: _rule(
        [_PROVIDER],
        "the provider cannot come after all, or takes days off; capacity is given back",
        {_OFFERED: _ASKED, _ACCEPTED: _ASKED},
    ),
    Step.RESCHEDULE: _rule(
        [_FARMER],
        "other days are wanted; capacity is given back",
        {_ASKED: _ASKED, _OFFERED: _ASKED, _ACCEPTED: _ASKED},
    ),
    Step.CHANGE_AREA: _rule(
        [_FARMER],
        "another area; accepted only if the machine has room for it",
        {_ASKED: _ASKED, _OFFERED: _ASKED, _ACCEPTED: _ACCEPTED},
    ),
    Step.SPOIL: _rule([_SYSTEM], "the weather spoils the day; both sides are offered others", {_ACCEPTED: _ACCEPTED}),
    Step.PROPOSE: _rule([_PROVIDER], "the provider proposes another day", {_ACCEPTED: _ACCEPTED}),
    Step.STAY: _rule([_FARMER], "the day as it is, and not the one that was proposed", {_ACCEPTED: _ACCEPTED}),
    Step.CANCEL: _rule(
        [_FARMER],
        "not wanted any more; capacity is given back",
        {_ASKED: State.CANCELLED, _OFFERED: State.CANCELLED, _ACCEPTED: State.CANCELLED},
    ),
    Step.REPORT: _rule([_FARMER, _PROVIDER], "one side says done or not done", {_ACCEPTED: _ACCEPTED}),
    Step.DONE: _rule(
        [_FARMER, _PROVIDER, _STATION, _SYSTEM],
        "both sides say done, or the station, or one side and the other is silent",
        {_ACCEPTED: State.DONE},
    ),
    Step.NOT_DONE: _rule(
        [_FARMER, _PROVIDER, _STATION, _SYSTEM],
        "likewise not done; capacity is given back",
        {_ACCEPTED: State.NOT_DONE},
    ),
    Step.EXPIRE: _rule([_SYSTEM], "nobody says whether it was done", {_ACCEPTED: State.EXPIRED}),
    Step.GIVE_UP: _rule([_SYSTEM], "the last day is over and nobody took it", {_ASKED: State.UNSERVED}),
}

OPEN = frozenset({State.ASKED, State.OFFERED, State.ACCEPTED})
HOLDING = frozenset({State.ACCEPTED, State.DONE, State.EXPIRED})
"""The states in which a booking holds its machine's days."""


class IllegalStep(Exception):
    """A step that the state does not allow: an error of ours, the transaction is undone."""


def follow(state: State | None, step: Step) -> State:
    """The state after a step; None is before the order. Raises `IllegalStep`."""
    after = TABLE[step].leads.get(state)
    if after is None:
        raise IllegalStep(f"{step} from {state}")
    return after


def replay(steps: Iterable[Step]) -> State | None:
    """The state that a booking's steps lead to. Raises `IllegalStep`."""
    state: State | None = None
    for step in steps:
        state = follow(state, step)
    return state
