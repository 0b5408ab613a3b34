"""Taking an order, in words and by buttons: filled, asked for what is missing, read back, ordered after a yes."""

from dataclasses import replace
from datetime import datetime

from dialogs.booking.assent import agrees, begins_with_yes, cancels
from dialogs.booking.buttons import Buttons
from dialogs.booking.days import these_days
from dialogs.booking.filling import Filled, Filling, Problem
from dialogs.booking.hearing import Heard, Hearing
from dialogs.booking.machinery import Machinery
from dialogs.booking.nearness import Spot, kilometres
from dialogs.booking.order import Order
from dialogs.booking.questions import ACTION, ANOTHER_PLACE, Questions, quoted, said
from dialogs.booking.reading import Reading
from dialogs.booking.sayings import bare, sayings
from dialogs.booking.services import catalogue
from dialogs.booking.standing import OPEN, booked, days_of, fault_key, job_of
from dialogs.booking.terms import NotPossible, Person, Reason, State
from dialogs.context import Context
from dialogs.messages import Inbound, Reply, ReplyKind
from dialogs.places import Places
from dialogs.session import Form, Session
from knowledge_base.weather.coordinates import nearest, seats

CONFIRM, FIX = "confirm", "fix"
_COUNTY = 6
"""Digits of the code of a county."""
_FAR = 40.0
"""Kilometres from the seat of a county at which its fields may end."""
_UNSURE = frozenset({"area", "place"})
_BUTTONS = frozenset({"yes", "no", "go", "fix", "s", "c", "a", "d", "p"})
_ASKED_ANEW = {Reason.PAST: "date", Reason.DAYS: "date", Reason.AREA: "area", Reason.FULL: "date"}
"""What is asked for again where the ledger refuses."""


