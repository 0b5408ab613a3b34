"""The start page: what waits for whoever is signed in."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse

from knowledge_base.curation.accounts import Account
from knowledge_base.curation.console.kit import Kit


def routes(kit: Kit) -> APIRouter:
    """GET /console."""
    router = APIRouter()
    kit.link("/", "start.nav", order=0)

    @router.get("/")
    async def start(request: Request, account: Annotated[Account, Depends(kit.signed_in)]) -> HTMLResponse:
        tiles = [tile for maker in kit.tiles if (tile := await maker(account))]
        return kit.page(request, "start.html", tiles=tiles)

    return router
