"""A draft: what is wrong with it, and handing it in, taking it back, putting it away; old versions brought back."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from knowledge_base.curation.accounts import Account
from knowledge_base.curation.comparison import compare
from knowledge_base.curation.console.entry_steps import seen, taken
from knowledge_base.curation.console.kit import Kit
from knowledge_base.curation.console.pages_entry_edit import Asking
from knowledge_base.curation.examination import Examinations
from knowledge_base.curation.problems import EntryProblems
from knowledge_base.curation.versions import Seen
from knowledge_base.curation.workflow import Workflow


def add(router: APIRouter, kit: Kit, workflow: Workflow, examinations: Examinations, asking: Asking) -> None:
    """The page of a draft, and the steps of those who write."""

    async def page(request: Request, key: str, status: int = 200) -> Response:
        history = await workflow.history(key)
        if history.open is None:
            return kit.go(request, f"/entries/{key}")
        entry, published = history.open.entry, history.published
        return kit.page(
            request,
            "entry_draft.html",
            status,
            history=history,
            draft=history.open,
            entry=entry,
            problems=await workflow.problems(entry),
            awaiting=await asking.awaiting(key),
            pairs=compare(published.content, history.open.content) if published else None,
        )

    @router.get("/{key}/draft")
    async def draft(request: Request, key: str, _: Annotated[Account, Depends(kit.signed_in)]) -> Response:
        return await page(request, key)

    @router.post("/{key}/submit")
    async def submit(request: Request, key: str, by: Annotated[Account, Depends(kit.agent)]) -> Response:
        here = f"/entries/{key}/draft"
        step = _hand_in(workflow, examinations, by, seen(await kit.form(request), key))
        try:
            return await taken(kit, request, step, (here, "entries.submitted_notice"), here)
        except EntryProblems:
            return await page(request, key, 422)

    @router.post("/{key}/take-back")
    async def take_back(request: Request, key: str, by: Annotated[Account, Depends(kit.agent)]) -> Response:
        step = workflow.take_back(by, seen(await kit.form(request), key))
        done = f"/entries/{key}/edit", "entries.taken_back"
        return await taken(kit, request, step, done, f"/entries/{key}/draft")

    @router.post("/{key}/discard")
    async def discard(request: Request, key: str, by: Annotated[Account, Depends(kit.agent)]) -> Response:
        step = workflow.discard(by, seen(await kit.form(request), key))
        done = f"/entries/{key}", "entries.discarded"
        return await taken(kit, request, step, done, f"/entries/{key}/draft")

    @router.post("/{key}/restore")
    async def restore(request: Request, key: str, by: Annotated[Account, Depends(kit.agent)]) -> Response:
        step = workflow.restore(by, key, seen(await kit.form(request), key).number)
        done = f"/entries/{key}/edit", "entries.restored"
        return await taken(kit, request, step, done, f"/entries/{key}")

    @router.post("/{key}/set-aside")
    async def set_aside(request: Request, key: str, by: Annotated[Account, Depends(kit.agent)]) -> Response:
        done = "/entries/offered", "entries.set_aside_notice"
        return await taken(kit, request, workflow.set_aside(by, key), done, done[0])


async def _hand_in(workflow: Workflow, examinations: Examinations, by: Account, seen: Seen) -> None:
    """Submit, and begin with the golden questions: the reviewer need not wait for them."""
    await examinations.start(await workflow.submit(by, seen))
