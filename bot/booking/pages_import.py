"""A sheet of operators from a browser: taken as a whole, or refused with every faulty row named."""

import asyncio
import tempfile
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import UploadFile
from starlette.responses import Response

from bot.booking.desk import BookingDesk
from bot.booking.provider_form import ProviderForm
from bot.booking.provider_sheet import HeadingsMissing, RowsWrong, read_rows, sheet, take
from knowledge_base.curation.accounts import Account
from knowledge_base.curation.console.kit import Kit
from knowledge_base.markets.problem import PricesRefused

_SHOWN = 50


def add_routes(router: APIRouter, kit: Kit, desk: BookingDesk, form: ProviderForm) -> None:
    """GET and POST /console/machinery/import. A file is at most as big as any form."""

    @router.get("/import", dependencies=[Depends(kit.operator)])
    async def start(request: Request) -> Response:
        return page(request)

    @router.post("/import")
    async def bring(request: Request, by: Annotated[Account, Depends(kit.operator)]) -> Response:
        file = (await request.form()).get("file")
        if not isinstance(file, UploadFile) or not file.filename:
            return page(request, "no_file")
        with tempfile.TemporaryDirectory(prefix="xiangyin-operators-") as folder:
            path = Path(folder) / "sheet"
            path.write_bytes(await file.read())
            try:
                rows = await asyncio.to_thread(read_rows, path, form, file.filename)
            except HeadingsMissing as missing:
                return page(request, "headings", names="、".join(missing.names))
            except RowsWrong as wrong:
                return page(request, "rows", faults=faults(wrong), n=len(wrong.rows))
            except PricesRefused:
                return page(request, "unreadable")
        providers, machines = await take(rows, desk, by)
        return kit.go(request, "/machinery", "machinery.import.taken", providers=providers, machines=machines)

    def faults(wrong: RowsWrong) -> list[str]:
        return [
            kit.text("machinery.import.row", n=number, why="".join(kit.text(f"machinery.errors.{key}") for key in keys))
            for number, keys in sorted(wrong.rows.items())[:_SHOWN]
        ]

    def page(request: Request, error: str = "", faults: list[str] | None = None, **values: object) -> Response:
        errors = {"file": kit.text(f"machinery.import.errors.{error}", **values)} if error else {}
        columns = [(names[0], field in sheet().needed) for field, names in sheet().columns.items()]
        status = 422 if error else 200
        return kit.page(request, "machinery_import.html", status, errors=errors, faults=faults or [], columns=columns)
