"""What every page of the console is made with: templates, texts, navigation, who is signed in, notices."""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from starlette.datastructures import FormData
from starlette.responses import HTMLResponse, RedirectResponse

from knowledge_base.curation.accounts import Account, Role
from knowledge_base.curation.console.door import Door
from knowledge_base.curation.console.session import PATH
from knowledge_base.curation.console.texts import Texts, load_texts

STATIC = Path(__file__).with_name("static")
TEMPLATES = Path(__file__).with_name("templates")
COUNTY_TIME = ZoneInfo("Asia/Shanghai")
FORM_BYTES = 2_000_000


@dataclass(frozen=True, slots=True)
class Tile:
    """A line of the start page: what waits, how many, and where. `title` is said as it is."""

    title: str
    count: int
    href: str


@dataclass(frozen=True, slots=True)
class NavItem:
    """A place in the navigation; `label` is a key of the texts, `roles` who sees it (nobody named: everybody)."""

    href: str
    label: str
    order: int
    roles: tuple[Role, ...]


TileMaker = Callable[[Account], Awaitable[Tile | None]]


class Kit:
    """Given to `routes(kit, ...)` of every page module."""

    def __init__(self, door: Door, clock: Callable[[], datetime], texts: Texts | None = None) -> None:
        self.t = texts or load_texts()
        self.tiles: list[TileMaker] = []
        self.uploads: dict[str, int] = {}
        self.door = door
        self.signed_in = door.signed_in
        self.agent = door.holding(Role.AGENT)
        self.reviewer = door.holding(Role.REVIEWER)
        self.operator = door.holding(Role.OPERATOR)
        self.writer = door.holding(Role.AGENT, Role.REVIEWER)
        self.version = _version()
        self._clock = clock
        self._nav: list[NavItem] = []
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["moment"] = moment
        self._templates.filters["person"] = _person
        self._templates.globals.update(
            t=self.t, static=f"{PATH}/static/{self.version}", Role=Role, form_bytes=FORM_BYTES
        )

    @property
    def today(self) -> date:
        """The day in the county."""
        return self._clock().astimezone(COUNTY_TIME).date()

    def link(self, href: str, label: str, *, order: int, roles: tuple[Role, ...] = ()) -> None:
        """Put an area into the navigation; `href` is a path below /console, `label` a key of the texts."""
        self._nav.append(NavItem(PATH + href, label, order, roles))
        self._nav.sort(key=lambda item: item.order)

    def tile(self, maker: TileMaker) -> None:
        """Put a line on the start page; `maker` returns None where there is nothing for this person."""
        self.tiles.append(maker)

    def upload(self, path: str, largest: int) -> None:
        """Let requests to `path` (below /console) be up to `largest` bytes instead of `FORM_BYTES`."""
        self.uploads[path] = largest

    def text(self, key: str, **values: object) -> str:
        """A text by its dotted key, with its values filled in."""
        return str(self.t.at(key)).format(**values)

    def called(self, request: Request, name: str) -> str:
        """What an account is called in front of people."""
        visit = self.door.visit(request)
        return visit.names.get(name, name) if visit else name

    async def form(self, request: Request) -> FormData:
        """The form that was sent; without NUL, which no database takes. Files are those of `request.form`."""
        form = await request.form(max_part_size=FORM_BYTES)
        return FormData([(k, v.replace("\0", "") if isinstance(v, str) else v) for k, v in form.multi_items()])

    def page(self, request: Request, template: str, status: int = 200, **values: object) -> HTMLResponse:
        """A whole page from a template that extends base.html; says and forgets a notice."""
        notice = self.door.sessions.take_notice(request)
        said = self.text(notice[0], **notice[1]) if notice else ""
        response = self._render(request, template, status, {"notice": said, "nav": self._nav_for(request), **values})
        if notice:
            self.door.sessions.forget_notice(response)
        return response

    def fragment(self, request: Request, template: str, status: int = 200, **values: object) -> HTMLResponse:
        """A piece of a page, for htmx."""
        return self._render(request, template, status, values)

    def go(self, request: Request, path: str, notice: str = "", **values: object) -> RedirectResponse:
        """Send the browser to a path below /console; the page there says the text `notice` once."""
        response = RedirectResponse(PATH + path, 303, {"Cache-Control": "no-store"})
        if notice:
            self.door.sessions.leave_notice(request, response, notice, values)
        return response

    def _render(self, request: Request, template: str, status: int, values: dict[str, Any]) -> HTMLResponse:
        visit = self.door.visit(request)
        given = {
            "account": visit.account if visit else None,
            "csrf": visit.csrf if visit else "",
            "names": visit.names if visit else {},
            "now": self._clock(),
            "today": self.today,
            "here": request.url.path,
            **values,
        }
        html = self._templates.get_template(template).render(given)
        return HTMLResponse(html, status, {"Cache-Control": "no-store"})

    def _nav_for(self, request: Request) -> list[NavItem]:
        visit = self.door.visit(request)
        if visit is None or visit.must_change:
            return []
        return [item for item in self._nav if not item.roles or visit.account.may(*item.roles)]


def moment(when: datetime) -> str:
    """A moment in county time, to the minute: 2026-11-22 09:00."""
    return when.astimezone(COUNTY_TIME).strftime("%Y-%m-%d %H:%M")


@pass_context
def _person(context: Context, name: str) -> str:
    """What an account is called in front of people; who has none is called what they are called."""
    return str(context["names"].get(name, name))


def _version() -> str:
    """Changes with every byte of the static files, so that browsers may keep each version for ever."""
    digest = hashlib.sha256()
    for file in sorted(STATIC.iterdir()):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]
