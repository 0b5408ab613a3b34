"""After the day: done or not done, by both sides; what they think of each other; complaints."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from dialogs.booking import capacity, hours
from dialogs.booking.entry import SYSTEM, Actor, Entry
from dialogs.booking.matching import CENT
from dialogs.booking.models import BookingRow, ComplaintRow, ProviderRow, RatingRow
from dialogs.booking.notices import What
from dialogs.booking.states import OPEN, Side, Step
from dialogs.booking.terms import NotPossible, NotYours, Person, Reason, State
from knowledge_base.warnings.calls import officers
from knowledge_base.warnings.models import Role

SILENCE = timedelta(days=3)
"""So long after the evening of the day the other side's word is waited for."""
DISPUTE = timedelta(days=14)
"""So long the station has to settle what the two sides say differently."""
_MOST = Decimal(100_000_000)
_FAR = 2
"""So many times as much as was booked, or so many times less, and both sides are asked."""
_STARS = range(1, 6)


async def finish(
    entry: Entry, by: Person, booking: str, *, done: bool, area_mu: Decimal | None, total: Decimal | None
) -> Sequence[BookingRow]:
    """What one side says; the second one, or the station, settles it. A different word goes to the station."""
    row = await entry.lock(booking)
    side = await _side(entry, row, by)
    if row.state == (State.DONE if done else State.NOT_DONE):
        return [row]
    if row.state != State.ACCEPTED or row.day is None:
        raise NotPossible(Reason.NOT_ACCEPTED if row.state in OPEN else Reason.OVER)
    if hours.today(entry.now) < row.day:
        raise NotPossible(Reason.TOO_EARLY)
    far = done and side != Side.STATION and far_off(row.area, row.price, area_mu, total)
    if done:
        _note_work(row, area_mu, total)
    actor = Actor(side, by)
    if side == Side.STATION:
        await _settle(entry, row, done, actor)
        return [row]
    if side == Side.FARMER:
        row.farmer_done = done
    else:
        row.provider_done = done
    entry.step(row, Step.REPORT, actor, "done" if done else "not_done")
    if far:
        await _tell_other(entry, row, side, What.FIGURES, side.value)
    await _compare(entry, row, done, actor, far=far)
    return [row]


def far_off(booked_mu: Decimal, price: Decimal | None, area_mu: Decimal | None, total: Decimal | None) -> bool:
    """Whether what is reported is more than twice, or less than half, of the 亩 or the 元 that were booked."""
    pairs = [(booked_mu, area_mu), (None if price is None else price * booked_mu, total)]
    return any(
        one is not None and other is not None and (other > one * _FAR or other * _FAR < one) for one, other in pairs
    )


async def settle(entry: Entry, by: Person, booking: str, *, done: bool) -> Sequence[BookingRow]:
    """What the station says, from the console: it holds."""
    row = await entry.lock(booking)
    if row.state == (State.DONE if done else State.NOT_DONE):
        return [row]
    if row.state != State.ACCEPTED or row.day is None:
        raise NotPossible(Reason.NOT_ACCEPTED if row.state in OPEN else Reason.OVER)
    if hours.today(entry.now) < row.day:
        raise NotPossible(Reason.TOO_EARLY)
    await _settle(entry, row, done, Actor(Side.STATION, by))
    return [row]


def closing(row: BookingRow, now: datetime) -> Step | None:
    """How a booking of which nobody speaks any more ends now: one side's word holds, none or two different ones expire."""
    if row.state != State.ACCEPTED or row.last_day is None:
        return None
    waited = now - hours.evening_of(row.last_day, row.part)
    words = {word for word in (row.farmer_done, row.provider_done) if word is not None}
    if waited < (DISPUTE if len(words) == 2 else SILENCE):
        return None
    if len(words) != 1:
        return Step.EXPIRE
    return Step.DONE if words.pop() else Step.NOT_DONE


