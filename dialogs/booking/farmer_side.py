"""What a farmer does with a booking: order, cancel, other days, another area."""

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from dialogs.booking import capacity, hours
from dialogs.booking.asking import Offer, ask, ask_next, close_offer, pass_on
from dialogs.booking.entry import Actor, Entry
from dialogs.booking.matching import CENT, days, spread
from dialogs.booking.models import BookingRow, MachineRow, ProviderRow
from dialogs.booking.notices import What
from dialogs.booking.provider_side import note_reminders, propose, take_days
from dialogs.booking.states import OPEN, Side, Step
from dialogs.booking.supply import candidates
from dialogs.booking.terms import NotPossible, NotYours, Person, Reason, State, Wish
from dialogs.booking.views import wish_of

MOST_DAYS = 60
"""How many days a farmer may leave to choose from."""
MOST_MU = Decimal(100_000)
_PLACE_TEXT, _DATE_TEXT = 120, 80


async def order(entry: Entry, person: Person, wish: Wish) -> Sequence[BookingRow]:
    """Take an order down and ask the best provider."""
    area = _area(wish.area_mu)
    _check_days(entry, wish.first, wish.last, wish.part)
    latitude, longitude = wish.position or (None, None)
    row = BookingRow(
        id=entry.new_id(),
        number=await entry.fresh_number(),
        channel=person.channel,
        user=person.user,
        service=wish.service,
        crop=wish.crop,
        area=area,
        place=wish.place,
        place_text=wish.place_text[:_PLACE_TEXT],
        latitude=latitude,
        longitude=longitude,
        first=wish.first,
        last=wish.last,
        part=wish.part,
        date_text=wish.date_text[:_DATE_TEXT],
        note=wish.note,
        created_at=entry.now,
        touched_at=entry.now,
        round=0,
        events=0,
        offers=0,
    )
    entry.step(row, Step.ORDER, Actor(Side.FARMER, person))
    entry.session.add(row)
    await entry.session.flush()
    await ask_next(entry, row)
    return [row]


async def cancel(entry: Entry, person: Person, booking: str, why: str) -> Sequence[BookingRow]:
    """Not wanted any more."""
    row = _of(await entry.lock(booking), person)
    if row.state == State.CANCELLED:
        return [row]
    _check_open(row)
    _check_unworked(row)
    if row.last_day is not None and row.state == State.ACCEPTED and row.last_day < hours.today(entry.now):
        raise NotPossible(Reason.WORKED)
    before = row.state
    await capacity.release(entry.session, row)
    await close_offer(entry, row, Offer.WITHDRAWN, why)
    entry.step(row, Step.CANCEL, Actor(Side.FARMER, person), why)
    await entry.tell_provider(row, What.CANCELLED if before == State.ACCEPTED else What.OFFER_OVER, why)
    return [row]


async def reschedule(
    entry: Entry, person: Person, booking: str, window: tuple[date, date], *, part: str | None, date_text: str
) -> Sequence[BookingRow]:
    """Other days: asked anew, first of all the same machine. Of the provider it is a proposal to the farmer."""
    row = await entry.lock_with_provider(booking)
    first, last = window
    if (row.channel, row.user) != (person.channel, person.user):
        await propose(entry, person, row, window)
        return [row]
    _check_open(row)
    _check_unworked(row)
    _check_days(entry, first, last, part)
    if (first, last, part) == (row.first, row.last, row.part) and row.spoiled is None:
        return [row]
    machine, provider, proposed = row.machine_id, row.provider_id, row.proposed
    await capacity.release(entry.session, row)
    row.round += 1
    row.first, row.last, row.part, row.date_text = first, last, part, date_text[:_DATE_TEXT]
    await pass_on(entry, row, Step.RESCHEDULE, Actor(Side.FARMER, person), offer=Offer.WITHDRAWN)
    agreed = machine and proposed and first <= proposed <= last and await _as_proposed(entry, row, machine, proposed)
    if agreed:
        return [row]
    await ask_next(entry, row, machine, "changed")
    if provider and row.provider_id != provider:
        await entry.tell_another(row, provider, What.MOVED)
    return [row]


