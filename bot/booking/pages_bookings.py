"""Bookings in the console: the list, one with all its events, the week of the machines, complaints. Only read."""

from collections.abc import Callable
from datetime import date, timedelta

from fastapi import APIRouter, Depends, HTTPException, Request
from starlette.responses import Response

from bot.booking.overview import WEEK, Overview
from dialogs.booking.order import plain
from dialogs.booking.services import catalogue
from dialogs.booking.standing import job_of
from dialogs.booking.terms import State
from knowledge_base.curation.accounts import Account
from knowledge_base.curation.console.kit import Kit, Tile


def routes(kit: Kit, overview: Overview, place_name: Callable[[str], str]) -> APIRouter:
    """Everything below /console/bookings."""
    router = APIRouter(prefix="/bookings", dependencies=[Depends(kit.signed_in)])
    kit.link("/bookings", "bookings.nav", order=47)

    async def nobody(_: Account) -> Tile | None:
        waiting = [one for one in await overview.recent(State.ASKED) if one.station_told]
        return Tile(kit.text("bookings.tile"), len(waiting), "/console/bookings?state=asked") if waiting else None

    kit.tile(nobody)

    @router.get("")
    async def listed(request: Request) -> Response:
        state = request.query_params.get("state", "")
        number = "".join(char for char in request.query_params.get("number", "") if char.isdecimal())[:5]
        state = state if state in set(State) else ""
        rows = await overview.recent(state, number)
        states = [(one.value, kit.text(f"bookings.states.{one.value}")) for one in State]
        return kit.page(request, "bookings.html", rows=rows, state=state, number=number, states=states, job_of=job_of)

    @router.get("/week")
    async def week(request: Request) -> Response:
        try:
            first = date.fromisoformat(request.query_params.get("from", ""))
        except ValueError:
            first = kit.today
        first = min(max(first, date(2000, 1, 1)), date(2100, 1, 1))
        days = [first + timedelta(days=number) for number in range(WEEK)]
        return kit.page(
            request,
            "bookings_week.html",
            machines=await overview.week(first),
            days=days,
            before=first - timedelta(days=WEEK),
            after=first + timedelta(days=WEEK),
            jobs=catalogue().jobs,
            plain=plain,
        )

    @router.get("/complaints")
    async def complaints(request: Request) -> Response:
        return kit.page(request, "bookings_complaints.html", rows=await overview.complaints())

    @router.get("/{id_}")
    async def one(request: Request, id_: str) -> Response:
        story = await overview.story(id_)
        if story is None:
            raise HTTPException(404)
        place = place_name(story.booking.wish.place)
        return kit.page(
            request,
            "booking.html",
            story=story,
            one=story.booking,
            job=job_of(story.booking),
            place=place,
            plain=plain,
        )

    return router
