"""The console over a scratch store, with an account for each role: for tests without and with a browser."""

import asyncio
import contextlib
import re
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import httpx
import uvicorn
from argon2 import PasswordHasher
from fastapi import APIRouter, FastAPI

from bot.channels.web.guard import SecurityHeaders
from knowledge_base.curation.accounts import TERMINAL, Account, Role
from knowledge_base.curation.console.app import Parts, console_parts, create_console
from knowledge_base.curation.console.session import COOKIE
from knowledge_base.curation.passwords import Passwords
from knowledge_base.store import Store

SECRET = "the secret of the tests"
PASSWORD = "drei-wilde-kranich"
HOST = "http://testserver"
STAFF = {
    "agent": ("王农技", Role.AGENT),
    "reviewer": ("李审核", Role.REVIEWER),
    "operator": ("赵管理", Role.OPERATOR),
}


def wide(text: str) -> str:
    """As a full-width keyboard gives it."""
    return "".join(chr(ord(char) + 0xFEE0) for char in text)


def quick_passwords() -> Passwords:
    """Hashes that cost next to nothing."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


class Clock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class FakeConsole:
    """A console whose staff are `agent`, `reviewer` and `operator`, all with `PASSWORD`."""

    def __init__(self, store: Store, now: datetime) -> None:
        self.store = store
        self.clock = Clock(now)
        self.parts: Parts = console_parts(store, SECRET, self.clock, quick_passwords())
        self.kit = self.parts.kit
        self.app = FastAPI()
        self._clients: list[httpx.AsyncClient] = []

    async def open(self, routers: Sequence[APIRouter] = ()) -> None:
        """Add the staff, mount the pages."""
        for name, (shown, role) in STAFF.items():
            await self.parts.staff.add(TERMINAL, name, shown, frozenset({role}), PASSWORD)
        self.app.add_middleware(SecurityHeaders)
        self.app.mount("/console", create_console(self.parts, routers))

    async def account(self, name: str) -> Account:
        """One of the staff, for calling services."""
        return (await self.parts.staff.get(name)).account

    async def client(self, name: str = "", *, errors: bool = True) -> "Browser":
        """A browser without JavaScript, of the person signed in; of nobody without a name."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=errors)
        client = httpx.AsyncClient(transport=transport, base_url=HOST, headers={"Origin": HOST})
        self._clients.append(client)
        browser = Browser(client)
        if name:
            answer = await browser.post("/console/sign-in", {"name": name, "password": PASSWORD})
            assert answer.status_code == 303, answer.text
        return browser

    async def close(self) -> None:
        """Close the browsers."""
        for client in self._clients:
            await client.aclose()

    @asynccontextmanager
    async def served(self) -> AsyncIterator[str]:
        """On a loopback port; the address of the console."""
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen()  # who comes before the server is up waits for it
        server = uvicorn.Server(uvicorn.Config(self.app, log_config=None, access_log=False))
        server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment]
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/console/"
        finally:
            server.should_exit = True
            await serving
            listener.close()


class Browser:
    """Sends forms as a page does: with the token of the page that was looked at last."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.http = client
        self.token = ""

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """A page; its token goes into the next form."""
        return self._seen(await self.http.get(path, headers=headers))

    async def post(
        self,
        path: str,
        form: Mapping[str, object] | None = None,
        files: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """A form (lists for several values of a name); redirects are not followed, see `follow`."""
        if not self.token and COOKIE in self.http.cookies:
            await self.get("/console/password")
        data = {"csrf": self.token, **(form or {})}
        return self._seen(await self.http.post(path, data=data, files=files, headers=headers))  # type: ignore[arg-type]

    async def follow(self, answer: httpx.Response) -> httpx.Response:
        """The page that a redirect leads to."""
        assert answer.status_code == 303, answer.text
        return await self.get(answer.headers["location"])

    def _seen(self, answer: httpx.Response) -> httpx.Response:
        if found := re.search(r'name="csrf" value="(\w+)"', answer.text):
            self.token = found[1]
        return answer


@asynccontextmanager
async def fake_console(
    store: Store, now: datetime, routers: Callable[[FakeConsole], Sequence[APIRouter]] = lambda _: ()
) -> AsyncIterator[FakeConsole]:
    """A console with the pages of `routers`, made from the console's parts."""
    console = FakeConsole(store, now)
    await console.open(routers(console))
    yield console
    await console.close()


async def sign_in(page: object, address: str, name: str) -> None:
    """Sign a Playwright page in."""
    from playwright.async_api import Page

    assert isinstance(page, Page)
    await page.goto(f"{address}sign-in")
    await page.fill("#name", name)
    await page.fill("#password", PASSWORD)
    await page.click("main button")
    await page.wait_for_url(address)
