"""What is kept as a page for everybody, and a person's copy at an address that works once."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import yaml
from fastapi import APIRouter, Request
from jinja2 import Environment, FileSystemLoader, Template
from pydantic import BaseModel, ConfigDict
from starlette.responses import FileResponse, HTMLResponse, Response

from bot.privacy.copies import Copies, Part
from bot.privacy.keeper import INTERNAL
from bot.privacy.linking import Linking
from bot.privacy.register import Register

HERE = Path(__file__).parent
_LONGEST = 64
"""Bytes of a form that says how the copy is wanted."""
_PRIVATE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; media-src data:; form-action 'self'; frame-ancestors 'none'",
}

_LAPSED: dict[int | str, dict[str, Any]] = {404: {"description": "Used, or lapsed.", "content": {"text/html": {}}}}


class PageWords(BaseModel):
    """The words, from page.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    back: str
    lead: str
    operator: str
    what: str
    why: str
    law: str
    long: str
    gone: str
    rights_title: str
    rights: tuple[str, ...]
    rest: str
    copy_title: str
    copy_lead: str
    open: str
    file: str
    gone_title: str
    gone_lead: str
    empty: str
    yes: str
    no: str
    labels: Mapping[str, str]
    marks: frozenset[str]


@cache
def _words() -> PageWords:
    return PageWords.model_validate(yaml.safe_load((HERE / "page.yaml").read_text("utf-8")))


@cache
def _page() -> Template:
    return Environment(loader=FileSystemLoader(HERE), autoescape=True).get_template("page.html")


def privacy_endpoint(register: Register, copies: Copies, linking: Linking, answerable: tuple[str, str]) -> APIRouter:
    """GET /privacy; GET and POST /my-data/{token}: 404 for an address that is used or has lapsed.

    Looking does not use it up: messengers look at addresses before people do. The copy itself comes with the POST, as a
    page or, with `as=file`, as JSON.
    """
    router = APIRouter()
    groups = [
        {
            "name": one.name,
            "parts": [(part, register.text(one, part)) for part in ("what", "why", "law", "long", "gone")],
        }
        for name, one in register.groups.items()
        if name not in INTERNAL
    ]

    @router.get("/privacy", response_class=HTMLResponse)
    async def privacy() -> Response:
        words, (operator, contact) = _words(), answerable
        who = words.operator.format(operator=operator, contact=contact) if operator else ""
        return HTMLResponse(_page().render(t=words, title=words.title, lead=words.lead, groups=groups, operator=who))

    @router.get("/privacy/privacy.css", response_class=Response, responses={200: {"content": {"text/css": {}}}})
    async def style() -> Response:
        return FileResponse(HERE / "static" / "privacy.css", media_type="text/css")

    @router.get("/my-data/{token}", response_class=HTMLResponse, responses=_LAPSED)
    async def ask(token: str) -> Response:
        if not await copies.good(token):
            return _lapsed()
        words = _words()
        html = _page().render(t=words, title=words.copy_title, lead=words.copy_lead, ask=True)
        return HTMLResponse(html, headers=_PRIVATE)

    @router.post(
        "/my-data/{token}",
        response_class=HTMLResponse,
        responses={
            **_LAPSED,
            200: {"content": {"application/json": {}}},
            413: {"description": "More than says how the copy is wanted."},
        },
    )
    async def give(token: str, request: Request) -> Response:
        wanted = b""
        async for chunk in request.stream():
            wanted += chunk
            if len(wanted) > _LONGEST:
                return Response(status_code=413, headers=_PRIVATE)
        account = await copies.take(token)
        if account is None:
            return _lapsed()
        parts = await copies.copy(await linking.person(account))
        if wanted == b"as=file":
            return _file(register, parts)
        words = _words()
        shown = [
            {"name": register.groups[group].name, "rows": [_said(row) for part in those for row in part.rows]}
            for group, those in groupby(parts, key=lambda part: part.group)
        ]
        html = _page().render(t=words, title=words.copy_title, lead="" if shown else words.empty, parts=shown)
        return HTMLResponse(html, headers=_PRIVATE)

    return router


def _lapsed() -> Response:
    words = _words()
    html = _page().render(t=words, title=words.gone_title, lead=words.gone_lead)
    return HTMLResponse(html, status_code=404, headers=_PRIVATE)


def _file(register: Register, parts: Sequence[Part]) -> Response:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for part in parts:
        found.setdefault(register.groups[part.group].name, []).extend(part.rows)
    data = json.dumps(found, ensure_ascii=False, indent=1)
    disposition = {"Content-Disposition": 'attachment; filename="my-data.json"'}
    return Response(data, media_type="application/json", headers=_PRIVATE | disposition)


def _said(row: Mapping[str, Any]) -> dict[str, str]:
    """A row's values as text; what is nested, in lines."""
    return {label: _text(value) for label, value in row.items()}


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return _words().yes if value else _words().no
        case dict():
            words = _words()
            lines = ((words.labels.get(key, key), _text(one)) for key, one in value.items() if key not in words.marks)
            return "\n".join(f"{label}：{text}" if label else text for label, text in lines if text)
        case list() | tuple():
            return "\n".join(filter(None, map(_text, value)))
        case _:
            return str(value)
