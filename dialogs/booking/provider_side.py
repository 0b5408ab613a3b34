"""What a provider does with a job: accept, decline, propose another day, take days off, and be back."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select, update

from dialogs.booking import capacity, hours
from dialogs.booking.asking import Offer, ask_next, ask_on, close_offer, pass_on
from dialogs.booking.entry import SYSTEM, Actor, Entry
from dialogs.booking.matching import days, spread
from dialogs.booking.models import BookingDayRow, BookingRow, DaysOffRow, MachineRow, OfferRow, ProviderRow
from dialogs.booking.notices import What
from dialogs.booking.states import OPEN, Side, Step
from dialogs.booking.supply import candidates, works
from dialogs.booking.terms import Gone, NotPossible, NotYours, Person, Reason, State
from dialogs.booking.views import quote_of, wish_of


async def accept(entry: Entry, person: Person, booking: str) -> Sequence[BookingRow]:
    """Take the job: ACCEPTED. Where the day has no room any more, the next day or provider is asked instead."""
    provider = await entry.provider(person)
    row = await _asked(entry, provider, booking)
    if row.state == State.ACCEPTED:
        return [row]
    if row.machine_id is None or row.day is None:
        raise Gone
    by = Actor(Side.PROVIDER, person)
    machine = await entry.session.get_one(MachineRow, row.machine_id)
    in_time = hours.still_open(row.day, row.part, entry.now)
    if in_time and await take_days(entry, row, machine, row.day):
        await close_offer(entry, row, Offer.ACCEPTED)
        note_reminders(entry, row)
        entry.step(row, Step.ACCEPT, by)
        await entry.tell_farmer(row, What.ACCEPTED)
    else:
        await pass_on(entry, row, Step.FULL, SYSTEM, offer=Offer.FULL)
        await ask_on(entry, row, machine.id, "full")
    return [row]


async def decline(entry: Entry, person: Person, booking: str, why: str) -> Sequence[BookingRow]:
    """Not this job; of one that was accepted: cannot come after all."""
    provider = await entry.provider(person)
    row = await _asked(entry, provider, booking)
    by = Actor(Side.PROVIDER, person)
    if row.state == State.OFFERED:
        await pass_on(entry, row, Step.DECLINE, by, offer=Offer.DECLINED, why=why)
        await ask_on(entry, row)
    elif row.farmer_done or row.provider_done or (row.last_day or hours.today(entry.now)) < hours.today(entry.now):
        raise NotPossible(Reason.WORKED)
    else:
        await _take_back(entry, row, by, why)
    return [row]


async def propose(entry: Entry, person: Person, row: BookingRow, window: tuple[date, date]) -> None:
    """Another day for an accepted job: the first of the window that has room. The farmer is asked."""
    provider = await entry.session.get(ProviderRow, row.provider_id or "")
    if provider is None or (provider.channel, provider.user) != (person.channel, person.user):
        raise NotYours
    if row.state != State.ACCEPTED:
        raise NotPossible(Reason.NOT_ACCEPTED if row.state in OPEN else Reason.OVER)
    if row.farmer_done or row.provider_done:
        raise NotPossible(Reason.WORKED)
    first, last = window
    if last < first:
        raise NotPossible(Reason.DAYS)
    wish = wish_of(row, first, last)
    found = await candidates(entry.session, wish, entry.now, only_machine=row.machine_id, booking=row.id)
    options = [option for one in found for option in days(one, wish, entry.now) if option.day != row.day]
    if not options:
        raise NotPossible(Reason.FULL)
    row.proposed = options[0].day
    entry.step(row, Step.PROPOSE, Actor(Side.PROVIDER, person), options[0].day.isoformat())
    await entry.tell_farmer(row, What.PROPOSED, quotes=[quote_of(options[0])])


async def days_off(
    entry: Entry, person: Person, window: tuple[date, date], why: str, machine: str | None
) -> Sequence[BookingRow]:
    """No work on these days, with one machine or at all; what was accepted or offered for them is asked elsewhere."""
    first, last = window
    if last < first:
        raise NotPossible(Reason.DAYS)
    provider = await entry.provider(person)
    if machine is not None:
        known = await entry.session.get(MachineRow, machine)
        if known is None or known.provider_id != provider.id:
            raise NotYours
    entry.session.add(
        DaysOffRow(
            id=entry.new_id(),
            provider_id=provider.id,
            machine_id=machine,
            first=first,
            last=last,
            why=why,
            at=entry.now,
        )
    )
    await entry.session.flush()
    ids = await _on_days(entry, provider.id, window, machine)
    rows = [await entry.lock(one) for one in sorted(ids)]
    moved = [row for row in rows if row.provider_id == provider.id and still_to_be_done(row)]
    for row in moved:
        await _take_back(entry, row, Actor(Side.PROVIDER, person), why, other_days=True)
    return moved


async def back(entry: Entry, person: Person) -> Sequence[BookingRow]:
    """Working again: days off that are not over end now."""
    provider = await entry.provider(person)
    await entry.session.execute(
        update(DaysOffRow)
        .where(
            DaysOffRow.provider_id == provider.id,
            DaysOffRow.last >= hours.today(entry.now),
            DaysOffRow.ended_at.is_(None),
        )
        .values(ended_at=entry.now)
        .execution_options(synchronize_session=False)
    )
    return []


def still_to_be_done(row: BookingRow) -> bool:
    """Whether days off move a job: not one of which a side has said already how it went."""
    return row.state == State.OFFERED or (
        row.state == State.ACCEPTED and row.farmer_done is None and row.provider_done is None
    )


async def take_days(entry: Entry, row: BookingRow, machine: MachineRow, first: date) -> bool:
    """Take the machine's days from `first` on, unless one of them is off or full."""
    last = spread(row.area, machine.capacity, first)[-1][0]
    if not await works(entry.session, machine, first, last):
        return False
    return await capacity.take(entry.session, row, machine, first)


