"""What a sentence does to an appointment in the making."""

from dataclasses import replace
from datetime import datetime

from dialogs.booking.sayings import bare
from dialogs.booking.sayings import sayings as shared
from dialogs.consultation.ago import months_ago
from dialogs.consultation.hours import part_of
from dialogs.consultation.kinds import OTHER, Question, kind_by_sound, kind_in, kind_of, kind_told, kinds
from dialogs.consultation.plan import Plan
from dialogs.consultation.sayings import sayings
from dialogs.consultation.steps import CONFIRM, SHARE
from dialogs.consultation.terms import Way
from dialogs.consultation.wanted import Missed, Wanted, Wishes
from dialogs.context import Context
from dialogs.plain_time import COUNTY_TIME
from nlu.understanding import Understanding

OTHER_MATTERS = frozenset(
    {"agronomy", "livestock", "policy", "price", "weather", "warning", "subscribe", "book_machinery"}
)
SURE = 0.5
_ALONE, _WITH_WORDS = 1, 6
"""Characters beside a day: so many say nothing, so many may still belong to it."""
LONG = 8
"""Who says so much beside asking for a person and naming the matter has told what it is about."""
OF_THE_TIME = frozenset({"slot", "fix", "confirm", "share"})
"""What is asked where a time may be named."""


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


def consent_in(asking: str | None, plan: Plan, text: str, *, agrees: bool, denies: bool) -> bool | None:
    """Whether what was told is to go along; None where nothing, or nothing new, is said of it."""
    words = sayings()
    if asking == SHARE:
        if denies or words.has("no_told", text):
            return False
        return True if agrees or words.has("yes_told", text) else None
    if asking != CONFIRM or not plan.told or agrees or denies:
        return None
    if words.has("at_confirm_back", text):
        return False if plan.share else None
    return True if words.has("at_confirm_share", text) and not plan.share else None


def told(plan: Plan, context: Context) -> Plan:
    """The plan after something was told: how long ago it was, and what the first answer is about."""
    text = f"{context.said.text}，{context.said.normalized}"
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


def dealt_with(context: Context, plan: Plan, question: Question) -> tuple[str, ...]:
    """The questions that need not be asked any more after an answer to `question`: what was told unasked counts."""
    text, asked = bare(context.said.text), list(plan.asked)
    if question == "what":
        asked.append(question)
        if months_ago(sayings().patterns["going_on"].sub("，", context.said.normalized), context.now) is not None:
            asked.append("when")
    if question != "papers" and sayings().has("papers_told", text):
        asked.append("papers")
    return tuple(dict.fromkeys(asked))


