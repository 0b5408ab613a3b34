"""Notices: the list, the form, the page of one with what it will look like, its steps, and what became of it."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Request
from sqlalchemy import select
from starlette.datastructures import FormData
from starlette.responses import Response

from knowledge_base.curation.accounts import Account
from knowledge_base.curation.console.kit import Kit, Tile
from knowledge_base.curation.console.notice_form import NoticeForm, Term
from knowledge_base.curation.problems import EntryProblems
from knowledge_base.curation.refusals import OwnText
from knowledge_base.models import EntryRow
from knowledge_base.notices.models import NoticeRow
from knowledge_base.notices.notice import Notice
from knowledge_base.notices.problems import NoticeProblems
from knowledge_base.notices.workflow import UNSENT, NoSuchNotice, NoticeMoved, NoticeWorkflow
from knowledge_base.store import Store
from knowledge_base.warnings.calls import Deliveries

SHOWN = 100

Step = Literal["submit", "approve", "send_back", "withdraw"]


@dataclass(frozen=True, slots=True)
class NoticeDesk:
    """What the pages stand on. `message` is what people are shown; `topic` what its messages are kept under.

    `term` knows the crops and animals; `place_code` finds a place by its name, `place_name` names a code.
    """

    store: Store
    workflow: NoticeWorkflow
    deliveries: Deliveries
    clock: Callable[[], datetime]
    message: Callable[[str, Notice], str]
    topic: Callable[[str], str]
    term: Term
    place_code: Callable[[str], str | None]
    place_name: Callable[[str], str]


def routes(kit: Kit, desk: NoticeDesk) -> APIRouter:
    """GET and POST below /console/notices."""
    router, pages = APIRouter(prefix="/notices"), _Pages(kit, desk)
    kit.link("/notices", "notices.nav", order=26)
    kit.tile(pages.tile)
    _writing(router, pages)
    _changing(router, pages)
    _stepping(router, pages)
    return router


def _writing(router: APIRouter, pages: "_Pages") -> None:
    """The list, and the form for a new notice or a correction."""
    kit, desk = pages.kit, pages.desk

    @router.get("")
    async def listed(request: Request, _: Annotated[Account, Depends(kit.signed_in)]) -> Response:
        rows = await desk.workflow.recent(SHOWN)
        return kit.page(request, "notices.html", rows=rows)

    @router.get("/new")
    async def new(request: Request, _: Annotated[Account, Depends(kit.agent)], corrects: str = "") -> Response:
        earlier = Notice.model_validate((await pages.row(corrects)).words) if corrects else None
        return await pages.form(request, pages.start(earlier, correcting=True), corrects=corrects)

    @router.post("")
    async def write(request: Request, by: Annotated[Account, Depends(kit.agent)]) -> Response:
        form = await kit.form(request)
        typed, corrects = pages.typed(form), str(form.get("corrects", ""))
        notice, errors = pages.read(typed)
        if notice is None:
            return await pages.form(request, typed, errors, corrects=corrects)
        try:
            row = await desk.workflow.write(by, notice, corrects or None)
        except NoticeProblems as found:
            return await pages.form(request, typed, found.sentences, corrects=corrects)
        except (NoSuchNotice, NoticeMoved):
            raise HTTPException(404) from None
        return kit.go(request, f"/notices/{row.id}", "notices.saved")


def _changing(router: APIRouter, pages: "_Pages") -> None:
    """The form for a change."""
    kit, desk = pages.kit, pages.desk

    @router.get("/{id_}/edit")
    async def edit(request: Request, id_: str, _: Annotated[Account, Depends(kit.agent)]) -> Response:
        row = await pages.row(id_)
        if row.state not in UNSENT:
            raise HTTPException(404)
        return await pages.form(request, pages.start(Notice.model_validate(row.words)), row=row)

    @router.post("/{id_}")
    async def rewrite(request: Request, id_: str, by: Annotated[Account, Depends(kit.agent)]) -> Response:
        form, row = await kit.form(request), await pages.row(id_)
        typed = pages.typed(form)
        notice, errors = pages.read(typed)
        if notice is None:
            return await pages.form(request, typed, errors, row=row)
        try:
            await desk.workflow.rewrite(by, id_, _revision(form.get("revision")), notice)
        except NoticeProblems as found:
            return await pages.form(request, typed, found.sentences, row=row)
        except NoticeMoved:
            # The form carries the newer revision from now on: who saves it again has been told.
            moved = {"moved": kit.t.notices.errors.moved_form}
            return await pages.form(request, typed, moved, row=await pages.row(id_), status=409)
        return kit.go(request, f"/notices/{id_}", "notices.saved")


def _stepping(router: APIRouter, pages: "_Pages") -> None:
    """The page of a notice, and its steps."""
    kit = pages.kit

    @router.get("/{id_}")
    async def one(request: Request, id_: str, _: Annotated[Account, Depends(kit.signed_in)]) -> Response:
        return await pages.one(request, id_)

    @router.post("/{id_}/{step}")
    async def take(request: Request, id_: str, step: Step, by: Annotated[Account, Depends(kit.signed_in)]) -> Response:
        errors = kit.t.notices.errors
        try:
            await pages.step(by, id_, step, await kit.form(request))
        except OwnText:
            return await pages.one(request, id_, {"own": errors.own}, 409)
        except NoticeMoved:
            return await pages.one(request, id_, {"moved": errors.moved}, 409)
        except NoticeProblems as found:
            return await pages.one(request, id_, found.sentences, 422)
        except EntryProblems:
            return await pages.one(request, id_, {"note": errors.note}, 422)
        return kit.go(request, f"/notices/{id_}", f"notices.done.{step}")


class _Pages:
    """What the pages are made with."""

    def __init__(self, kit: Kit, desk: NoticeDesk) -> None:
        self.kit = kit
        self.desk = desk
        form = NoticeForm(kit.t.notices.errors, desk.term, desk.place_code, desk.place_name, desk.clock)
        self.start, self.typed, self.read = form.start, form.typed, form.read

    async def row(self, id_: str) -> NoticeRow:
        """A notice, or the page that says that there is none."""
        try:
            return await self.desk.workflow.get(id_)
        except NoSuchNotice:
            raise HTTPException(404) from None

    async def step(self, by: Account, id_: str, step: Step, form: FormData) -> None:
        """Take a step, on the revision that was looked at."""
        workflow, revision = self.desk.workflow, _revision(form.get("revision"))
        await self.row(id_)
        match step:
            case "submit":
                await workflow.submit(by, id_, revision)
            case "approve":
                await workflow.approve(by, id_, revision)
            case "send_back":
                await workflow.send_back(by, id_, revision, str(form.get("note", "")))
            case "withdraw":
                await workflow.withdraw(by, id_, tell=bool(form.get("tell")))

    async def form(
        self,
        request: Request,
        typed: Mapping[str, str],
        errors: Mapping[str, str] | None = None,
        *,
        row: NoticeRow | None = None,
        corrects: str = "",
        status: int = 422,
    ) -> Response:
        """The form as it was typed; `row` is the notice that it changes."""
        query = select(EntryRow.key, EntryRow.content).order_by(EntryRow.key)
        async with self.desk.store.session() as session:
            entries = [(key, content["title"]) for key, content in await session.execute(query)]
        values = {"typed": typed, "errors": errors or {}, "row": row, "corrects": corrects, "entries": entries}
        return self.kit.page(request, "notice_edit.html", status if errors else 200, **values)

    async def one(
        self, request: Request, id_: str, errors: Mapping[str, str] | None = None, status: int = 200
    ) -> Response:
        """The page of a notice."""
        desk, row = self.desk, await self.row(id_)
        notice = Notice.model_validate(row.words)
        return self.kit.page(
            request,
            "notice.html",
            status,
            row=row,
            words=notice,
            errors=errors or {},
            message=desk.message(id_, notice),
            places=[desk.place_name(code) or code for code in notice.prefixes],
            reach=await desk.workflow.reach(row) if row.state in UNSENT else 0,
            counts=await self._counts(id_) if row.sent_at else {},
            thanked=await desk.workflow.thanked(id_),
            unsent=UNSENT,
        )

    async def tile(self, account: Account) -> Tile | None:
        """How many notices wait for this person."""
        waiting = await self.desk.workflow.waiting_for(account)
        return Tile(self.kit.text("notices.tile"), waiting, "/console/notices") if waiting else None

    async def _counts(self, id_: str) -> Counter[str]:
        """How many messages are in which state."""
        counts: Counter[str] = Counter()
        async with self.desk.store.session() as session:
            async for some in self.desk.deliveries.of(session, self.desk.topic(id_)):
                counts.update(one.state for one in some)
        return counts


def _revision(typed: object) -> int:
    """The revision that a form was made of; 0, which no notice has, for one that was made up."""
    return int(typed) if isinstance(typed, str) and typed.isascii() and typed.isdecimal() and len(typed) < 10 else 0
