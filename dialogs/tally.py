"""What is counted of a turn: when, where, about what and how it ended. Nothing of who it was or what they said."""

import re
from datetime import datetime
from functools import cache

import yaml

from dialogs.messages import Inbound, ReplyKind, Turn
from dialogs.session import Session
from dialogs.short_answers import short_answers
from knowledge_base.statistics.models import TallyRow
from knowledge_base.statistics.terms import COUNTY, COUNTY_TIME, QUESTIONS, VERDICTS, Outcome, What
from nlu.training_data import INTENTS

CHOSEN = "chosen"
"""The topic of what was pressed, or goes on from before: its words are not understood anew."""
_KEY = re.compile(r"[a-z0-9_.-]{1,80}")
"""A key and nothing else: what a button carries comes from outside."""
_FINAL = frozenset({ReplyKind.BOOKED, ReplyKind.CANCELLED, ReplyKind.CONFIRM})
_ASKED = frozenset({"price", "weather", "warning"})
"""Services that are asked questions; the others are given orders."""
_ORDERED = frozenset({"book_machinery", "book_legal", "my_bookings", "subscribe"})
_NAMED = frozenset({"person", "feedback"})
"""Topics of buttons that are known by themselves."""


def tally(inbound: Inbound, session: Session, turn: Turn, now: datetime, *, first: bool) -> TallyRow:
    """The row for the turn's own transaction. `session` is as it is after the turn; `first`: of this person today."""
    local = now.astimezone(COUNTY_TIME)
    topic, end = _topic(turn), _outcome(inbound, session, turn)
    return TallyRow(
        what=What.TURN,
        day=local.date(),
        hour=local.hour,
        channel=inbound.channel,
        place=(session.place or "")[:COUNTY],
        topic=topic,
        subject=_subject(inbound, session, turn, end),
        outcome=end,
        how=_how(inbound),
        first=first,
        count=1,
    )


def _how(inbound: Inbound) -> str:
    given = {"voice": inbound.voice, "text": inbound.text, "choice": inbound.choice, "location": inbound.location}
    return next(name for name, value in given.items() if value is not None)


def _topic(turn: Turn) -> str:
    said = turn.understanding
    if said is None:
        return ""
    # What only points back to a question is given the confidence 0.
    understood = said.intent in _intents() and (said.confidence > 0 or said.intent in _NAMED)
    return said.intent if understood else CHOSEN


@cache
def _intents() -> frozenset[str]:
    """All there are: a button can name anything."""
    return frozenset(yaml.safe_load(INTENTS.read_text("utf-8")))


def _outcome(inbound: Inbound, session: Session, turn: Turn) -> Outcome:
    kinds = {reply.kind for reply in turn.replies}
    topic, form = _topic(turn), session.form is not None
    verdict = _verdict(inbound, turn)
    if verdict is not None and (verdict is Outcome.USEFUL or ReplyKind.HANDOFF in kinds):
        return verdict
    if kinds & _FINAL:
        return Outcome.SERVICE
    if ReplyKind.ANSWER in kinds:
        return Outcome.ANSWERED
    if ReplyKind.HANDOFF in kinds:
        return Outcome.HANDED_OVER
    if form:
        return Outcome.SERVICE
    if ReplyKind.REFUSE in kinds:
        return Outcome.OUT_OF_SCOPE
    if ReplyKind.ASK in kinds:
        back = session.pending is not None or session.doubt is not None or topic in _ASKED
        return Outcome.ASKED_BACK if back else Outcome.SERVICE
    if topic in _ORDERED:
        return Outcome.SERVICE
    return Outcome.ANSWERED if topic == "warning" else Outcome.TALK


def _verdict(inbound: Inbound, turn: Turn) -> Outcome | None:
    """What was said of an answer, by a button or in words."""
    if turn.understanding is None or turn.understanding.intent != "feedback":
        return None
    pressed = (inbound.choice or "").split(":")
    said = pressed[1] if pressed[0] == "fb" and len(pressed) > 1 else short_answers().verdict(turn.understanding.text)
    return Outcome(said) if said in VERDICTS else None


def _subject(inbound: Inbound, session: Session, turn: Turn, end: Outcome) -> str:
    """The entry that was given or judged; nothing while somebody tells in confidence what has happened to them."""
    if end in VERDICTS:
        pressed = (inbound.choice or "").split(":", 2)
        key = pressed[2] if len(pressed) == 3 and pressed[0] == "fb" else session.subject or ""
        return key if _KEY.fullmatch(key) else ""
    if end not in QUESTIONS or session.form is not None:
        return ""
    return next((reply.subject for reply in turn.replies if reply.subject), "")
