"""The console's form on consultants: what was typed, as a card of the register, or what is wrong with it."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.booking.provider_form import Wrong
from bot.place_names import APART, PlaceNames
from dialogs.booking.terms import Person
from dialogs.consultation.hours import Period
from dialogs.consultation.kinds import kinds
from dialogs.consultation.register import Card
from dialogs.consultation.terms import Role, Way

DAYS = range(7)
TICKED = "1"
EMPTY = {
    "role": Role.LAWYER.value,
    "name": "",
    "phone": "",
    "office": "",
    "link": "",
    "areas": "",
    **{f"kind_{kind}": "" for kind in kinds()},
    **{f"way_{way}": "" for way in Way},
    **{f"hours_{day}": "" for day in DAYS},
}
"""The fields. `hours_0` is Monday."""
_PERIOD = re.compile(r"(\d{1,2})(?::(\d{2}))? *[-–—~到至]+ *(\d{1,2})(?::(\d{2}))?")
_PHONE = re.compile(r"[0-9+(][0-9 ()+-]{2,29}")
_LINK = re.compile(r"https://[^\s<>\"']{4,290}")
_NAME, _OFFICE = 60, 120


@dataclass(frozen=True, slots=True)
class ConsultantForm:
    """Reads the form."""

    places: PlaceNames

    def card(self, typed: Mapping[str, str], person: Person | None, *, active: bool) -> Card:
        """The card. Raises `Wrong`."""
        ways = tuple(way for way in Way if typed[f"way_{way}"])
        areas = self.places.codes(typed["areas"])
        errors = _faults(typed, ways)
        if areas is None:
            errors["areas"] = "areas"
        hours: list[Period] = []
        for day in DAYS:
            try:
                hours += periods(day, typed[f"hours_{day}"])
            except ValueError:
                errors[f"hours_{day}"] = "hours"
        if errors:
            raise Wrong(errors)
        return Card(
            role=Role(typed["role"]),
            name=typed["name"],
            phone=typed["phone"],
            person=person,
            kinds=tuple(kind for kind in kinds() if typed[f"kind_{kind}"]),
            areas=areas or (),
            ways=ways,
            office=typed["office"],
            link=typed["link"],
            hours=tuple(hours),
            active=active,
        )

    def typed(self, card: Card) -> dict[str, str]:
        """A card as it would be typed."""
        return {
            "role": card.role.value,
            "name": card.name,
            "phone": card.phone,
            "office": card.office,
            "link": card.link,
            "areas": " ".join(self.places.typed(area) for area in card.areas),
            **{f"kind_{kind}": TICKED if kind in card.kinds else "" for kind in kinds()},
            **{f"way_{way}": TICKED if way in card.ways else "" for way in Way},
            **{f"hours_{day}": hours_of(card, day) for day in DAYS},
        }


def _faults(typed: Mapping[str, str], ways: Sequence[Way]) -> dict[str, str]:
    """What is wrong with who it is and how they are met. Each way needs what the farmer is told of it."""
    phone, office, link = typed["phone"], typed["office"], typed["link"]
    wrong = {
        "role": typed["role"] not in set(Role),
        "name": not 1 <= len(typed["name"]) <= _NAME,
        "way_phone": not ways,
        "phone": bool(phone or Way.PHONE in ways) and not _PHONE.fullmatch(phone),
        "office": len(office) > _OFFICE or (Way.OFFICE in ways and not office),
        "link": bool(link or Way.VIDEO in ways) and not _LINK.fullmatch(link),
    }
    return {field: "ways" if field == "way_phone" else field for field, is_so in wrong.items() if is_so}


def periods(day: int, text: str) -> list[Period]:
    """Hours of a weekday, as 9:00-12:00 14-17:30. Raises ValueError for what is none, and for periods that overlap."""
    text = unicodedata.normalize("NFKC", text)
    if APART.sub("", _PERIOD.sub("", text)):
        raise ValueError("something is not a period")
    found = [
        Period(day, int(match[1]) * 60 + int(match[2] or 0), int(match[3]) * 60 + int(match[4] or 0))
        for match in _PERIOD.finditer(text)
    ]
    found.sort(key=lambda one: one.begins)
    if any(after.begins < before.ends for before, after in pairwise(found)):
        raise ValueError("periods overlap")
    return found


def hours_of(card: Card, day: int) -> str:
    """The hours of a weekday as they would be typed."""
    return " ".join(f"{_clock(one.begins)}-{_clock(one.ends)}" for one in card.hours if one.weekday == day)


def _clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"
