"""The next thing that is not known of an appointment in the making: asked, or all of it read back."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from dialogs.booking.days import span_in_words
from dialogs.booking.terms import Person
from dialogs.consultation.away import OFFERED
from dialogs.consultation.consultations import Consultations
from dialogs.consultation.hours import day_of
from dialogs.consultation.kinds import OTHER, Question, kinds
from dialogs.consultation.phrases import ACTION, papers, say, slot_in_words, slots_in_words, stamp, when, who
from dialogs.consultation.plan import Plan, plan_of
from dialogs.consultation.sayings import sayings
from dialogs.consultation.terms import Consultant, Slot, Way
from dialogs.consultation.wanted import WITHIN, minute_of
from dialogs.context import Context
from dialogs.handoff import Desk
from dialogs.handoff import Reason as Handoff
from dialogs.messages import Choice, Reply, ReplyKind
from dialogs.session import Form
from nlu.understanding import Understanding

FirstAnswer = Callable[[str], Awaitable[Reply | None]]
"""The curated answer under a key, or None where there is none to give."""
COUNTY = 6
"""Digits of a county's code: a wider place is not near enough."""
CONFIRM, FIX, SHARE = "confirm", "fix", "share"
ELSEWHERE = "else"
"""The button that looks in another county."""
_NOON = 12 * 60


