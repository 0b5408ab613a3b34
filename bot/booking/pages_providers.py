"""Operators of machines in the console: the register, machines, days off, the chat account and the calendar's address.

The pages are here and not beside the console's others because they stand on the ledger of `dialogs`, which `knowledge_base` may not import.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from starlette.responses import Response

from bot.booking import pages_account, pages_import
from bot.booking.desk import BookingDesk, NotLinked
from bot.booking.provider_form import MACHINE, PROVIDER, ProviderForm, Wrong, machine_typed
from bot.booking.register_page import RegisterPage
from dialogs.booking.machine_kinds import machine_kinds
from dialogs.booking.order import plain
from dialogs.booking.register import ProviderCard, UnknownProvider
from dialogs.booking.services import catalogue
from dialogs.booking.terms import NotPossible
from knowledge_base.curation.accounts import Account
from knowledge_base.curation.console.kit import Kit

OFF = {"first": "", "last": "", "why": "", "machine": ""}
_WHY = 200


def routes(kit: Kit, desk: BookingDesk, form: ProviderForm) -> APIRouter:
    """Everything below /console/machinery."""
    router = APIRouter(prefix="/machinery")
    kit.link("/machinery", "machinery.nav", order=46)
    pages = _Pages(kit, desk, form)
    pages_import.add_routes(router, kit, desk, form)
    _cards(router, pages, kit, desk)
    _machines(router, pages, kit, desk)
    pages_account.add_routes(router, kit, desk, pages, "machinery")
    _days_off(router, pages, kit, desk)
    return router


def _cards(router: APIRouter, pages: "_Pages", kit: Kit, desk: BookingDesk) -> None:
    operator = Annotated[Account, Depends(kit.operator)]

    @router.get("", dependencies=[Depends(kit.signed_in)])
    async def listed(request: Request) -> Response:
        cards = await desk.parts.register.providers()
        machines = {id_: await desk.parts.register.machines(id_) for id_, _ in cards}
        name = pages.form.places.name
        return kit.page(request, "machinery.html", providers=cards, machines=machines, place_name=name)

    @router.get("/new", dependencies=[Depends(kit.operator)])
    async def new(request: Request) -> Response:
        return kit.page(request, "machinery_provider_new.html", typed=PROVIDER, errors={})

    @router.post("")
    async def add(request: Request, by: operator) -> Response:
        typed = await pages.typed(request, PROVIDER)
        try:
            id_ = await desk.put_provider(by, pages.form.provider(typed, None, active=True))
        except Wrong as wrong:
            errors = pages.sentences(wrong)
            return kit.page(request, "machinery_provider_new.html", 422, typed=typed, errors=errors)
        return kit.go(request, f"/machinery/{id_}", "machinery.added", name=typed["name"])

    @router.get("/{id_}", dependencies=[Depends(kit.signed_in)])
    async def one(request: Request, id_: str) -> Response:
        return await pages.provider(request, id_)

    @router.post("/{id_}")
    async def change(request: Request, id_: str, by: operator) -> Response:
        typed = await pages.typed(request, PROVIDER)
        card, active = await pages.card(id_), "active" in await kit.form(request)
        try:
            await desk.put_provider(by, pages.form.provider(typed, card.person, active=active), id_)
        except Wrong as wrong:
            return await pages.provider(request, id_, 422, typed=typed, errors=pages.sentences(wrong))
        return kit.go(request, f"/machinery/{id_}", "machinery.saved")


def _machines(router: APIRouter, pages: "_Pages", kit: Kit, desk: BookingDesk) -> None:
    operator = Annotated[Account, Depends(kit.operator)]

    @router.get("/{id_}/machines/new", dependencies=[Depends(kit.operator)])
    async def new(request: Request, id_: str) -> Response:
        return await pages.machine(request, id_, None, MACHINE)

    @router.get("/{id_}/machines/{machine}", dependencies=[Depends(kit.operator)])
    async def one(request: Request, id_: str, machine: str) -> Response:
        found = dict(await desk.parts.register.machines(id_))
        if machine not in found:
            raise HTTPException(404)
        card = found[machine]
        return await pages.machine(request, id_, machine, machine_typed(card), active=card.active)

    @router.post("/{id_}/machines")
    @router.post("/{id_}/machines/{machine}")
    async def put(request: Request, id_: str, by: operator, machine: str | None = None) -> Response:
        typed = await pages.typed(request, MACHINE)
        active = machine is None or "active" in await kit.form(request)
        await pages.card(id_)
        try:
            await desk.put_machine(by, id_, pages.form.machine(typed, active=active), machine)
        except Wrong as wrong:
            errors = pages.sentences(wrong)
            return await pages.machine(request, id_, machine, typed, errors=errors, active=active)
        except UnknownProvider:
            raise HTTPException(404) from None
        return kit.go(request, f"/machinery/{id_}", "machinery.machine_saved", name=typed["name"])


def _days_off(router: APIRouter, pages: "_Pages", kit: Kit, desk: BookingDesk) -> None:
    operator = Annotated[Account, Depends(kit.operator)]

    @router.post("/{id_}/off")
    async def off(request: Request, id_: str, by: operator) -> Response:
        typed = await pages.typed(request, OFF)
        card = await pages.card(id_)
        if typed["machine"] and typed["machine"] not in dict(await desk.parts.register.machines(id_)):
            raise HTTPException(404)
        try:
            first = date.fromisoformat(typed["first"])
            days = (first, date.fromisoformat(typed["last"] or typed["first"]))
            moved = await desk.days_off(by, id_, days, typed["why"][:_WHY], typed["machine"] or None)
        except (ValueError, NotPossible):
            return await pages.provider(request, id_, 422, off=typed, errors=pages.said(first="day"))
        except NotLinked:
            return await pages.provider(request, id_, 409, off=typed, errors=pages.said(first="not_linked"))
        return kit.go(request, f"/machinery/{id_}", "machinery.off_noted", name=card.name, n=len(moved))

    @router.post("/{id_}/back")
    async def back(request: Request, id_: str, by: operator) -> Response:
        await pages.card(id_)
        try:
            await desk.back(by, id_)
        except NotLinked:
            return await pages.provider(request, id_, 409, errors=pages.said(first="not_linked"))
        return kit.go(request, f"/machinery/{id_}", "machinery.back_again")


class _Pages(RegisterPage):
    """What several of the pages share."""

    def __init__(self, kit: Kit, desk: BookingDesk, form: ProviderForm) -> None:
        super().__init__(kit, "machinery")
        self._desk = desk
        self.form = form

    async def card(self, id_: str) -> ProviderCard:
        try:
            return await self._desk.provider(id_)
        except UnknownProvider:
            raise HTTPException(404) from None

    async def exists(self, id_: str) -> None:
        await self.card(id_)

    async def with_secret(self, request: Request, id_: str, *, code: str = "", address: str = "") -> Response:
        return await self.provider(request, id_, code=code, address=address)

    async def provider(
        self,
        request: Request,
        id_: str,
        status: int = 200,
        *,
        typed: Mapping[str, str] | None = None,
        errors: Mapping[str, str] | None = None,
        off: Mapping[str, str] | None = None,
        code: str = "",
        address: str = "",
    ) -> Response:
        card, parts = await self.card(id_), self._desk.parts
        return self.kit.page(
            request,
            "machinery_provider.html",
            status,
            id=id_,
            card=card,
            typed=typed or self.form.provider_typed(card),
            errors=errors or {},
            off=off or OFF,
            machines=await parts.register.machines(id_),
            offs=await parts.book.off(id_),
            since=await parts.links.since(id_),
            kinds=machine_kinds(),
            jobs=catalogue().jobs,
            plain=plain,
            code=code,
            address=address,
            may=self.may(request),
            place_name=self.form.places.name,
        )

    async def machine(
        self,
        request: Request,
        id_: str,
        machine: str | None,
        typed: Mapping[str, str],
        *,
        errors: Mapping[str, str] | None = None,
        active: bool = True,
    ) -> Response:
        return self.kit.page(
            request,
            "machinery_machine.html",
            422 if errors else 200,
            id=id_,
            card=await self.card(id_),
            machine=machine,
            typed=typed,
            errors=errors or {},
            active=active,
            kinds=[(key, kind.label) for key, kind in machine_kinds().items()],
            labels="、".join(job.label for job in catalogue().jobs.values()),
        )
