"""A file of prices from a browser: uploaded, checked, its columns set right, taken."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import PlainTextResponse, Response

from knowledge_base.curation.console.kit import Kit
from knowledge_base.curation.workbook.columns import WorkbookRefused
from knowledge_base.curation.workbook.jobs import Job, soon
from knowledge_base.curation.workbook.parcel import MAX_BYTES
from knowledge_base.markets.headings import FIELDS, Options, find_columns
from knowledge_base.markets.problem import PricesRefused, sentences
from knowledge_base.markets.report import Report
from knowledge_base.markets.uploads import Uploads

PROBLEMS_SHOWN = 100
HELD_SHOWN = 30
UNITS = ("元/斤", "元/公斤", "元/百斤", "元/担", "元/吨", "元/50公斤", "元/500克", "元/头", "元/只", "元/枚")
_ENVELOPE = 100_000
"""What a form adds to the file in it, in bytes."""
_LONGEST = 60
_STATUS = {"gone": 404, "busy": 503}
_AGAIN = {"Refresh": "2"}

Page = Callable[[Request], Awaitable[Response]]


def add_routes(router: APIRouter, kit: Kit, uploads: Uploads, patience: float) -> None:
    """The pages of imports. Agents may bring prices in."""
    kit.upload("/prices/import", MAX_BYTES + _ENVELOPE)
    pages = _Pages(kit, uploads, patience)
    for method, path, page in (
        ("GET", "/import", pages.start),
        ("POST", "/import", pages.bring),
        ("GET", "/imports/{token}", pages.checked),
        ("GET", "/imports/{token}/problems.txt", pages.problems),
        ("POST", "/imports/{token}/columns", pages.change),
        ("POST", "/imports/{token}", pages.take),
        ("GET", "/imports/{token}/taken", pages.taken),
        ("POST", "/imports/{token}/drop", pages.drop),
    ):
        router.add_api_route(path, pages.refusing(page), methods=[method])


class _Pages:
    def __init__(self, kit: Kit, uploads: Uploads, patience: float) -> None:
        self._kit = kit
        self._uploads = uploads
        self._patience = patience

    def refusing(self, page: Page) -> Page:
        """An upload that is gone or refused becomes the first page with the reason."""

        async def answer(request: Request) -> Response:
            try:
                return await page(request)
            except WorkbookRefused as refused:
                return self._start(request, _STATUS.get(refused.code, 422), {"file": refused.text})

        return answer

    async def start(self, request: Request) -> Response:
        await self._kit.agent(request)
        return self._start(request)

    async def bring(self, request: Request) -> Response:
        by = await self._kit.agent(request)
        form = await self._kit.form(request)
        upload = form.get("file")
        typed = {name: _typed(form, name) for name in ("source", "unit", "market", "place")}
        errors = {}
        if not typed["source"]:
            errors["source"] = sentences().refused["no_source"]
        if not isinstance(upload, UploadFile) or not upload.filename:
            return self._start(request, 422, {**errors, "file": self._kit.text("prices.import.no_file")}, typed)
        if errors:
            return self._start(request, 422, errors, typed)
        options = Options(typed["source"], {}, typed["unit"], typed["market"], typed["place"])
        token = await self._uploads.bring(by, upload.filename, await upload.read(), options)
        return self._kit.go(request, f"/prices/imports/{token}")

    async def checked(self, request: Request) -> Response:
        by, token = await self._kit.agent(request), request.path_params["token"]
        job = self._uploads.check(by, token)
        if not await soon(job, self._patience):
            return self._progress(request, "prices.import.checking", job)
        report, error = _outcome(job)
        options = self._uploads.options(by, token)
        try:
            header = await self._uploads.header(by, token)
        except PricesRefused:
            header = ()
        return self._kit.page(
            request,
            "prices_checked.html",
            422 if error else 200,
            token=token,
            report=report,
            error=error,
            header=[cell for cell in header if cell],
            options=options,
            fields=[(name, sentences().fields[name]) for name in FIELDS],
            found=_found(header, options),
            units=self._units(),
            problems_shown=PROBLEMS_SHOWN,
            held_shown=HELD_SHOWN,
        )

    async def change(self, request: Request) -> Response:
        by, token = await self._kit.agent(request), request.path_params["token"]
        form = await self._kit.form(request)
        columns = {name: said for name in FIELDS if (said := _typed(form, f"column_{name}", 200))}
        before = self._uploads.options(by, token)
        given = [_typed(form, name) for name in ("unit", "market", "place")]
        self._uploads.change(by, token, Options(_typed(form, "source") or before.source, columns, *given))
        return self._kit.go(request, f"/prices/imports/{token}")

    async def problems(self, request: Request) -> Response:
        job = self._uploads.check(await self._kit.agent(request), request.path_params["token"])
        await soon(job, self._patience)
        report, error = _outcome(job) if job.task.done() else (None, "")
        lines = [error] if error else [str(problem) for problem in report.problems] if report else []
        return PlainTextResponse(
            # Notepad and Excel know by the mark that this is UTF-8.
            "\ufeff" + "\r\n".join(lines),
            headers={"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="problems.txt"'},
        )

    async def take(self, request: Request) -> Response:
        token = request.path_params["token"]
        self._uploads.take(await self._kit.agent(request), token)
        return self._kit.go(request, f"/prices/imports/{token}/taken")

    async def taken(self, request: Request) -> Response:
        by, token = await self._kit.agent(request), request.path_params["token"]
        job = self._uploads.taking(by, token)
        if job is None:
            raise WorkbookRefused("gone")
        if not await soon(job, self._patience):
            return self._progress(request, "prices.import.taking", job)
        report, error = _outcome(job)
        if report is None:
            return self._start(request, 422, {"file": error})
        return self._kit.page(request, "prices_taken.html", report=report)

    async def drop(self, request: Request) -> Response:
        self._uploads.drop(await self._kit.agent(request), request.path_params["token"])
        return self._kit.go(request, "/prices", "prices.import.dropped")

    def _start(
        self,
        request: Request,
        status: int = 200,
        errors: Mapping[str, str] | None = None,
        typed: Mapping[str, str] | None = None,
    ) -> Response:
        empty = dict.fromkeys(("source", "unit", "market", "place"), "")
        values = {"errors": errors or {}, "typed": {**empty, **(typed or {})}, "units": self._units()}
        return self._kit.page(request, "prices_import.html", status, **values)

    def _units(self) -> list[tuple[str, str]]:
        return [("", self._kit.text("prices.import.unit_of_file")), *((unit, unit) for unit in UNITS)]

    def _progress(self, request: Request, title: str, job: Job[Any]) -> Response:
        response = self._kit.page(request, "workbook_progress.html", title=title, done=job.done, of=job.of)
        response.headers.update(_AGAIN)
        return response


def _outcome(job: Job[Report]) -> tuple[Report | None, str]:
    """What a job that has ended led to, or why the file was refused."""
    try:
        return job.task.result(), ""
    except PricesRefused as refused:
        return None, refused.text


def _found(header: Sequence[str], options: Options) -> dict[str, str]:
    """The header of each field, as far as they are known."""
    try:
        return {name: header[column] for name, column in find_columns(header, options).items()}
    except PricesRefused:
        return {}


def _typed(form: FormData, name: str, longest: int = _LONGEST) -> str:
    value = form.get(name, "")
    return value.strip()[:longest] if isinstance(value, str) else ""
