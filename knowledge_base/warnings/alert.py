"""A warning as its issuer sent it: every field of CAP 1.2 under CAP's own names, and what is read out of them.

Source: OASIS, Common Alerting Protocol 1.2. Values are made by cap.py and emergency.py, which check them. All times are
aware. Points are latitude and longitude in degrees (WGS 84), radii kilometres, altitude and ceiling feet above sea level.
"""

from dataclasses import dataclass
from datetime import datetime

from knowledge_base.warnings.codes import administrative_code, significant
from knowledge_base.warnings.colour import Signs, colour_of
from knowledge_base.warnings.hazards import hazard_of
from knowledge_base.warnings.refused import AlertRefused
from knowledge_base.warnings.terms import (
    Category,
    Certainty,
    Colour,
    MsgType,
    ResponseType,
    Scope,
    Severity,
    Status,
    Urgency,
)

__all__ = [
    "Alert",
    "AlertRefused",
    "Area",
    "Category",
    "Certainty",
    "Circle",
    "Colour",
    "Info",
    "MsgType",
    "Point",
    "Polygon",
    "Reference",
    "Resource",
    "ResponseType",
    "Scope",
    "Severity",
    "Status",
    "Urgency",
]

Point = tuple[float, float]
"""Latitude, longitude."""
Polygon = tuple[Point, ...]
"""A closed ring: at least four points, the last equal to the first."""
Named = tuple[str, str]
"""valueName and value."""


@dataclass(frozen=True, slots=True)
class Reference:
    """An earlier message that this one updates, cancels or answers."""

    sender: str
    identifier: str
    sent: datetime


@dataclass(frozen=True, slots=True)
class Circle:
    """A place and a distance around it."""

    latitude: float
    longitude: float
    radius: float


@dataclass(frozen=True, slots=True)
class Area:
    """Where: everything inside any of its shapes and codes."""

    area_desc: str
    polygons: tuple[Polygon, ...] = ()
    circles: tuple[Circle, ...] = ()
    geocodes: tuple[Named, ...] = ()
    altitude: float | None = None
    ceiling: float | None = None


@dataclass(frozen=True, slots=True)
class Resource:
    """A picture or sound that goes with the message. It is kept, and never fetched. `size` is in bytes."""

    resource_desc: str
    mime_type: str
    size: int | None = None
    uri: str | None = None
    deref_uri: str | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Info:
    """What is to be said, in one language."""

    event: str
    categories: tuple[Category, ...]
    urgency: Urgency
    severity: Severity
    certainty: Certainty
    language: str = "en-US"
    response_types: tuple[ResponseType, ...] = ()
    audience: str | None = None
    event_codes: tuple[Named, ...] = ()
    effective: datetime | None = None
    onset: datetime | None = None
    expires: datetime | None = None
    sender_name: str | None = None
    headline: str | None = None
    description: str | None = None
    instruction: str | None = None
    web: str | None = None
    contact: str | None = None
    parameters: tuple[Named, ...] = ()
    resources: tuple[Resource, ...] = ()
    areas: tuple[Area, ...] = ()

    @property
    def colour(self) -> Colour | None:
        """The colour, by the rules of colour.py; None when nothing in it names a level."""
        return colour_of(Signs(self.parameters + self.event_codes, (self.headline, self.event), self.severity))

    @property
    def hazard(self) -> str | None:
        """The key of hazards.yaml."""
        return hazard_of((value for _, value in self.event_codes), (self.event, self.headline))

    @property
    def chinese(self) -> bool:
        """Whether it is in Chinese."""
        return self.language.lower().split("-")[0] in {"zh", "zho", "chi", "cmn"}


@dataclass(frozen=True, slots=True)
class Alert:
    """One message. `infos` may be empty in a cancellation, an answer, a test and a draft."""

    identifier: str
    sender: str
    sent: datetime
    status: Status
    msg_type: MsgType
    scope: Scope
    source: str | None = None
    restriction: str | None = None
    addresses: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    note: str | None = None
    references: tuple[Reference, ...] = ()
    incidents: tuple[str, ...] = ()
    infos: tuple[Info, ...] = ()

    @property
    def main(self) -> Info | None:
        """The part to show: the first in Chinese, or else the first."""
        return next((info for info in self.infos if info.chinese), self.infos[0] if self.infos else None)

    @property
    def colour(self) -> Colour | None:
        """The gravest colour of all parts."""
        return min((info.colour for info in self.infos if info.colour is not None), default=None)

    @property
    def hazard(self) -> str | None:
        """The key of hazards.yaml that the main part names, or else the first other part that names one."""
        parts = (self.main, *self.infos)
        return next((info.hazard for info in parts if info is not None and info.hazard), None)

    @property
    def expires(self) -> datetime | None:
        """When the last part ends; None when no part says."""
        return max((info.expires for info in self.infos if info.expires is not None), default=None)

    @property
    def areas(self) -> tuple[Area, ...]:
        """The areas of all parts."""
        return tuple(area for info in self.infos for area in info.areas)

    @property
    def area_codes(self) -> tuple[str, ...]:
        """Administrative codes, 12 digits each, shorter ones filled up with zeros; every one once, in their order."""
        codes = (administrative_code(*geocode) for area in self.areas for geocode in area.geocodes)
        return tuple(dict.fromkeys(code for code in codes if code is not None))

    @property
    def area_prefixes(self) -> tuple[str, ...]:
        """`area_codes` without the zeros that stand for "all below": what the code of a place in the area begins with."""
        return tuple(dict.fromkeys(significant(code) for code in self.area_codes))

    @property
    def polygons(self) -> tuple[Polygon, ...]:
        """The polygons of all areas."""
        return tuple(dict.fromkeys(polygon for area in self.areas for polygon in area.polygons))

    @property
    def circles(self) -> tuple[Circle, ...]:
        """The circles of all areas."""
        return tuple(dict.fromkeys(circle for area in self.areas for circle in area.circles))

    @property
    def office(self) -> str:
        """Who issued it, as a person would say it."""
        return (self.main.sender_name if self.main else None) or self.sender
