"""The one draft of an entry: begun, and written on by one person after another, of whom none loses a word."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.curation.accounts import Account
from knowledge_base.curation.refusals import EditConflict, InReview, NoSuchVersion
from knowledge_base.curation.states import State
from knowledge_base.curation.versions import COUNTY, History, Version, add, history, move
from knowledge_base.store import Store


class Drafts:
    """Drafts in one store. Who may write at them, and the audit log, are the workflow's matter."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    async def standing(self, key: str) -> Version:
        """What others have made of an entry. Raises `NoSuchVersion`."""
        async with self._store.session() as session:
            known = await history(session, key)
        if not known.versions:
            raise NoSuchVersion
        return known.open or known.published or known.versions[0]

    async def save(
        self,
        session: AsyncSession,
        by: Account,
        known: History,
        content: dict[str, object],
        seen: tuple[int | None, int | None],
    ) -> Version:
        """The one draft with another text. `seen`: number and revision of what the writer had before their eyes.

        Raises `EditConflict`, `InReview`.
        """
        draft = known.open
        if draft is None:
            if known.published is not None and seen[0] != known.published.number:
                raise EditConflict(known.published)
            return await self.add(session, by, known, content, seen[0])
        if seen != (draft.number, draft.revision):
            raise EditConflict(draft)
        if draft.state is not State.DRAFT:
            raise InReview(draft)
        if draft.author == by.name:
            text = {"content": content, "revision": draft.revision + 1, "created_at": self._clock()}
            if not await move(session, draft, **text):
                raise EditConflict(await self.standing(draft.key))
            return replace(draft, **text)  # type: ignore[arg-type]
        if not await move(session, draft, state=State.DROPPED):
            raise EditConflict(await self.standing(draft.key))
        return await self.add(session, by, known, content, draft.number)

    async def add(
        self, session: AsyncSession, by: Account, known: History, content: dict[str, object], based_on: int | None
    ) -> Version:
        """A new draft, numbered after all others; two at once get the same number, and the database refuses one.

        A reviewer's note on the draft that it goes on from goes with it.
        """
        if known.published is not None and not known.kept:
            add(session, known.published)
        draft = Version(
            known.key, known.top + 1, State.DRAFT, COUNTY, content, by.name, self._clock(), based_on=based_on
        )
        before = known.open
        if before is not None:
            draft = replace(draft, reviewer=before.reviewer, reviewed_at=before.reviewed_at, note=before.note)
        add(session, draft)
        return draft
