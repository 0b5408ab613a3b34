"""An order handed to a provider whom the station has chosen: an offer like any other, and theirs to accept."""

from collections.abc import Sequence
from dataclasses import dataclass

from dialogs.booking.asking import Offer, ask, pass_on
from dialogs.booking.entry import Actor, Entry
from dialogs.booking.matching import Option, ranked
from dialogs.booking.models import BookingRow, MachineRow
from dialogs.booking.notices import What
from dialogs.booking.states import Side, Step
from dialogs.booking.supply import candidates
from dialogs.booking.terms import NotPossible, NotYours, Person, Quote, Reason, State
from dialogs.booking.views import quote_of, wish_of

WAITING = frozenset({State.ASKED, State.OFFERED})
"""The states in which an order can be handed to somebody."""


@dataclass(frozen=True, slots=True)
class Able:
    """A machine that has room for an order, with the first day and the price."""

    machine: str
    """Its id."""
    name: str
    """The name that is shown."""
    quote: Quote


async def able(entry: Entry, booking: str) -> Sequence[Able]:
    """The machines that have room on the days of an order, the best first; none for one that waits for nobody."""
    row = await entry.session.get(BookingRow, booking)
    if row is None or row.state not in WAITING:
        return []
    found = []
    for option in await _options(entry, row):
        machine = await entry.session.get_one(MachineRow, option.candidate.machine)
        found.append(Able(machine.id, machine.name, quote_of(option)))
    return found


async def hand(entry: Entry, by: Person, booking: str, machine: str) -> Sequence[BookingRow]:
    """Ask the provider of that machine, whoever is asked now, and whoever has declined before."""
    row = await entry.lock(booking)
    if row.state not in WAITING:
        raise NotPossible(Reason.OVER)
    if row.state == State.OFFERED and row.machine_id == machine:
        return [row]
    option = next((one for one in await _options(entry, row, machine)), None)
    if option is None:
        raise NotPossible(Reason.FULL) if await entry.session.get(MachineRow, machine) else NotYours
    actor = Actor(Side.STATION, by)
    if row.state == State.OFFERED:
        asked = row.provider_id
        await pass_on(entry, row, Step.RUN_OUT, actor, offer=Offer.WITHDRAWN)
        if asked is not None and asked != option.candidate.provider:
            await entry.tell_another(row, asked, What.OFFER_OVER)
    await ask(entry, row, option, actor)
    await entry.tell_farmer(row, What.WAITING)
    return [row]


async def _options(entry: Entry, row: BookingRow, machine: str | None = None) -> Sequence[Option]:
    wish = wish_of(row)
    found = await candidates(entry.session, wish, entry.now, only_machine=machine, booking=row.id)
    return ranked(found, wish, entry.now)
