"""`create_console`: the console as an application to be mounted under /console."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Depends, FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from knowledge_base.curation.audit import Audit
from knowledge_base.curation.console import pages_accounts, pages_audit, pages_password, pages_sign_in, pages_start
from knowledge_base.curation.console.body_limit import BodyLimit
from knowledge_base.curation.console.door import Door
from knowledge_base.curation.console.errors import add_error_pages, too_large
from knowledge_base.curation.console.kit import FORM_BYTES, STATIC, Kit
from knowledge_base.curation.console.session import Sessions
from knowledge_base.curation.passwords import Passwords
from knowledge_base.curation.sign_in import SignIn
from knowledge_base.curation.staff import Staff
from knowledge_base.store import Store


class _KeptFiles(StaticFiles):
    """Static files under an address that changes with them."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


@dataclass(frozen=True, slots=True)
class Parts:
    """What the console stands on; `kit` and `audit` are for the pages and services of the other areas."""

    store: Store
    audit: Audit
    staff: Staff
    sign_in: SignIn
    kit: Kit


def console_parts(
    store: Store, secret: str, clock: Callable[[], datetime], passwords: Passwords | None = None
) -> Parts:
    """The parts; `secret` signs sessions, and a new one ends them all."""
    passwords = passwords or Passwords()
    audit = Audit(clock)
    staff = Staff(store, passwords, audit, clock)
    kit = Kit(Door(staff, Sessions(secret, clock)), clock)
    return Parts(store, audit, staff, SignIn(store, passwords, audit, clock), kit)


def create_console(parts: Parts, routers: Sequence[APIRouter]) -> FastAPI:
    """The application; every router's pages are behind the door: signed in, same origin, the form's own token."""
    kit = parts.kit
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.mount(f"/static/{kit.version}", _KeptFiles(directory=STATIC))
    app.include_router(pages_sign_in.routes(kit, parts.sign_in), dependencies=[Depends(kit.door.origin)])
    own = (
        pages_start.routes(kit),
        pages_password.routes(kit, parts.staff),
        pages_accounts.routes(kit, parts.staff),
        pages_audit.routes(kit, parts.audit, parts.store),
    )
    for router in (*own, *routers):
        app.include_router(router, dependencies=[Depends(kit.door.guard)])
    add_error_pages(app, kit)
    app.add_middleware(BodyLimit, largest=FORM_BYTES, paths=kit.uploads, refusal=too_large(kit))
    return app
