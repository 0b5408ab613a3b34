"""Warnings in the console: typed by one person, checked by another; what came in, what was refused, the report."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Request
from sqlalchemy import func, select
from starlette.responses import PlainTextResponse, Response

from knowledge_base.curation.accounts import Account, Role
from knowledge_base.curation.console.kit import Kit, Tile
from knowledge_base.curation.console.warning_form import WarningForm
from knowledge_base.store import Store
from knowledge_base.warnings.calling_models import TypedWarningRow
from knowledge_base.warnings.hazards import hazards
from knowledge_base.warnings.models import RefusalRow, WarningAnswerRow, WarningRow
from knowledge_base.warnings.preview import Previews, Seen
from knowledge_base.warnings.refused import sentences
from knowledge_base.warnings.report import Reports
from knowledge_base.warnings.report_sheet import sheet
from knowledge_base.warnings.typed import (
    Decided,
    NoSuchWarning,
    NotOnesOwn,
    NotTaken,
    TypedState,
    TypedWarnings,
)
from knowledge_base.warnings.typed_warning import TypedWarning

SHOWN = 50


@dataclass(frozen=True, slots=True)
class WarningDesk:
    """What the pages stand on. `guidance` is what to do against a hazard.

    `place_code` finds a place by its name, `place_name` names a code.
    """

    store: Store
    typed: TypedWarnings
    reports: Reports
    clock: Callable[[], datetime]
    previews: Previews
    guidance: Callable[[str], Sequence[str]]
    place_code: Callable[[str], str | None]
    place_name: Callable[[str], str]


def routes(kit: Kit, desk: WarningDesk) -> APIRouter:
    """GET and POST below /console/warnings."""
    router = APIRouter(prefix="/warnings")
    kit.link("/warnings", "warnings.nav", order=25)
    kit.tile(lambda account: _tile(kit, desk, account))
    _typing(router, kit, desk)
    _deciding(router, kit, desk)
    _refused(router, kit, desk)
    _reading(router, kit, desk)
    return router


def _typing(router: APIRouter, kit: Kit, desk: WarningDesk) -> None:
    """The form, the preview, and what is done with it."""
    form_of = WarningForm(kit.t.warnings.errors, desk.place_code, desk.place_name, desk.clock)

    @router.get("/new")
    async def new(
        request: Request,
        _: Annotated[Account, Depends(kit.operator)],
        hazard: str = "rainstorm",
        of: str = "",
        change: Literal["alert", "update", "clear", "cancel"] = "alert",
    ) -> Response:
        earlier = (await _typed(desk, of)).words if of else None
        if hazard not in hazards():
            raise HTTPException(404)
        typed = form_of.start(hazard, change, desk.guidance(hazard), of, earlier)
        return _form(kit, request, typed)

    @router.post("")
    async def write(request: Request, by: Annotated[Account, Depends(kit.operator)]) -> Response:
        form = await kit.form(request)
        typed = form_of.typed(form)
        words, errors = form_of.read(typed)
        step = str(form.get("step", "preview"))
        if words is None or step == "change":
            return _form(kit, request, typed, errors, status=422 if errors and step != "change" else 200)
        if step != "send":
            words = await _complete(desk, words)
            seen = await _preview(desk, words)
            return kit.page(request, "warning_preview.html", typed=typed, words=words, row=None, fault="", seen=seen)
        try:
            row = await desk.typed.write(by, words)
        except NoSuchWarning:
            raise HTTPException(404) from None
        except NotTaken as refused:
            return _form(kit, request, typed, {"main": str(refused)}, status=422)
        done = "saved" if row.state == TypedState.WAITING else "sent"
        return kit.go(request, "/warnings", f"warnings.preview.{done}")


def _deciding(router: APIRouter, kit: Kit, desk: WarningDesk) -> None:
    """What a second person looks at."""

    @router.get("/typed/{id_}")
    async def one(request: Request, id_: str, _: Annotated[Account, Depends(kit.signed_in)]) -> Response:
        return await _one(kit, request, desk, id_)

    @router.post("/typed/{id_}/{step}")
    async def decide(
        request: Request, id_: str, step: Literal["approve", "deny"], by: Annotated[Account, Depends(kit.signed_in)]
    ) -> Response:
        errors = kit.t.warnings.errors
        try:
            await (desk.typed.approve(by, id_) if step == "approve" else desk.typed.deny(by, id_))
        except NoSuchWarning:
            raise HTTPException(404) from None
        except NotOnesOwn:
            return await _one(kit, request, desk, id_, fault=errors.own, status=409)
        except Decided:
            return await _one(kit, request, desk, id_, fault=errors.decided, status=409)
        except NotTaken as refused:
            return await _one(kit, request, desk, id_, fault=str(refused), status=422)
        return kit.go(request, "/warnings", f"warnings.preview.{'sent' if step == 'approve' else 'denied'}")


def _refused(router: APIRouter, kit: Kit, desk: WarningDesk) -> None:
    """What was not taken in."""

    @router.get("/refused")
    async def refused(request: Request, _: Annotated[Account, Depends(kit.operator)]) -> Response:
        async with desk.store.session() as session:
            rows = (await session.scalars(select(RefusalRow).order_by(RefusalRow.at.desc()).limit(SHOWN))).all()
        return kit.page(request, "warnings_refused.html", rows=rows, sentences=sentences(), original=None)

    @router.get("/refused/{id_}")
    async def inspect(request: Request, id_: str, _: Annotated[Account, Depends(kit.operator)]) -> Response:
        async with desk.store.session() as session:
            row = await session.get(RefusalRow, id_)
        if row is None:
            raise HTTPException(404)
        original = row.original.decode("utf-8", "replace")
        return kit.page(request, "warnings_refused.html", rows=[row], sentences=sentences(), original=original)


def _reading(router: APIRouter, kit: Kit, desk: WarningDesk) -> None:
    """The list and the reports; the last of all, as every path that is left is taken for a warning."""

    @router.get("")
    async def listed(request: Request, _: Annotated[Account, Depends(kit.signed_in)]) -> Response:
        query = select(WarningRow).order_by(WarningRow.arrived_at.desc()).limit(SHOWN)
        answered = select(WarningAnswerRow.warning_id, func.count(func.distinct(WarningAnswerRow.user)))
        async with desk.store.session() as session:
            rows = (await session.scalars(query)).all()
            of_these = answered.where(WarningAnswerRow.warning_id.in_([row.id for row in rows]))
            found = await session.execute(of_these.group_by(WarningAnswerRow.warning_id))
            answers = {row[0]: row[1] for row in found}
        waiting = [(row, _title(kit, row)) for row in await desk.typed.waiting()]
        titles = {row.id: row.headline or row.identifier for row in rows}
        return kit.page(request, "warnings.html", rows=rows, answers=answers, waiting=waiting, titles=titles)

    @router.get("/{id_}")
    async def report(request: Request, id_: str, _: Annotated[Account, Depends(kit.signed_in)]) -> Response:
        found = await desk.reports.of(id_)
        if found is None:
            raise HTTPException(404)
        own = await desk.typed.by_warning(id_)
        return kit.page(request, "warning_report.html", sheet=sheet(found, desk.place_name), own=own, id=id_)

    @router.get("/{id_}/report.txt")
    async def report_text(id_: str, _: Annotated[Account, Depends(kit.signed_in)]) -> Response:
        found = await desk.reports.of(id_)
        if found is None:
            raise HTTPException(404)
        return PlainTextResponse(sheet(found, desk.place_name).text(), headers={"Cache-Control": "no-store"})


def _form(
    kit: Kit, request: Request, typed: dict[str, str], errors: dict[str, str] | None = None, *, status: int = 200
) -> Response:
    named = [(key, hazard.name) for key, hazard in hazards().items()]
    return kit.page(request, "warning_new.html", status, typed=typed, errors=errors or {}, hazards=named)


async def _one(
    kit: Kit, request: Request, desk: WarningDesk, id_: str, *, fault: str = "", status: int = 200
) -> Response:
    row = await _typed(desk, id_)
    words = TypedWarning.model_validate(row.words)
    seen = await _preview(desk, words)
    return kit.page(request, "warning_preview.html", status, typed=None, words=words, row=row, fault=fault, seen=seen)


async def _typed(desk: WarningDesk, id_: str) -> TypedWarningRow:
    try:
        return await desk.typed.get(id_)
    except NoSuchWarning:
        raise HTTPException(404) from None


async def _complete(desk: WarningDesk, words: TypedWarning) -> TypedWarning:
    try:
        return await desk.typed.complete(words)
    except NoSuchWarning:
        raise HTTPException(404) from None


async def _preview(desk: WarningDesk, words: TypedWarning) -> Seen:
    """What people would be shown, and how many they are now."""
    async with desk.store.session() as session:
        return await desk.previews.of(session, words)


def _title(kit: Kit, row: TypedWarningRow) -> str:
    words = TypedWarning.model_validate(row.words)
    colour = kit.t.warnings.colours[int(words.colour)]
    return kit.text("warnings.known", hazard=hazards()[words.hazard].name, colour=colour)


async def _tile(kit: Kit, desk: WarningDesk, account: Account) -> Tile | None:
    if not account.may(Role.OPERATOR, Role.REVIEWER):
        return None
    waiting = [row for row in await desk.typed.waiting() if row.author != account.name]
    return Tile(kit.text("warnings.tile"), len(waiting), "/console/warnings") if waiting else None
