"""The appointments that a farmer has: listed, moved, cancelled; what was told is taken back. Each is done after a yes only."""

from collections.abc import Sequence

from dialogs.booking.sayings import bare
from dialogs.consultation.consultations import Consultations
from dialogs.consultation.phrases import ACTION, label_of, moment, one_line, say, shown, when, who
from dialogs.consultation.plan import moving
from dialogs.consultation.sayings import sayings
from dialogs.consultation.states import OPEN
from dialogs.consultation.steps import ask_for_person, person_of
from dialogs.consultation.taking import Taking
from dialogs.consultation.terms import Appointment, ConsultationError, NotPossible, State
from dialogs.context import Context
from dialogs.handoff import Desk
from dialogs.messages import Choice, Reply, ReplyKind
from dialogs.session import Form

_PAST = 2
"""Closed ones that are shown."""


class Changing:
    """What a farmer does with appointments."""

    def __init__(self, consultations: Consultations, taking: Taking, desk: Desk) -> None:
        self._consultations = consultations
        self._desk = desk
        self._taking = taking

    async def wished(self, context: Context) -> list[Reply] | None:
        """The reply to a sentence about an appointment; None where it is about something else."""
        words, said = sayings(), context.said
        text = words.lawyers(bare(said.text))
        if words.has("withdraw", text):
            if await self._consultations.has_story(person_of(context)):
                return [self._sure_to_withdraw()]
            if words.has("who", text, said.normalized) and await self.mine(context):
                return [say(ReplyKind.INFO, "nothing_told")]
        what = "cx" if words.has("cancel", text) else "mv" if words.has("move", text) else None
        shown_before = any(choice.startswith(f"{ACTION}:mv:") for choice in context.session.offered.values())
        named = words.has("who", text, said.normalized) or words.has("mine", text) or words.has("number", text)
        asks = words.has("list", text, said.normalized) or words.has("mine", text)
        if what is None and asks:
            overview = await self.mine(context)
            return [overview] if overview else None
        met = next((key for key in ("not_done", "done") if words.has(key, text)), None)
        if what is None and met and named:
            return await self._met_in_words(text, context, done=met == "done")
        if what is None or not (named or shown_before):
            return None
        mine = [one for one in await self._consultations.mine(person_of(context)) if one.state in OPEN]
        if number := words.find("number", text):
            mine = [one for one in mine if one.number == number[0]]
        if not mine:
            return None
        if len(mine) > 1:
            choices = [Choice(f"{ACTION}:{what}:{one.id}", one_line(one, context.now)) for one in mine]
            return [say(ReplyKind.ASK, "which", choices)]
        return [self._sure_to_cancel(mine[0], context)] if what == "cx" else await self._move(mine[0], context)

    async def _met_in_words(self, text: str, context: Context, *, done: bool) -> list[Reply] | None:
        """谈完了, 律师没来: of the one appointment whose half hour has come; None where there is none, or it is not clear which."""
        begun = [one for one in await self._consultations.mine(person_of(context)) if one.state is State.BOOKED]
        number = sayings().find("number", text)
        begun = [one for one in begun if one.start <= context.now and (number is None or one.number == number[0])]
        return [await self._met(begun[0].id, context, done=done)] if len(begun) == 1 else None

    async def overview(self, context: Context) -> Reply:
        """All appointments, the open ones with buttons."""
        return await self.mine(context) or say(ReplyKind.INFO, "mine_none")

    async def mine(self, context: Context) -> Reply | None:
        """The same; None for somebody who has none."""
        all_ = await self._consultations.mine(person_of(context))
        still = [one for one in all_ if one.state in OPEN]
        listed = still or list(all_)[-_PAST:]
        if not listed:
            return None
        text = "\n".join(one_line(one, context.now) for one in listed)
        return Reply(ReplyKind.INFO, text, text, choices=_buttons(still), slots=shown(listed[0]))

    async def pressed(self, what: str, value: str, context: Context) -> list[Reply] | None:
        """A button; None for one that means nothing."""
        id_, _, rest = value.partition(":")
        if what == "wd":
            return [self._sure_to_withdraw()]
        if what == "keep":
            return [say(ReplyKind.INFO, "kept")]
        if what == "share":
            return [await self._share(id_, context)]
        if what == "met":
            return [await self._met(rest, context, done=id_ == "done")]
        if what == "do":
            return await self._do(id_, rest, context)
        one = next((one for one in await self._consultations.mine(person_of(context)) if one.id == id_), None)
        if one is None or one.state not in OPEN:
            return [say(ReplyKind.INFO, "not_yours" if one is None else "fault_over")]
        if what == "cx":
            return [self._sure_to_cancel(one, context)]
        return await self._move(one, context, rest)

    async def _move(self, one: Appointment, context: Context, start: str = "") -> list[Reply]:
        plan = moving(one, context.inbound.external_id)
        if start:
            try:
                at = moment(start)
            except ValueError:
                return [say(ReplyKind.INFO, "not_yours")]
            day = at.date()
            plan = plan.model_copy(update={"first": day, "last": day, "minute": at.hour * 60 + at.minute})
        else:
            plan = self._taking.timed(plan, context, one.start)
        context.session.form = Form(
            service=ACTION, slots={"number": one.number}, opened_at=context.now, touched_at=context.now
        )
        return await self._taking.start(context, plan)

    async def _share(self, id_: str, context: Context) -> Reply:
        try:
            await self._consultations.share(person_of(context), id_, f"{_key(context)}|share")
        except ConsultationError as error:
            return fault(error)
        return say(ReplyKind.INFO, "shared")

    async def _do(self, what: str, id_: str, context: Context) -> list[Reply] | None:
        person = person_of(context)
        if what == "wd":
            gone = await self._consultations.withdraw(person)
            return [say(ReplyKind.INFO, "withdrawn" if gone else "nothing_told")]
        if what != "cx":
            return None
        try:
            one = await self._consultations.cancel(person, id_, "", f"{_key(context)}|cancel")
        except ConsultationError as error:
            return [fault(error)]
        choices = (Choice(f"{ACTION}:wd", sayings().buttons["withdraw"]),) if one.kept else ()
        key = "cancelled_told" if one.kept else "cancelled"
        return [say(ReplyKind.CANCELLED, key, choices, shown=shown(one), number=one.number, who=who(one.consultant))]

    async def _met(self, id_: str, context: Context, *, done: bool) -> Reply:
        """Whether they met, as the farmer says."""
        try:
            one = await self._consultations.finish(person_of(context), id_, f"{_key(context)}|met", done=done)
        except ConsultationError as error:
            return fault(error)
        if one.state is not (State.DONE if done else State.NOT_DONE):
            return await disputed(self._desk, one, context)
        return say(ReplyKind.INFO, "met" if done else "met_not", shown=shown(one), number=one.number)

    def _sure_to_cancel(self, one: Appointment, context: Context) -> Reply:
        labels = sayings().buttons
        choices = (Choice(f"{ACTION}:do:cx:{one.id}", labels["agree_cancel"]), Choice(f"{ACTION}:keep", labels["keep"]))
        values = {"number": one.number, "kind": label_of(one.kind), "when": when(one.start, context.now)}
        return say(ReplyKind.CONFIRM, "confirm_cancel", choices, shown=shown(one), who=who(one.consultant), **values)

    def _sure_to_withdraw(self) -> Reply:
        labels = sayings().buttons
        choices = (Choice(f"{ACTION}:do:wd", labels["agree_withdraw"]), Choice(f"{ACTION}:keep", labels["keep"]))
        return say(ReplyKind.CONFIRM, "confirm_withdraw", choices)


async def disputed(desk: Desk, one: Appointment, context: Context) -> Reply:
    """The two sides do not say the same: the station's people are to ask."""
    await ask_for_person(desk, context, sayings().text("disputed_station", number=one.number))
    return say(ReplyKind.INFO, "disputed", shown=shown(one), number=one.number)


def fault(error: ConsultationError) -> Reply:
    """Why a command was refused."""
    return say(ReplyKind.INFO, f"fault_{error.reason}" if isinstance(error, NotPossible) else "not_yours")


def _key(context: Context) -> str:
    inbound = context.inbound
    return f"{inbound.channel}|{inbound.user}|{inbound.external_id}"


def _buttons(still: Sequence[Appointment]) -> tuple[Choice, ...]:
    labels, several = sayings().buttons, len(still) > 1
    return tuple(
        Choice(f"{ACTION}:{what}:{one.id}", labels[name] + (one.number if several else ""))
        for one in still
        for what, name in (("mv", "move"), ("cx", "cancel"))
    )