async def _asked(entry: Entry, provider: ProviderRow, booking: str) -> BookingRow:
    """A booking for which this provider is asked, or has accepted."""
    row = await entry.lock(booking)
    if row.provider_id == provider.id and row.state in {State.OFFERED, State.ACCEPTED}:
        return row
    before = select(OfferRow.number).where(OfferRow.booking_id == row.id, OfferRow.provider_id == provider.id).limit(1)
    raise NotYours if await entry.session.scalar(before) is None else Gone


async def _take_back(entry: Entry, row: BookingRow, by: Actor, why: str, *, other_days: bool = False) -> None:
    """Ask anew; with `other_days` this provider too, for days on which there is work."""
    accepted = row.state == State.ACCEPTED
    await capacity.release(entry.session, row)
    row.round += 1
    state = Offer.WITHDRAWN if other_days else Offer.TAKEN_BACK
    await pass_on(entry, row, Step.TAKE_BACK, by, offer=state, why=why)
    if accepted:
        await ask_next(entry, row)
        await entry.tell_farmer(row, What.TAKEN_BACK, why)
    else:
        await ask_on(entry, row)


async def _on_days(entry: Entry, provider: str, window: tuple[date, date], machine: str | None) -> set[str]:
    first, last = window
    held = (
        select(BookingRow.id)
        .join(BookingDayRow, BookingDayRow.booking_id == BookingRow.id)
        .where(
            BookingRow.provider_id == provider,
            BookingRow.state == State.ACCEPTED,
            BookingDayRow.day.between(first, last),
        )
    )
    asked = select(BookingRow.id).where(
        BookingRow.provider_id == provider,
        BookingRow.state == State.OFFERED,
        BookingRow.day <= last,
        BookingRow.last_day >= first,
    )
    found: set[str] = set()
    for query in (held, asked):
        mine = query if machine is None else query.where(BookingRow.machine_id == machine)
        found |= set(await entry.session.scalars(mine))
    return found


def note_reminders(entry: Entry, row: BookingRow) -> None:
    """Who has accepted after the hour of a reminder is not reminded of what was said just now."""
    if row.day is None:
        return
    if entry.now >= hours.evening_before(row.day):
        row.reminded_evening = row.day
    if entry.now >= hours.two_hours_before(row.day, row.part):
        row.reminded_soon = row.day
