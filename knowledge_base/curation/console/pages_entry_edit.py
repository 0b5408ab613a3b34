"""Writing an answer: the form, and what happens when two people write at once."""

from dataclasses import replace
from typing import Annotated, Protocol

from fastapi import APIRouter, Depends, HTTPException, Request
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from knowledge_base.curation.accounts import Account
from knowledge_base.curation.answer import Decided
from knowledge_base.curation.comparison import compare
from knowledge_base.curation.console.entry_form import LISTS, PLAIN, Typed, by_field, typed_for, typed_from, typed_of
from knowledge_base.curation.console.kit import Kit
from knowledge_base.curation.problems import EntryProblems, field_name
from knowledge_base.curation.refusals import EditConflict, InReview
from knowledge_base.curation.states import OPEN, State
from knowledge_base.curation.versions import Version
from knowledge_base.curation.workflow import Hook, Workflow
from knowledge_base.entry import SPOKEN_MAX, Entry, Kind

MORE = frozenset({"aliases", "also_crops", "regions", "months", "follow_ups", "valid_until", "needs_review"})
"""Fields that are folded away until there is something to say about them."""


class Asking(Protocol):
    """Farmers who wait for an entry that is yet to be written."""

    async def asks_for(self, answer: str) -> tuple[str, ...]:
        """How they have asked."""

    async def awaiting(self, key: str) -> int:
        """How many of them get an entry once it is published."""

    async def link(self, session: AsyncSession, by: Account, answer: str, key: str) -> None:
        """Say in the caller's transaction which entry it will be. Raises `Decided` where it is not awaited any more."""


def add(router: APIRouter, kit: Kit, workflow: Workflow, asking: Asking) -> None:
    """The pages of writing."""
    form = _Form(kit, workflow, asking)

    @router.get("/new")
    async def new(request: Request, _: Annotated[Account, Depends(kit.agent)], answer: str = "") -> Response:
        return await form.page(request, typed_for(await asking.asks_for(answer) if answer else (), answer), "")

    @router.post("/new")
    async def create(request: Request, by: Annotated[Account, Depends(kit.agent)]) -> Response:
        return await form.sent(request, by, "")

    @router.get("/{key}/edit")
    async def edit(request: Request, key: str, _: Annotated[Account, Depends(kit.agent)]) -> Response:
        history = await workflow.history(key)
        seen = history.open or history.published or next(iter(history.versions), None)
        if seen is None:
            raise HTTPException(404)
        if seen.state is State.IN_REVIEW:
            return kit.go(request, f"/entries/{key}/draft", "entries.errors.WrongState")
        return await form.page(request, typed_of(seen.entry, seen.number, _revision(seen)), key)

    @router.post("/{key}/edit")
    async def change(request: Request, key: str, by: Annotated[Account, Depends(kit.agent)]) -> Response:
        return await form.sent(request, by, key)


class _Form:
    """The form of an entry. What was typed comes back with every page until it is saved."""

    def __init__(self, kit: Kit, workflow: Workflow, asking: Asking) -> None:
        self._kit = kit
        self._workflow = workflow
        self._asking = asking

    async def page(
        self,
        request: Request,
        typed: Typed,
        key: str,
        *,
        errors: dict[str, str] | None = None,
        preview: Entry | None = None,
    ) -> Response:
        """The form as typed; `key` is empty for a new entry."""
        return self._kit.page(
            request,
            "entry_edit.html",
            422 if errors else 200,
            key=key,
            typed=typed,
            errors=errors or {},
            preview=preview,
            draft=(await self._workflow.history(key)).open if key else None,
            kind_options=[(kind, self._kit.text(f"entries.kinds.{kind}")) for kind in Kind],
            names={name: field_name(name) for name in (*PLAIN, *LISTS)},
            more_errors=not MORE.isdisjoint(errors or ()),
            most=SPOKEN_MAX,
        )

    async def sent(self, request: Request, by: Account, key: str) -> Response:
        """What a button of the form does: save, look at it, or make room for another source."""
        form = await self._kit.form(request)
        typed, action = typed_from(form, key), form.get("action", "save")
        if action == "add_source":
            return await self.page(request, typed.with_room(), key)
        if action == "edit":
            return await self.page(request, typed, key)
        try:
            entry = typed.entry()
            if action == "preview":
                return await self.page(request, typed, key, preview=entry)
            saved = await self._workflow.save(
                by, entry, based_on=typed.based_on, revision=typed.revision, along=self._link(typed.answer)
            )
        except EntryProblems as fault:
            return await self.page(request, typed, key, errors=by_field(fault.problems))
        except (EditConflict, InReview) as conflict:
            return self._conflict(request, typed, entry, conflict.current)
        except Decided:
            told = {"main": self._kit.text("entries.errors.Decided")}
            return await self.page(request, replace(typed, answer=""), key, errors=told)
        return self._kit.go(request, f"/entries/{saved.key}/draft", "entries.saved")

    def _link(self, answer: str) -> Hook | None:
        """Promises the entry to those who wait for it, in the transaction that saves its draft."""

        async def link(session: AsyncSession, entry: Entry, by: Account) -> None:
            await self._asking.link(session, by, answer, entry.key)

        return link if answer else None

    def _conflict(self, request: Request, typed: Typed, entry: Entry, current: Version) -> Response:
        """Both texts side by side; either may be taken, and what was typed is still in the form."""
        return self._kit.page(
            request,
            "entry_conflict.html",
            409,
            current=current,
            in_review=current.state is State.IN_REVIEW,
            taken=typed.based_on is None and current.state not in OPEN,
            pairs=compare(current.content, entry.model_dump(mode="json")),
            typed=typed.seeing(current.number, _revision(current)),
        )


def _revision(seen: Version) -> int | None:
    """Counts for what is being written at only."""
    return seen.revision if seen.state in OPEN else None
