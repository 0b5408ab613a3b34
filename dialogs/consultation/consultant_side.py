"""The consultant's side: appointments, what was told, done or not, days off."""

from collections.abc import Sequence
from datetime import date

from dialogs.booking.days import span_in_words
from dialogs.booking.sayings import bare
from dialogs.consultation.changing import disputed, fault
from dialogs.consultation.consultations import Consultations
from dialogs.consultation.hours import day_of
from dialogs.consultation.phrases import ACTION, agenda_line, say, shown, when
from dialogs.consultation.sayings import sayings
from dialogs.consultation.steps import person_of
from dialogs.consultation.terms import Appointment, ConsultationError, State
from dialogs.consultation.wanted import Wishes
from dialogs.context import Context
from dialogs.handoff import Desk
from dialogs.messages import Choice, Reply, ReplyKind

PRIVATE = "private"
"""The slot of a reply that holds a story: such a turn is sealed in the store."""
_SHORT = 18
"""Characters of a sentence about days off; longer ones are about something else."""


class ConsultantSide:
    """What a consultant asks for and does."""

    def __init__(self, consultations: Consultations, desk: Desk, wishes: Wishes) -> None:
        self._consultations = consultations
        self._desk = desk
        self._wishes = wishes

    async def wished(self, context: Context) -> list[Reply] | None:
        """The reply to a consultant's sentence; None where it is about something else, or from somebody who is none."""
        words, text = sayings(), bare(context.said.text)
        named = words.find("number", text)
        about = next((what for what in ("not_done", "done", "story", "out") if words.has(what, text)), None)
        days = self._wishes.days(context.said.normalized, context.now)
        off = len(text) <= _SHORT and (words.has("off", text) or (days is not None and _asked_off(context)))
        if not (words.has("office_word", text) or (about and named) or off or about == "story"):
            return None
        if await self._consultations.consultant(person_of(context)) is None:
            return None
        if off and not named:
            return [self._off(days, context)]
        agenda = await self._consultations.agenda(person_of(context))
        if about is None:
            return [self._agenda(agenda, days, context)]
        chosen = [one for one in agenda if named is None or one.number == named[0]]
        if len(chosen) != 1:
            return [say(ReplyKind.ASK, "which_number") if chosen else say(ReplyKind.INFO, "not_yours")]
        return await self.pressed({"not_done": "not"}.get(about, about), chosen[0].id, context)

    async def pressed(self, what: str, value: str, context: Context) -> list[Reply] | None:
        """A button; None for one that means nothing."""
        key = f"{context.inbound.channel}|{context.inbound.user}|{context.inbound.external_id}|{what}"
        try:
            match what:
                case "done" | "not":
                    one = await self._consultations.finish(person_of(context), value, key, done=what == "done")
                    return [await self._finished(one, context, done=what == "done")]
                case "story":
                    return [await self._story(value, context)]
                case "out":
                    return await self._sure_to_displace(value, context)
                case "gone":
                    one = await self._consultations.displace(person_of(context), value, "", key)
                    return [say(ReplyKind.INFO, "displaced", shown=shown(one), number=one.number)]
                case "off":
                    return await self._take_off(value, key, context)
        except ConsultationError as error:
            return [fault(error)]
        return None

    async def _finished(self, one: Appointment, context: Context, *, done: bool) -> Reply:
        if one.state is (State.DONE if done else State.NOT_DONE):
            return say(ReplyKind.INFO, "done" if done else "not_done", shown=shown(one), number=one.number)
        return await disputed(self._desk, one, context)

    def _agenda(self, agenda: Sequence[Appointment], days: tuple[date, date] | None, context: Context) -> Reply:
        """Those of the days that are asked about; of all days where none is."""
        if days is not None:
            agenda = [one for one in agenda if days[0] <= day_of(one.start) <= days[1]]
        if not agenda:
            said = span_in_words(*days, None, context.now) if days else ""
            return say(ReplyKind.INFO, "agenda_none_then" if days else "agenda_none", days=said)
        lines = [sayings().text("agenda", count=str(len(agenda)))]
        text = "\n".join([*lines, *(agenda_line(one, context.now) for one in agenda)])
        labels = sayings().buttons
        choices = tuple(
            Choice(f"{ACTION}:c:{what}:{one.id}", labels[name] + one.number)
            for one in agenda
            for what, name in self._offered(one, context)
        )
        return Reply(ReplyKind.INFO, text, text, choices=choices)

    def _offered(self, one: Appointment, context: Context) -> list[tuple[str, str]]:
        begun = context.now >= one.start
        after = [("done", "done"), ("not", "not_done")] if begun else [("out", "out")]
        return [*([("story", "story")] if one.told else []), *after]

    async def _story(self, appointment: str, context: Context) -> Reply:
        """What was told: shown, not read aloud, and kept nowhere in clear."""
        words = sayings()
        lines = await self._consultations.read(person_of(context), appointment)
        number = (await self._consultations.held(person_of(context), appointment)).number
        told = [words.text("story_line", asked=line.asked, told=line.told) for line in lines]
        text = "\n".join([words.text("story_head", number=number), *told])
        return Reply(ReplyKind.INFO, text, words.text("story_spoken"), slots={PRIVATE: True})

    async def _sure_to_displace(self, appointment: str, context: Context) -> list[Reply]:
        mine = await self._consultations.agenda(person_of(context))
        one = next((one for one in mine if one.id == appointment), None)
        if one is None:
            return [say(ReplyKind.INFO, "not_yours")]
        labels = sayings().buttons
        choices = (Choice(f"{ACTION}:c:gone:{one.id}", labels["out"]), Choice(f"{ACTION}:keep", labels["keep"]))
        values = {"number": one.number, "when": when(one.start, context.now)}
        return [say(ReplyKind.CONFIRM, "confirm_out", choices, shown=shown(one), **values)]

    def _off(self, days: tuple[date, date] | None, context: Context) -> Reply:
        if days is None:
            return say(ReplyKind.ASK, "ask_off")
        labels, (first, last) = sayings().buttons, days
        yes = Choice(f"{ACTION}:c:off:{first.isoformat()}/{last.isoformat()}", labels["agree_off"])
        said = span_in_words(first, last, None, context.now)
        return say(ReplyKind.CONFIRM, "confirm_off", (yes, Choice(f"{ACTION}:keep", labels["keep"])), days=said)

    async def _take_off(self, value: str, key: str, context: Context) -> list[Reply] | None:
        first, _, last = value.partition("/")
        try:
            days = date.fromisoformat(first), date.fromisoformat(last)
        except ValueError:
            return None
        moved = await self._consultations.days_off(person_of(context), *days, "", key)
        said = span_in_words(*days, None, context.now)
        return [say(ReplyKind.INFO, "off", days=said, count=str(len(moved)))]


def _asked_off(context: Context) -> bool:
    """Whether days off were just read back, or asked for: a day alone corrects them."""
    before = context.session.offered.values()
    return any(choice.startswith(f"{ACTION}:c:off:") for choice in before)
