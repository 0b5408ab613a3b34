"""Legal consultations in the chat: a person is asked for, an appointment made, and what both sides do with it."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

from dialogs.booking.links import AlreadyLinked, Links
from dialogs.booking.sayings import bare
from dialogs.booking.sayings import sayings as shared
from dialogs.consultation.changing import Changing
from dialogs.consultation.consultant_side import ConsultantSide
from dialogs.consultation.consultations import Consultations
from dialogs.consultation.kinds import Danger, danger, kind_in, kind_told
from dialogs.consultation.listening import Listening
from dialogs.consultation.phrases import ACTION, say
from dialogs.consultation.plan import plan_of
from dialogs.consultation.sayings import sayings
from dialogs.consultation.steps import ELSEWHERE, FirstAnswer, Steps, ask_for_person, person_of
from dialogs.consultation.taking import SILENT, Taking
from dialogs.consultation.wanted import Wishes
from dialogs.context import Context
from dialogs.handoff import Desk
from dialogs.messages import Choice, Reply, ReplyKind
from dialogs.places import Places
from dialogs.service import Service
from dialogs.session import Form, Session
from dialogs.short_answers import short_answers
from dialogs.topics.job_words import job_words

FORGOTTEN = timedelta(days=1)
"""After so long it is dropped, and what was told deleted."""
_YES = (
    f"{ACTION}:yes:",
    f"{ACTION}:do:",
    f"{ACTION}:c:gone:",
    f"{ACTION}:c:off:",
    f"{ACTION}:go",
    f"{ACTION}:ct:1",
    f"{ACTION}:begin:",
)
_NO = (f"{ACTION}:later", f"{ACTION}:fix:", f"{ACTION}:keep", f"{ACTION}:ct:0", f"{ACTION}:no")

Beside = Callable[[Context], Awaitable[list[Reply]]]
"""What else somebody has booked, where all is asked for."""


class LegalConsultation(Service):
    """Appointments with lawyers, legal-aid workers and mediators. Nothing is booked, changed or handed over before a yes."""

    action = ACTION
    intents = frozenset({"book_legal", "my_bookings"})

    def __init__(  # noqa: PLR0917 - its parts
        self,
        consultations: Consultations,
        answer: FirstAnswer,
        desk: Desk,
        places: Places,
        wishes: Wishes,
        links: Links,
        beside: Beside | None = None,
    ) -> None:
        self._steps = Steps(consultations, answer, desk)
        self._taking = Taking(consultations, self._steps, places, Listening(wishes))
        self._changing = Changing(consultations, self._taking, desk)
        self._consultant = ConsultantSide(consultations, desk, wishes)
        self._links = links
        self._desk = desk
        self._beside = beside

    def meant(self, text: str, session: Session) -> str | None:
        """The button that a plain yes or no stands for."""
        offered = list(session.offered.values())
        begin = next((choice for choice in offered if choice.startswith(f"{ACTION}:begin:")), None)
        if begin is not None:  # beside the buttons of the emergency answer
            return begin if _agrees(text) else f"{ACTION}:later" if short_answers().denies(text) else None
        if not offered or any(not choice.startswith(f"{ACTION}:") for choice in offered):
            return None
        if short_answers().agrees(text) or (session.form is None and _agrees(text)):
            return next((choice for choice in offered if choice.startswith(_YES)), None)
        if short_answers().denies(text) or (session.form is None and sayings().has("keep", bare(text))):
            return next((choice for choice in offered if choice.startswith(_NO)), None)
        return None

    async def in_words(self, context: Context) -> list[Reply] | None:
        """The reply to an answer, a wish for a person, or one about an appointment; None where it is about something else."""
        form, words = self._form(context), sayings()
        texts = (bare(context.said.text), bare(context.said.normalized))
        if code := job_words().find("bind", *texts):
            return await self._bind(code["code"], context)
        wishes = _wishes(*texts)
        if (form or wishes) and (found := danger(*texts)):
            return await self._danger(found, context)
        if form is not None:
            return await self._in_form(context, form)
        served = await self._consultant.wished(context) or await self._changing.wished(context)
        if served is None and words.has("all", texts[0]):
            served = await self._all(context)
        if served is None and wishes:
            served = await self._taking.open(context)
        other = _offered(context.session, ELSEWHERE)
        if served is None and other is not None:
            served = await self._taking.elsewhere(context, other, in_words=True)
        begin = _offered(context.session, "begin")
        if served is None and begin is not None and (kind_told(*texts) or words.has("way_alone", texts[0])):
            served = await self._taking.open(context, begin)
        if served is not None:
            context.session.pending = None
        return served

    async def after_danger(self, context: Context) -> Reply | None:
        """That a person is on the way, and the lawyer not forgotten; None for somebody who wants none."""
        wishes = context.said.intent == "book_legal" or _wishes(bare(context.said.text), bare(context.said.normalized))
        return await self._still_wanted(context) if wishes or self._form(context) else None

    async def asked(self, context: Context) -> list[Reply] | None:
        """A wish of which the words alone say too little, or all that is booked."""
        if context.said.intent == "my_bookings":
            return await self._all(context)
        form, texts = self._form(context), (context.said.text, context.said.normalized)
        if form is not None:
            return [self._steps.again(form)]
        if found := danger(*texts):
            return await self._danger(found, context)
        return await self._taking.open(context)

    async def pressed(self, rest: str, context: Context) -> list[Reply] | None:
        """A button; None for one that means nothing any more."""
        what, _, value = rest.partition(":")
        form = self._form(context)
        if form is not None and context.now - form.touched_at > FORGOTTEN:
            return [await self._taking.drop(context, "dropped_old")]
        if what == "c":
            action, _, id_ = value.partition(":")
            return await self._consultant.pressed(action, id_, context)
        if what in {"mv", "cx", "do", "met", "wd", "share", "keep"}:
            if form is not None:
                await self._taking.drop(context)
            return await self._changing.pressed(what, value, context)
        if what == "later":
            return [say(ReplyKind.INFO, "danger_later")]
        if form is None and what == ELSEWHERE:
            return await self._taking.elsewhere(context, value, in_words=False)
        if form is None:
            return await self._taking.open(context, value, in_words=False) if what == "begin" else None
        if what == "yes" and context.now - form.touched_at > SILENT:
            return await self._steps.go_on(context, plan_of(form))
        return await self._taking.pressed(rest, context, form)

    def resume(self, context: Context) -> Reply | None:
        """What the form asked; after a silence whether to go on."""
        form = self._form(context)
        if form is None:
            return None
        silent = context.now - form.touched_at
        form.touched_at = context.now
        if silent > FORGOTTEN:
            context.session.form = None
            return say(ReplyKind.CANCELLED, "dropped_old")
        if silent > SILENT:
            plan, label = plan_of(form), sayings().buttons
            choices = (Choice(f"{ACTION}:go", label["go_on"]), Choice(f"{ACTION}:no", label["drop"]))
            return say(ReplyKind.ASK, "left_off", choices, shown=plan.shown(), kind=plan.summary)
        return self._steps.again(form)

    async def _in_form(self, context: Context, form: Form) -> list[Reply] | None:
        silent = context.now - form.touched_at
        if silent > FORGOTTEN:
            dropped = await self._taking.drop(context, "dropped_old")
            fresh = await self.in_words(context)
            return [dropped, *fresh] if fresh else [dropped]
        if sayings().has("list", bare(context.said.text)):
            return [await self._changing.overview(context), self._steps.again(form)]
        if silent > SILENT and shared().has("agree", bare(context.said.text)):
            replies = await self._steps.go_on(context, plan_of(form))
            first = replace(replies[0], text=sayings().text("on_again") + replies[0].text)
            return [first, *replies[1:]]
        return await self._taking.answer(context, form)

    async def _all(self, context: Context) -> list[Reply] | None:
        """What is booked here, after what is booked elsewhere; None where it is nothing here."""
        mine = await self._changing.mine(context)
        if mine is None:
            return None
        return [*(await self._beside(context) if self._beside else []), mine]

    async def _bind(self, code: str, context: Context) -> list[Reply] | None:
        """Link a consultant's account; None for a code that is none of theirs: it may be an operator's."""
        try:
            name = await self._links.bind(code, person_of(context))
        except AlreadyLinked:
            return [say(ReplyKind.INFO, "bound_other")]
        return [say(ReplyKind.INFO, "bound", name=name)] if name else None

    async def _danger(self, found: Danger, context: Context) -> list[Reply]:
        """Numbers to call, and a person at once; the form waits."""
        return [Reply(ReplyKind.HANDOFF, found.say, found.spoken), await self._still_wanted(context)]

    async def _still_wanted(self, context: Context) -> Reply:
        """A person of the station is asked for, and the wish for a lawyer is kept: offered, not pressed on."""
        await ask_for_person(self._desk, context, sayings().text("danger"))
        labels, said = sayings().buttons, context.said
        if self._form(context) is not None:
            return say(ReplyKind.HANDOFF, "danger_open", (Choice(f"{ACTION}:go", labels["go_on"]),))
        kind = kind_in(bare(said.text), bare(said.normalized)) or ""
        choices = (Choice(f"{ACTION}:begin:{kind}", labels["begin"]), Choice(f"{ACTION}:later", labels["later"]))
        return say(ReplyKind.HANDOFF, "danger_wish", choices)

    def _form(self, context: Context) -> Form | None:
        form = context.session.form
        return form if form is not None and form.service == ACTION else None


def _agrees(text: str) -> bool:
    """Whether it is a yes in any of its wordings."""
    plain = bare(text)
    return short_answers().agrees(text) or shared().has("agree", plain) or sayings().has("agree", plain)


def _offered(session: Session, what: str) -> str | None:
    """The kind of matter, empty if unknown, for which a lawyer was offered with that button; None where none was."""
    lead = f"{ACTION}:{what}:"
    return next((choice.removeprefix(lead) for choice in session.offered.values() if choice.startswith(lead)), None)


def _wishes(*texts: str) -> bool:
    """Whether a person is asked for."""
    words = sayings()
    return words.has("who", *texts) and words.has("wish", *texts) and not words.has("not_wish", *texts)
