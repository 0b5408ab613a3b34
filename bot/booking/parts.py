"""Machinery bookings over a running system's parts: the ledger, both chats, and what time and weather bring."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from bot.booking.notify import OutboxNotify
from bot.booking.rain import RainCheck
from bot.delivery.outbox import Outbox
from bot.language import Language
from bot.schedule import Schedule
from dialogs.booking.hearing import Hearing
from dialogs.booking.jobbook import JobBook
from dialogs.booking.links import Links
from dialogs.booking.machinery import Machinery, five_digits
from dialogs.booking.register import Register
from dialogs.service import Service
from dialogs.topics.booking import MachineBooking
from dialogs.topics.job_doing import Doing
from dialogs.topics.job_reading import JobReading
from dialogs.topics.job_talk import JobTalk
from dialogs.topics.jobs import ProviderJobs
from knowledge_base.store import Store
from knowledge_base.warnings.current import Current
from knowledge_base.weather.forecasts import Forecasts
from nlu.text.gazetteer import Gazetteer
from nlu.text.quantities import QuantityFinder
from nlu.words import Words

TICK = timedelta(minutes=1)
LOOK_AT_WARNINGS = timedelta(minutes=10)
LOOK_AT_FORECASTS = timedelta(hours=3)

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Booking:
    """Machinery bookings of one store. `services` are the chat, in the order in which they are to be asked."""

    machinery: Machinery
    register: Register
    book: JobBook
    links: Links
    services: tuple[Service, ...]
    farmer: MachineBooking
    rain: RainCheck
    clock: Clock


def booking(
    store: Store,
    outbox: Outbox,
    language: Language,
    clock: Clock,
    *,
    quantities: QuantityFinder | None = None,
    forecasts: Forecasts | None = None,
    new_number: Callable[[], str] = five_digits,
) -> Booking:
    """Everything put together. Without `forecasts` the weather moves nothing but by warnings. Blocks for half a second."""
    quantities, hearing = _reading(language.words, language.gazetteer, quantities)
    notify = OutboxNotify(store, outbox, clock)
    machinery = Machinery(store, notify, clock, new_number=new_number)
    book, links = JobBook(store, clock), Links(store, clock)
    reading = JobReading(hearing, quantities, language.places)
    doing = Doing(machinery, book, notify)
    talk = JobTalk(machinery, book, links, reading=reading, doing=doing)
    farmer = MachineBooking(machinery, hearing, language.places)
    return Booking(
        machinery=machinery,
        register=Register(store, clock),
        book=book,
        links=links,
        services=(ProviderJobs(talk, book, reading, doing), farmer),
        farmer=farmer,
        rain=RainCheck(store, machinery, clock, forecasts=forecasts, current=Current(store, clock)),
        clock=clock,
    )


@lru_cache(maxsize=1)
def _reading(words: Words, gazetteer: Gazetteer, quantities: QuantityFinder | None) -> tuple[QuantityFinder, Hearing]:
    """What reads orders; made once for a language, for it takes half a second and holds no state."""
    quantities = quantities or QuantityFinder.load(words)
    return quantities, Hearing(words, gazetteer, quantities)


def look_after(schedule: Schedule, parts: Booking) -> None:
    """Have offers passed on, people reminded and days moved for as long as the schedule runs."""

    async def by_warning() -> None:
        await parts.rain.by_warning()

    async def by_forecast() -> None:
        await parts.rain.by_forecast()

    now = parts.clock()
    schedule.every(TICK, "bookings", parts.machinery.tick, first=now)
    schedule.every(LOOK_AT_WARNINGS, "bookings.warnings", by_warning, first=now + TICK)
    schedule.every(LOOK_AT_FORECASTS, "bookings.forecasts", by_forecast, first=now + 2 * TICK)
