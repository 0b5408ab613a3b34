"""Making an appointment: the kind, a few questions, a first answer, how, when, what goes along, and a yes."""

from datetime import datetime, timedelta

from dialogs.booking.sayings import bare
from dialogs.booking.sayings import sayings as shared
from dialogs.consultation.consultations import Consultations
from dialogs.consultation.hours import reminded
from dialogs.consultation.kinds import OTHER, kinds
from dialogs.consultation.listening import SURE, Listening, about_something_else, consent_in, told
from dialogs.consultation.phrases import ACTION, how, moment, papers, say, shown, when, who
from dialogs.consultation.plan import Plan, opening, plan_of
from dialogs.consultation.sayings import sayings
from dialogs.consultation.steps import CONFIRM, COUNTY, FIX, SHARE, Steps, kind_lead, person_of
from dialogs.consultation.terms import Appointment, Meeting, NotPossible, Reason, Way
from dialogs.consultation.triage import Triage
from dialogs.context import Context
from dialogs.messages import Choice, Reply, ReplyKind
from dialogs.places import Places
from dialogs.session import Form

SILENT = timedelta(minutes=30)
"""After so long an open form is gone on with only once the farmer has said so."""
_PLAIN = 12
"""So short a sentence that says nothing else is taken for an answer that was not understood."""
_SAYS_NOTHING = frozenset({"smalltalk", "out_of_scope", "feedback", "person", "book_legal", "my_bookings"})


