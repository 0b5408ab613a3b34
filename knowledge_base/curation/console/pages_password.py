"""One's own password, and signing out."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from knowledge_base.curation.accounts import Account
from knowledge_base.curation.console.kit import Kit
from knowledge_base.curation.passwords import WeakPassword
from knowledge_base.curation.staff import Staff, WrongPassword


def routes(kit: Kit, staff: Staff) -> APIRouter:
    """GET and POST /console/password, POST /console/sign-out."""
    router = APIRouter()

    def page(request: Request, fault: str = "", sentence: str = "") -> Response:
        visit = kit.door.visit(request)
        errors = {fault: sentence} if fault else {}
        must_change = visit is not None and visit.must_change
        return kit.page(request, "password.html", 422 if fault else 200, errors=errors, must_change=must_change)

    @router.get("/password")
    async def ask(request: Request, _: Annotated[Account, Depends(kit.signed_in)]) -> Response:
        return page(request)

    @router.post("/password")
    async def change(request: Request, account: Annotated[Account, Depends(kit.signed_in)]) -> Response:
        form = await kit.form(request)
        present, new, again = (str(form.get(f"{part}_password", "")) for part in ("present", "new", "again"))
        if new != again:
            return page(request, "again_password", "again")
        try:
            fresh = await staff.change_password(account, present, new)
        except WrongPassword:
            return page(request, "present_password", "wrong")
        except WeakPassword as weak:
            return page(request, "new_password", weak.reason)
        response = kit.go(request, "/", "password.changed")
        kit.door.sessions.begin(request, response, fresh)
        return response

    @router.post("/sign-out")
    async def leave(request: Request, account: Annotated[Account, Depends(kit.signed_in)]) -> Response:
        await staff.sign_out(account)
        response = kit.go(request, "/sign-in", "sign_in.out")
        kit.door.sessions.end(response)
        return response

    return router