class Steps:
    """Finds the next question. What it asks is kept in the session's form."""

    def __init__(self, consultations: Consultations, answer: FirstAnswer, desk: Desk) -> None:
        self._consultations = consultations
        self._first_answer = answer
        self._desk = desk

    def again(self, form: Form, lead: str = "") -> Reply:
        """What was asked last, once more."""
        question = form.slots["question"]
        choices = tuple(Choice(id_, label) for id_, label in question["choices"])
        kind, plan = ReplyKind(question["kind"]), plan_of(form)
        return Reply(kind, lead + question["text"], lead + question["spoken"], choices=choices, slots=plan.shown())

    async def go_on(self, context: Context, plan: Plan, lead: str = "") -> list[Reply]:
        """The next thing that is not known."""
        words = sayings()
        if plan.kind is None:
            choices = [Choice(f"{ACTION}:k:{key}", one.label) for key, one in kinds().items()]
            return [self.ask(context, plan, "kind", say(ReplyKind.ASK, "ask_kind", choices), lead)]
        plan = self._at_home(plan, context)
        able = await self._consultations.able(plan.kind, plan.place)
        if not able and plan.moves is None:
            return await self.nobody(context, plan, "nobody")
        if plan.place is None and "place" not in plan.asked and plan.moves is None:
            return [self.ask(context, plan, "place", say(ReplyKind.ASK, "ask_place"), lead or kind_lead(plan.kind))]
        before: list[Reply] = []
        if plan.moves is None:
            question = _open_question(plan)
            if question is not None:
                return [self._triage(context, plan, question, lead)]
            before = [] if plan.answered else await self._answers(plan)
            plan = plan.model_copy(update={"answered": True})
        ways = [way for way in Way if any(way in one.ways for one in able)]
        if plan.way is not None and plan.way not in ways:
            lead += words.text("no_such_way", way=words.ways[plan.way])
        if plan.way not in ways:
            plan = plan.model_copy(update={"way": ways[0] if len(ways) == 1 else None})
        if plan.way is None:
            choices = [Choice(f"{ACTION}:way:{way}", words.ways[way]) for way in ways]
            return [*before, self.ask(context, plan, "way", say(ReplyKind.ASK, "ask_way", choices), lead)]
        return [*before, *await self._half_hour(context, plan, [one for one in able if plan.way in one.ways], lead)]

    async def _half_hour(self, context: Context, plan: Plan, able: Sequence[Consultant], lead: str) -> list[Reply]:
        """Which half hour; then what goes along; then the read-back."""
        today, wanted = day_of(context.now), plan.wanted
        coming = await self._consultations.free(able, today, today + WITHIN)
        fitting = coming
        if wanted is not None:
            within = await self._consultations.free(able, wanted.first, wanted.last)
            fitting = [slot for slot in within if wanted.fits(slot)]
        if plan.start is not None:
            chosen = (plan.consultant, plan.start)
            if found := next((one for one in (*coming, *fitting) if (one.consultant.id, one.start) == chosen), None):
                return [self._settled(context, plan, found, lead)]
            lead, plan = sayings().text("taken"), plan.freed()
        if not coming and not fitting:
            return await self.nobody(context, plan, "full")
        if found := _meant(plan, fitting):
            plan = plan.model_copy(update={"consultant": found.consultant.id, "start": found.start})
            return [self._settled(context, plan, found, lead)]
        if wanted is not None and not fitting:
            lead += sayings().text("day_full", said=_days(plan, context))
        offered = _apart([slot for slot in fitting or coming if plan.after is None or slot.start > plan.after])
        return [self._offer(context, plan, offered or _apart(fitting or coming), lead)]

    def _offer(self, context: Context, plan: Plan, offered: Sequence[Slot], lead: str) -> Reply:
        labels = [slot_in_words(slot, context.now) for slot in offered]
        choices = [
            Choice(f"{ACTION}:s:{slot.consultant.id}:{stamp(slot.start)}", label)
            for slot, label in zip(offered, labels, strict=True)
        ]
        more = Choice(f"{ACTION}:more", sayings().buttons["more"])
        question = say(ReplyKind.ASK, "ask_slot", (*choices, more), slots=slots_in_words(offered, context.now))
        return self.ask(context, plan.model_copy(update={"after": offered[-1].start}), "slot", question, lead)

    def _settled(self, context: Context, plan: Plan, slot: Slot, lead: str) -> Reply:
        """A half hour is chosen: whether what was told goes along, and the read-back."""
        words, labels, name = sayings(), sayings().buttons, who(slot.consultant)
        if plan.consent_open:
            consent = (Choice(f"{ACTION}:ct:1", labels["share"]), Choice(f"{ACTION}:ct:0", labels["keep_back"]))
            return self.ask(context, plan, SHARE, say(ReplyKind.CONFIRM, "ask_consent", consent, who=name), lead)
        choices = (
            Choice(f"{ACTION}:yes:{plan.revision}", labels["agree"]),
            Choice(f"{ACTION}:fix:", labels["fix"]),
            Choice(f"{ACTION}:no", labels["keep" if plan.moves else "drop"]),
        )
        form = context.session.form
        question = say(
            ReplyKind.CONFIRM,
            "confirm_move" if plan.moves else "read_back",
            choices,
            number=str(form.slots.get("number", "")) if form else "",
            kind=plan.summary,
            when=when(slot.start, context.now),
            who=name,
            way=words.ways[plan.way or Way.PHONE],
            told=words.text("told" if plan.share else "not_told") if plan.told else "",
        )
        return self.ask(context, plan, CONFIRM, question, lead)

    def _triage(self, context: Context, plan: Plan, question: Question, lead: str) -> Reply:
        text = kinds()[plan.kind or OTHER].questions[question]
        lead += "" if plan.asked else sayings().text("open")
        skip = (Choice(f"{ACTION}:skip:{question}", sayings().buttons["skip"]),)
        return self.ask(context, plan, question, Reply(ReplyKind.ASK, text, text, choices=skip), lead)

    async def _answers(self, plan: Plan) -> list[Reply]:
        """The curated answer, then the time limit, the papers, and what is never promised."""
        kind, words = kinds()[plan.kind or OTHER], sayings()
        key = plan.entry or kind.answer
        entry, watched = await self._first_answer(key), kind.limit_of(key)
        standing = watched.standing(plan.months)
        limit = words.text(f"limit_{standing}" if standing else "limit", say=watched.say, law=watched.law)
        brought = papers(plan.kind or OTHER)
        facts = Reply(
            ReplyKind.INFO,
            f"{limit}\n{brought}\n{words.text('fixed')}",
            limit + brought + words.spoken("fixed"),
            slots=plan.shown(),
        )
        return [*([entry] if entry else []), facts]

    async def nobody(self, context: Context, plan: Plan, key: str) -> list[Reply]:
        """Nobody can be had: the station's people are told, and 12348; never a promise."""
        context.session.form = None
        await ask_for_person(self._desk, context, sayings().text("wish", kind=plan.summary))
        await self._consultations.drop_draft(person_of(context), plan.draft)
        before = [] if plan.kind is None or plan.answered else await self._answers(plan)
        other = Choice(f"{ACTION}:{ELSEWHERE}:{plan.kind or ''}", sayings().buttons["elsewhere"])
        choices = (other,) if key == "nobody" else ()
        return [*before, say(ReplyKind.HANDOFF, key, choices, shown=plan.shown(), kind=plan.summary)]

    def _at_home(self, plan: Plan, context: Context) -> Plan:
        near = context.session.place
        return plan if plan.place or not near or len(near) < COUNTY else plan.model_copy(update={"place": near})

    def ask(self, context: Context, plan: Plan, asking: str, question: Reply, lead: str) -> Reply:
        self.hold(context, plan, asking, question)
        return replace(question, text=lead + question.text, spoken=lead + question.spoken, slots=plan.shown())

    @staticmethod
    def hold(context: Context, plan: Plan, asking: str | None, question: Reply | None = None) -> None:
        session = context.session
        form = session.form or Form(service=ACTION, opened_at=context.now, touched_at=context.now)
        kept = {name: form.slots[name] for name in ("number",) if name in form.slots}
        form.slots = {**kept, "plan": plan.model_dump(mode="json")}
        if question is not None:
            choices = [[choice.id, choice.label] for choice in question.choices]
            form.slots["question"] = {
                "kind": str(question.kind),
                "text": question.text,
                "spoken": question.spoken,
                "choices": choices,
            }
        form.service, form.asking, form.touched_at = ACTION, asking, context.now
        session.form, session.pending = form, None


