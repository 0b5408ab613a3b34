"""Prices: where they come from and how old they are, what waits for a person, and what each market says."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from starlette.responses import Response

from knowledge_base.curation.accounts import Account
from knowledge_base.curation.console import pages_prices_import
from knowledge_base.curation.console.kit import Kit, Tile
from knowledge_base.markets.held import JUDGES, Held
from knowledge_base.markets.overview import Overview
from knowledge_base.markets.quotes import Quotes
from knowledge_base.markets.uploads import Uploads

OLD_DAYS = 3
"""A source without news for longer is marked."""

_DONE = {"release": "prices.held.released", "reject": "prices.held.rejected"}


@dataclass(frozen=True, slots=True)
class Market:
    """What the pages work with. `place_name` says a place by its code."""

    quotes: Quotes
    held: Held
    overview: Overview
    uploads: Uploads
    place_name: Callable[[str], str]


def routes(kit: Kit, market: Market, *, patience: float = 1.5) -> APIRouter:
    """Everything below /console/prices."""
    router = APIRouter(prefix="/prices")
    kit.link("/prices", "prices.nav", order=45)

    async def waiting(account: Account) -> Tile | None:
        count = await market.held.count() if account.may(*JUDGES) else 0
        return Tile(kit.text("prices.held.title"), count, "/console/prices/held") if count else None

    kit.tile(waiting)

    @router.get("", dependencies=[Depends(kit.signed_in)])
    async def start(request: Request) -> Response:
        text = request.query_params.get("text", "").replace("\0", "").strip()[:60]
        return kit.page(
            request,
            "prices.html",
            sources=await market.overview.sources(),
            markets=await market.overview.markets(text),
            waiting=await market.held.count(),
            text=text,
            old_days=OLD_DAYS,
            place_name=market.place_name,
        )

    @router.get("/markets/{number}", dependencies=[Depends(kit.signed_in)])
    async def one(request: Request, number: int) -> Response:
        found = await market.overview.market(number)
        if found is None:
            raise HTTPException(404)
        where, rows = found
        goods = market.quotes.goods
        return kit.page(
            request,
            "prices_market.html",
            market=where,
            rows=[(row, goods.shown(row.product), goods.by(row.product)) for row in rows],
            old_days=OLD_DAYS,
            place_name=market.place_name,
        )

    @router.get("/held", dependencies=[Depends(kit.signed_in)])
    async def held(request: Request) -> Response:
        return await _held(kit, request, market)

    @router.post("/held")
    async def settle(request: Request, by: Annotated[Account, Depends(kit.writer)]) -> Response:
        form = await kit.form(request)
        keys = [str(key) for key in form.getlist("key")]
        deed = str(form.get("deed", ""))
        if not keys or deed not in _DONE:
            return await _held(kit, request, market, kit.text("prices.held.nothing_chosen"))
        done = await market.held.settle(by, keys, release=deed == "release")
        return kit.go(request, "/prices/held", _DONE[deed], count=done)

    pages_prices_import.add_routes(router, kit, market.uploads, patience)
    return router


async def _held(kit: Kit, request: Request, market: Market, error: str = "") -> Response:
    rows = await market.held.waiting()
    goods = market.quotes.goods
    return kit.page(
        request,
        "prices_held.html",
        422 if error else 200,
        rows=[(row, goods.shown(row.product), goods.by(row.product)) for row in rows],
        count=await market.held.count(),
        error=error,
        judges=JUDGES,
        place_name=market.place_name,
    )
