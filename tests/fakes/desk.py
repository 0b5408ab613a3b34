"""Pages of another area of the console, for tests of what stands around all pages."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from knowledge_base.curation.accounts import Account
from knowledge_base.store import Store
from tests.fakes.console import FakeConsole, fake_console


class Desk:
    """Pages of another area; remembers what was written."""

    def __init__(self, console: FakeConsole) -> None:
        self.console = console
        self.written: list[str] = []

    def routes(self) -> list[APIRouter]:
        kit, router = self.console.kit, APIRouter(prefix="/desk")
        kit.upload("/desk/file", 3_000_000)

        @router.get("")
        async def ask(request: Request, _: Annotated[Account, Depends(kit.signed_in)]) -> Response:
            return kit.page(request, "password.html", errors={}, must_change=False)

        @router.post("")
        @router.post("/file")
        async def write(request: Request, by: Annotated[Account, Depends(kit.agent)]) -> Response:
            form = await kit.form(request)
            self.written.append(str(form.get("text", "")))
            return kit.go(request, "/desk", "accounts.changed")

        @router.post("/break")
        async def fail(by: Annotated[Account, Depends(kit.writer)]) -> Response:
            raise RuntimeError(by.name)

        return [router]


@asynccontextmanager
async def open_desk(store: Store, now: datetime) -> AsyncIterator[Desk]:
    """A console with a desk in it."""
    desks: list[Desk] = []

    def routers(console: FakeConsole) -> list[APIRouter]:
        desks.append(Desk(console))
        return desks[0].routes()

    async with fake_console(store, now, routers):
        yield desks[0]
