"""The beginning of a consultation: what it is about, where, what happened, when, and what there is in writing."""

from datetime import datetime

from dialogs.booking.sayings import bare
from dialogs.consultation.ago import months_ago
from dialogs.consultation.consultations import Consultations
from dialogs.consultation.kinds import OTHER, Question, entry_by_sound, kind_in, kinds
from dialogs.consultation.listening import Listening, about_something_else, dealt_with, told, way_in
from dialogs.consultation.phrases import say
from dialogs.consultation.plan import Plan
from dialogs.consultation.sayings import sayings
from dialogs.consultation.steps import COUNTY, Steps, kind_lead, person_of
from dialogs.consultation.stories import Line
from dialogs.context import Context
from dialogs.messages import Reply, ReplyKind
from dialogs.places import Places

_NAMES_A_MATTER = 5
"""Characters without which no other kind of matter was named."""
_TELLS = 12
"""Who names the matter in so many has told of it, too."""
_PLAIN = 6
"""So short an answer is one, whatever it says."""


class Triage:
    """Takes the answers to the first questions. What one answer says of another question is not asked any more."""

    def __init__(self, consultations: Consultations, steps: Steps, places: Places, listening: Listening) -> None:
        self._consultations = consultations
        self._steps = steps
        self._places = places
        self._listening = listening

    async def answer(self, context: Context, plan: Plan, asking: str | None) -> list[Reply] | None:
        """The reply to an answer; None where nothing of the beginning was asked, or it is about another matter."""
        question = next((one for one in kinds()[plan.kind or OTHER].questions if one == asking), None)
        if question is not None:
            return await self._told(context, plan, question)
        if asking == "place":
            return await self._placed(context, plan)
        return await self._kind(context, plan) if asking == "kind" else None

    async def keep(self, context: Context, plan: Plan, question: str = "") -> None:
        """Put what was said into the sealed draft."""
        asked = next((text for key, text in kinds()[plan.kind or OTHER].questions.items() if key == question), "")
        await self._consultations.tell(person_of(context), plan.draft, Line(asked, context.said.text))

    async def other_kind(self, context: Context, plan: Plan) -> list[Reply] | None:
        """It is about another matter than was understood; None where that is not said."""
        corrected = self._listening.other_kind(plan, context)
        if corrected is None:
            return None
        plan = plan.freed().model_copy(update={"kind": corrected, "answered": False, "entry": None, "asked": ()})
        if len(bare(context.said.text)) >= _TELLS:
            await self.keep(context, plan, "what")
            plan = told(plan, context)
            plan = plan.model_copy(update={"asked": dealt_with(context, plan, "what")})
        return await self._steps.go_on(context, plan, kind_lead(plan.kind))

    async def _told(self, context: Context, plan: Plan, question: Question) -> list[Reply] | None:
        words, text = sayings(), bare(context.said.text)
        if words.has("skip", text):
            return await self._steps.go_on(context, plan.model_copy(update={"asked": (*plan.asked, question)}))
        if about_something_else(context.said) or words.has("greeting", text):
            return None
        if corrected := await self.other_kind(context, plan):
            return corrected
        if self._listening.only_asks(context):
            return await self._steps.go_on(context, plan)
        if beside := self._listening.beside_the_question(plan, context):
            return await self._steps.go_on(context, beside, words.text("noted"))
        await self.keep(context, plan, question)
        context.session.place = plan.place or context.session.place  # where it happened is not where they live
        plan = told(plan, context)
        asked = dealt_with(context, plan, question)
        if plan.asked_twice or _answers(question, text, context.now):
            asked = tuple(dict.fromkeys((*asked, question)))
        plan = plan.model_copy(update={"asked": asked, "asked_twice": question not in asked})
        return await self._steps.go_on(context, plan, words.text("noted"))

    def place_in(self, context: Context) -> str | None:
        """The county, or what is smaller, that an answer names, by its sound too."""
        near, misheard = context.session.place, self._listening.with_county(context.said)
        named = self._places.named(context.said, near) or self._places.named(misheard, near)
        return named if named and len(named) >= COUNTY else None

    async def _placed(self, context: Context, plan: Plan) -> list[Reply] | None:
        if named := self.place_in(context):
            return await self._steps.go_on(context, plan.model_copy(update={"place": named}))
        if sayings().has("skip", bare(context.said.text)):
            return await self._steps.go_on(context, plan.model_copy(update={"asked": (*plan.asked, "place")}))
        if about_something_else(context.said):
            return None
        return [self._steps.ask(context, plan, "place", say(ReplyKind.ASK, "place_unknown"), "")]

    async def _kind(self, context: Context, plan: Plan) -> list[Reply] | None:
        text = bare(context.said.text)
        if sayings().has("skip", text):
            return await self._steps.go_on(context, plan.model_copy(update={"kind": OTHER}), kind_lead(OTHER))
        kind = kind_in(text, context.said.normalized)
        if kind is None and (beside := self._listening.beside_the_question(plan, context)):
            return await self._steps.go_on(context, beside, sayings().text("noted"))
        if kind is None and (about_something_else(context.said) or len(text) < _NAMES_A_MATTER):
            return None
        plan = plan.model_copy(update={"kind": kind or OTHER, "way": plan.way or way_in(text)})
        plan = plan.model_copy(update={"entry": entry_by_sound(plan.kind or OTHER, text)})
        if kind is None or len(text) >= _TELLS:
            await self.keep(context, plan, "what")
            plan = told(plan, context)
            plan = plan.model_copy(update={"asked": dealt_with(context, plan, "what")})
        return await self._steps.go_on(context, plan, kind_lead(plan.kind))


def _answers(question: Question, text: str, now: datetime) -> bool:
    """Whether it answers that question at all; what does not is kept, and the question asked once more."""
    words = sayings()
    if question == "papers":
        return words.has("papers_named", text) or months_ago(text, now) is None
    if question == "what" or len(text) <= _PLAIN:
        return True
    return months_ago(text, now) is not None or words.has("of_a_time", text)
