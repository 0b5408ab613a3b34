"""Notices of bookings as replies: what is said, and what can be pressed."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from dialogs import plain_time
from dialogs.booking import hours
from dialogs.booking.days import day_in_words, span_in_words
from dialogs.booking.notices import Notice, To, What
from dialogs.booking.order import booking_shown, plain
from dialogs.booking.questions import ACTION as ORDERS
from dialogs.booking.route import Fit
from dialogs.booking.standing import job_of
from dialogs.booking.terms import Booking, Quote, State
from dialogs.messages import Choice, Reply, ReplyKind

DATA = Path(__file__).with_name("telling.yaml")
ACTION = "j"
"""Of the buttons of jobs and of what comes after the work, on both sides."""
_ASKS = frozenset({What.OFFER, What.ASK_DONE, What.REPORTED, What.SPOILED, What.PROPOSED})


class Telling(BaseModel):
    """The words, from telling.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    wide: re.Pattern[str]
    buttons: dict[str, str]
    stars: tuple[str, ...]
    weather: dict[str, str]
    leads: dict[str, str]
    parts: dict[str, str]
    now: dict[str, str]
    say: dict[str, str]


@cache
def telling() -> Telling:
    """The shipped words."""
    return Telling.model_validate(yaml.safe_load(DATA.read_text("utf-8")))


def told(notice: Notice, now: datetime, near: Fit | None = None) -> Reply:
    """What one person is told at `now`; `near` is the route fit of a provider's job."""
    booking, words = notice.booking, telling()
    done = booking.state is not State.NOT_DONE
    key = notice.what.value
    if notice.what is What.SETTLED and not done:
        key += "_not"
    if notice.what is What.REPORTED and not (booking.farmer_done or booking.provider_done):
        key += "_not"
    if notice.what is What.NOBODY:
        key += f"_{notice.why if notice.why in {'none', 'declined'} else 'none'}"
    values = _values(notice, now, near or Fit())
    text = words.say[f"{key}_{notice.to}"].format(**values)
    asks = notice.what in _ASKS or (notice.what is What.DISPUTE and notice.to is To.STATION)
    kind = ReplyKind.ASK if asks else ReplyKind.INFO
    return Reply(kind, text, text, choices=_choices(notice, now), slots=booking_shown(booking))


def rating(booking: Booking) -> tuple[Choice, ...]:
    """The buttons 1 to 5."""
    return tuple(Choice(f"{ACTION}:r:{n}:{booking.id}", label) for n, label in enumerate(telling().stars, 1))


def offer_choices(booking: Booking) -> tuple[Choice, ...]:
    """Accept, or not."""
    return (_button("ok", "accept", booking), _button("no", "decline", booking))


def place_of(booking: Booking) -> str:
    """柘城县李庄: without the province and the prefecture."""
    return telling().wide.sub("", booking.wish.place_text)


def price_of(booking: Booking) -> str:
    """一亩60元，一共210元。 Nothing where no price is fixed."""
    if booking.price_mu is None or booking.total is None:
        return ""
    return telling().parts["price"].format(price=plain(booking.price_mu), total=plain(booking.total))


def route_of(near: Fit, pooled: int) -> str:
    """What makes a job fit the way of that day."""
    words = telling().parts
    route = ""
    if near.village:
        route = words["village"].format(count=near.village)
    elif near.town:
        route = words["town"].format(count=near.town)
    return route + (words["pooled_provider"].format(count=pooled) if pooled else "")


def remind_of(booking: Booking, now: datetime) -> str:
    """That a reminder will come: only where one will."""
    still = booking.day is not None and now < hours.two_hours_before(booking.day, booking.part)
    return telling().parts["remind"] if still else ""


def when_of(booking: Booking, now: datetime) -> str:
    """The day that a machine is asked for or comes; without one the days that suit."""
    first, last = booking.wish.first, booking.wish.last
    if booking.day is not None:
        first, last = booking.day, booking.last_day or booking.day
    return span_in_words(first, last, booking.part, now)