class Taking:
    """The conversation that makes an order. Its state is in the session's form."""

    def __init__(self, machinery: Machinery, hearing: Hearing, places: Places) -> None:
        self._machinery = machinery
        self._hearing = hearing
        self._places = places
        self.filling = Filling(places)
        self._reading = Reading(hearing, self.filling, places)
        self._questions = Questions(places)
        self._buttons = Buttons(self.filling, hearing, places)

    async def open(self, context: Context, heard: Heard, *, lead: str = "taken") -> Reply:
        """An order of which one sentence is known; `lead` is the key of what is said before the next question."""
        session = context.session
        order = Order(origin=context.inbound.external_id)
        session.form = Form(service=ACTION, opened_at=context.now, touched_at=context.now)
        filled = self.filling.fill(order, heard, None, context.now, session.place)
        said = sayings().text(lead, summary=filled.order.summary) if filled.order.service else ""
        reply = await self._go_on(context, filled, said)
        return preceded(sayings().text("next_job", job=catalogue()[heard.then].label), reply) if heard.then else reply

    async def answer(self, context: Context, *, before: str = "", stale: bool = False) -> Reply | None:
        """What a sentence does to the open order; None where it is about something else.

        `before` is said first. `stale`: a yes gets the order read back anew.
        """
        form = context.session.form
        if form is None:
            return None
        order = order_of(form)
        if stale and agrees(context.said.text):
            return await self.again(context)
        plainly = await self._plainly(context, form, order)
        if plainly is not None:
            return plainly
        filled = self._reading.answer(order, context, form)
        if filled is not None:
            if form.asking == CONFIRM and filled.same_as(order) and begins_with_yes(context.said.text):
                return await self._agreed(context, form)
            return await self._go_on(context, filled, before)
        return await self._at_a_loss(context, form, order)

    async def _at_a_loss(self, context: Context, form: Form, order: Order) -> Reply | None:
        """Who does not know what was asked for, or first wants to know what it costs."""
        words, text = sayings(), bare(context.said.normalized)
        if words.has("own_price", text) and not context.crops:
            again = await self._question(context, order, form.asking)
            return again if again.kind is ReplyKind.CONFIRM else preceded(words.text("price_later"), again)
        if form.asking == "date" and words.has("unsure", text):
            return await self._go_on(context, self.filling.with_days(order, these_days(context.now)), "")
        if form.asking in _UNSURE and words.has("unsure", text):
            return self._asked_again(context, order, Problem(form.asking, f"{form.asking}_unsure"))
        return None

    async def _plainly(self, context: Context, form: Form, order: Order) -> Reply | None:
        """What is said of the order as a whole: yes, no, not that, something else."""
        words, text = sayings(), bare(context.said.text)
        if words.has("wait", text):
            form.touched_at = context.now
            choices = self.asked_last(form, context.now, context.session).choices
            return said(ReplyKind.INFO, words.text("no_hurry"), order, choices)
        if cancels(context.said.normalized) or cancels(context.said.text):
            return self.drop(context)
        agreed = agrees(text) if form.asking == CONFIRM else words.has("agree", text)
        if agreed:
            # A yes to nothing that another question has offered since then: the order is read back anew.
            other, context.session.pending = context.session.pending, None
            return await (self.again(context) if other else self._agreed(context, form))
        if words.has("deny", text) and form.asking == CONFIRM:
            return self._ask(context, order, FIX)
        if fix := words.find("fix", text):
            return self._ask(context, order, words.slot_named(fix["what"]) or FIX)
        if form.asking in {CONFIRM, FIX} and (slot := words.slot_named(text)):
            return self._ask(context, order, slot)
        if words.has("other_job", text):
            return self._ask(context, order.model_copy(update={"service": None, "crop": None}), "service")
        if words.has("again", text):
            return preceded(words.text("one_at_a_time"), await self._question(context, order, form.asking))
        return None

    async def _agreed(self, context: Context, form: Form) -> Reply:
        """A yes: to the order that was read back, or to nothing in particular."""
        if form.asking == CONFIRM and self.read_back_offered(context.session):
            return await self.confirm(context)
        return await self.again(context)

    def answers(self, context: Context) -> bool:
        """Whether a sentence would answer the open order."""
        form, words, text = context.session.form, sayings(), bare(context.said.text)
        if form is None:
            return False
        plainly = agrees(text) or cancels(context.said.text) or words.has("deny", text) or words.has("go_on", text)
        return plainly or self._reading.answer(order_of(form), context, form) is not None

    async def pressed(self, rest: str, context: Context) -> Reply | None:
        """A button of an order; None for one that means nothing now."""
        what, _, value = rest.partition(":")
        form = context.session.form
        if form is None or "order" not in form.slots:
            return _stale(what)
        order = order_of(form)
        match what:
            case "yes":
                return await (self.confirm(context) if value == order.revision else self.again(context))
            case "no":
                return self.drop(context)
            case "go":
                return await self.again(context)
            case "fix":
                return self._ask(context, order, value) if value in sayings().slots else self._ask(context, order, FIX)
        filled = self._buttons.chosen(order, what, value, context.now)
        if filled is None:
            return self._ask(context, order, "place") if f"{ACTION}:{rest}" == ANOTHER_PLACE else None
        return await self._go_on(context, filled, "")

    async def confirm(self, context: Context) -> Reply:
        """Order it: once for each form, however often the yes arrives."""
        session, form, inbound = context.session, context.session.form, context.inbound
        if form is None:
            raise ValueError("no order is open")
        order = order_of(form)
        try:
            booking = await self._machinery.order(
                person_of(inbound), order.wish(_position(order, session)), self.key(inbound, order)
            )
        except NotPossible as refusal:
            slot = _ASKED_ANEW.get(refusal.reason)
            fault = sayings().text(fault_key(refusal))
            return self._ask(context, order, slot, before=fault) if slot else said(ReplyKind.INFO, fault, order)
        session.form = None
        return booked(booking, context.now)

    def key(self, inbound: Inbound, order: Order) -> str:
        """One form is ordered once, even where the process dies between the order and the end of the turn and the yes is said anew."""
        return f"{inbound.channel}|{inbound.user}|{order.origin}|order"

    def drop(self, context: Context) -> Reply:
        """Ask nothing more."""
        form = context.session.form
        order = order_of(form) if form else Order(origin="")
        context.session.form = None
        reply = said(ReplyKind.CANCELLED, sayings().text("dropped", summary=order.summary), order)
        return replace(reply, slots={**reply.slots, "state": State.CANCELLED.value})

    async def again(self, context: Context) -> Reply:
        """What was asked last, with prices of now."""
        form = context.session.form
        if form is None:
            raise ValueError("no order is open")
        form.touched_at = context.now
        return await self._question(context, order_of(form), form.asking)

    def asked_last(self, form: Form, now: datetime, session: Session) -> Reply:
        """The same with the prices of the last read-back."""
        order = order_of(form)
        if form.asking == CONFIRM:
            return self._questions.read_back(order, now)
        return self._questions.ask(order, form.asking or "service", now, session.place)

    def continued(self, form: Form) -> Reply:
        """Whether to go on, after a silence."""
        return self._questions.continued(order_of(form))

    def placed(self, context: Context) -> Reply | None:
        """A position was sent where the place had been asked for."""
        form = context.session.form
        if form is None or form.asking != "place":
            return None
        order = order_of(form).model_copy(update={"located": True})
        return self._asked_again(context, order, Problem("place", "position_noted"))

    def read_back_offered(self, session: Session) -> bool:
        """Whether what a yes would mean is the order that was read back."""
        return any(choice.startswith(f"{ACTION}:yes:") for choice in session.offered.values())

    async def _go_on(self, context: Context, filled: Filled, lead: str) -> Reply:
        order = filled.order
        if filled.problem:
            return self._asked_again(context, order, filled.problem)
        order = self.filling.at_home(order, context.session.place)
        if order.missing:
            return self._ask(context, order, order.missing, before=lead)
        return await self._read_back(context, order)

    async def _read_back(self, context: Context, order: Order) -> Reply:
        try:
            wish = order.wish(_position(order, context.session))
            quotes = await self._machinery.quotes(wish, person=person_of(context.inbound))
        except NotPossible as refusal:
            slot = _ASKED_ANEW.get(refusal.reason)
            if slot is not None:
                return self._ask(context, order, slot, before=sayings().text(fault_key(refusal)))
            quotes = ()
        twice = await self._already(context, order)
        order = order.model_copy(update={"quoted": quoted(quotes, order, context.now), "twice": twice})
        self._keep(context, order, CONFIRM)
        return self._questions.read_back(order, context.now)

    async def _already(self, context: Context, order: Order) -> str:
        """That the same job is booked for the same days and place already; it may be meant, or not."""
        for one in await self._machinery.mine(person_of(context.inbound)):
            if one.state in OPEN and order.same_as(one):
                when = days_of(one, context.now)
                return sayings().text("twice", number=one.number, job=job_of(one), when=when)
        return ""

    async def _question(self, context: Context, order: Order, asking: str | None) -> Reply:
        if asking == CONFIRM or (asking == FIX and order.missing is None):
            return await self._read_back(context, order)
        return self._ask(context, order, asking or order.missing or FIX)

    def _ask(self, context: Context, order: Order, slot: str, *, before: str = "") -> Reply:
        self._keep(context, order, slot)
        near = None if before == "" and slot == "place" and order.place else context.session.place
        return self._questions.ask(order, slot, context.now, near, before=before)

    def _asked_again(self, context: Context, order: Order, problem: Problem) -> Reply:
        self._keep(context, order, problem.slot)
        return self._questions.ask_again(order, problem, context.now)

    def _keep(self, context: Context, order: Order, asking: str) -> None:
        form = context.session.form
        if form is None:
            raise ValueError("no order is open")
        form.slots = {"order": order.model_dump(mode="json")}
        form.asking, form.touched_at = asking, context.now


def order_of(form: Form) -> Order:
    """The order that a form holds."""
    return Order.model_validate(form.slots["order"])


def preceded(text: str, reply: Reply) -> Reply:
    """A reply with something said before it."""
    return replace(reply, text=text + reply.text, spoken=text + reply.spoken)


def person_of(inbound: Inbound) -> Person:
    """Who it is that books."""
    return Person(inbound.channel, inbound.user)


def _position(order: Order, session: Session) -> tuple[float, float] | None:
    """Where the field is: the person's own position only where it was sent for this order, or lies about the county of the field."""
    here = session.position
    if here is None or order.located:
        return here
    county = (order.place or "")[:_COUNTY]
    near = nearest(*here)
    seat = seats().get(county)
    away = kilometres(Spot(county, here), Spot(county, seat))
    about = (away is not None and away < _FAR) or (near is not None and near.code == county)
    return here if about else None


def _stale(what: str) -> Reply | None:
    """A button of an order that is not open any more; None for one that is none."""
    if what not in _BUTTONS:
        return None
    text = sayings().text("already")
    return Reply(ReplyKind.INFO, text, text)
