"""Single values of CAP: times, names, references, lists, numbers and shapes, read strictly and written back."""

import re
from datetime import UTC, datetime
from decimal import Decimal

from shapely.geometry import Polygon as Shape
from shapely.validation import explain_validity

from knowledge_base.warnings.alert import AlertRefused, Circle, Point, Polygon, Reference

YEARS = range(2000, 2100)
MAX_POINTS = 5_000
HALF_WAY_ROUND = 20_040.0
"""Kilometres: no circle on Earth is bigger."""
_TIME = re.compile(r"(\d{4})-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", re.ASCII)
_NAME = re.compile(r"[^\s,<&]+")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_NUMBER = re.compile(r"[+-]?\d{1,9}(\.\d{1,40})?", re.ASCII)
_LISTED = re.compile(r'"([^"]+)"|([^\s"]+)')


def read_time(text: str, where: str) -> datetime:
    """An aware time. CAP has neither fractions of a second nor the letter Z, and "-00:00" is UTC."""
    match = _TIME.fullmatch(text)
    try:
        if match is None or int(match[1]) not in YEARS:
            raise AlertRefused("time", where, repr(text[:40]))
        return datetime.fromisoformat(text)
    except ValueError:
        raise AlertRefused("time", where, repr(text[:40])) from None


def write_time(time: datetime) -> str:
    """The same in CAP's form, to the second."""
    text = time.replace(microsecond=0).isoformat()
    return text.removesuffix("+00:00") + "-00:00" if time.tzinfo is UTC else text


def read_name(text: str, where: str) -> str:
    """An identifier or sender: no blanks, commas, < or &."""
    if not _NAME.fullmatch(text):
        raise AlertRefused("name", where, repr(text[:40]))
    return text


def read_language(text: str | None, where: str) -> str:
    """A language tag; CAP's default is en-US."""
    if text is None:
        return "en-US"
    if not _LANGUAGE.fullmatch(text):
        raise AlertRefused("language", where, repr(text[:40]))
    return text


def read_references(text: str, where: str) -> tuple[Reference, ...]:
    """Messages referred to: sender,identifier,sent, with blanks between them."""
    references = []
    for token in text.split():
        fields = token.split(",")
        if len(fields) != 3:
            raise AlertRefused("reference", where, repr(token[:60]))
        sender, identifier, sent = fields
        references.append(Reference(read_name(sender, where), read_name(identifier, where), read_time(sent, where)))
    return tuple(references)


def write_references(references: tuple[Reference, ...]) -> str:
    """The same as text."""
    return " ".join(f"{one.sender},{one.identifier},{write_time(one.sent)}" for one in references)


def read_list(text: str, where: str) -> tuple[str, ...]:
    """Words with blanks between them, in quotation marks where they hold blanks themselves."""
    if _LISTED.sub("", text).strip():
        raise AlertRefused("list", where, repr(text[:40]))
    return tuple((quoted or plain).strip() for quoted, plain in _LISTED.findall(text) if (quoted or plain).strip())


def write_list(words: tuple[str, ...]) -> str:
    """The same as text."""
    return " ".join(f'"{word}"' if re.search(r"\s", word) else word for word in words)


def read_number(text: str, where: str) -> float:
    """A plain decimal number."""
    if not _NUMBER.fullmatch(text):
        raise AlertRefused("number", where, repr(text[:40]))
    return float(text)


def write_number(number: float) -> str:
    """The same, never with an exponent."""
    return format(Decimal(repr(number)), "f")


def read_polygon(text: str, where: str) -> Polygon:
    """A closed ring that does not cross itself. Nothing is mended: a mended shape could be over the wrong village."""
    pairs = text.split()
    if len(pairs) > MAX_POINTS:
        raise AlertRefused("too_complex", where, f"{len(pairs)} points")
    points = tuple(_point(pair, where) for pair in pairs)
    if len(points) < 4:
        raise AlertRefused("polygon_short", where, f"{len(points)} points")
    if points[0] != points[-1]:
        raise AlertRefused("polygon_open", where)
    shape = Shape([(longitude, latitude) for latitude, longitude in points])
    if not shape.is_valid:
        raise AlertRefused("polygon_crosses", where, explain_validity(shape))
    return points


def write_polygon(polygon: Polygon) -> str:
    """The same as text."""
    return " ".join(_pair(latitude, longitude) for latitude, longitude in polygon)


def read_circle(text: str, where: str) -> Circle:
    """A point and a radius in kilometres."""
    fields = text.split()
    if len(fields) != 2:
        raise AlertRefused("circle", where, repr(text[:40]))
    latitude, longitude = _point(fields[0], where)
    radius = read_number(fields[1], where)
    if not 0 <= radius <= HALF_WAY_ROUND:
        raise AlertRefused("circle", where, f"radius {radius}")
    return Circle(latitude, longitude, radius)


def write_circle(circle: Circle) -> str:
    """The same as text."""
    return f"{_pair(circle.latitude, circle.longitude)} {write_number(circle.radius)}"


def _point(text: str, where: str) -> Point:
    fields = text.split(",")
    if len(fields) != 2:
        raise AlertRefused("point", where, repr(text[:40]))
    latitude, longitude = (read_number(field, where) for field in fields)
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise AlertRefused("point", where, repr(text[:40]))
    return latitude, longitude


def _pair(latitude: float, longitude: float) -> str:
    return f"{write_number(latitude)},{write_number(longitude)}"
