"""Jobs as an operator hears of them: the list by days, the read-backs, what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from dialogs import plain_time
from dialogs.booking.afterwards import far_off
from dialogs.booking.days import day_in_words, span_in_words
from dialogs.booking.jobbook import Off, Provider
from dialogs.booking.order import booking_shown, plain
from dialogs.booking.route import Fit
from dialogs.booking.standing import job_of, standing
from dialogs.booking.states import Side
from dialogs.booking.telling import ACTION, place_of, price_of, rating, remind_of, route_of, when_of
from dialogs.booking.terms import Booking, BookingError, Gone, NotPossible, State
from dialogs.messages import Choice, Reply, ReplyKind
from dialogs.topics.job_deed import Deed
from dialogs.topics.job_reading import Span
from dialogs.topics.job_words import job_words

SHOWN = 7
"""Jobs told in one reply."""


def say(
    key: str,
    values: Mapping[str, object] | None = None,
    *,
    kind: ReplyKind = ReplyKind.INFO,
    choices: Sequence[Choice] = (),
) -> Reply:
    """A text of jobs.yaml, filled in."""
    text = job_words().text(key, **(values or {}))
    return Reply(kind, text, text, choices=tuple(choices))


def refusal(error: BookingError) -> Reply:
    """Why a command was refused."""
    if isinstance(error, NotPossible):
        return say(error.reason.value if error.reason.value in job_words().say else "other")
    return say("offer_gone" if isinstance(error, Gone) else "gone")


def facts(booking: Booking, now: datetime) -> dict[str, str]:
    """What texts say of a booking."""
    return {
        "number": booking.number,
        "job": job_of(booking),
        "place": place_of(booking),
        "provider": booking.provider or "",
        "when": when_of(booking, now),
        "price": price_of(booking),
        "until": plain_time.moment(booking.until, now) if booking.until else "",
        "area": _area(booking.area_done, booking),
        "total": _total(booking.total),
    }


def about(reply: Reply, booking: Booking) -> Reply:
    """The reply with the slots of a booking."""
    return replace(reply, slots=booking_shown(booking))


def listed(provider: Provider, jobs: Sequence[tuple[Booking, Fit]], offs: Sequence[Off], now: datetime) -> Reply:
    """Jobs by their days, those that wait for an answer with their buttons; then days off."""
    words = job_words()
    lines = [words.text("list", name=provider.name, count=len(jobs))] if jobs else []
    lines = lines or [words.text("none", name=provider.name)]
    choices: list[Choice] = []
    for booking, near in jobs[:SHOWN]:
        offered = booking.state is State.OFFERED
        route = "" if offered else route_of(near, booking.pooled)
        lines.append(words.text("line_offered" if offered else "line", **facts(booking, now), route=route))
        if offered:
            choices += _offered(booking)
    if len(jobs) > SHOWN:
        lines.append(words.text("more", count=len(jobs) - SHOWN))
    lines += [
        words.text("line_off", when=days_in_words(off.first, off.last, now), machine=_only(off.machine)) for off in offs
    ]
    text = "\n".join(lines)
    return Reply(ReplyKind.INFO, text, text, choices=tuple(choices))


def which(bookings: Sequence[Booking], deed: str, key: str, now: datetime) -> Reply:
    """Which of several is meant."""
    words = job_words()
    choices = [
        Choice(f"{ACTION}:{deed}:{one.id}", words.buttons["job"].format(number=one.number, place=place_of(one)))
        for one in bookings[:SHOWN]
    ]
    jobs = "；".join(words.text("which_line", **facts(one, now)) for one in bookings[:SHOWN])
    return say(key, {"jobs": jobs}, kind=ReplyKind.ASK, choices=choices)


def free(provider: Provider, days: Span, now: datetime) -> Reply:
    """That nothing is to be done on these days."""
    return say("none_then", {"name": provider.name, "when": days_in_words(days.first, days.last, now)})


def standing_of(bookings: Sequence[Booking], today: date, now: datetime) -> Reply:
    """Where a farmer's bookings stand, and what can be said of them."""
    words = job_words()
    lines = [words.text("where", **facts(one, now), standing=standing(one, now)) for one in bookings[:SHOWN]]
    due = any(one.state is State.ACCEPTED and one.day is not None and one.day <= today for one in bookings)
    lines.append(words.text("where_today" if due else "where_free"))
    reply = Reply(ReplyKind.INFO, text := "\n".join(lines), text)
    return about(reply, bookings[0]) if len(bookings) == 1 else reply


def price_of_farmer(booking: Booking) -> Reply:
    """That the price is agreed on."""
    price = price_of(booking)
    return about(say("price_farmer" if price else "price_none", {"number": booking.number, "price": price}), booking)


def price_of_provider(booking: Booking, choices: Sequence[Choice]) -> Reply:
    """That the price is the one that was registered."""
    reply = say("price_provider", {"number": booking.number, "price": price_of(booking)}, choices=choices)
    return about(joined([reply, say("price_offered", choices=choices)]) if choices else reply, booking)


def machines(provider: Provider) -> tuple[Choice, ...]:
    """The operator's machines to choose from."""
    return tuple(Choice(f"{ACTION}:mc:{one.id}", one.name) for one in provider.machines)


def joined(replies: Sequence[Reply]) -> Reply:
    """Several replies in one."""
    text = "\n".join(reply.text for reply in replies)
    return replace(replies[-1], text=text, spoken=text)


def accepted(booking: Booking, near: Fit, now: datetime) -> Reply:
    """What came of accepting."""
    if booking.state is State.ACCEPTED:
        route = route_of(near, booking.pooled)
        values = {**facts(booking, now), "route": route, "remind": remind_of(booking, now)}
        return about(say("accepted", values), booking)
    if booking.state is State.OFFERED:
        return about(
            say("accepted_other_day", facts(booking, now), kind=ReplyKind.ASK, choices=_offered(booking)), booking
        )
    return say("accepted_full", facts(booking, now))


