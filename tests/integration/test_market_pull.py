"""Price services over HTTP: recorded answers from a server of the tests' own, whole, cut off, and garbage."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from bot.markets.pulling import price_services
from bot.schedule import Schedule
from knowledge_base.markets import pull as pulling
from knowledge_base.markets.intake import Intake
from knowledge_base.markets.models import PriceRow, PullRow
from knowledge_base.markets.overview import Overview
from knowledge_base.markets.pull import Pull
from knowledge_base.markets.report import Report
from knowledge_base.markets.service import Service, ServicesBroken, read_services
from knowledge_base.store import Store
from tests.fakes.market import Fair

RECORDED = """
services:
  - source: 省价格平台
    address: "{address}"
    rows: result.list
    fields: {{product: prodName, market: market.name, place: market.areaCode, day: pubDate, low: lowPrice, mid: avgPrice, high: highPrice, unit: unitInfo}}
    headers: {{X-Key: geheim}}
    paging: {{parameter: page, first: 1, most: 5}}
    minutes: 30
"""


def record(day: str = "2026-11-21", price: float | str = 2.36, name: str = "玉米") -> dict[str, object]:
    """As such a service writes a row."""
    return {
        "prodName": name,
        "market": {"name": "商丘农产品批发市场", "areaCode": 411400},
        "pubDate": f"{day} 00:00:00",
        "lowPrice": "2.30",
        "avgPrice": price,
        "highPrice": "2.40",
        "unitInfo": "公斤",
        "specInfo": None,
    }


def answer(*rows: object) -> bytes:
    return json.dumps({"code": 0, "result": {"total": len(rows), "list": list(rows)}}, ensure_ascii=False).encode()


class Server:
    """HTTP over a loopback socket: pages by number; keeps what was asked."""

    def __init__(self) -> None:
        self.pages: dict[str, bytes | Callable[[asyncio.StreamWriter], None]] = {}
        self.status = "200 OK"
        self.etag = '"1"'
        self.asked: list[str] = []
        self.address = ""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.asked.append(request)
        page = request.split("page=")[1].split(" ")[0]
        body = self.pages.get(page, answer())
        if callable(body):
            body(writer)
        elif self.etag in request:
            writer.write(b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n")
        else:
            head = f"HTTP/1.1 {self.status}\r\nETag: {self.etag}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            writer.write(head.encode() + body)
        await writer.drain()
        writer.close()


class Telling(Intake):
    """Tells when something has been taken."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        super().__init__(store, clock)
        self.taken = asyncio.Event()

    async def take(self, *given: Any, **further: Any) -> Report:
        """Take, then tell."""
        report = await super().take(*given, **further)
        self.taken.set()
        return report


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    one = Server()
    listening = await asyncio.start_server(one, "127.0.0.1", 0)
    one.address = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/prices?day={{day}}"
    yield one
    listening.close()
    await listening.wait_closed()


@pytest.fixture
def fair(store: Store, now: datetime) -> Fair:
    return Fair(store, now)


@pytest.fixture
def service(server: Server, tmp_path: Path) -> Service:
    path = tmp_path / "services.yaml"
    path.write_text(RECORDED.format(address=server.address), "utf-8")
    (service,) = read_services(path)
    return service


@pytest.fixture
async def pull(fair: Fair, service: Service) -> AsyncIterator[Pull]:
    async def no_pause(_seconds: float) -> None:
        return

    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        yield Pull(service, fair.store, fair.intake, client, fair.clock, sleep=no_pause)


async def kept(fair: Fair) -> int:
    async with fair.store.session() as session:
        return await session.scalar(select(func.count()).select_from(PriceRow)) or 0


async def test_all_pages_are_taken_and_later_only_what_has_changed(fair: Fair, server: Server, pull: Pull) -> None:
    server.pages = {"1": answer(record(), record("2026-11-20")), "2": answer(record("2026-11-19"))}
    pulled = await pull.run()
    assert pulled.report is not None
    assert (pulled.report.new, pulled.report.wrong, len(server.asked)) == (3, 0, 3)
    assert "day=2026-11-22&page=1" in server.asked[0]
    assert "X-Key: geheim" in server.asked[0]
    (quote,) = await fair.quotes.latest("玉米", near="411424")
    assert (quote.mid, quote.low, quote.unit, quote.figures, quote.source) == (
        Decimal("1.18"),
        Decimal("1.15"),
        "公斤",
        "2.30/2.36/2.40",
        "省价格平台",
    )
    unchanged = await pull.run()
    assert (unchanged.report, unchanged.fault, len(server.asked)) == (None, None, 4)
    assert 'if-none-match: "1"' in server.asked[3].lower()
    server.etag = '"2"'
    server.pages["1"] = answer(record(), record("2026-11-22"))
    again = await pull.run()
    assert again.report is not None
    assert (again.report.new, again.report.same) == (1, 2)
    fair.later(days=1)  # another day is another question
    await pull.run()
    assert "if-none-match" not in server.asked[-1].lower()


