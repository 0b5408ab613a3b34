"""Appointments and half hours in plain words."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from dialogs import plain_time
from dialogs.booking.days import day_in_words
from dialogs.consultation.kinds import kinds
from dialogs.consultation.sayings import sayings
from dialogs.consultation.terms import Appointment, Consultant, Slot, Way
from dialogs.messages import Choice, Reply, ReplyKind
from dialogs.plain_time import COUNTY_TIME

ACTION = "l"
SERVICE = "legal"
_STAMP = "%Y%m%d%H%M"


def say(
    reply: ReplyKind,
    key: str,
    choices: Sequence[Choice] = (),
    /,
    *,
    shown: Mapping[str, Any] | None = None,
    **values: str,
) -> Reply:
    """A reply of one text, as shown and as read aloud."""
    words = sayings()
    return Reply(
        reply, words.text(key, **values), words.spoken(key, **values), choices=tuple(choices), slots=shown or {}
    )


def label_of(kind: str | None) -> str:
    """What a kind is called."""
    return kinds()[kind].label if kind in kinds() else sayings().text("some_kind")


def when(start: datetime, now: datetime) -> str:
    """后天11月25号星期三上午九点."""
    local = start.astimezone(COUNTY_TIME)
    return day_in_words(local.date(), now) + plain_time.clock(local.hour * 60 + local.minute)


def who(consultant: Consultant) -> str:
    """律师李建国."""
    return sayings().roles[consultant.role] + consultant.name


def how(way: Way, consultant: Consultant) -> tuple[str, str]:
    """How they meet, as shown and as read aloud."""
    values = {"phone": consultant.phone, "office": consultant.office, "link": consultant.link}
    key = f"how_{way}"
    return sayings().text(key, **values), sayings().spoken(key, **values)


def papers(kind: str) -> str:
    """What to bring."""
    return sayings().text("papers", papers=sayings().text("also").join(kinds()[kind].papers)) if kind in kinds() else ""


def slot_in_words(slot: Slot, now: datetime) -> str:
    """后天11月25号星期三上午九点，律师李建国."""
    return sayings().text("slot", when=when(slot.start, now), who=who(slot.consultant))


def slots_in_words(slots: Sequence[Slot], now: datetime) -> str:
    """明天11月23号星期一上午九点、上午九点半，都是律师李建国; a day is said once."""
    words, said, before = sayings(), [], ""
    alone = len({slot.consultant.id for slot in slots}) == 1 and len(slots) > 1
    for slot in slots:
        local = slot.start.astimezone(COUNTY_TIME)
        day, clock = day_in_words(local.date(), now), plain_time.clock(local.hour * 60 + local.minute)
        text = clock if day == before else day + clock
        said.append(text if alone else words.text("slot", when=text, who=who(slot.consultant)))
        before = day
    joined = words.text("also").join(said)
    return words.text("slots_of", slots=joined, who=who(slots[0].consultant)) if alone else joined


def stamp(start: datetime) -> str:
    """A moment as it stands in a button: minutes, Asia/Shanghai."""
    return start.astimezone(COUNTY_TIME).strftime(_STAMP)


def moment(text: str) -> datetime:
    """The moment of a button. Raises ValueError for one that was made up."""
    return datetime.strptime(text, _STAMP).replace(tzinfo=COUNTY_TIME)


def shown(appointment: Appointment) -> dict[str, Any]:
    """The slots of an appointment."""
    return slots(
        appointment.kind,
        appointment.way,
        appointment.place,
        appointment.start,
        number=appointment.number,
        state=appointment.state.value,
    )


def slots(kind: str | None, way: Way | None, place: str | None, start: datetime | None, **more: str) -> dict[str, Any]:
    """What is known, as JSON values; what is not, is left out."""
    local = start.astimezone(COUNTY_TIME) if start else None
    known = {
        "kind": kind,
        "way": way.value if way else None,
        "place": place,
        "date": local.date().isoformat() if local else None,
        "time": local.strftime("%H:%M") if local else None,
        **more,
    }
    return {"service": SERVICE, **{name: value for name, value in known.items() if value}}


def one_line(appointment: Appointment, now: datetime) -> str:
    """An appointment for its farmer."""
    words = sayings()
    return words.text(
        "mine_one",
        number=appointment.number,
        kind=label_of(appointment.kind),
        when=when(appointment.start, now),
        who=who(appointment.consultant),
        way=words.ways[appointment.way],
        state=words.text(f"state_{appointment.state}"),
    )


def agenda_line(appointment: Appointment, now: datetime) -> str:
    """An appointment for its consultant."""
    words = sayings()
    return words.text(
        "agenda_one",
        number=appointment.number,
        when=when(appointment.start, now),
        kind=label_of(appointment.kind),
        way=words.ways[appointment.way],
        told=words.text("agenda_told") if appointment.told else "",
    )
