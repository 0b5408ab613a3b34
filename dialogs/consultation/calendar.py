"""A consultant's appointments as iCalendar (RFC 5545). No name of a farmer and no part of a story is in it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from icalendar import Calendar, Event

from dialogs.consultation.hours import LENGTH
from dialogs.consultation.kinds import kinds
from dialogs.consultation.register import Off
from dialogs.consultation.sayings import sayings
from dialogs.consultation.terms import Appointment, Way
from dialogs.plain_time import COUNTY_TIME

_PRODUCT = "-//Xiangyin//legal consultation//ZH"


def ics(appointments: Sequence[Appointment], now: datetime, offs: Sequence[Off] = ()) -> str:
    """Appointments and days off as the calendar's text, lines ended by CRLF; times in UTC, so that no time zone need be sent along."""
    words = sayings()
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-timezone", str(COUNTY_TIME))
    for one in appointments:
        label = kinds()[one.kind].label if one.kind in kinds() else one.kind
        event = Event()
        event.add("uid", f"consultation-{one.id}@xiangyin")
        event.add("dtstamp", now)
        event.add("dtstart", one.start)
        event.add("dtend", one.start + LENGTH)
        event.add("summary", words.text("calendar_summary", kind=label, way=words.ways[one.way], number=one.number))
        if one.way is Way.OFFICE:
            event.add("location", one.consultant.office)
        if one.way is Way.VIDEO:
            event.add("url", one.consultant.link)
        calendar.add_component(event)
    for off in offs:
        event = Event()
        event.add("uid", f"consultation-off-{off.first:%Y%m%d}-{off.last:%Y%m%d}@xiangyin")
        event.add("dtstamp", now)
        event.add("dtstart", off.first)
        event.add("dtend", off.last + timedelta(days=1))
        event.add("summary", words.text("calendar_off"))
        calendar.add_component(event)
    text: bytes = calendar.to_ical()
    return text.decode()
