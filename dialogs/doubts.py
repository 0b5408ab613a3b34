"""Doubtful hearing: "您说的是……吗？" with two readings, and what comes of the choice."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from dialogs.answer import phrase
from dialogs.listening import Hearing
from dialogs.messages import Choice, Inbound, Reply, ReplyKind, Turn
from dialogs.session import Doubt, Session
from dialogs.short_answers import short_answers
from dialogs.urgent import danger_in
from dialogs.wording import wording

Say = Callable[[str, Inbound, Session, datetime], Awaitable[Turn]]
"""Goes on with a sentence as though it had just been said."""

BETWEEN_READINGS = "h"
"""What the ids of these choices begin with."""
NEITHER = f"{BETWEEN_READINGS}:none"
PATIENCE = 2
"""So many times in a row nothing that was heard is right: then typing or a person is offered."""


class Doubts:
    """Asks which of two readings was meant."""

    def __init__(self, say: Say) -> None:
        self._say = say

    def ask(self, hearing: Hearing, session: Session, now: datetime) -> list[Reply] | None:
        """The question, where one must be asked. Danger is never held up by one: the caller goes on with `urgent`."""
        if hearing.doubt is None or urgent(hearing):
            return None
        first, second = hearing.doubt
        session.doubt = Doubt(readings=hearing.doubt, offered=session.offered, asked_at=now)
        labels = (*hearing.doubt, wording().text("ask.other"))
        choices = tuple(Choice(name, label) for name, label in zip((*_names(), NEITHER), labels, strict=True))
        return [phrase(ReplyKind.ASK, "ask.heard", choices, first=first, second=second)]

    def meant(self, text: str, session: Session) -> str | None:
        """The choice that words make between the readings: one of them, 是, 第二个, 都不是."""
        if session.doubt is None:
            return None
        said = short_answers()
        if said.agrees(text):
            return _names()[0]
        chosen = said.chosen(text, session.offered, asked=True)
        return NEITHER if chosen == "other" or said.denies(text) else chosen

    async def settle(self, which: str, inbound: Inbound, session: Session, now: datetime) -> Turn | None:
        """What a choice leads to; None where no reading waits for one any more."""
        doubt = session.doubt
        session.close_doubt()
        if doubt is None:
            return None
        if which.isdecimal() and int(which) < len(doubt.readings):
            return await self._say(doubt.readings[int(which)], inbound, session, now)
        session.misheard += 1
        if session.misheard < PATIENCE:
            return Turn((phrase(ReplyKind.ASK, "ask.say_again"),))
        session.misheard = 0
        person = (Choice("person", wording().text("feedback.person_label")),)
        return Turn((phrase(ReplyKind.ASK, "ask.type_instead", person),))


def urgent(hearing: Hearing) -> str | None:
    """Of two readings the one that tells of danger."""
    return next((text for text in hearing.doubt or () if danger_in(text, text)), None)


def expected(session: Session) -> Sequence[str]:
    """What an open question awaits: its choices, yes and no, which of them. Nothing where none is open."""
    if session.pending is None and session.doubt is None:
        return ()
    return tuple(dict.fromkeys((*session.offered, *short_answers().phrases)))


def _names() -> tuple[str, str]:
    return f"{BETWEEN_READINGS}:0", f"{BETWEEN_READINGS}:1"
