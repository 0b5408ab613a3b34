"""What the web chat does with bad input, forged cookies, foreign pages and too much of everything."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from bot.channels.web.limits import Limits, Pace
from bot.channels.web.visitor import COOKIE
from dialogs.messages import Inbound, Turn
from tests.fakes.web import CannedHandler
from tests.integration.web_visitor import ask, client_of


@pytest.fixture
def handler() -> CannedHandler:
    return CannedHandler()


@pytest.fixture
def client(handler: CannedHandler) -> Iterator[TestClient]:
    with client_of(handler, None) as client:
        yield client


@pytest.fixture
def line(client: TestClient) -> Iterator[WebSocketTestSession]:
    with client.websocket_connect("/chat") as line:
        assert line.receive_json() == {"type": "hello", "voice": False}
        yield line


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "{",
        "[]",
        "null",
        "7",
        "[" * 50_000,
        '{"type": "order"}',
        '{"type": "text", "text": "没有号"}',
        '{"type": "text", "id": "7", "text": "号不对"}',
        '{"type": "text", "id": "11111111-1111-4111-8111-111111111111", "text": "\\ud800"}',
        '{"type": "text", "id": "11111111-1111-4111-8111-111111111111", "text": 5}',
        '{"type": "choice", "id": "11111111-1111-4111-8111-111111111111", "choice": ""}',
        '{"type": "location", "id": "11111111-1111-4111-8111-111111111111", "latitude": 91, "longitude": 0}',
        '{"type": "location", "id": "11111111-1111-4111-8111-111111111111", "latitude": NaN, "longitude": 0}',
    ],
)
def test_broken_message_gets_a_sentence_and_the_line_goes_on(line: WebSocketTestSession, raw: str) -> None:
    line.send_text(raw)
    error = line.receive_json()
    assert (error["type"], error["code"], error["retry_after"]) == ("error", "broken", None)
    assert error["text"].endswith("。")
    assert ask(line, "玉米")["type"] == "answer"


def test_broken_message_is_named_so_that_it_is_not_sent_again(line: WebSocketTestSession) -> None:
    line.send_json({"type": "choice", "id": "11111111-1111-4111-8111-111111111111", "choice": "x" * 65})
    assert line.receive_json()["id"] == "11111111-1111-4111-8111-111111111111"


def test_binary_frame(line: WebSocketTestSession) -> None:
    line.send_bytes(b"\x00\x01")
    assert line.receive_json()["code"] == "broken"
    assert ask(line, "玉米")["type"] == "answer"


@pytest.mark.parametrize("text", ["", "   \n\t ", "\x00\x01\x1b", "\u0085"])
def test_nothing_said(line: WebSocketTestSession, handler: CannedHandler, text: str) -> None:
    assert ask(line, text)["code"] == "empty"
    assert handler.inbounds == []


def test_too_long(line: WebSocketTestSession, handler: CannedHandler) -> None:
    error = ask(line, "长" * 10_000)
    assert error["code"] == "too_long"
    assert "2000" in error["text"]
    assert ask(line, "🌽" * 70_000)["code"] == "too_long"
    assert handler.inbounds == []
    assert ask(line, "长" * 2_000)["type"] == "answer"


@pytest.mark.parametrize("text", ["🌽🐛", "<script>alert(1)</script>", "'; DROP TABLE users; --", "第一行\n第二行"])
def test_odd_text_goes_through_as_it_is(line: WebSocketTestSession, handler: CannedHandler, text: str) -> None:
    assert ask(line, text)["type"] == "answer"
    assert handler.inbounds[0].text == text


def test_control_characters_are_dropped(line: WebSocketTestSession, handler: CannedHandler) -> None:
    ask(line, "玉\x00米\t\x1b[31m虫\x7f")
    assert handler.inbounds[0].text == "玉米 [31m虫"


@pytest.mark.parametrize("cookie", [None, "", "abc", "abc.def", "abc." + "A" * 32, "访客.签名"])
def test_forged_cookie(handler: CannedHandler, cookie: str | None) -> None:
    client = client_of(handler, None, visit=False)
    headers: Any = {} if cookie is None else {"Cookie": f"{COOKIE}={cookie}".encode()}
    with client.websocket_connect("/chat", headers=headers) as line:
        assert line.receive_json()["code"] == "stranger"
        with pytest.raises(WebSocketDisconnect) as closed:
            line.receive_json()
    assert closed.value.code == 4401
    refused = client.post(f"/voice?id={uuid4()}", content=b"x", headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (401, "stranger")
    assert handler.inbounds == []


@pytest.mark.parametrize(
    "origin", ["", "null", "http://evil.example", "http://testserver:81", "http://testserver.evil.example"]
)
def test_foreign_origin(client: TestClient, handler: CannedHandler, origin: str) -> None:
    headers = {"Origin": origin}
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/chat", headers=headers):
        pass
    assert client.post(f"/voice?id={uuid4()}", content=b"x", headers=headers).status_code == 403
    assert client.post("/speech/x", content=b"x", headers=headers).status_code == 403
    assert handler.inbounds == []


def test_too_fast_is_told_when_to_try_again(handler: CannedHandler) -> None:
    client = client_of(handler, None, Limits(burst=2, every=100))
    with client.websocket_connect("/chat") as line:
        line.receive_json()
        assert [ask(line, "玉米")["type"] for _ in range(2)] == ["answer", "answer"]
        error = ask(line, "玉米")
    assert error["code"] == "too_fast"
    assert 90 < error["retry_after"] <= 100
    refused = client.post(f"/voice?id={uuid4()}", content=b"x")
    assert (refused.status_code, refused.json()["code"]) == (429, "too_fast")


def test_what_may_be_about_a_life_never_waits(handler: CannedHandler) -> None:
    with client_of(handler, None, Limits(burst=1, every=60)).websocket_connect("/chat") as line:
        line.receive_json()
        ask(line, "玉米长虫了")
        for said in ("俺娘喝农药了", "需要帮助"):
            assert ask(line, said)["type"] == "answer"
        line.send_json({"type": "choice", "id": str(uuid4()), "choice": "w:do:help"})
        assert line.receive_json()["type"] == "received"
        assert line.receive_json()["type"] == "answer"
        assert ask(line, "玉米长虫了")["code"] == "too_fast"


def test_pace() -> None:
    now = 0.0
    pace = Pace(burst=2, every=3, clock=lambda: now, remembered=2)
    assert [pace.wait("a") for _ in range(3)] == [0, 0, 3]
    now = 2.0
    assert pace.wait("a") == 1
    assert pace.wait("b") == 0
    now = 3.0
    assert [pace.wait("a") for _ in range(2)] == [0, 3]
    now = 1_000.0
    assert [pace.wait("a") for _ in range(3)] == [0, 0, 3]


def test_too_many_lines(handler: CannedHandler) -> None:
    client = client_of(handler, None, Limits(lines=1))
    with client.websocket_connect("/chat") as first, client.websocket_connect("/chat") as second:
        assert first.receive_json()["type"] == "hello"
        assert second.receive_json()["code"] == "busy"
        with pytest.raises(WebSocketDisconnect) as closed:
            second.receive_json()
    assert closed.value.code == 4429


def test_broken_handler_does_not_end_the_line(line: WebSocketTestSession, handler: CannedHandler) -> None:
    def fail(_: Inbound) -> Turn:
        raise RuntimeError("boom")

    handler.script = fail
    assert ask(line, "玉米")["code"] == "failed"
    assert ask(line, "玉米")["code"] == "failed"
