"""The chat account and the calendar of somebody in a register, for both registers: a code, an address, and both made void."""

from typing import Annotated, Protocol

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from knowledge_base.curation.accounts import Account
from knowledge_base.curation.console.kit import Kit


class AccountDesk(Protocol):
    """The commands; each checks the role and is audited."""

    async def code(self, by: Account, owner: str, /) -> str:
        """A new code for the chat account."""
        ...

    async def unlink(self, by: Account, owner: str, /) -> None:
        """No chat account any more."""
        ...

    async def calendar(self, by: Account, owner: str, /) -> str:
        """A new path of the calendar."""
        ...

    async def revoke(self, by: Account, owner: str, /) -> None:
        """The calendar's path is void."""
        ...


class AccountPage(Protocol):
    """The page of one person, on which a secret is shown once."""

    async def exists(self, owner: str) -> None:
        """404 for an unknown id."""
        ...

    async def with_secret(self, request: Request, owner: str, *, code: str = "", address: str = "") -> Response:
        """The page, saying the code or the address."""
        ...


def add_routes(router: APIRouter, kit: Kit, desk: AccountDesk, page: AccountPage, area: str) -> None:
    """POST code, unlink, calendar and calendar/revoke below an id; `area` is that of the texts and, below /console, of the pages."""
    operator = Annotated[Account, Depends(kit.operator)]

    @router.post("/{id_}/code")
    async def code(request: Request, id_: str, by: operator) -> Response:
        await page.exists(id_)
        return await page.with_secret(request, id_, code=await desk.code(by, id_))

    @router.post("/{id_}/unlink")
    async def unlink(request: Request, id_: str, by: operator) -> Response:
        await page.exists(id_)
        await desk.unlink(by, id_)
        return kit.go(request, f"/{area}/{id_}", f"{area}.unlinked")

    @router.post("/{id_}/calendar")
    async def calendar(request: Request, id_: str, by: operator) -> Response:
        await page.exists(id_)
        path = await desk.calendar(by, id_)
        return await page.with_secret(request, id_, address=str(request.url.replace(path=path, query="")))

    @router.post("/{id_}/calendar/revoke")
    async def revoke(request: Request, id_: str, by: operator) -> Response:
        await page.exists(id_)
        await desk.revoke(by, id_)
        return kit.go(request, f"/{area}/{id_}", f"{area}.revoked")
