"""The bookings that somebody has: listed, moved, made larger or smaller, cancelled; each change read back first."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from dialogs.booking.assent import agrees, begins_with_yes, cancels
from dialogs.booking.change import (
    Change,
    What,
    as_it_would_be,
    change_of,
    new_days,
    of_a_booking,
    shift_in,
    shifted,
    what_in,
)
from dialogs.booking.days import span_in_words, suiting
from dialogs.booking.hearing import Heard, Hearing
from dialogs.booking.machinery import Machinery
from dialogs.booking.order import MOST_MU, booking_shown, plain
from dialogs.booking.overviews import button, changes, line
from dialogs.booking.questions import ACTION
from dialogs.booking.sayings import bare, sayings
from dialogs.booking.standing import OPEN, days_of, fault_key, job_of, standing
from dialogs.booking.taking import person_of
from dialogs.booking.terms import Booking, BookingError
from dialogs.context import Context
from dialogs.messages import Choice, Reply, ReplyKind
from dialogs.places import Places
from dialogs.session import Form, Session

WHICH, MORE, CONFIRM = "which", "ask", "confirm"
_NUMBER = re.compile(r"(?<!\d)\d{5}(?!\d)")
_BESIDE = 4
"""Characters that may stand beside an answer."""
_PAST = 2
"""Bookings that are over, shown in the list."""


class Changing:
    """The conversation about bookings that are there."""

    def __init__(self, machinery: Machinery, hearing: Hearing, places: Places) -> None:
        self._machinery = machinery
        self._hearing = hearing
        self._places = places

    async def overview(self, context: Context) -> Reply:
        """Everything that somebody has booked, open ones first."""
        bookings = await self._machinery.mine(person_of(context.inbound))
        running = [one for one in bookings if one.state in OPEN]
        over = [one for one in bookings if one.state not in OPEN][:_PAST]
        words, now = sayings(), context.now
        if not bookings:
            return _say(words.text("mine_none"))
        if len(running) == 1:
            lines = [line(running[0], now)]
        else:
            lines = [words.text("mine_many", count=str(len(running)))] if running else [words.text("mine_none")]
            lines += [line(one, now) for one in running]
        if over:
            lines += [words.text("mine_past"), *(line(one, now) for one in over)]
        choices = changes(running[0]) if len(running) == 1 else tuple(button(one) for one in running)
        slots = booking_shown(running[0]) if len(running) == 1 else {}
        return replace(_say("\n".join(lines)), choices=choices, slots=slots)

    async def wished(self, context: Context, text: str, *, surely: bool) -> Reply | None:
        """A change in words; None where nothing of the kind is said. `surely`: it is known to be about a booking."""
        words = sayings()
        heard = self._read(context, text)
        what = what_in(heard, bare(text))
        if what == "move" and not heard.whens and shift_in(heard.text) is None:
            what = what_in(self._mended(heard, context), bare(text)) or what
        if what is None or words.has("not_ours", text) or not (surely or of_a_booking(heard)):
            return None
        running = await self._open(context)
        if not running:
            return _say(words.text("mine_none")) if surely or words.has("about_mine", text) else None
        heard = self._mended(heard, context)
        change = self._filled(Change(origin=context.inbound.external_id, what=what), heard, context)
        if isinstance(change, Reply):
            return change
        named = _named(running, heard, text)
        context.session.form = Form(service=ACTION, opened_at=context.now, touched_at=context.now)
        if len(named) != 1:
            return self._which(context, change, named or running)
        return self._go_on(context, change.model_copy(update={"booking": named[0].id}), named[0])

    async def answer(self, context: Context) -> Reply | None:
        """What a sentence does to the change that is open."""
        form = context.session.form
        if form is None:
            return None
        change, words, text = change_of(form), sayings(), bare(context.said.text)
        if form.asking == CONFIRM:
            unwanted = change.what == "cancel" and (cancels(context.said.text) or words.has("cancel_again", text))
            if (agrees(text) or unwanted) and self.read_back_offered(context.session):
                return await self.confirm(context)
            if (words.has("deny", text) or words.has("keeps", text)) and change.what == "cancel":
                return self.keep(context)
        if cancels(context.said.text) and change.what != "cancel":
            return self.keep(context)
        return await self._more(context, change, form.asking)

    async def _more(self, context: Context, change: Change, asking: str | None) -> Reply | None:
        """Which booking is meant, or what it is to be changed to."""
        running = await self._open(context)
        heard = self._read(context, context.said.normalized)
        if heard.asks or heard.names_other:
            return None
        if asking == WHICH:
            named = _named(running, heard, context.said.normalized)
            if len(named) == 1 and len(named) < len(running):
                return self._go_on(context, change.model_copy(update={"booking": named[0].id}), named[0])
            return None
        mine = next((one for one in running if one.id == change.booking), None)
        if mine is None or change.what == "cancel":
            return None
        heard = self._mended(heard, context)
        filled = self._filled(change, heard, context, asked=True)
        if isinstance(filled, Reply):
            return filled
        if filled.model_copy(update={"date_text": change.date_text}) == change:
            agreed = asking == CONFIRM and begins_with_yes(context.said.text)
            return await self.confirm(context) if agreed and self.read_back_offered(context.session) else None
        return self._go_on(context, filled, mine) if len(heard.rest) <= _BESIDE else None

    async def pressed(self, rest: str, context: Context) -> Reply | None:
        """A button; None for one that means nothing. The bookings of others are not found."""
        what, _, value = rest.partition(":")
        form = context.session.form
        if form is not None and "change" in form.slots:
            if what == "yes":
                return await self.confirm(context) if value == change_of(form).origin[-10:] else None
            if what == "no":
                return self.keep(context)
        if what not in {"b", "mv", "ar", "cx"}:
            return None
        mine = next((one for one in await self._machinery.mine(person_of(context.inbound)) if one.id == value), None)
        if mine is None:
            return _say(sayings().text("fault_gone"))
        if what == "b" and form is not None and "change" in form.slots and form.asking == WHICH:
            return self._go_on(context, change_of(form).model_copy(update={"booking": mine.id}), mine)
        if what == "b" or mine.state not in OPEN:
            choices = changes(mine) if mine.state in OPEN else ()
            return replace(_say(line(mine, context.now)), choices=choices, slots=booking_shown(mine))
        context.session.form = Form(service=ACTION, opened_at=context.now, touched_at=context.now)
        kind: What = {"mv": "move", "ar": "area", "cx": "cancel"}[what]  # type: ignore[assignment]
        return self._go_on(context, Change(origin=context.inbound.external_id, what=kind, booking=mine.id), mine)

    async def confirm(self, context: Context) -> Reply:
        """Carry the change out, once for each form."""
        form, inbound = context.session.form, context.inbound
        if form is None:
            raise ValueError("no change is open")
        change = change_of(form)
        person, key = person_of(inbound), f"{inbound.channel}|{inbound.user}|{change.origin}|{change.what}"
        context.session.form = None
        ledger = self._machinery
        try:
            if change.what == "cancel":
                booking = await ledger.cancel(person, change.booking, "", key)
            elif change.what == "area" and change.area_mu is not None:
                booking = await ledger.change_area(person, change.booking, change.area_mu, key)
            elif change.first and change.last:
                booking = await ledger.reschedule(
                    person, change.booking, change.first, change.last, change.part, key, date_text=change.date_text
                )
            else:
                return _say(sayings().text("kept"))
        except BookingError as refusal:
            return _say(sayings().text(fault_key(refusal)))
        return _done(booking, change.what, context.now)

    def keep(self, context: Context) -> Reply:
        """Change nothing."""
        context.session.form = None
        return _say(sayings().text("kept"))

    async def again(self, context: Context, form: Form) -> Reply | None:
        """What was asked last."""
        change, running = change_of(form), await self._open(context)
        if form.asking == WHICH:
            return self._which(context, change, running)
        mine = next((one for one in running if one.id == change.booking), None)
        return self._go_on(context, change, mine) if mine else None

    def read_back_offered(self, session: Session) -> bool:
        """Whether what a yes would mean was read back."""
        return any(choice.startswith(f"{ACTION}:yes:") for choice in session.offered.values())

    async def _open(self, context: Context) -> list[Booking]:
        return [one for one in await self._machinery.mine(person_of(context.inbound)) if one.state in OPEN]

    def _read(self, context: Context, text: str) -> Heard:
        near = context.session.place
        return self._hearing.read(text, context.now, self._places.region(near), near)

    def _mended(self, heard: Heard, context: Context) -> Heard:
        """What was heard, mended by sound where it names neither a day nor an area as it stands."""
        if heard.whens or heard.areas or heard.no_day:
            return heard
        near = context.session.place
        again = self._hearing.again(heard.text, context.now, self._places.region(near), near, place=False)
        return again if again and (again.whens or again.areas) else heard

    def _filled(self, change: Change, heard: Heard, context: Context, *, asked: bool = False) -> Change | Reply:
        """The change with the days or the area that were said, or why they cannot be taken."""
        words = sayings()
        if change.what == "area":
            region = self._places.region(context.session.place)
            area = heard.areas[-1] if heard.areas else self._hearing.number(heard.text, region) if asked else None
            if area is None or not area.values:
                return change
            if not 0 < area.values[0] <= MOST_MU:
                return _say(words.text("area_zero" if area.values[0] <= 0 else "area_huge", said=area.text))
            return change.model_copy(update={"area_mu": area.values[0]})
        if change.what == "cancel":
            return change
        if shift := shift_in(heard.text):
            return change.model_copy(update={"shift": shift})
        days = suiting(heard.text, new_days(heard.text, heard.whens), context.now, asked=asked, no_day=heard.no_day)
        if days is None:
            return change
        if days.refused:
            return _say(words.text(days.refused.value, said=days.text))
        if days.part and not days.spans:
            return change.model_copy(update={"part": days.part, "shift": None if change.first else change.shift or 0})
        span = days.spans[0]
        return change.model_copy(
            update={"first": span.first, "last": span.last, "part": span.part, "date_text": span.text, "shift": None}
        )

    def _which(self, context: Context, change: Change, running: Sequence[Booking]) -> Reply:
        self._keep(context, change, WHICH)
        lines = [sayings().text("which_booking"), *(line(one, context.now) for one in running)]
        return replace(_say("\n".join(lines), ReplyKind.ASK), choices=tuple(button(one) for one in running))

    def _go_on(self, context: Context, change: Change, mine: Booking) -> Reply:
        """Ask what is missing, or read the change back."""
        words, now = sayings(), context.now
        change = shifted(change, mine)
        if change.first and change.last and not change.date_text:
            said = span_in_words(change.first, change.last, None, now)
            change = change.model_copy(update={"date_text": said})
        if change.what == "move" and change.first is None:
            self._keep(context, change, MORE)
            return replace(_say(words.text("ask_move", job=job_of(mine)), ReplyKind.ASK), slots=booking_shown(mine))
        if change.what == "area" and change.area_mu is None:
            self._keep(context, change, MORE)
            return replace(_say(words.text("ask_area_new", job=job_of(mine)), ReplyKind.ASK), slots=booking_shown(mine))
        self._keep(context, change, CONFIRM)
        when = (
            span_in_words(change.first, change.last, change.part, now)
            if change.first and change.last
            else days_of(mine, now)
        )
        text = words.text(
            f"confirm_{change.what}", number=mine.number, job=job_of(mine), when=when, area=plain(change.area_mu)
        )
        agree = words.buttons["agree_cancel" if change.what == "cancel" else "agree"]
        choices = (Choice(f"{ACTION}:yes:{change.origin[-10:]}", agree), Choice(f"{ACTION}:no", words.buttons["keep"]))
        return replace(_say(text, ReplyKind.CONFIRM), choices=choices, slots=as_it_would_be(mine, change))

    def _keep(self, context: Context, change: Change, asking: str) -> None:
        form = context.session.form
        if form is None:
            raise ValueError("no change is open")
        form.slots = {"change": change.model_dump(mode="json")}
        form.asking, form.touched_at = asking, context.now


def _named(running: Sequence[Booking], heard: Heard, text: str) -> list[Booking]:
    """The bookings that are meant: by number, by job or crop; all of them where none is singled out."""
    number = _NUMBER.search(text)
    if number:
        return [one for one in running if one.number == number[0]]
    job = heard.service or heard.verb
    found = [one for one in running if job in {None, one.wish.service}] or list(running)
    return [one for one in found if not heard.crops or one.wish.crop in heard.crops] or found


def _done(booking: Booking, what: What, now: datetime) -> Reply:
    words = sayings()
    key = {"move": "moved", "area": "area_changed", "cancel": "cancelled"}[what]
    text = words.text(
        key, number=booking.number, job=job_of(booking), when=days_of(booking, now), state=standing(booking, now)
    )
    kind = ReplyKind.CANCELLED if what == "cancel" else ReplyKind.BOOKED
    return replace(_say(text, kind), slots=booking_shown(booking))


def _say(text: str, kind: ReplyKind = ReplyKind.INFO) -> Reply:
    return Reply(kind, text, text)
