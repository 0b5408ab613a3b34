"""Excel: all or some entries as a workbook, and a workbook back as drafts, after a dry run that names every cell."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Request
from starlette.datastructures import UploadFile
from starlette.responses import FileResponse, PlainTextResponse, Response

from knowledge_base.curation.catalogue import Filter
from knowledge_base.curation.console.kit import Kit
from knowledge_base.curation.states import State
from knowledge_base.curation.workbook.columns import WorkbookRefused, wording
from knowledge_base.curation.workbook.exchange import NotAsShown
from knowledge_base.curation.workbook.exports import Exports
from knowledge_base.curation.workbook.imports import Imports
from knowledge_base.curation.workbook.jobs import Job, soon
from knowledge_base.curation.workbook.parcel import MAX_BYTES
from knowledge_base.curation.workbook.writer import TooLongForCell
from knowledge_base.entry import Kind

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROWS_SHOWN = 200
PROBLEMS_SHOWN = 300
STATES = (State.PUBLISHED, State.DRAFT, State.IN_REVIEW, "expired", "expiring", State.WITHDRAWN)
_ENVELOPE = 100_000
"""What a form adds to the file in it, in bytes."""
_AGAIN = {"Refresh": "2"}
_STATUS = {"gone": 404, "busy": 503}

Page = Callable[[Request], Awaitable[Response]]


def routes(kit: Kit, exports: Exports, imports: Imports, *, patience: float = 1.5) -> APIRouter:
    """Everything below /console/workbook. A page waits `patience` seconds for its work before it shows how far it is."""
    router = APIRouter(prefix="/workbook")
    kit.link("/workbook", "workbook.nav", order=50)
    kit.upload("/workbook/import", MAX_BYTES + _ENVELOPE)
    pages = _Pages(kit, exports, imports, patience)
    for method, path, page in (
        ("GET", "", pages.start),
        ("GET", "/export", pages.export),
        ("GET", "/exports/{token}", pages.exported),
        ("GET", "/exports/{token}/file", pages.file),
        ("POST", "/import", pages.bring),
        ("GET", "/imports/{token}", pages.checked),
        ("GET", "/imports/{token}/problems.txt", pages.problems),
        ("POST", "/imports/{token}", pages.take),
        ("GET", "/imports/{token}/taken", pages.taken),
        ("POST", "/imports/{token}/drop", pages.drop),
    ):
        router.add_api_route(path, pages.refusing(page), methods=[method])
    return router


class _Pages:
    """The pages. Everybody who is signed in may take entries out; agents may bring them in."""

    def __init__(self, kit: Kit, exports: Exports, imports: Imports, patience: float) -> None:
        self._kit = kit
        self._exports = exports
        self._imports = imports
        self._patience = patience
        anything = ("", kit.text("workbook.any"))
        self._kinds = [anything, *((kind, wording().kinds[kind]) for kind in Kind)]
        self._states = [anything, *((state, kit.text(f"workbook.states.{state}")) for state in STATES)]

    def refusing(self, page: Page) -> Page:
        """A refused file becomes the start page with the reason."""

        async def answer(request: Request) -> Response:
            try:
                return await page(request)
            except WorkbookRefused as refused:
                return self._start(request, _STATUS.get(refused.code, 422), refused.text)

        return answer

    async def start(self, request: Request) -> Response:
        await self._kit.signed_in(request)
        return self._start(request)

    async def export(self, request: Request) -> Response:
        by = await self._kit.signed_in(request)
        asked = request.query_params
        kind, state = asked.get("kind", ""), asked.get("state", "")
        wanted = Filter(
            text=asked.get("text", "")[:100],
            kind=kind if kind in set(Kind) else None,
            state=state if state in STATES else None,
            needs_review="needs_review" in asked,
            sample="sample" in asked,
        )
        return self._kit.go(request, f"/workbook/exports/{self._exports.start(by, wanted)}")

    async def exported(self, request: Request) -> Response:
        by, token = await self._kit.signed_in(request), request.path_params["token"]
        job, _ = self._exports.get(by, token)
        if not await soon(job, self._patience):
            return self._progress(request, "workbook.exporting", job)
        try:
            count = job.task.result()
        except TooLongForCell as fault:
            return self._start(request, 422, self._kit.text("workbook.too_long_for_cell", which=fault))
        return self._kit.page(request, "workbook_exported.html", token=token, count=count)

    async def file(self, request: Request) -> Response:
        job, path = self._exports.get(await self._kit.signed_in(request), request.path_params["token"])
        if not await soon(job, self._patience):
            return self._progress(request, "workbook.exporting", job)
        name = self._kit.text("workbook.file_name", day=self._kit.today)
        return FileResponse(path, media_type=XLSX, filename=name, headers={"Cache-Control": "no-store"})

    async def bring(self, request: Request) -> Response:
        by = await self._kit.agent(request)
        upload = (await self._kit.form(request)).get("file")
        if not isinstance(upload, UploadFile) or not upload.filename:
            return self._start(request, 422, self._kit.text("workbook.no_file"))
        token = await self._imports.bring(by, upload.filename, await upload.read())
        return self._kit.go(request, f"/workbook/imports/{token}")

    async def checked(self, request: Request) -> Response:
        by, token = await self._kit.agent(request), request.path_params["token"]
        job = self._imports.check(by, token)
        if not await soon(job, self._patience):
            return self._progress(request, "workbook.checking", job)
        return self._kit.page(
            request,
            "workbook_checked.html",
            token=token,
            plan=job.task.result(),
            rows_shown=ROWS_SHOWN,
            problems_shown=PROBLEMS_SHOWN,
        )

    async def problems(self, request: Request) -> Response:
        plan = await self._imports.check(await self._kit.agent(request), request.path_params["token"]).task
        return PlainTextResponse(
            # Notepad and Excel know by the mark that this is UTF-8.
            "\ufeff" + "\r\n".join(map(str, plan.problems)),
            headers={"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="problems.txt"'},
        )

    async def take(self, request: Request) -> Response:
        token = request.path_params["token"]
        self._imports.take_over(await self._kit.agent(request), token)
        return self._kit.go(request, f"/workbook/imports/{token}/taken")

    async def taken(self, request: Request) -> Response:
        by, token = await self._kit.agent(request), request.path_params["token"]
        job = self._imports.taking(by, token)
        if job is None:
            raise WorkbookRefused("gone")
        if not await soon(job, self._patience):
            return self._progress(request, "workbook.taking", job)
        try:
            done = job.task.result()
        except NotAsShown:
            return self._kit.go(request, f"/workbook/imports/{token}", "workbook.not_as_shown")
        return self._kit.page(request, "workbook_taken.html", done=done, rows_shown=ROWS_SHOWN)

    async def drop(self, request: Request) -> Response:
        self._imports.drop(await self._kit.agent(request), request.path_params["token"])
        return self._kit.go(request, "/workbook", "workbook.dropped")

    def _start(self, request: Request, status: int = 200, error: str = "") -> Response:
        return self._kit.page(request, "workbook.html", status, kinds=self._kinds, states=self._states, error=error)

    def _progress(self, request: Request, title: str, job: Job[Any]) -> Response:
        response = self._kit.page(request, "workbook_progress.html", title=title, done=job.done, of=job.of)
        response.headers.update(_AGAIN)
        return response
