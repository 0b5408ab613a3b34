"""A visitor of the web chat without a browser."""

from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import uuid4

from starlette.testclient import TestClient, WebSocketTestSession

from bot.channels.web.app import create_web
from bot.channels.web.limits import Limits
from bot.channels.web.texts import load_texts
from bot.limiting import grave
from nlu.speech.base import Mouth
from tests.fakes.web import CannedHandler

HOST = "http://testserver"
SECRET = "the secret of the tests"
NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)


def client_of(
    handler: CannedHandler, mouth: Mouth | None, limits: Limits | None = None, *, visit: bool = True
) -> TestClient:
    plain = partial(grave, normalised=str)
    app = create_web(handler, mouth, load_texts(), SECRET, limits=limits, clock=lambda: NOON, grave=plain)
    client = TestClient(app, base_url=HOST, headers={"Origin": HOST})
    if visit:
        client.get("/")
    return client


def ask(line: WebSocketTestSession, text: str, message_id: str | None = None) -> dict[str, Any]:
    message_id = message_id or str(uuid4())
    line.send_json({"type": "text", "id": message_id, "text": text})
    first: dict[str, Any] = line.receive_json()
    if first["type"] == "error":
        return first
    assert first == {"type": "received", "id": message_id}
    answer: dict[str, Any] = line.receive_json()
    return answer