def person_of(context: Context) -> Person:
    """Who is speaking."""
    return Person(context.inbound.channel, context.inbound.user)


def kind_lead(kind: str | None) -> str:
    """What kind of matter was understood."""
    return sayings().text("begin", kind=kinds()[kind].label) if kind else ""


async def ask_for_person(desk: Desk, context: Context, wish: str) -> None:
    """Have the station's people call: `wish` is all that they are told, no part of a story."""
    kept = replace(context, said=Understanding(wish, wish, "person", 1.0))
    context.session.turn_to(kept.said)
    await desk.keep_question(kept, Handoff.ASKED_FOR_PERSON)


def _days(plan: Plan, context: Context) -> str:
    """The days that are wanted, in words."""
    return span_in_words(plan.first or day_of(context.now), plan.last or day_of(context.now), plan.part, context.now)


def _meant(plan: Plan, fitting: Sequence[Slot]) -> Slot | None:
    """The half hour that begins when it was said, 三点 at three in the afternoon too; or the only one of a day."""
    minute, wanted = plan.minute, plan.wanted
    if minute is not None:
        minutes = (minute, minute + _NOON) if minute < _NOON and plan.part is None else (minute,)
        return next((slot for slot in fitting if minute_of(slot) in minutes), None)
    alone = wanted is not None and wanted.first == wanted.last and len(fitting) == 1
    return fitting[0] if alone else None


def _open_question(plan: Plan) -> Question | None:
    return next((one for one in kinds()[plan.kind or OTHER].questions if one not in plan.asked), None)


def _apart(slots: Sequence[Slot]) -> list[Slot]:
    """The first half hours, no two at the same time."""
    found: dict[object, Slot] = {}
    for slot in slots:
        found.setdefault(slot.start, slot)
    return list(found.values())[:OFFERED]
