"""Reviewing an answer: what has changed, what it would break, and approving, sending back or withdrawing."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from starlette.responses import Response

from knowledge_base.curation.accounts import Account
from knowledge_base.curation.catalogue import Catalogue
from knowledge_base.curation.comparison import compare
from knowledge_base.curation.console.entry_form import by_field
from knowledge_base.curation.console.entry_steps import seen, taken
from knowledge_base.curation.console.kit import Kit
from knowledge_base.curation.console.pages_entry_edit import Asking
from knowledge_base.curation.examination import Examinations
from knowledge_base.curation.problems import EntryProblems
from knowledge_base.curation.refusals import GoldenBroken, NotExamined
from knowledge_base.curation.states import State
from knowledge_base.curation.workflow import Workflow

TYPED = ("against", "accepted", "note")


def add(
    router: APIRouter,
    kit: Kit,
    workflow: Workflow,
    catalogue: Catalogue,
    examinations: Examinations,
    *,
    asking: Asking,
) -> None:
    """The pages of reviewing."""
    review = _Review(kit, workflow, catalogue, examinations, asking)

    @router.get("/review")
    async def queue(request: Request, _: Annotated[Account, Depends(kit.signed_in)]) -> Response:
        return kit.page(request, "entries_review.html", waiting=await catalogue.in_review())

    @router.get("/{key}/review")
    async def show(request: Request, key: str, by: Annotated[Account, Depends(kit.signed_in)]) -> Response:
        return await review.page(request, by, key)

    @router.post("/{key}/examine")
    async def examine(request: Request, key: str, _: Annotated[Account, Depends(kit.writer)]) -> Response:
        version = (await workflow.history(key)).open
        if version is not None:
            await examinations.start(version)
        return kit.go(request, f"/entries/{key}/review")

    @router.get("/{key}/golden")
    async def golden(request: Request, key: str, by: Annotated[Account, Depends(kit.signed_in)]) -> Response:
        return await review.page(request, by, key, fragment=True)

    @router.post("/{key}/publish")
    async def publish(request: Request, key: str, by: Annotated[Account, Depends(kit.reviewer)]) -> Response:
        return await review.publish(request, by, key)

    @router.post("/{key}/send-back")
    async def send_back(request: Request, key: str, by: Annotated[Account, Depends(kit.reviewer)]) -> Response:
        form = await kit.form(request)
        step = workflow.send_back(by, seen(form, key), str(form.get("note", "")))
        done = f"/entries/{key}/draft", "entries.sent_back_notice"
        try:
            return await taken(kit, request, step, done, f"/entries/{key}")
        except EntryProblems as fault:
            return await review.page(request, by, key, by_field(fault.problems))

    _add_withdrawal(router, kit, workflow)


class _Review:
    """What a reviewer decides on. Looking at it starts the examination, where that has not been done."""

    def __init__(
        self, kit: Kit, workflow: Workflow, catalogue: Catalogue, examinations: Examinations, asking: Asking
    ) -> None:
        self._kit = kit
        self._workflow = workflow
        self._catalogue = catalogue
        self._examinations = examinations
        self._asking = asking

    async def page(
        self,
        request: Request,
        by: Account,
        key: str,
        errors: dict[str, str] | None = None,
        *,
        fragment: bool = False,
    ) -> Response:
        """The whole page, or only what the golden questions say."""
        form = await self._kit.form(request)
        history = await self._workflow.history(key)
        version = history.open
        if version is None or version.state is not State.IN_REVIEW:
            if fragment:
                raise HTTPException(404)
            return self._kit.go(request, f"/entries/{key}", "entries.errors.WrongState")
        published = history.published
        values: dict[str, Any] = {
            "version": version,
            "entry": version.entry,
            "own": by.name in history.writers(version),
            "examination": await self._examinations.start(version),
            "titles": {**await self._catalogue.titles(), key: version.title},
            "awaiting": await self._asking.awaiting(key),
            "errors": errors or {},
            "typed": {name: str(form.get(name, "")) for name in TYPED},
        }
        if fragment:
            return self._kit.fragment(request, "entry_golden.html", **values)
        pairs = compare(published.content, version.content) if published else None
        return self._kit.page(request, "entry_review.html", 422 if errors else 200, pairs=pairs, **values)

    async def publish(self, request: Request, by: Account, key: str) -> Response:
        """Approve; what is missing for that is said in the form."""
        form = await self._kit.form(request)
        against, accepted = (str(form.get(name, "")) for name in ("against", "accepted"))
        step = self._workflow.publish(by, seen(form, key), against=against, accepted=accepted)
        here = f"/entries/{key}"
        try:
            return await taken(self._kit, request, step, (here, "entries.published_notice"), here)
        except EntryProblems as fault:
            errors = by_field(fault.problems)
        except GoldenBroken as fault:
            errors = {"accepted": self._kit.text("entries.errors.GoldenBroken", n=fault.broken)}
        except NotExamined:
            errors = {"golden": self._kit.text("entries.errors.NotExamined")}
        return await self.page(request, by, key, errors)


def _add_withdrawal(router: APIRouter, kit: Kit, workflow: Workflow) -> None:
    async def page(request: Request, key: str, typed: str = "", error: str = "") -> Response:
        version = (await workflow.history(key)).published
        if version is None:
            return kit.go(request, f"/entries/{key}", "entries.errors.WrongState")
        status = 422 if error else 200
        return kit.page(request, "entry_withdraw.html", status, version=version, typed=typed, error=error)

    @router.get("/{key}/withdraw")
    async def ask(request: Request, key: str, _: Annotated[Account, Depends(kit.reviewer)]) -> Response:
        return await page(request, key)

    @router.post("/{key}/withdraw")
    async def withdraw(request: Request, key: str, by: Annotated[Account, Depends(kit.reviewer)]) -> Response:
        reason = str((await kit.form(request)).get("reason", ""))
        here = f"/entries/{key}"
        step = workflow.withdraw(by, key, reason)
        try:
            return await taken(kit, request, step, (here, "entries.withdrawn_notice"), here)
        except EntryProblems as fault:
            return await page(request, key, reason, fault.problems[0].line)
