"""Machinery in the chat: an order taken in one go or bit by bit, and the bookings that somebody has."""

from datetime import timedelta

from dialogs.booking.changing import Changing
from dialogs.booking.hearing import Hearing
from dialogs.booking.machinery import Machinery
from dialogs.booking.questions import ACTION
from dialogs.booking.reading import Reading
from dialogs.booking.sayings import bare, sayings
from dialogs.booking.taking import Taking, order_of, preceded
from dialogs.context import Context
from dialogs.messages import Reply, ReplyKind
from dialogs.places import Places
from dialogs.service import Service
from dialogs.session import Form, Session
from dialogs.short_answers import short_answers

SILENT = timedelta(minutes=30)
"""After so long an open order is gone on with only once the farmer has said so."""
FORGOTTEN = timedelta(days=1)
"""After so long it is dropped."""


class MachineBooking(Service):
    """Books machines. Nothing is ordered, changed or cancelled before a yes."""

    action = ACTION
    intents = frozenset({"book_machinery", "my_bookings"})

    def __init__(self, machinery: Machinery, hearing: Hearing, places: Places) -> None:
        self._taking = Taking(machinery, hearing, places)
        self._changing = Changing(machinery, hearing, places)
        self._reading = Reading(hearing, self._taking.filling, places)

    def meant(self, text: str, session: Session) -> str | None:
        """The button that a plain yes or no stands for, and which of those offered is meant by 第一个."""
        form = session.form
        ours = [choice for choice in session.offered.values() if choice.startswith(f"{ACTION}:")]
        if form is None or form.service != ACTION or not ours or len(ours) < len(session.offered):
            return None
        said = short_answers()
        yes = next((choice for choice in ours if choice.startswith((f"{ACTION}:yes:", f"{ACTION}:go"))), None)
        if yes and said.agrees(text):
            return yes
        if yes and said.denies(text):
            return next((choice for choice in ours if choice in {f"{ACTION}:fix", f"{ACTION}:no"}), None)
        # Where the area was asked for, 1 is one 亩.
        word = None if form.asking == "area" and bare(text).isdecimal() else sayings().find("ordinal", bare(text))
        place = int(word.lastindex or 0) - 1 if word and not yes else len(ours)
        return ours[place] if place < len(ours) else None

    async def in_words(self, context: Context) -> list[Reply] | None:
        """The reply to an answer, an order, or a wish about a booking; None where it is about something else."""
        form = self._form(context)
        said = await (self._in_form(context, form) if form else self._afresh(context))
        if said is None:
            return None
        context.session.turn_to(context.said)
        return said

    async def asked(self, context: Context) -> list[Reply] | None:
        """An order of which the words alone say too little, or all that is booked."""
        if sayings().has("not_ours", context.said.normalized):
            return None
        context.session.turn_to(context.said)
        if context.said.intent == "my_bookings":
            changed = await self._changing.wished(context, context.said.normalized, surely=True)
            return [changed or await self._changing.overview(context)]
        if form := self._form(context):
            return [await self._again(context, form)]
        return [await self._taking.open(context, self._reading.best(context))]

    async def pressed(self, rest: str, context: Context) -> list[Reply] | None:
        """A button; None for one that means nothing any more."""
        session, form = context.session, self._form(context)
        if form and context.now - form.touched_at > FORGOTTEN:
            return [self._forget(context, form)]
        if rest.partition(":")[0] in {"b", "mv", "ar", "cx"}:
            lead = self._left(form) if form and rest[0] != "b" else ""
            reply = await self._changing.pressed(rest, context)
            return [preceded(lead, reply) if lead and session.form is not form else reply] if reply else None
        if form and "change" in form.slots:
            reply = await self._changing.pressed(rest, context)
        elif form and rest.startswith("yes") and context.now - form.touched_at > SILENT:
            reply = await self._taking.again(context)
        else:
            reply = await self._taking.pressed(rest, context)
        return [reply] if reply else None

    async def located(self, context: Context) -> list[Reply] | None:
        """A position, where the place of the field was asked for."""
        form = self._form(context)
        reply = self._taking.placed(context) if form and "order" in form.slots else None
        return [reply] if reply else None

    def resume(self, context: Context) -> Reply | None:
        """What the form asked; after a silence whether to go on; after a day that it is dropped."""
        form = self._form(context)
        if form is None:
            return None
        silent = context.now - form.touched_at
        if silent > FORGOTTEN:
            return self._forget(context, form)
        if "order" not in form.slots:
            return None
        form.touched_at = context.now
        if silent > SILENT:
            return self._taking.continued(form)
        return self._taking.asked_last(form, context.now, context.session)

    async def _in_form(self, context: Context, form: Form) -> list[Reply] | None:
        silent = context.now - form.touched_at
        if silent > FORGOTTEN:
            return await self._after_a_day(context, form)
        if sayings().has("list", bare(context.said.normalized)):
            again = await self._again(context, form)
            return [await self._changing.overview(context), again]
        if "change" in form.slots:
            reply = await self._changing.answer(context)
            return [reply] if reply else await self._afresh(context)
        if sayings().has("go_on", bare(context.said.text)):
            return [await self._taking.again(context)]
        before = sayings().text("on_again", summary=order_of(form).summary) if silent > SILENT else ""
        reply = await self._taking.answer(context, before=before, stale=silent > SILENT)
        return [reply] if reply else None

    async def _after_a_day(self, context: Context, form: Form) -> list[Reply] | None:
        """The order is dropped; a sentence that would have answered it is told so, any other one first gets its own reply."""
        kept = form.model_copy(deep=True)
        context.session.form = None
        fresh = await self._afresh(context)
        note = self._forgotten(form)
        if fresh is not None:
            return [note, *fresh]
        context.session.form = kept
        answered = "order" in kept.slots and self._taking.answers(context)
        context.session.form = None if answered else form
        return [note] if answered else None

    async def _afresh(self, context: Context) -> list[Reply] | None:
        words, text = sayings(), context.said.normalized
        if words.has("not_ours", text):
            return None
        changed = await self._changing.wished(context, text, surely=False) if words.has("change_move", text) else None
        if changed is None and words.has("list", bare(text)):
            return [await self._changing.overview(context)]
        changed = changed or await self._changing.wished(context, text, surely=False)
        if changed:
            return [changed]
        asked = self._reading.best(context)
        if asked.asks_price:
            return [await self._taking.open(context, asked, lead="price_asked")]
        heard = self._reading.order(context)
        return [await self._taking.open(context, heard)] if heard else None

    async def _again(self, context: Context, form: Form) -> Reply:
        if "change" in form.slots:
            return await self._changing.again(context, form) or await self._changing.overview(context)
        return await self._taking.again(context)

    def _forget(self, context: Context, form: Form) -> Reply:
        context.session.form = None
        return self._forgotten(form)

    def _forgotten(self, form: Form) -> Reply:
        if "order" not in form.slots:
            text = sayings().text("kept")
            return Reply(ReplyKind.INFO, text, text)
        text = sayings().text("dropped_old", summary=order_of(form).summary)
        return Reply(ReplyKind.CANCELLED, text, text)

    def _left(self, form: Form) -> str:
        return sayings().text("dropped_for", summary=order_of(form).summary) if "order" in form.slots else ""

    def _form(self, context: Context) -> Form | None:
        form = context.session.form
        return form if form is not None and form.service == ACTION else None
