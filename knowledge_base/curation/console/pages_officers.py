"""Who is called when people do not answer a warning, or need help: kept by the operator."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from sqlalchemy import delete, select
from starlette.responses import Response

from knowledge_base.curation.accounts import Account
from knowledge_base.curation.audit import Audit
from knowledge_base.curation.console.kit import Kit
from knowledge_base.curation.console.pages_warnings import WarningDesk
from knowledge_base.warnings.codes import significant
from knowledge_base.warnings.models import OfficerRow, Role

CHANNELS = ("telegram", "wechat", "web")
_LIMITS = {"user": 128, "shown": 40}
_EMPTY = {"place": "", "channel": CHANNELS[0], "user": "", "role": str(Role.INFORMATION_OFFICER), "shown": ""}


def routes(kit: Kit, desk: WarningDesk, audit: Audit) -> APIRouter:
    """GET and POST /console/officers."""
    router = APIRouter(prefix="/officers")

    @router.get("")
    async def listed(request: Request, _: Annotated[Account, Depends(kit.operator)]) -> Response:
        return await _page(kit, request, desk, _EMPTY, {})

    @router.post("")
    async def add(request: Request, by: Annotated[Account, Depends(kit.operator)]) -> Response:
        form = await kit.form(request)
        typed = {name: str(form.get(name, "")).strip() for name in _EMPTY}
        place = typed["place"] if typed["place"].isascii() and typed["place"].isdecimal() else None
        place = place or desk.place_code(typed["place"]) or ""
        texts = kit.t.warnings.officers.errors
        errors = {name: texts[name] for name, most in _LIMITS.items() if not 1 <= len(typed[name]) <= most}
        errors |= {} if 2 <= len(place) <= 12 else {"place": texts.place}
        errors |= {} if typed["channel"] in CHANNELS else {"channel": texts.channel}
        errors |= {} if typed["role"] in set(Role) else {"role": texts.role}
        if errors:
            return await _page(kit, request, desk, typed, errors, status=422)
        values = typed | {"place": significant(place.ljust(12, "0"))}
        async with desk.store.session() as session:
            await session.merge(OfficerRow(**values))
            audit.record(session, by, "officer.add", values["place"], role=values["role"], shown=values["shown"])
        return kit.go(request, "/officers", "warnings.officers.added", name=typed["shown"])

    @router.post("/remove")
    async def remove(request: Request, by: Annotated[Account, Depends(kit.operator)]) -> Response:
        form = await kit.form(request)
        key = {name: str(form.get(name, "")) for name in ("place", "channel", "user", "role")}
        async with desk.store.session() as session:
            await session.execute(delete(OfficerRow).filter_by(**key))
            audit.record(session, by, "officer.remove", key["place"], role=key["role"])
        return kit.go(request, "/officers", "warnings.officers.removed")

    return router


async def _page(
    kit: Kit,
    request: Request,
    desk: WarningDesk,
    typed: Mapping[str, str],
    errors: Mapping[str, str],
    *,
    status: int = 200,
) -> Response:
    async with desk.store.session() as session:
        rows = (await session.scalars(select(OfficerRow).order_by(OfficerRow.place, OfficerRow.role))).all()
    places = {row.place: desk.place_name(row.place) for row in rows}
    lists = {"roles": [str(role) for role in Role], "channels": CHANNELS}
    return kit.page(request, "officers.html", status, rows=rows, places=places, typed=typed, errors=errors, lists=lists)
