"""Answers: the list, one answer with its versions, two versions side by side, what expires, what a release brings."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, HTTPException, Request
from starlette.responses import Response

from knowledge_base.curation.accounts import Account, Role
from knowledge_base.curation.catalogue import Catalogue, Filter
from knowledge_base.curation.comparison import compare
from knowledge_base.curation.console import pages_entry_draft, pages_entry_edit, pages_entry_review
from knowledge_base.curation.console.kit import Kit, Tile
from knowledge_base.curation.console.pages_entry_edit import Asking
from knowledge_base.curation.examination import Examinations
from knowledge_base.curation.states import State
from knowledge_base.curation.versions import History, Version
from knowledge_base.curation.workflow import Workflow
from knowledge_base.entry import Kind

PAGE = 50
LISTED = (State.PUBLISHED, State.DRAFT, State.IN_REVIEW, "expiring", "expired", State.WITHDRAWN, State.OFFERED)


def routes(kit: Kit, workflow: Workflow, catalogue: Catalogue, examinations: Examinations, asking: Asking) -> APIRouter:
    """Everything below /console/entries."""
    router = APIRouter(prefix="/entries")
    kit.link("/entries", "entries.nav", order=10)
    kit.link("/entries/review", "entries.review_nav", order=20, roles=(Role.REVIEWER,))
    _tiles(kit, catalogue)
    _add_lists(router, kit, catalogue)
    pages_entry_edit.add(router, kit, workflow, asking)
    pages_entry_draft.add(router, kit, workflow, examinations, asking)
    pages_entry_review.add(router, kit, workflow, catalogue, examinations, asking=asking)
    _add_one(router, kit, workflow, catalogue)
    return router


def _tiles(kit: Kit, catalogue: Catalogue) -> None:
    async def in_review(account: Account) -> Tile | None:
        if not account.may(Role.REVIEWER):
            return None
        return Tile(kit.text("entries.tile_review"), len(await catalogue.in_review()), "/console/entries/review")

    async def expiring(_: Account) -> Tile:
        return Tile(kit.text("entries.tile_expiring"), len(await catalogue.expiring()), "/console/entries/expiring")

    async def offered(_: Account) -> Tile | None:
        count = len(await catalogue.offered())
        return Tile(kit.text("entries.tile_offered"), count, "/console/entries/offered") if count else None

    for maker in (in_review, expiring, offered):
        kit.tile(maker)


def _add_lists(router: APIRouter, kit: Kit, catalogue: Catalogue) -> None:
    @router.get("")
    async def index(request: Request, _: Annotated[Account, Depends(kit.signed_in)]) -> Response:
        asked = request.query_params
        wanted = _filter(asked)
        everything = await catalogue.rows()
        rows = [row for row in everything if wanted.lets_through(row)]
        pages = max(1, -(-len(rows) // PAGE))
        page = min(max(int(asked["page"]) if asked.get("page", "").isdecimal() else 1, 1), pages)
        kept = urlencode([(name, value) for name, value in asked.items() if name != "page" and value])
        return kit.page(
            request,
            "entries.html",
            rows=rows[(page - 1) * PAGE : page * PAGE],
            total=len(rows),
            number=page,
            pages=pages,
            kept=kept,
            wanted=wanted,
            crops=sorted({crop for row in everything for crop in row.entry.crops}),
            kinds=list(Kind),
            listed=LISTED,
        )

    @router.get("/expiring")
    async def expiring(request: Request, _: Annotated[Account, Depends(kit.signed_in)]) -> Response:
        return kit.page(request, "entries_expiring.html", rows=await catalogue.expiring())

    @router.get("/offered")
    async def offered(request: Request, _: Annotated[Account, Depends(kit.signed_in)]) -> Response:
        return kit.page(request, "entries_offered.html", offered=await catalogue.offered())


def _add_one(router: APIRouter, kit: Kit, workflow: Workflow, catalogue: Catalogue) -> None:
    async def known(key: str) -> History:
        history = await workflow.history(key)
        if not history.versions:
            raise HTTPException(404)
        return history

    @router.get("/{key}")
    async def show(request: Request, key: str, _: Annotated[Account, Depends(kit.signed_in)]) -> Response:
        history = await known(key)
        shown = history.published or history.open or history.versions[0]
        return kit.page(
            request,
            "entry.html",
            history=history,
            shown=shown,
            entry=shown.entry,
            titles=await catalogue.titles(),
        )

    @router.get("/{key}/versions/{number}")
    async def version(
        request: Request, key: str, number: int, _: Annotated[Account, Depends(kit.signed_in)]
    ) -> Response:
        history = await known(key)
        shown = _version(history, number)
        return kit.page(
            request, "entry_version.html", history=history, shown=shown, entry=shown.entry,
            titles=await catalogue.titles(),
        )  # fmt: skip

    @router.get("/{key}/offer")
    async def offer(request: Request, key: str, _: Annotated[Account, Depends(kit.signed_in)]) -> Response:
        history = await known(key)
        standing = history.published or history.versions[-1]
        if history.offered is None:
            raise HTTPException(404)
        return kit.go(request, f"/entries/{key}/compare?left={standing.number}&right={history.offered.number}")

    @router.get("/{key}/compare")
    async def side_by_side(
        request: Request, key: str, _: Annotated[Account, Depends(kit.signed_in)], left: int = 0, right: int = 0
    ) -> Response:
        history = await known(key)
        one, other = _version(history, left), _version(history, right)
        pairs = compare(one.content, other.content)
        return kit.page(request, "entry_compare.html", history=history, left=one, right=other, pairs=pairs)


def _version(history: History, number: int) -> Version:
    found = history.get(number)
    if found is None:
        raise HTTPException(404)
    return found


def _filter(asked: Mapping[str, str]) -> Filter:
    state, kind = asked.get("state", ""), asked.get("kind", "")
    return Filter(
        text=asked.get("text", "")[:100],
        state=state if state in LISTED else None,
        kind=kind if kind in set(Kind) else None,
        crop=asked.get("crop") or None,
        needs_review="needs_review" in asked,
        sample="sample" in asked,
    )
