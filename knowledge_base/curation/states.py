"""The states of a version of an entry, and which step leads from which to which."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from knowledge_base.curation.accounts import Role


class State(StrEnum):
    """Where a version stands. That an entry has expired is read from its own date, and is no state."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    DROPPED = "dropped"
    """A draft that was discarded, or that another person wrote on from."""
    OFFERED = "offered"
    """A text that a new release of the program has brought, where the county has its own or wants none."""


OPEN = frozenset({State.DRAFT, State.IN_REVIEW})
"""States of a version that somebody is at work on; an entry has at most one."""


class Step(StrEnum):
    """What a person does with a version."""

    SAVE = "save"
    SUBMIT = "submit"
    TAKE_BACK = "take_back"
    DISCARD = "discard"
    SEND_BACK = "send_back"
    PUBLISH = "publish"
    WITHDRAW = "withdraw"
    RESTORE = "restore"
    SET_ASIDE = "set_aside"


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may take a step, and with versions in which states."""

    role: Role
    origins: frozenset[State]
    others_only: bool = False
    """Closed to everybody whose text it is."""


RULES: Mapping[Step, Rule] = {
    Step.SAVE: Rule(Role.AGENT, frozenset({State.DRAFT})),
    Step.SUBMIT: Rule(Role.AGENT, frozenset({State.DRAFT})),
    Step.TAKE_BACK: Rule(Role.AGENT, frozenset({State.IN_REVIEW})),
    Step.DISCARD: Rule(Role.AGENT, frozenset({State.DRAFT})),
    Step.SEND_BACK: Rule(Role.REVIEWER, frozenset({State.IN_REVIEW}), others_only=True),
    Step.PUBLISH: Rule(Role.REVIEWER, frozenset({State.IN_REVIEW}), others_only=True),
    Step.WITHDRAW: Rule(Role.REVIEWER, frozenset({State.PUBLISHED})),
    Step.RESTORE: Rule(Role.AGENT, frozenset(State) - OPEN),
    Step.SET_ASIDE: Rule(Role.AGENT, frozenset({State.OFFERED})),
}
