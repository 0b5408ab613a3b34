"""Every case for every channel, with what was logged meanwhile looked through afterwards."""

import asyncio
import io
import logging
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from bot.log import set_up_logging
from tests.contract.rig import MARK, Rig, Unsupported
from tests.contract.telegram_rig import telegram, telegram_by_webhook
from tests.contract.web_rig import web
from tests.contract.wechat_rig import wechat

CHANNELS = ("web", "telegram", "webhook", "wechat")
"""All that deliver replies. Loudspeakers only ask, and hear the answer to their call: see test_speaker_pull.py."""


def _at_work(name: str, folder: Path, port: int) -> AbstractAsyncContextManager[Rig]:
    match name:
        case "web":
            return web(port)
        case "telegram":
            return telegram()
        case "webhook":
            return telegram_by_webhook(port)
        case _:
            return wechat(folder)


@pytest.fixture
def logged() -> io.StringIO:
    """The log as an operator gets it who wants to know everything."""
    set_up_logging("DEBUG")
    (handler,) = logging.getLogger().handlers
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(log := io.StringIO())
    logging.getLogger("websockets.client").setLevel(logging.WARNING)  # the visitor's, not ours
    return log


@pytest.fixture(params=CHANNELS)
async def rig(
    request: pytest.FixtureRequest, logged: io.StringIO, tmp_path: Path, unused_tcp_port: int
) -> AsyncIterator[Rig]:
    """A channel at work, which afterwards has ended, left nothing behind, and written nobody's words into the log."""
    async with _at_work(request.param, tmp_path, unused_tcp_port) as rig:
        case = request.node.name.replace(f"{request.param}-", "").replace(f"[{request.param}]", "")
        if case in rig.unsupported:
            reason = rig.unsupported[case]
            request.node.add_marker(pytest.mark.xfail(reason=reason, strict=True, raises=(AssertionError, Unsupported)))
        yield rig
    await asyncio.sleep(0)
    assert rig.user not in logged.getvalue()
    assert MARK not in logged.getvalue()
