"""Asking providers one after another: the best first, each once in a round, the station when nobody takes it."""

from enum import StrEnum

from sqlalchemy import select, update

from dialogs.booking import hours
from dialogs.booking.entry import SYSTEM, Actor, Entry
from dialogs.booking.matching import Option, ranked
from dialogs.booking.models import BookingRow, OfferRow
from dialogs.booking.notices import What
from dialogs.booking.states import Step
from dialogs.booking.supply import candidates
from dialogs.booking.terms import Person
from dialogs.booking.views import wish_of

REFUSALS = 3
"""After so many who have not taken it, the station is told."""


class Offer(StrEnum):
    """What came of asking a provider."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    RUN_OUT = "run_out"
    FULL = "full"
    TAKEN_BACK = "taken_back"
    WITHDRAWN = "withdrawn"
    """The farmer cancelled, or wants something else."""


_NOT_AGAIN = (Offer.DECLINED, Offer.RUN_OUT, Offer.TAKEN_BACK)


async def ask_next(entry: Entry, row: BookingRow, prefer: str | None = None, why: str = "") -> bool:
    """Ask the best provider who was not asked in this round, first of all the machine `prefer`; whether there is one.

    `why` that one is asked again: `changed` or `full`, as `What.OFFER` has it.
    The station is told, once in a round, when there is none or when three have not taken it.
    """
    refused = await _refused(entry, row)
    option = await _best(entry, row, refused, prefer)
    if option:
        await ask(entry, row, option, why=why if option.candidate.machine == prefer else "")
    if (option is None or len(refused) >= REFUSALS) and row.station_told != row.round:
        why = "declined" if len(refused) >= REFUSALS else "none"
        if await entry.tell_station(row, What.NOBODY, why, once=f"round{row.round}"):
            row.station_told = row.round
    return option is not None


async def anybody(entry: Entry, row: BookingRow) -> bool:
    """Whether `ask_next` would ask somebody: only reads."""
    return await _best(entry, row, await _refused(entry, row), None) is not None


async def ask_on(entry: Entry, row: BookingRow, prefer: str | None = None, why: str = "") -> None:
    """Ask the next one, and tell the farmer how it stands now."""
    if await ask_next(entry, row, prefer, why):
        await entry.tell_farmer(row, What.NEXT)
    else:
        await entry.tell_farmer(row, What.WAITING, once=f"round{row.round}")


async def ask(
    entry: Entry, row: BookingRow, option: Option, by: Actor = SYSTEM, *, agreed: bool = False, why: str = ""
) -> None:
    """Ask one provider; who has `agreed` beforehand is not told."""
    row.offers += 1
    row.provider_id = option.candidate.provider
    row.machine_id = option.candidate.machine
    row.day, row.last_day = option.day, option.last_day
    row.price, row.total = option.price, option.total
    row.distance_km = option.distance_km
    row.until = hours.deadline(entry.now, option.day, row.part)
    entry.session.add(
        OfferRow(
            booking_id=row.id,
            number=row.offers,
            round=row.round,
            provider_id=row.provider_id,
            machine_id=row.machine_id,
            day=option.day,
            area=row.area,
            asked_at=entry.now,
            until=row.until,
            state=Offer.OPEN,
            why="",
        )
    )
    entry.step(row, Step.OFFER, by)
    if not agreed:
        await entry.tell_provider(row, What.OFFER, why)


async def close_offer(entry: Entry, row: BookingRow, state: Offer, why: str = "") -> None:
    """Note what came of the offer that is open or accepted, in whichever round the booking is now."""
    await entry.session.execute(
        update(OfferRow)
        .where(OfferRow.booking_id == row.id, OfferRow.state.in_([Offer.OPEN, Offer.ACCEPTED]))
        .values(state=state, why=why, round=row.round)
        .execution_options(synchronize_session=False)
    )
    row.until = None


async def pass_on(entry: Entry, row: BookingRow, step: Step, by: Actor, *, offer: Offer, why: str = "") -> None:
    """Back to asked: whoever was asked, or came, does not come. `offer`: what is noted of the asking."""
    await close_offer(entry, row, offer, why)
    row.provider_id = row.machine_id = row.day = row.last_day = None
    row.price = row.total = row.distance_km = None
    row.proposed = row.spoiled = row.reminded_evening = row.reminded_soon = row.asked_done = None
    row.farmer_done = row.provider_done = row.area_done = None
    entry.step(row, step, by, why)


async def _refused(entry: Entry, row: BookingRow) -> set[str]:
    if not row.offers:
        return set()
    query = select(OfferRow.provider_id).where(
        OfferRow.booking_id == row.id, OfferRow.round == row.round, OfferRow.state.in_(_NOT_AGAIN)
    )
    return set(await entry.session.scalars(query))


async def _best(entry: Entry, row: BookingRow, without: set[str], prefer: str | None) -> Option | None:
    wish = wish_of(row)
    farmer = Person(row.channel, row.user)
    found = await candidates(entry.session, wish, entry.now, without=without, booking=row.id, person=farmer)
    options = ranked(found, wish, entry.now)
    return next((one for one in options if one.candidate.machine == prefer), options[0] if options else None)
