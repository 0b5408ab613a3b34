"""A weather service on this machine that answers as Open-Meteo or QWeather does, and fails in every way asked for."""

import asyncio
import contextlib
import gzip
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from knowledge_base.weather.terms import CHINA

_SKY_CODES = {"clear": (0, "100"), "rain": (61, "305"), "thunderstorm": (95, "302"), "snow": (73, "401")}


def open_meteo(query: dict[str, str], now: datetime, sky: str = "clear") -> dict[str, Any]:
    """The recorded shape of /v1/forecast: as many days as asked for, from midnight; rain 1.5 mm in each hour of rain."""
    days = int(query["forecast_days"])
    first = datetime.combine(now.astimezone(CHINA).date(), time())
    hours = [first + timedelta(hours=number) for number in range(days * 24)]
    code, count, falls = _SKY_CODES[sky][0], len(hours), 0.0 if sky == "clear" else 1.5
    return {
        "latitude": round(float(query["latitude"]) * 8) / 8,
        "longitude": round(float(query["longitude"]) * 8) / 8,
        "generationtime_ms": 0.33,
        "utc_offset_seconds": 28800,
        "timezone": "Asia/Shanghai",
        "timezone_abbreviation": "GMT+8",
        "elevation": 40.0,
        "hourly_units": {
            "time": "iso8601",
            "temperature_2m": "°C",
            "relative_humidity_2m": "%",
            "precipitation_probability": "%",
            "precipitation": "mm",
            "weather_code": "wmo code",
            "wind_speed_10m": "m/s" if query.get("wind_speed_unit") == "ms" else "km/h",
            "wind_gusts_10m": "m/s" if query.get("wind_speed_unit") == "ms" else "km/h",
        },
        "hourly": {
            "time": [hour.strftime("%Y-%m-%dT%H:%M") for hour in hours],
            "temperature_2m": [round(5 + hour.hour / 2, 1) for hour in hours],
            "relative_humidity_2m": [60] * count,
            "precipitation_probability": [30] * (count - 24) + [None] * 24,
            "precipitation": [falls] * count,
            "weather_code": [code] * count,
            "wind_speed_10m": [3.6] * count,
            "wind_gusts_10m": [7.2] * count,
        },
        "daily_units": {
            "time": "iso8601",
            "weather_code": "wmo code",
            "temperature_2m_max": "°C",
            "temperature_2m_min": "°C",
            "precipitation_sum": "mm",
            "precipitation_probability_max": "%",
            "wind_speed_10m_max": "m/s" if query.get("wind_speed_unit") == "ms" else "km/h",
        },
        "daily": {
            "time": [(first + timedelta(days=number)).strftime("%Y-%m-%d") for number in range(days)],
            "weather_code": [code] * days,
            "temperature_2m_max": [16.5] * days,
            "temperature_2m_min": [5.0] * days,
            "precipitation_sum": [falls * 24] * days,
            "precipitation_probability_max": [30] * days,
            "wind_speed_10m_max": [3.6] * days,
        },
    }