class Listening:
    """Reads answers about the half hour; holds no state."""

    def __init__(self, wishes: Wishes) -> None:
        self._wishes = wishes

    def changed(self, plan: Plan, asking: str | None, context: Context) -> Plan | Missed | None:
        """The plan with another kind, way or time; why a day cannot be taken; None where nothing of it is said."""
        said, words = context.said, sayings()
        text = bare(said.text)
        if words.has("correction", text) and plan.moves is None:
            kind = kind_told(text, said.normalized)
            if kind is not None and kind != plan.kind and len(text) <= LONG:
                return plan.freed().model_copy(update={"kind": kind, "answered": False, "entry": None})
        asked = asking in OF_THE_TIME
        wanted = self._wanted(plan, said, context.now, asked=asked)
        if isinstance(wanted, str):
            return wanted
        way = way_in(text, said.normalized)
        if way is None and wanted is None:
            return None
        if way is not None and wanted is None and about_something_else(said):
            return None
        if isinstance(wanted, Wanted):
            plan = plan.wanting(_at_the_same_time(wanted, plan.start))
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
        kind = kind_told(text, normalized) or kind_by_sound(_without_asking(text)) or plan.kind
        entry = kinds()[kind].entry(text + normalized) if kind else None
        if kind is None and sayings().has("this_matter", text) and (kind := kind_of(context.session.subject)):
            entry = context.session.subject
        plan = plan.model_copy(update={"kind": kind, "entry": entry, "way": way_in(text, normalized)})
        wanted = self._wishes.coming(normalized, context.now)
        if wanted is not None:
            plan = plan.wanting(wanted)
        if len(_beside(normalized.replace(wanted.text, "") if wanted else normalized)) < LONG:
            return plan
        plan = told(plan, context)
        return plan.model_copy(update={"asked": dealt_with(context, plan, "what")})

    def at_once(self, plan: Plan, context: Context, start: datetime) -> Plan:
        """The plan with the time that a sentence names for what begins at `start` so far."""
        wanted = self._wishes.shifted(context.said.normalized, start) or self._wanted(
            plan, context.said, context.now, asked=False
        )
        return plan.wanting(_at_the_same_time(wanted, start)) if isinstance(wanted, Wanted) else plan

    def other_kind(self, plan: Plan, context: Context) -> str | None:
        """The other kind of matter that it is said to be: 说错了，是借钱的事."""
        words, text = sayings(), context.said.text
        if plan.moves is not None:
            return None
        contrast = words.find("kind_not", text)
        if contrast is not None and kind_in(contrast["old"]) == plan.kind:
            kind = kind_told(contrast["new"])
            return kind if kind != plan.kind else None
        cues = list(words.patterns["kind_cue"].finditer(text))
        kind = kind_told(text[cues[-1].end() :]) if cues else None
        return kind if kind != plan.kind else None

    def beside_the_question(self, plan: Plan, context: Context) -> Plan | None:
        """The plan with the way or the time that is named and nothing else; None for an answer to one of the first questions."""
        said, words = context.said, sayings()
        if words.has("way_alone", bare(said.text)):
            return plan.model_copy(update={"way": way_in(bare(said.text), said.normalized)})
        wanted = self._wishes.coming(said.normalized, context.now, surely=True)
        if wanted is None or not self._of_the_time(said, wanted, context.now, asked=False):
            return None
        return plan.wanting(wanted).model_copy(update={"way": way_in(bare(said.text), said.normalized) or plan.way})

    def with_county(self, said: Understanding) -> Understanding:
        """An answer to where, with the county as it was probably said."""
        return replace(said, normalized=self._wishes.counties(said.normalized))

    def only_asks(self, context: Context) -> bool:
        """Whether a person is asked for once more, and nothing told."""
        words, said = sayings(), context.said
        asks = words.has("who", said.text) and words.has("wish", said.text)
        return asks and len(_beside(said.normalized)) < LONG

    def _wanted(self, plan: Plan, said: Understanding, now: datetime, *, asked: bool) -> Wanted | Missed | None:
        """The time that is named, none where a day is named for another reason."""
        if asked and plan.start is not None and (shifted := self._wishes.shifted(said.normalized, plan.start)):
            return shifted
        text, after = self._wishes.free_of(said.normalized, now)
        wanted = self._wishes.read(text, now, plan.wanted, asked=asked)
        if wanted is None and after is not None and asked:
            return after
        if wanted is not None and not self._of_the_time(replace(said, normalized=text), wanted, now, asked=asked):
            return None
        return wanted

    def _of_the_time(self, said: Understanding, wanted: Wanted | Missed, now: datetime, *, asked: bool) -> bool:
        """Whether a day that is named is an answer: 明天下雨不 is none."""
        if asked and isinstance(wanted, Wanted) and self._wishes.at_the_end(said.normalized, now):
            return True
        rest = self._wishes.beside(said.normalized, now, asked=asked)
        for pattern in ("correction", "other_time", "who", "way_phone", "way_office", "way_video", "move"):
            rest = sayings().patterns[pattern].sub("", rest)
        left = len(shared().left_over(rest))
        if left <= _ALONE or not isinstance(wanted, Wanted):
            return left <= _WITH_WORDS or isinstance(wanted, Wanted)
        return left <= _WITH_WORDS and not (said.intent in OTHER_MATTERS and said.confidence >= SURE)


def _beside(text: str) -> str:
    """What is said beside asking for a person and naming the matter."""
    return bare(sayings().patterns["about_wish"].sub("", _without_asking(text)))


def _without_asking(text: str) -> str:
    """What is said beside asking for a person."""
    for pattern in ("who", "wish", "way_phone", "way_office", "way_video"):
        text = sayings().patterns[pattern].sub("，", text)
    return text


def _at_the_same_time(wanted: Wanted, start: datetime | None) -> Wanted:
    """Another day, or that part of another day, is meant for the hour that was chosen before."""
    if start is None or wanted.first != wanted.last or wanted.minute is not None:
        return wanted
    local = start.astimezone(COUNTY_TIME)
    if wanted.part and (wanted.part != part_of(start) or wanted.first == local.date()):
        return wanted
    return replace(wanted, minute=local.hour * 60 + local.minute)