async def test_garbage_among_good_rows_is_told_and_not_taken(fair: Fair, server: Server, pull: Pull) -> None:
    server.pages = {"1": answer("x", None, {}, record(price="面议"), record(price=10**30), record(), [record()])}
    pulled = await pull.run()
    assert pulled.report is not None
    assert (pulled.report.rows, pulled.report.new, pulled.report.wrong) == (7, 1, 6)
    assert [problem.code for problem in pulled.report.problems] == [
        "not_row",
        "not_row",
        "no_product",
        "price_unreadable",
        "price_order",
        "not_row",
    ]


BROKEN = (
    b"",
    b"<html>moved</html>",
    answer(record())[:-20],
    b'{"result": {"list": {"a": 1}}}',
    b'{"result": null}',
    b"[" * 100_000,
    b"\xff\xfe\x00",
    b"0",
)


async def test_an_answer_that_is_no_list_is_not_taken_at_all(fair: Fair, server: Server, pull: Pull) -> None:
    for body in BROKEN:
        server.pages = {"1": answer(record()), "2": body}
        pulled = await pull.run()
        assert pulled.report is None, body
        assert pulled.fault, body
        assert await kept(fair) == 0, body
        (state,) = await Overview(fair.store).sources()
        assert (state.fault, state.fetched_at, state.asked_at) == (pulled.fault, None, fair.now)
    server.pages["2"] = answer()
    assert (await pull.run()).report is not None  # nothing was remembered that would hide it
    (state,) = await Overview(fair.store).sources()
    assert (state.fault, state.fetched_at, state.series) == (None, fair.now, 1)


async def test_it_is_tried_three_times_and_not_where_that_helps_nothing(server: Server, pull: Pull) -> None:
    server.pages = {"1": answer(record())}
    server.status = "503 Busy"
    assert (await pull.run()).fault == "status 503"
    assert len(server.asked) == 3
    server.status = "302 Found"
    assert (await pull.run()).fault == "status 302"
    assert len(server.asked) == 4


async def test_a_server_that_stops_in_the_middle_or_says_nothing_or_too_much(
    fair: Fair, server: Server, pull: Pull, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + answer(record()))

    server.pages = {"1": cut}
    assert (await pull.run()).fault == "RemoteProtocolError"
    monkeypatch.setattr(pulling, "MAX_BYTES", 100)
    server.pages = {"1": answer(record())}
    assert (await pull.run()).fault == "more than 100 bytes"
    monkeypatch.setattr(pulling, "TOTAL_SECONDS", 0.0)
    assert (await pull.run()).fault == "TimeoutError"
    assert await kept(fair) == 0


async def test_the_services_of_a_file_are_asked_on_the_schedule(
    fair: Fair, server: Server, service: Service, tmp_path: Path
) -> None:
    server.pages = {"1": answer(record())}
    failures: list[str] = []
    schedule = Schedule(failures.append)
    intake = Telling(fair.store, fair.clock)
    path = tmp_path / "services.yaml"
    async with price_services(path, fair.store, intake, fair.clock, schedule=schedule, failed=failures.append):
        schedule.start()
        async with asyncio.timeout(60):
            await intake.taken.wait()
        schedule.stop()
    assert failures == []
    assert await kept(fair) == 1
    async with price_services(None, fair.store, fair.intake, fair.clock, schedule=schedule, failed=failures.append):
        pass


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("http://", "ftp://"),
        ("rows:", "lines:"),
        ("low: lowPrice", "colour: red"),
        ("minutes: 30", "minutes: 1"),
        ("services:", "services: ["),
    ],
)
def test_a_file_that_is_not_as_it_should_be_is_refused(tmp_path: Path, before: str, after: str) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(RECORDED.format(address="http://prices.example/x").replace(before, after), "utf-8")
    with pytest.raises(ServicesBroken, match=r"broken\.yaml"):
        read_services(path)


async def test_a_service_that_was_never_reached_is_listed(fair: Fair) -> None:
    async with fair.store.session() as session:
        session.add(PullRow(source="没通", asked="x", asked_at=fair.now - timedelta(days=1), fault="ConnectError"))
    (state,) = await Overview(fair.store).sources()
    assert (state.name, state.kind, state.fault) == ("没通", None, "ConnectError")
