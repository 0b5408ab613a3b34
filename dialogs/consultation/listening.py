"""What a sentence does to an appointment in the making."""

from datetime import datetime

from dialogs.booking.sayings import bare
from dialogs.booking.sayings import sayings as shared
from dialogs.consultation.ago import months_ago
from dialogs.consultation.kinds import OTHER, kind_in, kinds
from dialogs.consultation.plan import Plan
from dialogs.consultation.sayings import sayings
from dialogs.consultation.terms import Way
from dialogs.consultation.wanted import Missed, Wanted, Wishes
from dialogs.context import Context
from nlu.understanding import Understanding

OTHER_MATTERS = frozenset(
    {"agronomy", "livestock", "policy", "price", "weather", "warning", "subscribe", "book_machinery"}
)
SURE = 0.5
_ALONE, _WITH_WORDS = 1, 6
"""Characters beside a day: so many say nothing, so many may still belong to it."""
LONG = 12
"""Who says so much beside asking for a person has told what it is about."""


def about_something_else(said: Understanding) -> bool:
    """Whether it is a question about another matter."""
    if said.intent == "book_machinery" and said.confidence >= SURE and shared().has("cue", said.normalized):
        return True
    return (
        said.intent in OTHER_MATTERS
        and said.confidence >= SURE
        and sayings().has("question", said.text, said.normalized)
    )


def way_in(*texts: str) -> Way | None:
    """The way of meeting that is named; the last one where one is corrected."""
    named = {
        way: max(
            (found.start() for text in texts for found in sayings().patterns[f"way_{way}"].finditer(text)), default=-1
        )
        for way in Way
    }
    best = max(named, key=lambda way: named[way])
    return best if named[best] >= 0 else None


def told(plan: Plan, context: Context) -> Plan:
    """The plan after something was told: how long ago it was, and what the first answer is about."""
    text = context.said.text + context.said.normalized
    months = months_ago(text, context.now)
    if plan.kind == OTHER and (kind := kind_in(text)):
        plan = plan.model_copy(update={"kind": kind, "entry": None})
    entry = kinds()[plan.kind].entry(text) if plan.kind else None
    first = plan.entry is None or plan.kind is None or plan.entry == kinds()[plan.kind].answer
    return plan.model_copy(
        update={
            "told": True,
            "months": plan.months if months is None else months,
            "entry": entry if first else plan.entry,
        }
    )


class Listening:
    """Reads answers about the half hour; holds no state."""

    def __init__(self, wishes: Wishes) -> None:
        self._wishes = wishes

    def changed(self, plan: Plan, asking: str | None, context: Context) -> Plan | Missed | None:
        """The plan with another kind, way or time; why a day cannot be taken; None where nothing of it is said."""
        said, words = context.said, sayings()
        text = bare(said.text)
        if asking == "kind" or (words.has("correction", text) and plan.moves is None):
            kind = kind_in(text, said.normalized)
            if kind is not None and kind != plan.kind:
                return plan.freed().model_copy(update={"kind": kind, "answered": False, "entry": None})
        asked = asking in {"slot", "fix", "confirm"}
        wanted = self._wishes.read(said.normalized, context.now, plan.wanted, asked=asked)
        if wanted is not None and not self._of_the_time(said, wanted, context.now, asked=asked):
            wanted = None
        if isinstance(wanted, str):
            return wanted
        way = way_in(text, said.normalized)
        if way is None and wanted is None:
            return None
        if way is not None and wanted is None and about_something_else(said):
            return None
        if isinstance(wanted, Wanted):
            plan = plan.wanting(wanted)
        if way is not None and way is not plan.way:
            plan = (
                plan.model_copy(update={"way": way})
                if plan.start is None
                else plan.freed().model_copy(update={"way": way})
            )
        return plan

    def opened(self, plan: Plan, context: Context) -> Plan:
        """The plan with what was said when the person was asked for."""
        text, normalized = bare(context.said.text), context.said.normalized
        kind = kind_in(text, normalized)
        entry = kinds()[kind].entry(text + normalized) if kind else None
        plan = plan.model_copy(update={"kind": kind, "entry": entry, "way": way_in(text, normalized)})
        wanted = self._wishes.read(normalized, context.now, None, asked=False)
        day = wanted.text if isinstance(wanted, Wanted) else ""
        if kind is None or len(_beside(bare(normalized.replace(day, "")))) < LONG:
            return plan.wanting(wanted) if isinstance(wanted, Wanted) else plan
        done = ("what", "when") if months_ago(normalized, context.now) is not None else ("what",)
        plan = told(plan, context).model_copy(update={"asked": done})
        return plan.wanting(wanted) if isinstance(wanted, Wanted) and "when" not in done else plan

    def at_once(self, plan: Plan, context: Context) -> Plan:
        """The plan with the time that a sentence names."""
        wanted = self._wishes.read(context.said.normalized, context.now, None, asked=False)
        return plan.wanting(wanted) if isinstance(wanted, Wanted) else plan

    def _of_the_time(self, said: Understanding, wanted: Wanted | Missed, now: datetime, *, asked: bool) -> bool:
        """Whether a day that is named is an answer: 明天下雨不 is none."""
        rest = self._wishes.beside(said.normalized, now, asked=asked)
        for pattern in ("correction", "other_time", "who", "way_phone", "way_office", "way_video", "move"):
            rest = sayings().patterns[pattern].sub("", rest)
        left = len(shared().left_over(rest))
        if left <= _ALONE or not isinstance(wanted, Wanted):
            return left <= _WITH_WORDS or isinstance(wanted, Wanted)
        return left <= _WITH_WORDS and not (said.intent in OTHER_MATTERS and said.confidence >= SURE)


def _beside(text: str) -> str:
    """What is said beside asking for a person."""
    for pattern in ("who", "wish", "way_phone", "way_office", "way_video"):
        text = sayings().patterns[pattern].sub("", text)
    return text