async def after_silence(entry: Entry, row: BookingRow) -> None:
    """Close it, if it is time."""
    step = closing(row, entry.now)
    if step == Step.EXPIRE:
        entry.step(row, step, SYSTEM)
        await entry.tell_both(row, What.EXPIRED)
    elif step:
        await _settle(entry, row, step == Step.DONE, SYSTEM)


async def rate(entry: Entry, by: Person, booking: str, stars: int) -> Sequence[BookingRow]:
    """What one side thinks of the other, once."""
    row = await entry.lock(booking)
    side = await _side(entry, row, by)
    if side == Side.STATION:
        raise NotYours
    if stars not in _STARS:
        raise NotPossible(Reason.STARS)
    if row.state not in {State.DONE, State.NOT_DONE, State.EXPIRED}:
        raise NotPossible(Reason.NOT_ACCEPTED)
    if await entry.session.get(RatingRow, (row.id, side.value)):
        raise NotPossible(Reason.RATED)
    entry.session.add(RatingRow(booking_id=row.id, side=side.value, stars=stars, at=entry.now))
    return [row]


async def complain(entry: Entry, by: Person, booking: str, text: str) -> Sequence[BookingRow]:
    """A complaint to the station, at any time."""
    row = await entry.lock(booking)
    side = await _side(entry, row, by)
    complaint = ComplaintRow(id=entry.new_id(), booking_id=row.id, side=side.value, text=text, at=entry.now)
    entry.session.add(complaint)
    await entry.tell_station(row, What.COMPLAINT, text, once=complaint.id)
    return [row]


async def _compare(entry: Entry, row: BookingRow, done: bool, by: Actor, *, far: bool) -> None:
    """Settle it where both sides say the same; where they do not, or only one has spoken, the other hears of it."""
    words = (row.farmer_done, row.provider_done)
    if words == (done, done):
        await _settle(entry, row, done, by)
    elif None not in words:
        await _tell_other(entry, row, by.side, What.DISPUTE)
    elif not far:
        await _tell_side(entry, row, by.side, What.REPORTED)


async def _tell_other(entry: Entry, row: BookingRow, side: Side, what: What, why: str = "") -> None:
    """Tell the side that has not spoken just now, and the station."""
    await _tell_side(entry, row, side, what, why)
    await entry.tell_station(row, what, why)


async def _tell_side(entry: Entry, row: BookingRow, side: Side, what: What, why: str = "") -> None:
    """Tell the side that has not spoken just now."""
    if side == Side.FARMER:
        await entry.tell_provider(row, what, why)
    else:
        await entry.tell_farmer(row, what, why)


async def _settle(entry: Entry, row: BookingRow, done: bool, by: Actor) -> None:
    if not done:
        await capacity.release(entry.session, row)
    entry.step(row, Step.DONE if done else Step.NOT_DONE, by)
    if by.side != Side.FARMER:
        await entry.tell_farmer(row, What.SETTLED)
    if by.side != Side.PROVIDER:
        await entry.tell_provider(row, What.SETTLED)


def _note_work(row: BookingRow, area_mu: Decimal | None, total: Decimal | None) -> None:
    """What was really worked, and what it came to: as said last."""
    for value in (area_mu, total):
        if value is not None and not 0 <= value <= _MOST:
            raise NotPossible(Reason.AREA)
    if area_mu is not None:
        row.area_done = area_mu.quantize(CENT)
        if row.price is not None:
            row.total = (row.price * row.area_done).quantize(CENT)
    if total is not None:
        row.total = total.quantize(CENT)


async def _side(entry: Entry, row: BookingRow, person: Person) -> Side:
    """What somebody is to a booking. Raises `NotYours` for a stranger."""
    if (row.channel, row.user) == (person.channel, person.user):
        return Side.FARMER
    provider = await entry.session.get(ProviderRow, row.provider_id or "")
    if provider is not None and (provider.channel, provider.user) == (person.channel, person.user):
        return Side.PROVIDER
    on_duty = await officers(entry.session, Role.DUTY, row.place)
    if any((one.channel, one.user) == (person.channel, person.user) for one in on_duty):
        return Side.STATION
    raise NotYours
