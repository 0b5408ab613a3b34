"""Complaints in the console: what was said, and who has seen to it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from bot.booking.desk import BookingDesk
from bot.booking.overview import Overview
from bot.booking.register_page import RegisterPage
from knowledge_base.curation.accounts import Account
from knowledge_base.curation.console.kit import Kit, Tile

LONGEST = 500
"""Characters of what came of a complaint."""


def routes(router: APIRouter, kit: Kit, overview: Overview, desk: BookingDesk) -> None:
    """The list, and the mark that one is seen to. Before the pages of single bookings, whose paths would fit as well."""
    pages = RegisterPage(kit, "bookings")

    async def waiting(_: Account) -> Tile | None:
        count = await overview.complaints_open()
        return Tile(kit.text("bookings.complaints.tile"), count, "/console/bookings/complaints") if count else None

    kit.tile(waiting)

    @router.get("/complaints")
    async def listed(request: Request) -> Response:
        return await page(request)

    @router.post("/complaints/{id_}/handled")
    async def handled(request: Request, id_: str, by: Annotated[Account, Depends(kit.operator)]) -> Response:
        note = (await pages.typed(request, {"note": ""}))["note"][:LONGEST]
        if not note:
            return await page(request, 422, note="note")
        if not await desk.handle(by, id_, note):
            return await page(request, 409, note="handled")
        return kit.go(request, "/bookings/complaints", "bookings.complaints.marked")

    async def page(request: Request, status: int = 200, **errors: str) -> Response:
        said = pages.said(**errors)
        rows = await overview.complaints()
        return kit.page(request, "bookings_complaints.html", status, rows=rows, may=pages.may(request), errors=said)
