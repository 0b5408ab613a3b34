"""What a farmer is asked for an order, one thing at a time, and the whole order read back."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from dialogs.booking.days import Span, day_in_words, span_in_words, these_days
from dialogs.booking.filling import Problem, is_county
from dialogs.booking.order import Order, plain
from dialogs.booking.sayings import sayings
from dialogs.booking.services import catalogue
from dialogs.booking.terms import Quote
from dialogs.messages import Choice, Reply, ReplyKind
from dialogs.places import Places

ACTION = "m"
JOBS = ("harvest", "plough", "rotary_till", "sow", "spray")
"""Jobs offered as buttons."""
ANOTHER_PLACE = f"{ACTION}:p:other"


class Questions:
    """Makes the replies; knows nothing of the conversation."""

    def __init__(self, places: Places) -> None:
        self._places = places

    def ask(self, order: Order, slot: str, now: datetime, near: str | None, *, before: str = "") -> Reply:
        """The question for a slot; `before` is said first. `near`: the administrative code of where the person is."""
        words = sayings()
        match slot:
            case "service":
                text, choices = words.text("ask_service"), self._jobs()
            case "crop":
                text, choices = self._crop_question(order)
            case "area":
                text, choices = words.text("ask_area"), areas([Decimal(area) for area in words.offered_areas])
            case "date":
                text, choices = words.text("ask_date"), self._dates(now)
            case "place":
                text, choices = self._place_question(near)
            case _:
                text, choices = words.text("ask_fix"), fixes()
        return said(ReplyKind.ASK, before + text, order, choices)

    def ask_again(self, order: Order, problem: Problem, now: datetime) -> Reply:
        """Why the slot could not be filled, and the question for it with what there is to choose from."""
        words = sayings()
        values = dict(problem.values)
        if problem.crops:
            values["crops"] = words.text("or").join(problem.crops)
        if problem.spans:
            values["days"] = in_words(problem.spans[0], now)
        text = words.text(problem.key, **values)
        if problem.areas:
            choices = areas(problem.areas)
        elif problem.spans:
            choices = tuple(Choice(span_id(one), in_words(one, now)) for one in problem.spans)
            choices += (Choice(f"{ACTION}:fix:date", words.buttons["other_day"]),)
        elif problem.crops:
            choices = crops(problem.crops)
        elif problem.places:
            choices = tuple(Choice(f"{ACTION}:p:{place.code}", place.full_name) for place in problem.places)
        else:
            choices = self.ask(order, problem.slot, now, None).choices
        return said(ReplyKind.ASK, text, order, choices)

    def read_back(self, order: Order, now: datetime) -> Reply:
        """The whole order, to be answered with yes, a change or no."""
        words, labels = sayings(), sayings().buttons
        if order.first is None or order.last is None:
            raise ValueError("an order without days is not read back")
        when = span_in_words(order.first, order.last, order.part, now)
        if words.has("other_calendar", order.date_text):
            when = words.text("calendar_said", said=order.date_text, when=when)
        text = order.twice + words.text(
            "read_back",
            job=order.summary,
            when=when,
            place=order.place_text,
            note=words.text("note", notes="，".join(order.notes)) if order.notes else "",
            quote=order.quoted,
        )
        choices = (
            Choice(f"{ACTION}:yes:{order.revision}", labels["agree"]),
            Choice(f"{ACTION}:fix", labels["fix"]),
            Choice(f"{ACTION}:no", labels["drop"]),
        )
        return said(ReplyKind.CONFIRM, text, order, choices)

    def continued(self, order: Order) -> Reply:
        """Whether to go on with what was left off."""
        labels = sayings().buttons
        choices = (Choice(f"{ACTION}:go", labels["go_on"]), Choice(f"{ACTION}:no", labels["drop"]))
        return said(ReplyKind.ASK, sayings().text("left_off", summary=order.summary), order, choices)

    def _jobs(self) -> tuple[Choice, ...]:
        return tuple(Choice(f"{ACTION}:s:{key}", catalogue()[key].label) for key in JOBS)

    def _crop_question(self, order: Order) -> tuple[str, tuple[Choice, ...]]:
        words = sayings()
        text = words.text("ask_crop_harvest" if order.service == "harvest" else "ask_crop")
        return text, crops(catalogue()[order.service].buttons) if order.service else ()

    def _dates(self, now: datetime) -> tuple[Choice, ...]:
        labels, these = sayings().buttons, these_days(now)
        tomorrow, after = these.first, these.first + timedelta(days=1)
        return (
            Choice(_days_id(tomorrow, tomorrow), labels["next_day"]),
            Choice(_days_id(after, after), labels["day_after"]),
            Choice(_days_id(these.first, these.last), labels["these_days"]),
        )

    def _place_question(self, near: str | None) -> tuple[str, tuple[Choice, ...]]:
        words = sayings()
        if near is None or not is_county(near):
            return words.text("ask_place"), ()
        name = self._places.full_name(near)
        here = Choice(f"{ACTION}:p:{near}", name)
        return words.text("ask_place_here", place=name), (here, Choice(ANOTHER_PLACE, words.buttons["other_place"]))


def quoted(quotes: Sequence[Quote], order: Order, now: datetime) -> str:
    """What could be had at what price; an honest line where there is nobody."""
    words = sayings()
    if not quotes:
        return words.text("no_quote")
    best = quotes[0]
    return words.text(
        "quote",
        provider=best.provider,
        day="" if best.day == order.first == order.last else day_in_words(best.day, now),
        price=words.text("price", price=plain(best.price_mu), total=plain(best.total)),
        pooled=words.text("pooled", count=str(best.pooled)) if best.pooled else "",
        more=words.text("more", count=str(len(quotes) - 1)) if len(quotes) > 1 else "",
    )


def said(kind: ReplyKind, text: str, order: Order, choices: tuple[Choice, ...] = ()) -> Reply:
    """A reply in the course of an order; shown and read aloud alike."""
    return Reply(kind, text, text, choices=choices, slots=order.shown())


def crops(names: Sequence[str]) -> tuple[Choice, ...]:
    """A button for each crop."""
    return tuple(Choice(f"{ACTION}:c:{name}", name) for name in names)


def areas(values: Sequence[Decimal]) -> tuple[Choice, ...]:
    """A button for each area."""
    label = sayings().buttons["mu"]
    return tuple(Choice(f"{ACTION}:a:{plain(value)}", label.format(area=plain(value))) for value in values)


def fixes() -> tuple[Choice, ...]:
    """A button for each slot that can be changed."""
    return tuple(Choice(f"{ACTION}:fix:{slot}", names[0]) for slot, names in sayings().slots.items())


def in_words(span: Span, now: datetime) -> str:
    """The days of a span."""
    return span_in_words(span.first, span.last, span.part, now)


def span_id(span: Span) -> str:
    """The button for a span."""
    return _days_id(span.first, span.last) + (f"/{span.part}" if span.part else "")


def _days_id(first: date, last: date) -> str:
    return f"{ACTION}:d:{first.isoformat()}/{last.isoformat()}"
