"""What comes over the net, in the parsers that no other fuzz test has: read or refused in the parser's own words."""

import json
from datetime import datetime
from typing import Any

import pytest
from aiogram.types import Update
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.channels.speaker.wire import Played, Status
from bot.channels.telegram.arrival import read
from bot.channels.web.protocol import client_message
from knowledge_base.markets.service import AnswerBroken, Service
from knowledge_base.warnings.feed import read_feed
from knowledge_base.warnings.refused import AlertRefused
from knowledge_base.weather.open_meteo import OpenMeteo
from knowledge_base.weather.qweather import QWeather
from knowledge_base.weather.qweather_token import api_key
from knowledge_base.weather.source import ForecastSource, SourceFailed
from tests.conftest import NOW
from tests.fakes import weather_server as made
from tests.security.spoiling import ANY_JSON, FEW, LEAF, PICKS, spoilt

HERE = (36.9, 118.7)


@FEW
@given(body=st.binary(max_size=200) | st.text(max_size=120).map(str.encode))
def test_a_feed(body: bytes) -> None:
    for data in (
        body,
        b"<feed><entry>" + body + b"</entry></feed>",
        b"<rss><item><link>" + body + b"</link></item></rss>",
    ):
        try:
            entries = read_feed(data, "https://feeds.example/list")
        except AlertRefused:
            continue
        assert all(entry.document is not None or entry.address is not None for entry in entries)


class Told:
    """Gives what it was told instead of asking a service."""

    def __init__(self, body: bytes, other: bytes) -> None:
        self._bodies = (body, other)

    async def get(self, path: str, *_: object) -> bytes:
        return self._bodies[path[-1] == "d"]

    async def close(self) -> None: ...


@pytest.mark.parametrize("kind", ["open_meteo", "qweather"])
@pytest.mark.parametrize("whole", [True, False], ids=["one value spoilt", "anything"])
async def test_weather(kind: str, whole: bool) -> None:
    good = (
        (
            made.open_meteo(
                {"latitude": "36.9", "longitude": "118.7", "forecast_days": "8", "wind_speed_unit": "ms"}, NOW
            ),
        )
        * 2
        if kind == "open_meteo"
        else (made.qweather("/v7/weather/72h", NOW), made.qweather("/v7/weather/7d", NOW))
    )
    source: Any = (
        OpenMeteo("https://weather.example", lambda: NOW)
        if kind == "open_meteo"
        else QWeather("https://weather.example", lambda: NOW, headers=api_key("k"))
    )
    await source.close()
    bodies: list[bytes] = []

    @FEW
    @given(picks=PICKS, leaf=LEAF, anything=ANY_JSON)
    def made_up(picks: list[int], leaf: object, anything: object) -> None:
        bodies.append(json.dumps(spoilt(good[0], picks, leaf) if whole else anything).encode())

    made_up()
    for body in bodies:
        await _given_or_refused(source, body, json.dumps(good[1]).encode())


async def _given_or_refused(source: Any, body: bytes, other: bytes) -> None:
    source._service = Told(body, other)
    fetching: ForecastSource = source
    try:
        forecast = await fetching.fetch(*HERE)
    except SourceFailed:
        return
    assert all(-70 < hour.temperature < 60 for hour in forecast.hours)


MESSAGES = (
    {"type": "text", "id": "8f9b7c1e-2f7b-4b57-9b0e-0d5b0a3d1f00", "text": "玉米"},
    {"type": "choice", "id": "8f9b7c1e-2f7b-4b57-9b0e-0d5b0a3d1f00", "choice": "crop:corn"},
    {"type": "location", "id": "8f9b7c1e-2f7b-4b57-9b0e-0d5b0a3d1f00", "latitude": 1, "longitude": 2},
    {"type": "got", "id": "1"},
    {"type": "ping"},
)


@FEW
@given(
    message=st.sampled_from(MESSAGES), picks=PICKS, leaf=LEAF, anything=ANY_JSON | st.none(), raw=st.binary(max_size=40)
)
def test_messages_of_the_web_page(message: Any, picks: list[int], leaf: object, anything: object, raw: bytes) -> None:
    for body in (json.dumps(spoilt(message, picks, leaf)), json.dumps(anything), raw):
        try:
            read_in = client_message.validate_json(body)
        except ValidationError:
            continue
        for name in ("choice", "id"):
            assert "\0" not in str(getattr(read_in, name, ""))


SENDER = {"id": 7, "is_bot": False, "first_name": "王"}
UPDATE: dict[str, Any] = {
    "update_id": 1,
    "message": {
        "message_id": 5,
        "date": 1_700_000_000,
        "chat": {"id": 7, "type": "private", "first_name": "王"},
        "from": SENDER,
        "text": "玉米",
    },
}
PRESSED = {
    "update_id": 2,
    "callback_query": {
        "id": "9",
        "from": SENDER,
        "chat_instance": "1",
        "data": "crop:corn",
        "message": UPDATE["message"],
    },
}


@FEW
@given(update=st.sampled_from([UPDATE, PRESSED]), picks=PICKS, leaf=LEAF)
def test_updates_of_telegram(update: Any, picks: list[int], leaf: object) -> None:
    try:
        known = Update.model_validate(spoilt(update, picks, leaf))
    except ValidationError:
        return
    arrival = read(known, NOW)
    assert arrival is None or "\0" not in arrival.external_id


RECORD = {
    "play": "p",
    "id": "storm",
    "version": 1,
    "started": "2026-11-22T09:00:00+08:00",
    "ended": "2026-11-22T09:01:00+08:00",
    "repeats": 1,
    "volume": 50,
    "error": "none",
}


@FEW
@given(picks=PICKS, leaf=LEAF | st.datetimes(timezones=st.timezones()).map(datetime.isoformat), anything=ANY_JSON)
def test_messages_of_loudspeakers(picks: list[int], leaf: object, anything: object) -> None:
    for body in (spoilt(RECORD, picks, leaf), anything):
        for kind in (Played, Status):
            try:
                kind.model_validate_json(json.dumps(body))
            except ValidationError:
                continue


@pytest.mark.parametrize(
    "wrong",
    [
        {"play": "a\0"},
        {"id": "a\0"},
        {"error": "\0"},
        {"started": "0001-01-01T00:00:00+14:00"},
        {"ended": "9999-12-31T23:59:59-12:00"},
    ],
)
def test_no_record_of_one_device_holds_back_those_of_all(wrong: dict[str, str]) -> None:
    """PostgreSQL takes no null byte, and Python no year before the first."""
    Played.model_validate(RECORD)
    with pytest.raises(ValidationError):
        Played.model_validate({**RECORD, **wrong})
    with pytest.raises(ValidationError):
        Status.model_validate({"firmware": "1\0"})


PRICES = Service(
    source="县里",
    address="https://prices.example/{day}",
    rows="data.list",
    fields={"product": "name", "mid": "price.0"},
)


@FEW
@given(anything=ANY_JSON, raw=st.binary(max_size=60))
def test_answers_of_a_price_service(anything: object, raw: bytes) -> None:
    for body in (json.dumps({"data": {"list": anything}}).encode(), json.dumps(anything).encode(), raw, b"[" * 100_000):
        try:
            lines = PRICES.lines(body, 1)
        except AnswerBroken:
            continue
        assert all("\0" not in cell and len(cell) <= 200 for line in lines for cell in line.cells)