def _values(notice: Notice, now: datetime, near: Fit) -> Mapping[str, str]:
    booking, words = notice.booking, telling()
    pooled = words.parts["pooled_farmer"].format(count=booking.pooled) if booking.pooled else ""
    quote = notice.quotes[0] if notice.quotes else None
    why = notice.why
    if notice.what is What.SPOILED:
        why = words.weather.get(notice.why, words.weather["other"])
    return {
        "lead": words.leads.get(notice.why, words.leads["new"]),
        "number": booking.number,
        "job": job_of(booking),
        "place": place_of(booking),
        "provider": booking.provider or "",
        "when": when_of(booking, now),
        "day": day_in_words(booking.day, now) if booking.day else when_of(booking, now),
        "price": price_of(booking),
        "pooled": "" if notice.to is To.PROVIDER else pooled,
        "route": route_of(near, booking.pooled),
        "distance": _distance(booking),
        "note": words.parts["note"].format(note=booking.wish.note) if booking.wish.note else "",
        "until": plain_time.moment(booking.until, now) if booking.until else "",
        "remind": remind_of(booking, now),
        "reach": words.parts["reach"],
        "reach_provider": words.parts["reach_provider"],
        "area": _worked(booking),
        "worked": _worked(booking) or words.parts["as_booked"].format(mu=plain(booking.wish.area_mu)),
        "total": words.parts["total"].format(total=plain(booking.total)) if booking.total is not None else "",
        "mu": plain(booking.wish.area_mu),
        "now": _now(booking, now),
        "booked": _booked(booking),
        "who": words.parts.get(notice.why, ""),
        "why": why,
        "quotes": _quotes(notice.quotes, now),
        "quote": day_in_words(quote.day, now) if quote else "",
        "price_words": f"{plain(quote.total)}元" if quote else "",
    }


def _choices(notice: Notice, now: datetime) -> tuple[Choice, ...]:
    booking, farmer = notice.booking, notice.to is To.FARMER
    change = (_order("mv", "move", booking), _order("cx", "cancel", booking))
    match notice.what:
        case What.OFFER:
            return offer_choices(booking)
        case What.ACCEPTED | What.NEXT | What.WAITING | What.TAKEN_BACK if farmer:
            return change
        case What.EVENING_BEFORE if farmer:
            return change
        case What.ASK_DONE | What.REPORTED:
            label = "not_done_farmer" if farmer else "not_done"
            return (
                _button("done", "done", booking),
                _button("not", label, booking),
                _button("bad", "problem", booking),
            )
        case What.DISPUTE if notice.to is To.STATION:
            return (_button("done", "done", booking), _button("not", "not_done", booking))
        case What.SETTLED if booking.state is State.DONE:
            return (*rating(booking), _button("bad", "problem", booking))
        case What.SETTLED | What.EXPIRED | What.DISPUTE:
            return (_button("bad", "problem", booking),)
        case What.FIGURES if notice.to is not To.STATION:
            return (_button("bad", "problem", booking),)
        case What.SPOILED | What.PROPOSED:
            days = tuple(_day(booking, quote, now) for quote in notice.quotes)
            return (*days, _button("stay", "stay", booking), *(change if farmer else ()))
    return ()


def _now(booking: Booking, now: datetime) -> str:
    words = telling().now
    if booking.state is State.OFFERED and booking.until:
        return words["offered"].format(provider=booking.provider or "", until=plain_time.moment(booking.until, now))
    if booking.state is State.ACCEPTED:
        return words["accepted"].format(provider=booking.provider or "", when=when_of(booking, now))
    return words["asked_station" if booking.station_told else "asked"]


def _worked(booking: Booking) -> str:
    return telling().parts["area"].format(area=plain(booking.area_done)) if booking.area_done is not None else ""


def _booked(booking: Booking) -> str:
    """What the area that was booked comes to."""
    if booking.price_mu is None:
        return ""
    total = booking.price_mu * booking.wish.area_mu
    return telling().parts["booked"].format(price=plain(booking.price_mu), total=plain(total))


def _distance(booking: Booking) -> str:
    if booking.distance_km is None:
        return ""
    return telling().parts["distance"].format(km=max(1, round(booking.distance_km)))


def _quotes(quotes: Sequence[Quote], now: datetime) -> str:
    words = telling().parts
    if not quotes:
        return words["no_quotes"]
    return words["quotes"].format(days="、".join(day_in_words(quote.day, now) for quote in quotes))


def _day(booking: Booking, quote: Quote, now: datetime) -> Choice:
    label = telling().buttons["day"].format(day=day_in_words(quote.day, now))
    return Choice(f"{ACTION}:day:{quote.day:%Y%m%d}:{booking.id}", label)


def _button(what: str, label: str, booking: Booking) -> Choice:
    return Choice(f"{ACTION}:{what}:{booking.id}", telling().buttons[label])


def _order(what: str, label: str, booking: Booking) -> Choice:
    return Choice(f"{ORDERS}:{what}:{booking.id}", telling().buttons[label])
