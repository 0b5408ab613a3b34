"""What somebody hears whose message could not be worked on, because the database or a part of our own is down."""

from collections.abc import Callable
from dataclasses import replace

from dialogs.answer import phrase
from dialogs.messages import Inbound, Reply, ReplyKind, Turn
from dialogs.urgent import danger_in

UNKEPT = frozenset({ReplyKind.ANSWER, ReplyKind.HANDOFF, ReplyKind.REFUSE})
"""What holds though the turn could not be kept. Whatever asks, confirms or promises does not: nobody would remember it."""


def trouble(inbound: Inbound, standard: Callable[[str], str]) -> Turn:
    """One plain sentence; for typed words that mean danger what is said to these, for that needs nothing that can be down.

    `standard` puts regional words into standard ones.
    """
    danger = danger_in(inbound.text, standard(inbound.text)) if inbound.text else None
    if danger is not None:
        return Turn((Reply(ReplyKind.HANDOFF, danger.say, danger.spoken),))
    return Turn((phrase(ReplyKind.INFO, "trouble.failed"),))


def unkept(turn: Turn) -> Turn | None:
    """What may be said of a turn that could not be kept, None if nothing; what it has done, it has done in transactions of its own."""
    replies = tuple(reply for reply in turn.replies if reply.kind in UNKEPT)
    return replace(turn, replies=replies) if replies else None