def qweather(path: str, now: datetime, sky: str = "clear") -> dict[str, Any]:
    """The recorded shape of /v7/weather/72h and 7d: numbers as text, times with minutes only, wind in km/h."""
    local = now.astimezone(CHINA)
    icon, falls = _SKY_CODES[sky][1], "0.0" if sky == "clear" else "1.5"
    head = {
        "code": "200",
        "updateTime": (local - timedelta(minutes=25)).isoformat(timespec="minutes"),
        "fxLink": "https://weather.example/101120601.html",
    }
    refer = {"refer": {"sources": ["Weather"], "license": ["License"]}}
    kind = path.rsplit("/", 1)[1]
    if kind.endswith("h"):
        first = local.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        hours = [first + timedelta(hours=number) for number in range(int(kind[:-1]))]
        rows = [
            {
                "fxTime": hour.isoformat(timespec="minutes"),
                "temp": str(5 + hour.hour // 2),
                "icon": icon,
                "text": "-",
                "wind360": "335",
                "windDir": "-",
                "windScale": "1-3",
                "windSpeed": "13",
                "humidity": "60",
                "pop": "30" if number < 24 else "",
                "precip": falls,
                "pressure": "1025",
                "cloud": "0",
                "dew": "-25",
            }
            for number, hour in enumerate(hours)
        ]
        return head | {"hourly": rows} | refer
    days = [local.date() + timedelta(days=number) for number in range(int(kind[:-1]))]
    rows = [
        {
            "fxDate": day.isoformat(),
            "sunrise": "06:58",
            "sunset": "16:36",
            "tempMax": "16",
            "tempMin": "5",
            "iconDay": icon,
            "textDay": "-",
            "iconNight": "150",
            "textNight": "-",
            "wind360Day": "335",
            "windScaleDay": "1-3",
            "windSpeedDay": "13",
            "windSpeedNight": "3",
            "precip": str(float(falls) * 24),
            "uvIndex": "1",
            "humidity": "60",
            "pressure": "1020",
            "vis": "25",
            "cloud": "0",
        }
        for day in days
    ]
    return head | {"daily": rows} | refer


Change = Callable[[dict[str, Any]], object]
"""Changes an answer in its place before it is sent."""


class WeatherServer:
    """What it does next is in `fault`: none, or drop, error, stall, trickle, garbage, html, huge, bomb, redirect, refuse."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.url = ""
        self.sky = "clear"
        self.packed = False
        self.fault = ""
        self.times: int | None = None
        """How many requests still fail; None: all."""
        self.change: Change | None = None
        self.asked: list[tuple[str, dict[str, str], dict[str, str]]] = []
        """Path, query and headers of each request."""
        self.serving: set[asyncio.Task[None]] = set()
        self.release = asyncio.Event()
        """What stalls ends at this, at the latest when the test does."""

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one request."""
        task = asyncio.current_task()
        assert task is not None
        self.serving.add(task)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await self._answer((await reader.readuntil(b"\r\n\r\n")).decode(), writer)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    async def _answer(self, request: str, writer: asyncio.StreamWriter) -> None:
        path, query = self._note(request)
        fault = self.fault if self.times is None or self.times > 0 else ""
        if self.times is not None:
            self.times -= 1
        if fault == "stall":
            await self.release.wait()
        if fault in {"drop", "stall"}:
            return
        answer = qweather(path, self.now, self.sky) if path[:4] == "/v7/" else open_meteo(query, self.now, self.sky)
        if self.change is not None:
            self.change(answer)
        head, body = self._wrapped(fault, json.dumps(answer).encode())
        writer.write(head)
        for at in range(len(body) if fault == "trickle" else 0):
            writer.write(body[at : at + 1])
            await writer.drain()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.release.wait(), 0.02)
        if fault != "trickle":
            writer.write(body)
        await writer.drain()

    def _note(self, request: str) -> tuple[str, dict[str, str]]:
        first, *lines = request.split("\r\n")
        target = urlsplit(first.split()[1])
        query = {key: values[0] for key, values in parse_qs(target.query).items()}
        headers = {key.lower(): value for key, _, value in (line.partition(": ") for line in lines if line)}
        self.asked.append((target.path, query, headers))
        return target.path, query

    def _wrapped(self, fault: str, body: bytes) -> tuple[bytes, bytes]:
        status = {"error": "503 Service Unavailable", "refuse": "401 Unauthorized", "redirect": "302 Found"}.get(fault)
        kind = "text/html" if fault == "html" else "application/json; charset=utf-8"
        more = f"Location: {self.url}/elsewhere\r\n" if fault == "redirect" else ""
        if self.packed or fault == "bomb":
            more += "Content-Encoding: gzip\r\n"
            body = gzip.compress(body if self.packed else b"[" * 20_000_000, 1)
        body = {
            "garbage": body[: len(body) // 2],
            "html": b"<html>Please sign in to the network</html>",
            "huge": b'{"padding":"' + b"x" * 3_000_000 + b'"}',
        }.get(fault, body)
        head = f"HTTP/1.1 {status or '200 OK'}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}Connection: close\r\n\r\n"
        return head.encode(), body


@asynccontextmanager
async def weather_server(now: datetime) -> AsyncIterator[WeatherServer]:
    """A service that is there until the block ends."""
    service = WeatherServer(now)
    server = await asyncio.start_server(service.handle, "127.0.0.1", 0)
    service.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield service
    finally:
        service.release.set()
        server.close()
        await asyncio.gather(*service.serving)
        await server.wait_closed()
