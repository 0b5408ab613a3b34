"""Consultants in the console: the register, hours, days off, the chat account and the calendar's address."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from starlette.responses import Response

from bot.booking import pages_account
from bot.booking.provider_form import Wrong
from bot.booking.register_page import RegisterPage
from bot.consultation.consultant_form import DAYS, EMPTY, ConsultantForm, hours_of
from bot.consultation.desk import ConsultantDesk
from dialogs.consultation.kinds import kinds
from dialogs.consultation.register import Card, UnknownConsultant
from dialogs.consultation.sayings import sayings
from dialogs.consultation.terms import NotPossible
from knowledge_base.curation.accounts import Account
from knowledge_base.curation.console.kit import Kit

AREA = "consultants"
OFF = {"first": "", "last": "", "why": ""}
_WHY = 200


def routes(kit: Kit, desk: ConsultantDesk, form: ConsultantForm) -> APIRouter:
    """Everything below /console/consultants."""
    router = APIRouter(prefix=f"/{AREA}")
    kit.link(f"/{AREA}", f"{AREA}.nav", order=48)
    pages = _Pages(kit, desk, form)
    _cards(router, pages, kit, desk)
    pages_account.add_routes(router, kit, desk, pages, AREA)
    _days_off(router, pages, kit, desk)
    return router


def _cards(router: APIRouter, pages: "_Pages", kit: Kit, desk: ConsultantDesk) -> None:
    operator = Annotated[Account, Depends(kit.operator)]

    @router.get("", dependencies=[Depends(kit.signed_in)])
    async def listed(request: Request) -> Response:
        return kit.page(request, "consultants.html", cards=await desk.legal.register.all(), **pages.words)

    @router.get("/new", dependencies=[Depends(kit.operator)])
    async def new(request: Request) -> Response:
        return kit.page(request, "consultant_new.html", typed=EMPTY, errors={}, **pages.words)

    @router.post("")
    async def add(request: Request, by: operator) -> Response:
        typed = await pages.typed(request, EMPTY)
        try:
            id_ = await desk.put(by, pages.form.card(typed, None, active=True))
        except Wrong as wrong:
            errors = pages.sentences(wrong)
            return kit.page(request, "consultant_new.html", 422, typed=typed, errors=errors, **pages.words)
        return kit.go(request, f"/{AREA}/{id_}", f"{AREA}.added", name=typed["name"])

    @router.get("/{id_}", dependencies=[Depends(kit.signed_in)])
    async def one(request: Request, id_: str) -> Response:
        return await pages.consultant(request, id_)

    @router.post("/{id_}")
    async def change(request: Request, id_: str, by: operator) -> Response:
        typed = await pages.typed(request, EMPTY)
        card, active = await pages.card(id_), "active" in await kit.form(request)
        try:
            await desk.put(by, pages.form.card(typed, card.person, active=active), id_)
        except Wrong as wrong:
            errors = pages.sentences(wrong)
            return await pages.consultant(request, id_, 422, typed=typed, errors=errors, active=active)
        return kit.go(request, f"/{AREA}/{id_}", f"{AREA}.saved")


def _days_off(router: APIRouter, pages: "_Pages", kit: Kit, desk: ConsultantDesk) -> None:
    operator = Annotated[Account, Depends(kit.operator)]

    @router.post("/{id_}/off")
    async def off(request: Request, id_: str, by: operator) -> Response:
        typed = await pages.typed(request, OFF)
        card = await pages.card(id_)
        try:
            first = date.fromisoformat(typed["first"])
            days = (first, date.fromisoformat(typed["last"] or typed["first"]))
            displaced = await desk.days_off(by, id_, days, typed["why"][:_WHY])
        except (ValueError, NotPossible):
            return await pages.consultant(request, id_, 422, off=typed, errors=pages.said(first="day"))
        return kit.go(request, f"/{AREA}/{id_}", f"{AREA}.off_noted", name=card.name, n=len(displaced))

    @router.post("/{id_}/back")
    async def back(request: Request, id_: str, by: operator) -> Response:
        await pages.exists(id_)
        await desk.back(by, id_)
        return kit.go(request, f"/{AREA}/{id_}", f"{AREA}.back_again")


class _Pages(RegisterPage):
    """What several of the pages share."""

    def __init__(self, kit: Kit, desk: ConsultantDesk, form: ConsultantForm) -> None:
        super().__init__(kit, AREA)
        self._desk = desk
        self.form = form
        self.words: dict[str, Any] = {
            "roles": sayings().roles,
            "ways": sayings().ways,
            "kinds": {key: kind.label for key, kind in kinds().items()},
            "place_name": form.places.name,
            "hours_of": hours_of,
            "weekdays": DAYS,
        }

    async def card(self, id_: str) -> Card:
        try:
            return await self._desk.card(id_)
        except UnknownConsultant:
            raise HTTPException(404) from None

    async def exists(self, owner: str) -> None:
        await self.card(owner)

    async def with_secret(self, request: Request, owner: str, *, code: str = "", address: str = "") -> Response:
        return await self.consultant(request, owner, code=code, address=address)

    async def consultant(
        self,
        request: Request,
        id_: str,
        status: int = 200,
        *,
        typed: Mapping[str, str] | None = None,
        errors: Mapping[str, str] | None = None,
        active: bool | None = None,
        off: Mapping[str, str] | None = None,
        code: str = "",
        address: str = "",
    ) -> Response:
        card, legal = await self.card(id_), self._desk.legal
        return self.kit.page(
            request,
            "consultant.html",
            status,
            id=id_,
            card=card,
            typed=typed or self.form.typed(card),
            errors=errors or {},
            active=card.active if active is None else active,
            off=off or OFF,
            offs=await legal.register.off(id_),
            since=await legal.links.since(id_),
            code=code,
            address=address,
            may=self.may(request),
            **self.words,
        )
