"""The browser for the acceptance tests, started once, and a fresh web chat for each test."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.acceptance.stage import Stage, chromium, write_babble

expect.set_options(timeout=30_000)
"""Milliseconds, for a machine with other work: as long as Playwright waits for everything else."""


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    microphone = tmp_path_factory.mktemp("microphone") / "babble.wav"
    write_babble(microphone)
    async with chromium(microphone) as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def stage(browser: Browser) -> AsyncIterator[Stage]:
    stage = Stage(browser)
    yield stage
    for context in browser.contexts:
        await context.close()
    await stage.stop()
    assert stage.complaints == []
