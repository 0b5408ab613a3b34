"""The page and its manifest, rendered once from the template and the texts."""

import hashlib
import json
from pathlib import Path
from types import SimpleNamespace

from fastapi import Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from bot.channels.web.limits import Limits
from bot.channels.web.texts import WebTexts
from bot.channels.web.visitor import Visitors

STATIC = Path(__file__).with_name("static")


def static_version() -> str:
    """Changes with every byte of the static files, so that browsers may keep each version for ever."""
    digest = hashlib.sha256()
    for file in sorted(STATIC.iterdir()):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]


class Page:
    """GET / and GET /manifest.webmanifest."""

    def __init__(self, visitors: Visitors, texts: WebTexts, limits: Limits, version: str, *, voice: bool) -> None:
        self._visitors = visitors
        environment = Environment(
            loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
        )
        config = {
            "texts": texts.page,
            "max_text": limits.text,
            "max_seconds": limits.voice_seconds,
            "max_bytes": limits.voice_bytes,
            "voice": voice,
        }
        self._html = environment.get_template("page.html").render(
            t=SimpleNamespace(**texts.page), examples=texts.examples, static=f"/static/{version}", config=config
        )
        self._manifest = json.dumps(
            {
                "name": texts.page["title"],
                "short_name": texts.page["name"],
                "lang": "zh-CN",
                "start_url": "/",
                "display": "standalone",
                "background_color": "#faf4e4",
                "theme_color": "#1e5235",
                "icons": [
                    {"src": f"/static/{version}/icon.svg", "sizes": "any", "type": "image/svg+xml", "purpose": purpose}
                    for purpose in ("any", "maskable")
                ],
            },
            ensure_ascii=False,
        )

    async def get(self, request: Request) -> Response:
        """The page; gives or renews the visitor's cookie."""
        response = HTMLResponse(self._html, headers={"Cache-Control": "no-store"})
        self._visitors.welcome(request, response)
        return response

    async def manifest(self) -> Response:
        """What a phone needs to put the page on its home screen."""
        return Response(self._manifest, media_type="application/manifest+json")
