"""Whom a notice is for: people of its area who keep one of its crops or animals, or have named none."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.notices.models import NoticeRefusalRow
from knowledge_base.notices.notice import Kind, Notice
from knowledge_base.warnings.audience import Occasion, informed, people_in
from knowledge_base.warnings.dispatch import Recipients
from knowledge_base.warnings.territory import Territory

Family = Callable[[Iterable[str]], frozenset[str]]
"""Crops and animals together with what they belong to: 仔猪 is 猪, too."""


class Readers:
    """Finds them, in portions. Quiet hours hold a notice back; who is still asleep when it ends does not get it."""

    def __init__(self, family: Family) -> None:
        self._family = family

    async def of(self, session: AsyncSession, notice: Notice, now: datetime) -> Recipients:
        """Everybody whom a notice is for, and when they may be told."""
        occasion = _occasion(now, notice.valid_until)
        async for people in people_in(session, Territory(notice.prefixes)):
            refusing = await _refusing(session, notice.kind, people)
            wanting = (
                occasion.recipient(person)
                for person in people
                if (person.channel, person.user) not in refusing and self._wanted(notice, person)
            )
            yield [reader for reader in wanting if reader is not None]

    def informed(self, session: AsyncSession, reached: Recipients, now: datetime, until: datetime) -> Recipients:
        """Of those who got a notice everybody who has not opted out of everything, for what corrects it."""
        return informed(session, reached, _occasion(now, until))

    def _wanted(self, notice: Notice, person: Any) -> bool:
        if person.opted_out:
            return False
        kept, meant = (*person.crops, *person.animals), {*notice.crops, *notice.animals}
        return not kept or not meant or not meant.isdisjoint(kept) or not meant.isdisjoint(self._family(kept))


async def count(readers: Recipients) -> int:
    """How many there are."""
    total = 0
    async for some in readers:
        total += len(some)
    return total


def _occasion(now: datetime, until: datetime) -> Occasion:
    """As for a warning that is not urgent and of no colour."""
    return Occasion(None, None, now, until)


async def _refusing(session: AsyncSession, kind: Kind, people: Sequence[Any]) -> set[tuple[str, str]]:
    """Those of these people who want nothing of the kind; channel by channel, as the index goes."""
    found: set[tuple[str, str]] = set()
    for channel in {person.channel for person in people}:
        users = [person.user for person in people if person.channel == channel]
        of_these = (NoticeRefusalRow.channel == channel, NoticeRefusalRow.user.in_(users))
        query = select(NoticeRefusalRow.user).where(NoticeRefusalRow.kind == kind, *of_these)
        found.update((channel, user) for user in await session.scalars(query))
    return found
