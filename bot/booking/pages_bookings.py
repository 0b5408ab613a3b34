"""Bookings in the console: the list, one with all its events, which the operator may settle, the week of the machines, complaints."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from starlette.responses import Response

from bot.booking import pages_complaints
from bot.booking.desk import BookingDesk
from bot.booking.overview import WEEK, Overview
from bot.booking.register_page import RegisterPage
from dialogs.booking.order import plain
from dialogs.booking.services import catalogue
from dialogs.booking.standing import job_of
from dialogs.booking.terms import NotPossible, NotYours, Reason, State
from knowledge_base.curation.accounts import Account
from knowledge_base.curation.console.kit import Kit, Tile


def routes(kit: Kit, overview: Overview, desk: BookingDesk, place_name: Callable[[str], str]) -> APIRouter:
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

    pages_complaints.routes(router, kit, overview, desk)
    _one(router, kit, _OnePage(kit, overview, desk, place_name), desk)
    return router


class _OnePage:
    """The page of one booking."""

    def __init__(self, kit: Kit, overview: Overview, desk: BookingDesk, place_name: Callable[[str], str]) -> None:
        self.pages = RegisterPage(kit, "bookings")
        self._kit = kit
        self._overview = overview
        self._desk = desk
        self._place_name = place_name

    async def shown(self, request: Request, id_: str, status: int = 200, **errors: str) -> Response:
        """With what is wrong, by field, as keys of the texts."""
        story = await self._overview.story(id_)
        if story is None:
            raise HTTPException(404)
        job, place, may = story.booking, self._place_name(story.booking.wish.place), self.pages.may(request)
        due = job.state is State.ACCEPTED and job.day is not None and job.day <= self._kit.today
        return self._kit.page(
            request,
            "booking.html",
            status,
            may=due and may,
            able=await self._desk.parts.machinery.able(id_) if may else (),
            errors=self.pages.said(**errors),
            story=story,
            one=job,
            job=job_of(job),
            place=place,
            plain=plain,
        )


def _one(router: APIRouter, kit: Kit, page: _OnePage, desk: BookingDesk) -> None:
    """One booking: settling it, and handing it to somebody."""

    @router.get("/{id_}")
    async def one(request: Request, id_: str) -> Response:
        return await page.shown(request, id_)

    @router.post("/{id_}/settle")
    async def settle(request: Request, id_: str, by: Annotated[Account, Depends(kit.operator)]) -> Response:
        done = (await page.pages.typed(request, {"done": ""}))["done"]
        if done not in {"yes", "no"}:
            return await page.shown(request, id_, 422, done="done")
        try:
            await desk.settle(by, id_, done=done == "yes")
        except NotYours:
            raise HTTPException(404) from None
        except NotPossible:
            return await page.shown(request, id_, 409, done="over")
        return kit.go(request, f"/bookings/{id_}", "bookings.settled")

    @router.post("/{id_}/hand")
    async def hand(request: Request, id_: str, by: Annotated[Account, Depends(kit.operator)]) -> Response:
        machine = (await page.pages.typed(request, {"machine": ""}))["machine"]
        try:
            await desk.hand(by, id_, machine)
        except NotYours:
            raise HTTPException(404) from None
        except NotPossible as refusal:
            return await page.shown(request, id_, 409, machine="full" if refusal.reason is Reason.FULL else "taken")
        return kit.go(request, f"/bookings/{id_}", "bookings.handed")
