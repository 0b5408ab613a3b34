"""Who may come in: session, role, same origin, the token of the form. Every page but the sign-in page is behind it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass

import structlog
from fastapi import Request
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from knowledge_base.curation.accounts import Account, Role
from knowledge_base.curation.console.session import PATH, Session, Sessions
from knowledge_base.curation.staff import Staff

log = structlog.get_logger(__name__)

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FORM_FIELD = "csrf"
FORM_HEADER = "X-CSRF-Token"
CHANGE_PAGE = "/password"
_FIELD_BYTES = 2_000_000


class NotSignedIn(Exception):
    """The page is for people who are signed in."""


class MustChangePassword(Exception):
    """The password was given by somebody else and must be changed first."""


class ForeignRequest(Exception):
    """The request was not made by a page of this console."""


class StaleForm(Exception):
    """The form belongs to another session."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A request of somebody who is signed in. `csrf` goes into every form."""

    account: Account
    csrf: str
    must_change: bool
    names: Mapping[str, str]
    """What each account is called in front of people."""


Dependency = Callable[[Request], Awaitable[Account]]


class Door:
    """Looks at every request once; what it found is kept with the request."""

    def __init__(self, staff: Staff, sessions: Sessions) -> None:
        self.sessions = sessions
        self._staff = staff

    async def origin(self, request: Request) -> None:
        """Refuse what changes something and was not sent by a page of this host; and addresses no database takes."""
        if "\0" in request.url.path or b"%00" in request.scope["query_string"]:
            raise HTTPException(400)
        if request.method not in SAFE and not _same_origin(request):
            raise ForeignRequest(ForeignRequest.__doc__)

    async def guard(self, request: Request) -> AsyncIterator[None]:
        """Before every page: somebody is signed in, and a form is one of theirs. After it: its files are closed."""
        await self.origin(request)
        session = self.sessions.read(request)
        member = await self._staff.current(session.name, session.epoch) if session else None
        if session is None or member is None:
            raise NotSignedIn(NotSignedIn.__doc__)
        if request.method not in SAFE and not await self._token_fits(request, session):
            raise StaleForm(StaleForm.__doc__)
        request.state.visit = Visit(
            member.account, self.sessions.token(session), member.must_change, await self._staff.names()
        )
        below = request.url.path.removeprefix(PATH)
        if member.must_change and below not in {CHANGE_PAGE, "/sign-out"}:
            raise MustChangePassword(MustChangePassword.__doc__)
        try:
            yield
        finally:
            await request.close()

    async def signed_in(self, request: Request) -> Account:
        """Whoever is signed in."""
        visit = self.visit(request)
        if visit is None:
            raise NotSignedIn(NotSignedIn.__doc__)
        return visit.account

    def holding(self, *roles: Role) -> Dependency:
        """A dependency for people with one of `roles`; raises `Forbidden` for others."""

        async def dependency(request: Request) -> Account:
            account = await self.signed_in(request)
            account.require(*roles)
            return account

        return dependency

    def visit(self, request: Request) -> Visit | None:
        """What `guard` found."""
        found: Visit | None = getattr(request.state, "visit", None)
        return found

    async def _token_fits(self, request: Request, session: Session) -> bool:
        token: object = request.headers.get(FORM_HEADER)
        if token is None:
            form: FormData = await request.form(max_part_size=_FIELD_BYTES)
            token = form.get(FORM_FIELD)
        return isinstance(token, str) and self.sessions.token_fits(session, token)


def below_console(target: str) -> str:
    """`target` where it is an address within the console, else its start page: nobody is sent elsewhere."""
    path = target.partition("?")[0].partition("#")[0]
    inside = path == PATH or path.startswith(f"{PATH}/")
    plain = target.isprintable() and not any(part in f"{target}/" for part in ("\\", "//", "/../"))
    return target if inside and plain else f"{PATH}/"


def _same_origin(request: Request) -> bool:
    """By Origin, which browsers send with every form; without it only where the browser vouches otherwise."""
    origin = request.headers.get("origin")
    if origin is None:
        return request.headers.get("sec-fetch-site") == "same-origin"
    netloc = origin.partition("://")[2]
    if netloc and netloc.lower() == request.headers.get("host", "").lower():
        return True
    log.warning("foreign_origin", hint="a proxy in front must pass Host on")
    return False
