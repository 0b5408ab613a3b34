"""Which message of a chain counts: decided from what has come, whatever the order in which it came."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from knowledge_base.warnings.models import WarningState
from knowledge_base.warnings.terms import MsgType

UNSETTLED = frozenset({WarningState.WAITING, WarningState.UNMATCHED})


@dataclass(frozen=True, slots=True)
class Member:
    """An Alert, Update or Cancel. `references` are identifiers; `ending` are a Cancel and an all-clear.

    `state` is what it was before; `complete` says that it could stand without the message it refers to.
    """

    id: str
    identifier: str
    sent: datetime
    msg_type: MsgType
    ending: bool
    references: frozenset[str]
    expires_at: datetime
    state: WarningState
    complete: bool = True
    ripe_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state of every member by its id, and the one that counts (None while the first message is missing)."""

    states: dict[str, WarningState]
    current: str | None


def judge(members: Sequence[Member], now: datetime) -> Verdict:
    """The verdict on a chain of one member at least.

    The newest counts: by `sent`, and where that is equal the one that refers to the other. Without the message that
    began it, members wait until they are ripe; then a complete Update counts as a first one.
    """
    ripe = [m for m in members if m.ripe_at is None or m.ripe_at <= now]
    rooted = any(
        m.msg_type is MsgType.ALERT
        or m.state not in UNSETTLED
        or (m in ripe and m.msg_type is MsgType.UPDATE and m.complete)
        for m in members
    )
    if not rooted:
        return Verdict({m.id: WarningState.UNMATCHED if m in ripe else WarningState.WAITING for m in members}, None)
    depths = _depths(members)
    newest = max(members, key=lambda m: (m.sent, depths[m.identifier], m.identifier))
    states = {m.id: WarningState.SUPERSEDED for m in members}
    if newest.ending:
        states[newest.id] = WarningState.ENDED
    elif newest.expires_at <= now and newest.state is not WarningState.IN_FORCE:
        states[newest.id] = WarningState.EXPIRED
    else:
        states[newest.id] = WarningState.IN_FORCE
    return Verdict(states, newest.id)


def _depths(members: Collection[Member]) -> dict[str, int]:
    """How many messages lie behind each, by its identifier; of messages that refer to each other in a circle, some."""
    left = {m.identifier: m for m in members}
    depths: dict[str, int] = {}
    while left:
        known = [m for m in left.values() if not (m.references & left.keys()) - {m.identifier}]
        for m in known or [replace(min(left.values(), key=lambda m: m.identifier), references=frozenset())]:
            depths[m.identifier] = 1 + max((depths.get(r, 0) for r in m.references), default=0)
            del left[m.identifier]
    return depths
