"""What both sides ask of jobs: the list of a day, where it stands, what it costs, and what is said of the price."""

from collections.abc import Sequence

from dialogs.booking import hours
from dialogs.booking.jobbook import JobBook, Part, Provider
from dialogs.booking.machinery import Machinery
from dialogs.booking.states import OPEN, Side
from dialogs.booking.taking import person_of
from dialogs.booking.telling import offer_choices
from dialogs.booking.terms import Booking, State
from dialogs.context import Context
from dialogs.messages import Reply
from dialogs.topics import job_text
from dialogs.topics.job_reading import JobReading
from dialogs.topics.job_text import say
from dialogs.topics.job_words import job_words


class Asking:
    """Answers from the ledger; changes nothing."""

    def __init__(self, machinery: Machinery, book: JobBook, reading: JobReading) -> None:
        self._machinery = machinery
        self._book = book
        self._reading = reading

    async def listed(self, provider: Provider, context: Context) -> Reply:
        """The jobs, of the day that is named or all; where that day is free, so much is said first."""
        jobs = await self._machinery.jobs(person_of(context.inbound))
        days = self._reading.days_named(context)
        of_day = [one for one in jobs if days is None or days.touches(one)]
        lead = job_text.free(provider, days, context.now) if days and not of_day else None
        shown = of_day or jobs
        if lead is None and of_day and self._reading.points(of_day, context.said.normalized):
            shown = self._reading.named(of_day, context.said.normalized, context) or of_day
        fits = [(one, await self._book.fit(one)) for one in shown]
        listed = job_text.listed(provider, fits, await self._book.off(provider.id), context.now)
        return job_text.joined([lead, listed]) if lead else listed

    async def of_one(self, provider: Provider, context: Context) -> Reply | None:
        """A question about a job that is named: what is known of it."""
        jobs = await self._machinery.jobs(person_of(context.inbound))
        by_day = job_words().has("that_one", context.said.text)
        if not (by_day or self._reading.points(jobs, context.said.normalized)):
            return None
        named = self._reading.named(jobs, context.said.normalized, context)
        if not named:
            return None
        fits = [(one, await self._book.fit(one)) for one in named]
        reply = job_text.listed(provider, fits, (), context.now)
        if job_words().has("phone", context.said.text):
            return job_text.joined([say("no_phone"), reply])
        return reply

    async def standing(self, context: Context) -> Reply | None:
        """How a farmer's open bookings stand; None for who has none."""
        mine = await self.open_ones(context)
        if not mine:
            return None
        named = self._reading.narrowed(mine, context)
        return job_text.standing_of(named, hours.today(context.now), context.now)

    async def of_mine(self, context: Context) -> Reply | None:
        """Where and for how much, asked by an operator: the jobs; None for who has none."""
        provider = await self._book.provider(person_of(context.inbound))
        if provider is None or not await self._machinery.jobs(person_of(context.inbound)):
            return None
        return await self.listed(provider, context)

    async def price(self, context: Context) -> Reply | None:
        """That a price is not changed by talk, and who changes it; None for who has no job."""
        heard = self._reading.heard(context)
        if heard.crops or heard.names_other or heard.is_order:
            return None
        mine = self._reading.narrowed(await self.open_ones(context), context)
        if mine:
            return job_text.price_of_farmer(mine[0])
        jobs = await self._machinery.jobs(person_of(context.inbound))
        if not jobs:
            return None
        named = self._reading.named(jobs, context.said.normalized, context)
        offered = [one for one in jobs if one.state is State.OFFERED]
        job = (named or offered or jobs)[0]
        return job_text.price_of_provider(job, offer_choices(job) if job.state is State.OFFERED else ())

    async def open_ones(self, context: Context) -> Sequence[Booking]:
        """The open bookings of somebody as a farmer."""
        return [one for one in await self._machinery.mine(person_of(context.inbound)) if one.state in OPEN]

    async def proposed(self, context: Context) -> Part | None:
        """The farmer's booking for which an operator has proposed another day; None where there is not exactly one."""
        today = hours.today(context.now)
        found = [one for one in await self.open_ones(context) if one.proposed is not None and one.proposed >= today]
        return Part(found[0], Side.FARMER) if len(found) == 1 else None
