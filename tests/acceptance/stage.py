"""A running web chat with canned answers, and a browser in front of it."""

import asyncio
import contextlib
import math
import re
import shutil
import socket
import struct
import wave
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from fastapi import APIRouter, FastAPI
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from bot.channels.base import Handler
from bot.channels.web.app import create_web
from bot.channels.web.channel import WebChannel
from bot.channels.web.limits import Limits
from bot.channels.web.lines import Lines
from bot.channels.web.texts import load_texts
from nlu.speech.base import Mouth
from tests.fakes.web import CannedHandler, HummingMouth

PHONE = (360, 740)
DESK = (1280, 800)
_ARGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
]


def write_babble(path: Path) -> None:
    """Ten seconds of something with the rhythm of speech; a steady tone would be taken for noise and suppressed."""
    rate = 48_000
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        samples = (
            int(12_000 * (0.5 - 0.5 * math.cos(2 * math.pi * 4 * n / rate)) * (2 * ((n * 160 / rate) % 1) - 1))
            for n in range(rate * 10)
        )
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))


_HELD: list[socket.socket] = []


def free_port() -> int:
    """A port that nobody listens on. It is kept until the tests end, so that nobody else is given it meanwhile."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a server that does the same may listen beside it
    held.bind(("127.0.0.1", 0))
    _HELD.append(held)
    port: int = held.getsockname()[1]
    return port


@contextlib.asynccontextmanager
async def chromium(microphone: Path) -> AsyncIterator[Browser]:
    """The browser; its microphone hears the WAV file over and over."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=[*_ARGS, f"--use-file-for-fake-audio-capture={microphone}"],
        )
        yield browser
        await browser.close()


class Stage:
    """The server, its handler and voice, and the pages that look at it."""

    def __init__(self, browser: Browser) -> None:
        self.handler = CannedHandler()
        self.hums = HummingMouth()
        self.lines = Lines()
        self.routers: list[APIRouter] = []
        """What is served beside the chat."""
        self.complaints: list[str] = []
        self.expected: Callable[[str], bool] = lambda _: False
        """Which of the browser's complaints the test brings about itself."""
        self._browser = browser
        self._port = free_port()
        self._running: asyncio.Task[None] | None = None
        self.channel: WebChannel | None = None

    async def start(self, mouth: Mouth | None = None, limits: Limits | None = None, *, voice: bool = True) -> None:
        """Serve; again on the same port after `stop`."""
        mouth = mouth or (self.hums if voice else None)

        def build(handler: Handler) -> FastAPI:
            app = create_web(handler, mouth, load_texts(), "the secret of the tests", limits=limits, lines=self.lines)
            for router in self.routers:
                app.include_router(router)
            return app

        self.channel = WebChannel(build, self.lines, "127.0.0.1", self._port, confirm_seconds=60)
        self._running = asyncio.create_task(self.channel.run(self.handler))
        ready = asyncio.create_task(self.channel.ready.wait())
        await asyncio.wait({self._running, ready}, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if self._running.done():
            await self._running

    async def stop(self) -> None:
        """Take the server away."""
        if self._running is not None:
            self._running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._running
            self._running = None

    async def visit(
        self, size: tuple[int, int] = PHONE, scheme: str = "light", permissions: tuple[str, ...] = ("microphone",)
    ) -> Page:
        """A new visitor's page; microphone and place are refused unless permitted."""
        context = await self._browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if scheme == "dark" else "light",
            permissions=list(permissions),
            geolocation={"latitude": 34.75, "longitude": 113.62},
            locale="zh-CN",
        )
        page = await context.new_page()
        page.on("console", lambda message: self._complain(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self._complain(str(error)))
        if "microphone" not in permissions:
            await self._refuse_microphone(context, page)
        await page.goto(f"http://127.0.0.1:{self._port}/")
        return page

    def _complain(self, text: str) -> None:
        if not self.expected(text):
            self.complaints.append(text)

    async def _refuse_microphone(self, context: BrowserContext, page: Page) -> None:
        session = await context.new_cdp_session(page)
        await session.send(
            "Browser.setPermission",
            {"permission": {"name": "microphone"}, "setting": "denied", "origin": f"http://127.0.0.1:{self._port}"},
        )


async def type_in(page: Page, text: str) -> None:
    """Ask in writing."""
    await page.fill("#question", text)
    await page.click("#send")


async def press_talk(page: Page) -> None:
    """Press the big button and keep it pressed."""
    box = await page.locator("#talk").bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    await page.mouse.down()


@contextlib.asynccontextmanager
async def no_time_passes(page: Page) -> AsyncIterator[None]:
    """For the page's clock: what is pressed and let go there is a tap, not a hold, however slow the machine."""
    await page.evaluate("() => { const now = performance.now(); performance.now = () => now; }")
    yield
    await page.evaluate(
        """() => {
          const real = () => Performance.prototype.now.call(performance);
          const stood = real() - performance.now();
          performance.now = () => real() - stood;
        }"""
    )


async def tap_talk(page: Page) -> None:
    """Tap the big button."""
    async with no_time_passes(page):
        await page.click("#talk")


async def spoken(page: Page, seconds: int = 1) -> None:
    """Wait until so many seconds, or more, are recorded; below ten."""
    await expect(page.locator("#timer")).to_have_text(re.compile(rf"^0:(0[{seconds}-9]|[1-5]\d)"))


async def note_reading(page: Page) -> None:
    """Keep what the play buttons say in the body's `data-reading`, one after the other: the hum is soon over."""
    await page.evaluate(
        """() => new MutationObserver((changes) => {
          for (const { target } of changes) {
            if (!target.matches(".listen")) continue;
            const said = `${target.dataset.state}: ${target.textContent.trim()}`;
            document.body.dataset.reading = [document.body.dataset.reading, said].filter(Boolean).join(", ");
          }
        }).observe(document.getElementById("log"), { subtree: true, attributeFilter: ["data-state"] })"""
    )


async def fits(page: Page) -> None:
    """Nothing of the page that is there stands out to the side, once all of it is there."""
    await page.wait_for_load_state()
    assert await page.evaluate("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def lost_line(complaint: str) -> bool:
    """Whether the browser complains of the server being away."""
    away = ("ERR_CONNECTION", "ERR_EMPTY_RESPONSE", "ERR_SOCKET_NOT_CONNECTED", "WebSocket", "Failed to fetch")
    return any(one in complaint for one in away)