async def stay(entry: Entry, person: Person, booking: str) -> Sequence[BookingRow]:
    """The day as it is: the provider is told, who has proposed another one or has heard of the weather as well."""
    row = _of(await entry.lock(booking), person)
    _check_open(row)
    if row.state != State.ACCEPTED or (row.proposed is None and row.spoiled is None):
        return [row]
    instead, row.proposed = row.proposed, None
    entry.step(row, Step.STAY, Actor(Side.FARMER, person), instead.isoformat() if instead else "")
    await entry.tell_provider(row, What.STAYS, once=None if instead else f"stays {row.spoiled}")
    return [row]


async def change_area(entry: Entry, person: Person, booking: str, area_mu: Decimal) -> Sequence[BookingRow]:
    """Another area. An accepted machine keeps coming if it has room for it; otherwise nothing changes."""
    area = _area(area_mu)
    row = _of(await entry.lock_with_provider(booking), person)
    _check_open(row)
    _check_unworked(row)
    if row.area == area:
        return [row]
    by, why = Actor(Side.FARMER, person), f"{row.area} -> {area}"
    if row.state != State.ACCEPTED:
        machine, provider = row.machine_id, row.provider_id
        row.area = area
        row.round += 1
        await pass_on(entry, row, Step.CHANGE_AREA, by, offer=Offer.WITHDRAWN, why=why)
        await ask_next(entry, row, machine, "changed")
        if provider and row.provider_id != provider:
            await entry.tell_another(row, provider, What.OFFER_OVER)
        return [row]
    await capacity.release(entry.session, row)
    row.area = area
    machine_row = await entry.session.get_one(MachineRow, row.machine_id)
    if row.day is None or row.price is None or not await take_days(entry, row, machine_row, row.day):
        raise NotPossible(Reason.FULL)
    row.last_day = spread(area, machine_row.capacity, row.day)[-1][0]
    row.total = (row.price * area).quantize(CENT)
    entry.step(row, Step.CHANGE_AREA, by, why)
    await entry.tell_provider(row, What.AREA, why)
    return [row]


async def _as_proposed(entry: Entry, row: BookingRow, machine: str, day: date) -> bool:
    """Book the day that the provider has proposed; False where there is no room for it any more."""
    wish = wish_of(row)
    found = await candidates(entry.session, wish, entry.now, only_machine=machine, booking=row.id)
    options = [option for one in found for option in days(one, wish, entry.now) if option.day == day]
    machine_row = await entry.session.get_one(MachineRow, machine)
    if not options or not await take_days(entry, row, machine_row, day):
        return False
    await ask(entry, row, options[0], agreed=True)
    await close_offer(entry, row, Offer.ACCEPTED)
    note_reminders(entry, row)
    provider = await entry.session.get_one(ProviderRow, row.provider_id)
    by = Actor(Side.PROVIDER, Person(provider.channel or "", provider.user or ""))
    entry.step(row, Step.ACCEPT, by, "proposed")
    await entry.tell_provider(row, What.ACCEPTED)
    return True


def _of(row: BookingRow, person: Person) -> BookingRow:
    """The booking, if it is that farmer's. Raises `NotYours`."""
    if (row.channel, row.user) != (person.channel, person.user):
        raise NotYours
    return row


def _check_open(row: BookingRow) -> None:
    if row.state not in OPEN:
        raise NotPossible(Reason.OVER)


def _check_unworked(row: BookingRow) -> None:
    """What one side has reported as done is not undone by the other: they may say otherwise, or complain."""
    if row.farmer_done or row.provider_done:
        raise NotPossible(Reason.WORKED)


def _check_days(entry: Entry, first: date, last: date, part: str | None) -> None:
    if last < first or (last - first).days > MOST_DAYS:
        raise NotPossible(Reason.DAYS)
    if not hours.still_open(last, part, entry.now):
        raise NotPossible(Reason.PAST)


def _area(area: Decimal) -> Decimal:
    """To the hundredth, as it is kept."""
    rounded = area.quantize(CENT, ROUND_HALF_UP)
    if not 0 < rounded <= MOST_MU:
        raise NotPossible(Reason.AREA)
    return rounded
