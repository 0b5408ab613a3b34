"""Appointments with consultants in the console: the week, and one, which the operator may cancel. No farmer and no story is shown."""

from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from starlette.responses import Response

from bot.booking.register_page import RegisterPage
from bot.consultation.desk import ConsultantDesk
from bot.consultation.diary import WEEK, Diary
from dialogs.consultation.hours import day_of
from dialogs.consultation.phrases import label_of
from dialogs.consultation.sayings import sayings
from dialogs.consultation.states import OPEN
from dialogs.consultation.terms import NotPossible, NotYours
from knowledge_base.curation.accounts import Account
from knowledge_base.curation.console.kit import COUNTY_TIME, Kit

EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)
_WHY = 200


def routes(kit: Kit, desk: ConsultantDesk, diary: Diary) -> APIRouter:
    """Everything below /console/consultations."""
    router = APIRouter(prefix="/consultations", dependencies=[Depends(kit.signed_in)])
    kit.link("/consultations", "consultants.nav_week", order=49)
    pages = RegisterPage(kit, "consultants")
    words: dict[str, Any] = {
        "ways": sayings().ways,
        "roles": sayings().roles,
        "label_of": label_of,
        "county": COUNTY_TIME,
    }

    @router.get("")
    async def week(request: Request) -> Response:
        try:
            first = date.fromisoformat(request.query_params.get("from", ""))
        except ValueError:
            first = kit.today
        first = min(max(first, EARLIEST), LATEST)
        days = [first + timedelta(days=number) for number in range(WEEK)]
        before, after = first - timedelta(days=WEEK), first + timedelta(days=WEEK)
        values = {"days": days, "before": before, "after": after, **words}
        return kit.page(request, "consultations_week.html", consultants=await diary.week(first), **values)

    @router.get("/{id_}")
    async def one(request: Request, id_: str) -> Response:
        return await page(request, id_)

    @router.post("/{id_}/cancel")
    async def cancel(request: Request, id_: str, by: Annotated[Account, Depends(kit.operator)]) -> Response:
        typed = await pages.typed(request, {"why": ""})
        why = typed["why"].rstrip("。.!！")
        if not 1 <= len(why) <= _WHY:
            return await page(request, id_, 422, typed["why"], pages.said(why="why"))
        try:
            await desk.cancel(by, id_, why)
        except NotYours:
            raise HTTPException(404) from None
        except NotPossible:
            return await page(request, id_, 409, typed["why"], pages.said(why="over"))
        return kit.go(request, f"/consultations/{id_}", "consultants.cancelled")

    async def page(
        request: Request, id_: str, status: int = 200, why: str = "", errors: dict[str, str] | None = None
    ) -> Response:
        seen = await diary.one(id_)
        if seen is None:
            raise HTTPException(404)
        may = seen.state in OPEN and pages.may(request)
        values = {"one": seen, "day": day_of(seen.start), "may": may, "why": why, "errors": errors or {}}
        return kit.page(request, "consultation.html", status, **values, **words)

    return router
