"""Accounts: who may use the console, and as what. For operators."""

import urllib.parse
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from knowledge_base.curation.accounts import Account, Role
from knowledge_base.curation.console.kit import Kit
from knowledge_base.curation.passwords import WeakPassword
from knowledge_base.curation.staff import BadName, LastOperator, NameTaken, NoRole, Staff

_FAULTS: dict[type[ValueError], tuple[str, str]] = {
    BadName: ("name", "bad_name"),
    NameTaken: ("name", "taken"),
    NoRole: ("roles", "no_role"),
    LastOperator: ("roles", "last_operator"),
}
_Faults = (BadName, NameTaken, NoRole, LastOperator, WeakPassword)


def routes(kit: Kit, staff: Staff) -> APIRouter:
    """Everything below /console/accounts."""
    router = APIRouter(prefix="/accounts")
    kit.link("/accounts", "accounts.nav", order=80, roles=(Role.OPERATOR,))

    @router.get("")
    async def index(request: Request, _: Annotated[Account, Depends(kit.operator)]) -> Response:
        return kit.page(request, "accounts.html", members=await staff.all())

    @router.get("/new")
    async def ask(request: Request, _: Annotated[Account, Depends(kit.operator)]) -> Response:
        typed = {"name": "", "shown": "", "roles": frozenset({Role.AGENT})}
        return kit.page(request, "account_new.html", typed=typed, errors={})

    @router.post("/new")
    async def add(request: Request, by: Annotated[Account, Depends(kit.operator)]) -> Response:
        form = await kit.form(request)
        name, shown, password = (str(form.get(field, "")) for field in ("name", "shown", "password"))
        try:
            issued = await staff.add(by, name, shown, _roles(form), password)
        except _Faults as fault:
            typed = {"name": name, "shown": shown, "roles": _roles(form)}
            return kit.page(request, "account_new.html", 422, typed=typed, errors=_errors(fault))
        return kit.page(request, "account_issued.html", issued=issued)

    _add_one(router, kit, staff)
    return router


def _add_one(router: APIRouter, kit: Kit, staff: Staff) -> None:
    """The page of one account and what can be done there."""

    async def one(request: Request, name: str, status: int = 200, **values: object) -> Response:
        given = {"member": await staff.get(name), "errors": {}, "typed": None, **values}
        return kit.page(request, "account.html", status, **given)

    @router.get("/of/{name}")
    async def show(request: Request, name: str, _: Annotated[Account, Depends(kit.operator)]) -> Response:
        return await one(request, name)

    @router.post("/of/{name}")
    async def change(request: Request, name: str, by: Annotated[Account, Depends(kit.operator)]) -> Response:
        form = await kit.form(request)
        shown = str(form.get("shown", ""))
        try:
            await staff.change(by, name, shown, _roles(form))
        except _Faults as fault:
            return await one(request, name, 422, errors=_errors(fault), typed={"shown": shown, "roles": _roles(form)})
        return kit.go(request, _path(name), "accounts.changed")

    @router.post("/of/{name}/password")
    async def reset(request: Request, name: str, by: Annotated[Account, Depends(kit.operator)]) -> Response:
        form = await kit.form(request)
        try:
            issued = await staff.reset(by, name, str(form.get("password", "")))
        except WeakPassword as weak:
            return await one(request, name, 422, errors=_errors(weak))
        return kit.page(request, "account_issued.html", issued=issued)

    @router.post("/of/{name}/close")
    async def close(request: Request, name: str, by: Annotated[Account, Depends(kit.operator)]) -> Response:
        try:
            await staff.close(by, name)
        except LastOperator:
            return await one(request, name, 422, errors={"close": "last_operator"})
        return kit.go(request, _path(name), "accounts.closed")

    @router.post("/of/{name}/reopen")
    async def reopen(request: Request, name: str, by: Annotated[Account, Depends(kit.operator)]) -> Response:
        await staff.reopen(by, name)
        return kit.go(request, _path(name), "accounts.reopened")


def _path(name: str) -> str:
    return f"/accounts/of/{urllib.parse.quote(name)}"


def _roles(form: FormData) -> frozenset[Role]:
    return frozenset(role for role in Role if role in form.getlist("roles"))


def _errors(fault: ValueError) -> dict[str, str]:
    if isinstance(fault, WeakPassword):
        return {"password": fault.reason}
    field, key = _FAULTS[type(fault)]
    return {field: key}
