"""A request's number goes along; what was said does not, unless it is asked for."""

from datetime import UTC, datetime

import pytest
import structlog
from fastapi import FastAPI
from starlette.testclient import TestClient
from structlog.testing import CapturingLogger

from bot.channels.base import Handler
from bot.tracing import HEADER, RequestNumber, traced
from dialogs.messages import Inbound, Reply, ReplyKind, Turn, Voice
from knowledge_base.request import request_number

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
SAID = Inbound("web", "visitor-7", "1", NOW, text="俺家在王庄，电话13800000000")


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> CapturingLogger:
    logger = CapturingLogger()
    bound = structlog.wrap_logger(logger, processors=[structlog.contextvars.merge_contextvars])
    monkeypatch.setattr("bot.tracing.log", bound)
    return logger


def answering(seen: list[str | None]) -> Handler:
    async def answer(inbound: Inbound) -> Turn:
        seen.append(request_number())
        return Turn((Reply(ReplyKind.ANSWER, "先看叶心"),), heard="苗黄了" if inbound.voice else None)

    return answer


async def test_a_turn_is_one_line_with_its_number_and_nothing_personal(lines: CapturingLogger) -> None:
    seen: list[str | None] = []
    await traced(answering(seen), ids=lambda: "00000000000000aa")(SAID)
    (line,) = lines.calls
    assert seen == ["00000000000000aa"]
    assert (line.kwargs["request"], line.kwargs["channel"], line.kwargs["form"]) == ("00000000000000aa", "web", "text")
    assert line.kwargs["kinds"] == ["answer"]
    written = str(line)
    assert not [mark for mark in ("王庄", "1380000", "visitor-7", "叶心") if mark in written]
    assert request_number() is None, "the next one gets a number of its own"


async def test_texts_are_written_only_where_that_is_switched_on(lines: CapturingLogger) -> None:
    voice = Inbound("web", "visitor-7", "2", NOW, voice=Voice(b"..."))
    await traced(answering([]), texts=True)(voice)
    assert "苗黄了" in str(lines.calls)
    assert "visitor-7" not in str(lines.calls)


@pytest.mark.parametrize(
    ("given", "kept"), [("abcdef0123456789", True), ("short", False), ("x" * 33, False), ("a b\x0bc-01234", False)]
)
def test_a_call_keeps_the_number_of_the_proxy_in_front_if_it_is_one(given: str, kept: bool) -> None:
    app = FastAPI()

    @app.get("/")
    async def at_work() -> str | None:
        return request_number()

    answer = TestClient(RequestNumber(app, ids=lambda: "made-here")).get("/", headers={HEADER: given})
    number = given if kept else "made-here"
    assert (answer.json(), answer.headers[HEADER]) == (number, number)


async def test_a_turn_within_a_call_has_the_number_of_the_call(lines: CapturingLogger) -> None:
    seen: list[str | None] = []
    with structlog.contextvars.bound_contextvars(request="of-the-webhook"):
        await traced(answering(seen))(SAID)
    assert seen == ["of-the-webhook"]
    assert lines.calls[0].kwargs["request"] == "of-the-webhook"
