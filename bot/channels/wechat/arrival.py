"""What arrived: a message or an event of WeChat's, reduced to what the channel acts on."""

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from bot.channels.wechat.coordinates import wgs84
from bot.channels.wechat.wire import Fields
from dialogs.messages import Location

OPENID = re.compile(r"[A-Za-z0-9_-]{1,64}")
NUMBER = re.compile(r"\d{1,20}")
PLACE = re.compile(r"\d{6}(?:\d{3}){0,2}")
"""An administrative code as the scene of a QR code."""
SCENE = "qrscene_"
UNREAD = {"image": "picture", "video": "video", "shortvideo": "video", "link": "link", "file": "other"}
"""Kinds of message that are answered by a sentence."""


@dataclass(frozen=True, slots=True)
class Typed:
    """Words; `menu` is the number of a choice that was touched, 0 for none."""

    text: str
    menu: int = 0


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recording that has yet to be fetched; `recognised` is what WeChat made of it, where the account has that on."""

    media_id: str
    recognised: str


@dataclass(frozen=True, slots=True)
class Placed:
    """A position; `sent` by the person, or told by the phone on opening the chat."""

    where: Location
    sent: bool


@dataclass(frozen=True, slots=True)
class Clicked:
    """An entry of the account's menu."""

    key: str


@dataclass(frozen=True, slots=True)
class Came:
    """Began to follow, or scanned a QR code. `place`: the administrative code that the QR code stands for, if any."""

    follows: bool
    place: str | None


@dataclass(frozen=True, slots=True)
class Left:
    """Does not follow the account any more."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that cannot be read (a key of `unread` in texts.yaml)."""

    kind: str


Content = Typed | Recorded | Placed | Clicked | Came | Left | Unreadable


@dataclass(frozen=True, slots=True)
class Arrival:
    """One thing that a person did. `key` is the same whenever WeChat repeats it; `at` is when, as far as WeChat says."""

    user: str
    key: str
    at: datetime
    content: Content


def read(fields: Fields) -> Arrival | None:
    """The person's doing in a call; None where nothing is to be done."""
    user, created = fields.get("FromUserName", ""), fields.get("CreateTime", "")
    if not OPENID.fullmatch(user) or not NUMBER.fullmatch(created) or int(created) > 4_000_000_000:
        return None
    content = _event(fields) if fields.get("MsgType") == "event" else _message(fields)
    if content is None:
        return None
    return Arrival(user, _key(fields, user, created), datetime.fromtimestamp(int(created), UTC), content)


def _key(fields: Fields, user: str, created: str) -> str:
    """MsgId for messages, person and time for events, as WeChat's documentation says; both with what makes them one."""
    number = fields.get("MsgId", "")
    if NUMBER.fullmatch(number):
        return f"m:{number}"
    parts = ("Event", "EventKey", "Latitude", "Longitude")
    named = "\n".join((user, created, *(fields.get(part, "") for part in parts)))
    return f"e:{sha256(named.encode('utf-8', 'replace')).hexdigest()[:40]}"


def _message(fields: Fields) -> Content | None:
    kind = fields.get("MsgType", "")
    if kind == "text":
        menu = fields.get("bizmsgmenuid", "")
        return Typed(fields.get("Content", ""), int(menu) if NUMBER.fullmatch(menu) else 0)
    if kind == "voice":
        return Recorded(fields.get("MediaId", ""), fields.get("Recognition", "").strip())
    if kind == "location":
        return _placed(fields, "Location_X", "Location_Y", sent=True)
    return Unreadable(UNREAD.get(kind, "other")) if kind else None


def _event(fields: Fields) -> Content | None:
    event, key = fields.get("Event", "").lower(), fields.get("EventKey", "")
    if event == "click":
        return Clicked(key)
    if event in {"subscribe", "scan"}:
        scene = key.removeprefix(SCENE)
        return Came(event == "subscribe", scene if PLACE.fullmatch(scene) else None)
    if event == "unsubscribe":
        return Left()
    if event == "location":
        return _placed(fields, "Latitude", "Longitude", sent=False)
    return None


def _placed(fields: Fields, north: str, east: str, *, sent: bool) -> Content | None:
    """A place that was chosen on the map is in GCJ-02; what a phone tells of itself is in WGS 84."""
    try:
        latitude, longitude = float(fields.get(north, "")), float(fields.get(east, ""))
    except ValueError:
        return Unreadable("other") if sent else None
    if not (math.isfinite(latitude) and math.isfinite(longitude) and abs(latitude) <= 90 and abs(longitude) <= 180):
        return Unreadable("other") if sent else None
    return Placed(wgs84(latitude, longitude) if sent else Location(latitude, longitude), sent)