class Taking:
    """The conversation that makes, or moves, an appointment. Its state is in the session's form."""

    def __init__(self, consultations: Consultations, steps: Steps, places: Places, listening: Listening) -> None:
        self._consultations = consultations
        self._steps = steps
        self._places = places
        self._listening = listening
        self._triage = Triage(consultations, steps, places, listening)

    async def open(self, context: Context, kind: str = "", *, in_words: bool = True) -> list[Reply]:
        """A person was asked for; `kind` is what is known of the matter before."""
        plan = opening(context.inbound, kind)
        plan = self._listening.opened(plan, context) if in_words else plan
        return await self._opened(context, plan, self._places.named(context.said, context.session.place))

    async def elsewhere(self, context: Context, kind: str, *, in_words: bool) -> list[Reply] | None:
        """Nobody was found, and another county is to be tried; None for words that name none."""
        plan = opening(context.inbound, kind)
        if not in_words:
            return [self._steps.ask(context, plan, "place", say(ReplyKind.ASK, "ask_place"), kind_lead(plan.kind))]
        place = self._triage.place_in(context)
        if place is None or len(bare(context.said.text)) > _PLAIN or about_something_else(context.said):
            return None
        return await self._opened(context, plan, place)

    async def _opened(self, context: Context, plan: Plan, place: str | None) -> list[Reply]:
        place = place or context.session.place
        if not await self._consultations.able(plan.kind, place):
            return await self._steps.nobody(context, plan, "nobody")
        if plan.told:
            await self._triage.keep(context, plan)
        plan = plan.model_copy(update={"place": place if place and len(place) >= COUNTY else None})
        self._steps.hold(context, plan, None)
        return await self._steps.go_on(context, plan, kind_lead(plan.kind))

    def timed(self, plan: Plan, context: Context, start: datetime) -> Plan:
        """The plan with the time that the sentence names for what begins at `start` so far."""
        return self._listening.at_once(plan, context, start)

    async def start(self, context: Context, plan: Plan) -> list[Reply]:
        """An appointment is to be moved."""
        self._steps.hold(context, plan, None)
        return await self._steps.go_on(context, plan)

    async def answer(self, context: Context, form: Form) -> list[Reply] | None:
        """What a sentence does to the plan; None where it is about something else."""
        words, text, plan = sayings(), bare(context.said.text), plan_of(form)
        if _given_up(form, text, bare(context.said.normalized)):
            return [await self.drop(context)]
        if shared().has("again", text):
            return [self._steps.again(form, words.text("one_at_a_time"))]
        if shared().has("go_on", text):
            return [self._steps.again(form)]
        plainly = await self._plainly(context, form, plan, text)
        if plainly is not None:
            return plainly
        if (aside := words.aside(text)) and form.asking not in {None, "kind"}:
            return [Reply(ReplyKind.INFO, aside.say, aside.spoken or aside.say), self._steps.again(form)]
        if form.asking in {"kind", "place", *kinds()[plan.kind or OTHER].questions}:
            return await self._triage.answer(context, plan, form.asking)
        changed = await self._triage.other_kind(context, plan) or await self._changed(context, form, plan, text)
        return changed or await self._more_told(context, form, plan, text)

    async def pressed(self, rest: str, context: Context, form: Form) -> list[Reply] | None:
        """A button of the plan; None for one that means nothing now."""
        what, _, value = rest.partition(":")
        plan = plan_of(form)
        if changed := _by_button(plan, what, value):
            return await self._steps.go_on(context, changed, kind_lead(value) if what == "k" else "")
        match what:
            case "s":
                return await self._chosen(context, plan, value)
            case "more":
                return await self._more(context, plan)
            case "yes":
                return await (
                    self.confirm(context, plan) if value == plan.revision else self._steps.go_on(context, plan)
                )
            case "fix":
                return await self._fix(context, plan, value)
            case "no":
                return [await self.drop(context)]
            case "go":
                return [self._steps.again(form)]
        return None

    async def confirm(self, context: Context, plan: Plan) -> list[Reply]:
        """Book it: once for each plan, however often the yes arrives."""
        if plan.consultant is None or plan.start is None or plan.way is None:
            return await self._steps.go_on(context, plan)
        try:
            done = await self._done(context, plan, plan.way)
        except NotPossible as refusal:
            if refusal.reason is not Reason.TAKEN:
                context.session.form = None
                return [say(ReplyKind.INFO, f"fault_{refusal.reason}")]
            return await self._steps.go_on(
                context, plan.freed().model_copy(update={"minute": None}), sayings().text("taken")
            )
        if plan.told and not plan.share:
            await self._consultations.drop_draft(person_of(context), plan.draft)
        context.session.form = None
        return [self._booked(done, plan, context)]

    async def drop(self, context: Context, key: str = "dropped") -> Reply:
        """Ask nothing more, and forget what was told."""
        form = context.session.form
        plan = plan_of(form) if form else None
        context.session.form = None
        if plan is None or plan.moves:
            return say(ReplyKind.CANCELLED, "kept")
        await self._consultations.drop_draft(person_of(context), plan.draft)
        return say(ReplyKind.CANCELLED, key, shown=plan.shown(state="cancelled"))

    async def _done(self, context: Context, plan: Plan, way: Way) -> Appointment:
        inbound, person = context.inbound, person_of(context)
        key = f"{inbound.channel}|{inbound.user}|{plan.origin}|consultation"
        slot = (plan.consultant or "", plan.start or context.now)
        if plan.moves:
            return await self._consultations.move(person, plan.moves, way, slot, key)
        meeting = Meeting(plan.kind or OTHER, way, plan.place or "", slot[0], slot[1])
        return await self._consultations.book(person, meeting, key, draft=plan.draft if plan.share else None)

    def _booked(self, done: Appointment, plan: Plan, context: Context) -> Reply:
        shown_how, spoken_how = how(done.way, done.consultant)
        values = {"number": done.number, "when": when(done.start, context.now), "who": who(done.consultant)}
        words, key = sayings(), "moved" if plan.moves else "booked"
        values |= {"papers": papers(done.kind), "remind": words.text(f"remind_{reminded(done.start, context.now)}")}
        text = words.text(key, how=shown_how, **values)
        spoken = words.text(key, how=spoken_how, **values)
        if plan.share and not done.kept:
            text, spoken = text + words.text("story_gone"), spoken + words.text("story_gone")
        choices: tuple[Choice, ...] = (
            Choice(f"{ACTION}:mv:{done.id}", words.buttons["move"]),
            Choice(f"{ACTION}:cx:{done.id}", words.buttons["cancel"]),
        )
        if done.kept and not done.told:
            text, spoken = text + words.text("share_hint"), spoken + words.text("share_hint")
            choices = (Choice(f"{ACTION}:share:{done.id}", words.buttons["share_now"]), *choices)
        return Reply(ReplyKind.BOOKED, text, spoken, choices=choices, slots=shown(done))

    async def _plainly(self, context: Context, form: Form, plan: Plan, text: str) -> list[Reply] | None:
        """What is said of the plan as a whole: yes, no, which one, skip."""
        words, asking = sayings(), form.asking
        agrees, denies = shared().has("agree", text) or words.has("agree", text), shared().has("deny", text)
        consent = consent_in(asking, plan, text, agrees=agrees, denies=denies)
        if consent is not None:
            return await self._steps.go_on(context, plan.consented(consent))
        if asking == SHARE and (words.has("skip", text) or words.has("unsure_told", text)):
            return [self._steps.again(form, words.text("consent_more"))]
        if asking == CONFIRM and agrees:
            return await self.confirm(context, plan)
        if asking == CONFIRM and denies:
            return await self._fix(context, plan, "")
        if asking == FIX:
            named = next((slot for slot, name in words.fix.items() if name in text), None)
            return await self._fix(context, plan, named) if named else None
        if asking == "way" and (agrees or words.has("any_way", text)):
            question = form.slots["question"]["choices"]
            return await self._steps.go_on(
                context, plan.model_copy(update={"way": Way(question[0][0].rpartition(":")[2])})
            )
        if asking in {"slot", "way"} and (found := words.find("ordinal", text)):
            choices = form.slots["question"]["choices"]
            offered = [id_ for id_, _ in choices if id_.startswith((f"{ACTION}:s:", f"{ACTION}:way:"))]
            place = min(int(found.lastindex or 1), len(offered)) - 1
            return await self.pressed(offered[place].removeprefix(f"{ACTION}:"), context, form)
        if asking == "slot" and agrees:
            return [self._steps.again(form, words.text("slot_please"))]
        return None

    async def _more_told(self, context: Context, form: Form, plan: Plan, text: str) -> list[Reply] | None:
        """What is told when nothing of it is asked any more is kept; an answer that was not understood is asked for again."""
        words, said = sayings(), context.said
        asks = words.has("question", said.text, said.normalized) or words.has("greeting", text)
        if asks or about_something_else(said):
            return None
        if form.asking in {"way", "slot", SHARE} and plan.moves is None and words.has("papers_told", text):
            await self._triage.keep(context, plan)
            return await self._steps.go_on(context, told(plan, context), words.text("noted"))
        if len(text) > _PLAIN or context.now - form.touched_at > SILENT:
            return None
        lost = said.confidence < SURE or said.intent in _SAYS_NOTHING
        return [self._steps.again(form, words.text("unclear"))] if lost else None

    async def _changed(self, context: Context, form: Form, plan: Plan, text: str) -> list[Reply] | None:
        """Another kind, way or time; None where nothing of it is said."""
        words = sayings()
        changed = self._listening.changed(plan, form.asking, context)
        if isinstance(changed, str):
            return await self._steps.go_on(context, plan.freed(), words.text(changed, said=context.said.normalized))
        if isinstance(changed, Plan):
            noted = words.text("noted") if form.asking == "way" and changed.way is None else ""
            return await self._steps.go_on(context, changed, noted)
        if (
            form.asking in {"slot", CONFIRM}
            and words.has("other_time", text)
            and not about_something_else(context.said)
        ):
            return await self._more(context, plan)
        return None

    async def _chosen(self, context: Context, plan: Plan, value: str) -> list[Reply] | None:
        """The plan with the half hour of a button; None for one that was made up."""
        consultant, _, start = value.partition(":")
        try:
            chosen = moment(start)
        except ValueError:
            return None
        plan = plan.freed() if plan.consultant != consultant else plan
        return await self._steps.go_on(context, plan.model_copy(update={"consultant": consultant, "start": chosen}))

    async def _more(self, context: Context, plan: Plan) -> list[Reply]:
        cleared = plan.freed().model_copy(update={"first": None, "last": None, "part": None, "minute": None})
        return await self._steps.go_on(context, cleared)

    async def _fix(self, context: Context, plan: Plan, what: str) -> list[Reply]:
        match what:
            case "kind" if plan.moves is None:
                return await self._steps.go_on(
                    context, plan.freed().model_copy(update={"kind": None, "answered": False})
                )
            case "way":
                return await self._steps.go_on(context, plan.freed().model_copy(update={"way": None}))
            case "slot":
                return await self._more(context, plan.model_copy(update={"after": None}))
        choices = [
            Choice(f"{ACTION}:fix:{slot}", name)
            for slot, name in sayings().fix.items()
            if slot != "kind" or plan.moves is None
        ]
        return [self._steps.ask(context, plan, FIX, say(ReplyKind.ASK, "ask_fix", choices), "")]


def _given_up(form: Form, *texts: str) -> bool:
    """Whether nothing is wanted any more. Who is telling a story says 婚退了 and means no appointment."""
    words, telling = sayings(), form.asking in {"what", "when", "papers", "kind"}
    if telling:
        return any(words.has("given_up", text) for text in texts)
    if any(words.has("not_dropped", text) for text in texts):
        return any(words.has("given_up", text) for text in texts)
    return any(shared().has("cancel", text) or words.has("dropped", text) for text in texts)


def _by_button(plan: Plan, what: str, value: str) -> Plan | None:
    """The plan with what a button stands for; None for another button, or one that was made up."""
    changed: dict[str, object] = {}
    match what:
        case "k" if value in kinds():
            changed = {"kind": value}
        case "skip" if value in kinds()[plan.kind or OTHER].questions:
            changed = {"asked": (*plan.asked, value)}
        case "way" if value in set(Way):
            changed = {"way": Way(value)}
        case "ct" if plan.start is not None:
            return plan.consented(value == "1")
    return plan.model_copy(update=changed) if changed else None
