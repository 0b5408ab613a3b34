"""An operator's jobs as iCalendar (RFC 5545), under an address that cannot be guessed and can be made void."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

import yaml
from fastapi import APIRouter
from icalendar import Calendar, Event, Timezone, vText
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from bot.booking.parts import Booking
from dialogs.booking import hours
from dialogs.booking.jobbook import Off
from dialogs.booking.standing import job_of
from dialogs.booking.telling import place_of, price_of
from dialogs.booking.terms import Booking as Job
from dialogs.plain_time import COUNTY_TIME

DATA = Path(__file__).with_name("calendar.yaml")
SINCE = timedelta(days=31)
"""So long a job that is over stays in the calendar."""
_HEADERS = {
    "Cache-Control": "private, no-store",
    "Content-Disposition": 'inline; filename="calendar.ics"',
    "X-Robots-Tag": "noindex",
}


class CalendarWords(BaseModel):
    """The file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    job: str
    about: str
    off: str


@cache
def _words() -> CalendarWords:
    return CalendarWords.model_validate(yaml.safe_load(DATA.read_text("utf-8")))


CalendarAt = Callable[[str], Awaitable[bytes | None]]
"""The calendar that a token opens; None for one that is void or was never made."""


def calendar_endpoint(parts: Booking, *others: CalendarAt) -> APIRouter:
    """GET /calendar/{token}.ics, of operators and of `others`: 404 for an address that is void or was never made."""
    router = APIRouter()

    @router.get(
        "/calendar/{token}.ics",
        response_class=Response,
        responses={200: {"content": {"text/calendar": {}}}, 404: {"description": "Void, or never made."}},
    )
    async def calendar(token: str) -> Response:
        found = await _jobs(parts, token)
        for other in others:
            found = found or await other(token)
        if found is None:
            return Response(status_code=404, headers={"Cache-Control": "no-store"})
        return Response(found, headers=_HEADERS, media_type="text/calendar")

    return router


async def _jobs(parts: Booking, token: str) -> bytes | None:
    provider = await parts.links.reads(token)
    if provider is None:
        return None
    now = parts.clock()
    jobs = await parts.book.calendar(provider, hours.today(now) - SINCE)
    name = next((job.provider for job in jobs if job.provider), "")
    return written(name or "", jobs, await parts.book.off(provider), now)


def written(name: str, jobs: Sequence[Job], offs: Sequence[Off], now: datetime) -> bytes:
    """The calendar. Places, jobs and prices are in it; no farmer is named."""
    calendar = Calendar()
    calendar.add("prodid", "-//xiangyin//bookings//ZH")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", vText(_line(_words().name.format(name=name))))
    calendar.add("x-wr-timezone", COUNTY_TIME.key)
    calendar.add_component(Timezone.from_tzid(COUNTY_TIME.key, first_date=date(now.year, 1, 1)))
    for event in [*(one for job in jobs for one in _work(job, now)), *(_off(off, now) for off in offs)]:
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _work(job: Job, now: datetime) -> Iterator[Event]:
    """One event for each day of a job, in the hours of its part of the day."""
    if job.day is None:
        return
    days = ((job.last_day or job.day) - job.day).days + 1
    for number in range(days):
        day = job.day + timedelta(days=number)
        event = _event(f"{job.id}-{day:%Y%m%d}", now)
        event.add("summary", _line(_words().job.format(job=job_of(job), place=place_of(job))))
        event.add("location", _line(job.wish.place_text))
        event.add("description", _words().about.format(number=job.number, price=price_of(job)))
        event.add("dtstart", hours.begins(day, job.part))
        event.add("dtend", hours.ends(day, job.part))
        event.add("status", "CONFIRMED")
        yield event


def _off(off: Off, now: datetime) -> Event:
    event = _event(f"off-{off.first:%Y%m%d}-{off.last:%Y%m%d}-{off.machine or ''}", now)
    event.add("summary", _line(f"{_words().off} {off.machine or ''}"))
    event.add("dtstart", off.first)
    event.add("dtend", off.last + timedelta(days=1))
    return event


def _line(text: str) -> str:
    """In one line, without control characters: what somebody has typed begins no line of the calendar's own."""
    return "".join(char for char in " ".join(text.split()) if char.isprintable())


def _event(uid: str, now: datetime) -> Event:
    event = Event()
    event.add("uid", _line(f"{uid}@xiangyin"))
    event.add("dtstamp", now)
    return event