def reported(booking: Booking, side: Side, now: datetime) -> Reply:
    """What came of saying done or not done."""
    values = facts(booking, now)
    if booking.state is State.DONE:
        return about(
            say("done", values, kind=ReplyKind.ASK, choices=() if side is Side.STATION else rating(booking)), booking
        )
    if booking.state is State.NOT_DONE:
        return about(say("settled_not", values), booking)
    if booking.farmer_done is not None and booking.provider_done is not None:
        return about(say("dispute", values), booking)
    done = booking.farmer_done if side is Side.FARMER else booking.provider_done
    reply = say("reported" if done else "reported_not", values)
    if done and side is Side.PROVIDER and booking.area_done is None:
        more = job_words().text("reported_correct")
        reply = replace(reply, text=reply.text + more, spoken=reply.spoken + more)
    return about(reply, booking)


def read_back(deed: Deed, booking: Booking, now: datetime) -> Reply:
    """What is about to be done with one job."""
    values = facts(booking, now)
    if deed.what == "finish":
        # What the other side has reported holds unless something else is said.
        done = deed.area_mu if deed.area_mu is not None else booking.area_done
        total = deed.total
        if total is None and deed.area_mu is None and booking.total is not None:
            total = booking.total
        elif total is None and booking.price_mu is not None:
            total = booking.price_mu * (booking.wish.area_mu if done is None else done)
        values |= {"area": _said_by(deed, booking) + _area(done, booking), "total": _total(total)}
    if deed.what in {"move", "agree"} and deed.first and deed.last:
        values["when"] = days_in_words(deed.first, deed.last, now)
    values["words"] = deed.words
    key = f"confirm_{deed.what}"
    if deed.what == "finish" and far_off(booking.wish.area_mu, booking.price_mu, deed.area_mu, deed.total):
        values["booked"] = _booked(booking)
        key = "confirm_far"
    return about(say(key, values, kind=ReplyKind.CONFIRM, choices=agreeing(deed)), booking)


def days_off(deed: Deed, machine: str | None, moves: Sequence[Booking], now: datetime, *, half: bool) -> Reply:
    """What is about to be kept free, and what that moves. `half`: a part of a day was said, and whole ones are kept."""
    words = job_words()
    if deed.first is None or deed.last is None:
        raise ValueError("no days are known")
    told = words.text("moves_none")
    if moves:
        jobs = "；".join(f"{one.number} {place_of(one)}{job_of(one)}" for one in moves)
        told = words.text("moves", count=len(moves), jobs=jobs)
    if deed.what == "broken":
        named = machine or words.text("your_machine")
        values = {"machine": named, "until": day_in_words(deed.last, now), "moves": told}
        return say("confirm_broken", values, kind=ReplyKind.CONFIRM, choices=agreeing(deed))
    told = words.text("whole_days") + told if half else told
    values = {"when": days_in_words(deed.first, deed.last, now), "machine": _only(machine), "moves": told}
    return say("confirm_off", values, kind=ReplyKind.CONFIRM, choices=agreeing(deed))


def kept_free(deed: Deed, machine: str | None, moved: Sequence[Booking], now: datetime) -> Reply:
    """That days off are noted."""
    if deed.first is None or deed.last is None:
        raise ValueError("no days are known")
    told = job_words().text("moved", count=len(moved)) if moved else ""
    values = {"when": days_in_words(deed.first, deed.last, now), "machine": _only(machine), "moved": told}
    return say("done_off", values)


def back(deed: Deed, offs: Sequence[Off], now: datetime) -> Reply:
    """Which days off are about to end."""
    days = "、".join(days_in_words(off.first, off.last, now) + _only(off.machine) for off in offs)
    return say("confirm_back", {"days": days}, kind=ReplyKind.CONFIRM, choices=agreeing(deed))


def agreeing(deed: Deed) -> tuple[Choice, ...]:
    """Yes and no to a read-back."""
    labels = job_words().buttons
    return (Choice(f"{ACTION}:yes:{deed.origin[-10:]}", labels["agree"]), Choice(f"{ACTION}:keep", labels["keep"]))


def _offered(booking: Booking) -> list[Choice]:
    labels = job_words().buttons
    return [
        Choice(f"{ACTION}:{what}:{booking.id}", labels[label].format(number=booking.number))
        for what, label in (("ok", "accept"), ("no", "decline"))
    ]


def days_in_words(first: date, last: date, now: datetime) -> str:
    """11月24号星期二到11月25号星期三."""
    return span_in_words(first, last, None, now)


def _only(machine: str | None) -> str:
    return job_words().text("this_machine", machine=machine) if machine else ""


def _area(done: Decimal | None, booking: Booking) -> str:
    if done is not None:
        return job_words().text("area_real", area=plain(done))
    return job_words().text("area_as_booked", area=plain(booking.wish.area_mu))


def _said_by(deed: Deed, booking: Booking) -> str:
    """机手报的是: where what the other side has reported is read back."""
    if deed.area_mu is not None or deed.total is not None or booking.area_done is None:
        return ""
    return job_words().text("said_provider" if booking.provider_done else "said_farmer")


def _booked(booking: Booking) -> str:
    mu = job_words().text("booked_mu", area=plain(booking.wish.area_mu))
    if booking.price_mu is None:
        return mu
    return mu + job_words().text("booked_money", total=plain(booking.price_mu * booking.wish.area_mu))


def _total(total: Decimal | None) -> str:
    return job_words().text("total_unknown") if total is None else job_words().text("total_money", total=plain(total))
