"""Where somebody wants to know the weather: the place in their words, else their own."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from dialogs.context import Context
from dialogs.places import Places
from dialogs.topics.weather_wish import bare
from dialogs.topics.weather_words import weather_words
from knowledge_base.warnings.people import Person
from knowledge_base.weather.coordinates import Near, Spot, nearest

_PROVINCE, _PREFECTURE = "0000", "00"


class Positions(Protocol):
    """Where places lie."""

    async def of(self, code: str) -> Spot | None: ...


Home = Callable[[str, str], Awaitable[Person | None]]
"""What is kept of a person, by channel and user."""


NotePlace = Callable[[str, str, str, datetime], Awaitable[None]]
"""Keeps a person's place by channel, user and code, unless the person has told one: `Warnings.note_place`."""


@dataclass(frozen=True, slots=True)
class Here:
    """A place with its position in degrees WGS 84. `own`: the person's, not one named for this question only."""

    code: str
    name: str
    latitude: float
    longitude: float
    own: bool


@dataclass(frozen=True, slots=True)
class Unclear:
    """No place yet. `code` is one too wide, or one whose position is not known; None where none was named."""

    code: str | None = None
    wide: bool = False


class WeatherPlaces:
    """Finds the place of a question."""

    def __init__(self, places: Places, positions: Positions, home: Home) -> None:
        self._places = places
        self._positions = positions
        self._home = home

    async def of(self, context: Context, *, named_only: bool = False) -> Here | Unclear:
        """The place that is named, else the person's own; `named_only` for the answer to where that is."""
        person = await self._home(context.inbound.channel, context.inbound.user) or Person()
        own = whole_code(person.place)
        named = self._places.named(context.said, own or context.session.place)
        if named is not None:
            return await self.at(named, own=own is None or _same(named, own))
        if named_only:
            return Unclear()
        position = _position(person) or context.session.position
        if position is not None:
            return self.around(*position)
        own = own or whole_code(context.session.place)
        return await self.at(_as_called(own, context), own=True) if own else Unclear()

    async def home(self, place: str | None, position: tuple[float, float] | None) -> Here | Unclear:
        """Where a person is who is not talking just now."""
        if position is not None:
            return self.around(*position)
        code = whole_code(place)
        return await self.at(code, own=True) if code else Unclear()

    async def at(self, code: str, *, own: bool) -> Here | Unclear:
        """A place by its code of 6, 9 or 12 digits."""
        if code.endswith(_PROVINCE) and len(code) == 6 and code[:2] not in _CITIES:
            return Unclear(code, wide=True)
        spot = await self._positions.of(code)
        if spot is None or (spot.code.endswith(_PROVINCE) and code[:2] not in _CITIES):
            return Unclear(code)
        return Here(code, self._name(code), spot.latitude, spot.longitude, own)

    def around(self, latitude: float, longitude: float) -> Here | Unclear:
        """A position, called by the county whose seat is nearest."""
        near: Near | None = nearest(latitude, longitude)
        if near is None:
            return Unclear()
        return Here(near.code, self._name(near.code), latitude, longitude, own=True)

    def _name(self, code: str) -> str:
        """What a place is called without the wider ones."""
        full = self._places.full_name(code)
        wider = self._places.full_name(_wider(code))
        return full.removeprefix(wider) or full


_CITIES = frozenset({"11", "12", "31", "50", "81", "82"})
"""Provinces that are one city: one forecast does for all of it."""


def _as_called(own: str, context: Context) -> str:
    """县里 is the county of somebody's village, 镇上 its town."""
    words, text = weather_words(), bare(context.said.normalized)
    if words.has("county", text):
        return own[:6]
    if words.has("town", text) and len(own) >= 9:
        return own[:9]
    return own


def _position(person: Person) -> tuple[float, float] | None:
    if person.latitude is None or person.longitude is None:
        return None
    return person.latitude, person.longitude


def whole_code(code: str | None) -> str | None:
    """A code as it is kept (2 to 12 digits) with the digits that a gazetteer's has: 6, 9 or 12."""
    if not code:
        return None
    return code.ljust(next((length for length in (6, 9, 12) if len(code) <= length), 12), "0")


def _same(named: str, own: str) -> bool:
    return own.startswith(named) or named.startswith(own.rstrip("0"))


def _wider(code: str) -> str:
    if len(code) > 6:
        return code[: len(code) - 3] if len(code) > 9 else code[:6]
    return f"{code[:2]}0000" if code.endswith(_PREFECTURE) else f"{code[:4]}00"
