"""What somebody reads when a request is refused or fails: plain words, a way on, and what they had typed."""

import urllib.parse
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from knowledge_base.curation.accounts import Forbidden
from knowledge_base.curation.console.door import (
    CHANGE_PAGE,
    FORM_FIELD,
    SAFE,
    ForeignRequest,
    MustChangePassword,
    NotSignedIn,
    StaleForm,
)
from knowledge_base.curation.console.kit import FORM_BYTES, Kit
from knowledge_base.curation.console.session import PATH
from knowledge_base.curation.staff import NoSuchAccount

Handler = Callable[[Request, Exception], Awaitable[Response]]

_WAYS = {
    Forbidden: (403, "forbidden"),
    ForeignRequest: (403, "foreign"),
    RequestValidationError: (400, "malformed"),
    NoSuchAccount: (404, "404"),
}


def add_error_pages(app: FastAPI, kit: Kit) -> None:
    """Pages instead of JSON for everything that goes wrong."""
    for refusal, (status, key) in _WAYS.items():
        app.add_exception_handler(refusal, _plain(kit, status, key))

    async def failed(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        known = str(status) in kit.t.errors
        return _page(kit, request, status, str(status) if known else "malformed")

    async def not_signed_in(request: Request, _: Exception) -> Response:
        by_htmx = request.headers.get("hx-request") == "true"
        if request.method in SAFE and not by_htmx:
            here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(f"{PATH}/sign-in?next={urllib.parse.quote(here)}", 303)
        return _page(kit, request, 401, "signed_out", await _typed(request))

    async def stale(request: Request, _: Exception) -> Response:
        return _page(kit, request, 403, "stale", await _typed(request))

    async def must_change(_: Request, __: Exception) -> Response:
        return RedirectResponse(PATH + CHANGE_PAGE, 303)

    app.add_exception_handler(HTTPException, failed)
    app.add_exception_handler(Exception, failed)
    app.add_exception_handler(NotSignedIn, not_signed_in)
    app.add_exception_handler(StaleForm, stale)
    app.add_exception_handler(MustChangePassword, must_change)


def too_large(kit: Kit) -> ASGIApp:
    """The answer to a body that is larger than is accepted."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await _page(kit, Request(scope), 413, "413")(scope, receive, send)

    return answer


def _plain(kit: Kit, status: int, key: str) -> Handler:
    async def answer(request: Request, _: Exception) -> Response:
        return _page(kit, request, status, key)

    return answer


def _page(kit: Kit, request: Request, status: int, key: str, typed: dict[str, str] | None = None) -> Response:
    return kit.page(request, "error.html", status, key=key, typed=typed or {})


async def _typed(request: Request) -> dict[str, str]:
    """The texts of a form that was refused, to be copied; no passwords, and no token."""
    try:
        async with request.form(max_part_size=FORM_BYTES) as form:
            return {
                name: value
                for name, value in form.multi_items()
                if isinstance(value, str) and value.strip() and name != FORM_FIELD and "password" not in name
            }
    except HTTPException:
        return {}
