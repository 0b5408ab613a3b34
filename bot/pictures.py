"""Pictures below replies: drawn when they are first looked at, and kept."""

import asyncio
import hashlib
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Annotated
from urllib.parse import quote, unquote

import structlog
from fastapi import APIRouter
from fastapi import Path as InPath
from starlette.responses import Response

log = structlog.get_logger(__name__)

LONGEST = 200
KEPT = 500
"""Pictures on disk; older ones are drawn again."""

Draw = Callable[[list[str]], Awaitable[bytes | None]]
"""Draws the PNG of an address, in its parts; None for one that stands for nothing."""


class Pictures:
    """`draw` is told by the first part of an address: `price/...`."""

    def __init__(self, folder: Path, draw: Mapping[str, Draw]) -> None:
        self._folder = folder
        self._draw = draw
        self._one_by_one = asyncio.Lock()

    async def get(self, address: str) -> bytes | None:
        """The PNG; None for an address that stands for nothing, and where drawing fails: the text says it all."""
        kind, *parts = [unquote(part) for part in address.removesuffix(".png").split("/")]
        if len(address) > LONGEST or kind not in self._draw:
            return None
        path = self._folder / f"{hashlib.sha256(address.encode()).hexdigest()[:32]}.png"
        async with self._one_by_one:
            if path.exists():
                return await asyncio.to_thread(path.read_bytes)
            try:
                drawn = await self._draw[kind](parts)
            except Exception:
                log.exception("picture not drawn", kind=kind)
                return None
            if drawn is not None:
                await asyncio.to_thread(self._keep, path, drawn)
        return drawn

    def router(self) -> APIRouter:
        """`GET /pictures/{address}`: image/png, or 404."""
        router = APIRouter()

        async def picture(address: Annotated[str, InPath(max_length=LONGEST)]) -> Response:
            drawn = await self.get(quote(address))
            if drawn is None:
                return Response(status_code=404)
            return Response(drawn, media_type="image/png", headers={"Cache-Control": "public, max-age=86400"})

        router.add_api_route(
            "/pictures/{address:path}",
            picture,
            response_class=Response,
            responses={200: {"content": {"image/png": {}}}, 404: {"description": "It stands for nothing."}},
        )
        return router

    def _keep(self, path: Path, drawn: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(f".{os.getpid()}.new")  # processes may share the folder
        new.write_bytes(drawn)
        new.replace(path)
        known = sorted(self._folder.glob("*.png"), key=lambda one: one.stat().st_mtime)
        for old in known[:-KEPT]:
            old.unlink(missing_ok=True)
