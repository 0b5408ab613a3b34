"""Signing in: the one page before the door."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from knowledge_base.curation.console.door import below_console
from knowledge_base.curation.console.kit import Kit
from knowledge_base.curation.sign_in import Locked, Refused, SignIn


def routes(kit: Kit, sign_in: SignIn) -> APIRouter:
    """GET and POST /console/sign-in."""
    router = APIRouter()

    @router.get("/sign-in")
    async def ask(request: Request) -> Response:
        target = below_console(request.query_params.get("next", ""))
        return kit.page(request, "sign_in.html", name="", next=target, error="")

    @router.post("/sign-in")
    async def enter(request: Request) -> Response:
        form = await kit.form(request)
        name, password, target = (str(form.get(field, "")) for field in ("name", "password", "next"))
        target = below_console(target)
        address = request.client.host if request.client else ""
        error, status = "", 200
        try:
            if not name.strip() or not password:
                error, status = "empty", 422
            else:
                account = await sign_in.sign_in(name, password, address)
        except Refused:
            error, status = "refused", 422
        except Locked:
            error, status = "locked", 429
        if error:
            return kit.page(request, "sign_in.html", status, name=name, next=target, error=error)
        response = RedirectResponse(target, 303)
        kit.door.sessions.begin(request, response, account)
        return response

    return router
