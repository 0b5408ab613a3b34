"""The life of an entry: written, reviewed by somebody else, published, replaced, withdrawn. Every version is kept."""

from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.curation.accounts import Account
from knowledge_base.curation.audit import Audit
from knowledge_base.curation.drafts import Drafts
from knowledge_base.curation.examination import Examiner
from knowledge_base.curation.problems import EntryProblems, Problem, required
from knowledge_base.curation.proof import Proof
from knowledge_base.curation.refusals import (
    EditConflict,
    GoldenBroken,
    NoSuchVersion,
    NotExamined,
    OwnText,
    WrongState,
)
from knowledge_base.curation.states import RULES, State, Step
from knowledge_base.curation.versions import History, Seen, Version, add, history, move, retire
from knowledge_base.entry import Entry, SecondReading
from knowledge_base.library import Library
from knowledge_base.store import Store

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOTE_LENGTH, AGAINST_LENGTH = 1000, 400

Hook = Callable[[AsyncSession, Entry, Account], Awaitable[None]]


class Workflow:
    """The steps of entries in one store. Each checks the role, is one transaction, and leaves a line in the audit log."""

    def __init__(
        self,
        store: Store,
        library: Library,
        *,
        proof: Proof,
        examiner: Examiner,
        audit: Audit,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._library = library
        self._proof = proof
        self._examiner = examiner
        self._audit = audit
        self._clock = clock
        self._drafts = Drafts(store, clock)
        self.on_published: list[Hook] = []
        """Called in the publishing transaction."""

    async def history(self, key: str) -> History:
        """Every version of an entry, newest first."""
        async with self._store.session() as session:
            return await history(session, key)

    async def problems(self, entry: Entry) -> list[Problem]:
        """What keeps an entry from being submitted."""
        async with self._store.session() as session:
            return await self._proof.read(session, entry)

    async def save(
        self,
        by: Account,
        entry: Entry,
        *,
        based_on: int | None,
        revision: int | None = None,
        along: Hook | None = None,
        session: AsyncSession | None = None,
    ) -> Version:
        """Create or update the one draft of a key.

        `based_on` and `revision` are those of the version that the writer had before their eyes: the draft, else the
        published one; None for a new key. Another person's draft is kept aside and written on from.
        `along` is called in the same transaction. With a `session` it is part of the caller's transaction, which must be rolled back when this raises.
        Raises `Forbidden`, `EditConflict`, and `InReview`.
        """
        by.require(RULES[Step.SAVE].role)
        text = entry.model_copy(update={"written_by": by.name, "second_reading": None})
        content = text.model_dump(mode="json")
        try:
            async with nullcontext(session) if session else self._store.session() as within:
                saved = await self._drafts.save(
                    within, by, await history(within, entry.key), content, (based_on, revision)
                )
                self._record(within, by, Step.SAVE, saved)
                await within.flush()
                if along is not None:
                    await along(within, saved.entry, by)
                return saved
        except IntegrityError:
            raise EditConflict(await self._drafts.standing(entry.key)) from None

    async def submit(self, by: Account, seen: Seen) -> Version:
        """Hand a draft to review. Raises `EntryProblems`, `WrongState`, `EditConflict`, `Forbidden`."""
        async with self._store.session() as session:
            version = await self._taken(session, by, Step.SUBMIT, seen)
            problems = await self._proof.read(session, version.entry)
            if problems:
                raise EntryProblems(problems)
            values = {"state": State.IN_REVIEW, "submitted_at": self._clock()}
            return await self._moved(session, by, Step.SUBMIT, version, values)

    async def take_back(self, by: Account, seen: Seen) -> Version:
        """Make a draft again of what is in review, for those who write."""
        async with self._store.session() as session:
            version = await self._taken(session, by, Step.TAKE_BACK, seen)
            return await self._moved(session, by, Step.TAKE_BACK, version, {"state": State.DRAFT})

    async def discard(self, by: Account, seen: Seen) -> Version:
        """Put a draft away. It stays among the versions and can be restored."""
        async with self._store.session() as session:
            version = await self._taken(session, by, Step.DISCARD, seen)
            return await self._moved(session, by, Step.DISCARD, version, {"state": State.DROPPED})

    async def send_back(self, by: Account, seen: Seen, note: str) -> Version:
        """Back to the writer, with what is to be changed. Raises like `submit`, and `OwnText`."""
        note = required(note, "note", NOTE_LENGTH)
        async with self._store.session() as session:
            version = await self._taken(session, by, Step.SEND_BACK, seen)
            values = {"state": State.DRAFT, "reviewer": by.name, "reviewed_at": self._clock(), "note": note}
            return await self._moved(session, by, Step.SEND_BACK, version, values, note=note)

    async def publish(self, by: Account, seen: Seen, *, against: str, accepted: str = "") -> Version:
        """Approve what is in review, and answer with it from now on.

        `against` says what it was checked against; `accepted` why golden questions may break, where any do.
        Raises like `submit`, and `OwnText`, `NotExamined`, `GoldenBroken`.
        """
        against = required(against, "against", AGAINST_LENGTH)
        accepted = required(accepted, "accepted", NOTE_LENGTH) if accepted.strip() else ""
        now = self._clock()
        async with self._store.session() as session:
            version = await self._taken(session, by, Step.PUBLISH, seen)
        broken = await self._examiner.broken(version)
        if broken is None:
            raise NotExamined
        if broken and not accepted:
            raise GoldenBroken(broken)
        reading = SecondReading(by=by.name, date=now.astimezone(SHANGHAI).date(), against=against)
        entry = version.entry.model_copy(update={"second_reading": reading, "sample": False})
        async with self._store.session() as session:
            problems = await self._proof.read(session, entry)
            if problems:
                raise EntryProblems(problems)
            await retire(session, seen.key)
            values = {
                "state": State.PUBLISHED,
                "content": entry.model_dump(mode="json"),
                "reviewer": by.name,
                "reviewed_at": now,
                "note": against,
                "accepted": accepted if broken else None,
            }
            published = await self._moved(
                session, by, Step.PUBLISH, version, values, broken=broken, accepted=values["accepted"]
            )
            await self._library.publish(session, entry, seen.number)
            for hook in self.on_published:
                await hook(session, entry, by)
        return published

    async def withdraw(self, by: Account, key: str, reason: str) -> Version:
        """Stop answering with an entry. Raises `Forbidden`, `EntryProblems` without a reason, `NoSuchVersion`."""
        by.require(RULES[Step.WITHDRAW].role)
        reason = required(reason, "reason", NOTE_LENGTH)
        async with self._store.session() as session:
            known = await history(session, key)
            version = known.published
            if version is None:
                raise NoSuchVersion
            if not known.kept:
                add(session, version)
                await session.flush()
            values = {"state": State.WITHDRAWN, "note": reason, "reviewer": by.name, "reviewed_at": self._clock()}
            withdrawn = await self._moved(session, by, Step.WITHDRAW, version, values, reason=reason)
            await self._library.withdraw(session, key)
        return withdrawn

    async def restore(self, by: Account, key: str, number: int) -> Version:
        """A new draft with the text of an old version. Raises `EditConflict` where a draft is open already."""
        by.require(RULES[Step.RESTORE].role)
        try:
            async with self._store.session() as session:
                known = await history(session, key)
                old = known.get(number)
                if old is None:
                    raise NoSuchVersion
                if known.open is not None:
                    raise EditConflict(known.open)
                text = old.entry.model_copy(update={"written_by": by.name, "second_reading": None})
                draft = await self._drafts.add(session, by, known, text.model_dump(mode="json"), number)
                if old.state is State.OFFERED:
                    await retire(session, key, State.OFFERED)
                self._record(session, by, Step.RESTORE, draft, restored=number)
                await session.flush()
                return draft
        except IntegrityError:
            raise EditConflict(await self._drafts.standing(key)) from None

    async def set_aside(self, by: Account, key: str) -> Version:
        """Keep the county's text where a release brought another one."""
        by.require(RULES[Step.SET_ASIDE].role)
        async with self._store.session() as session:
            offered = (await history(session, key)).offered
            if offered is None:
                raise NoSuchVersion
            return await self._moved(session, by, Step.SET_ASIDE, offered, {"state": State.SUPERSEDED})

    async def _taken(self, session: AsyncSession, by: Account, step: Step, seen: Seen) -> Version:
        """The version that a step is taken with, once everything speaks for it."""
        rule = RULES[step]
        by.require(rule.role)
        known = await history(session, seen.key)
        version = known.get(seen.number)
        if version is None:
            raise NoSuchVersion
        if rule.others_only and by.name in known.writers(version):
            raise OwnText
        if version.state not in rule.origins:
            raise WrongState
        if version.revision != seen.revision:
            raise EditConflict(version)
        return version

    async def _moved(
        self,
        session: AsyncSession,
        by: Account,
        step: Step,
        version: Version,
        values: dict[str, object],
        **detail: object,
    ) -> Version:
        if not await move(session, version, **values):
            raise WrongState
        moved = replace(version, **values)  # type: ignore[arg-type]
        self._record(session, by, step, moved, **detail)
        return moved

    def _record(self, session: AsyncSession, by: Account, step: Step, version: Version, **detail: object) -> None:
        self._audit.record(
            session, by, f"entry.{step}", version.key, number=version.number, revision=version.revision, **detail
        )
