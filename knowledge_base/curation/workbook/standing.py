"""What the store has under a key, for a row to be compared with."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.curation.accounts import Account
from knowledge_base.curation.states import State
from knowledge_base.curation.versions import Version, histories, shipped_version
from knowledge_base.entry import Entry
from knowledge_base.models import EntryRow


@dataclass(frozen=True, slots=True)
class Standing:
    """An entry as it stands: what is published, what somebody is at work on, and the latest text there was."""

    published: Version | None
    open: Version | None
    latest: Version

    def base(self, by: Account) -> Version:
        """The text that a person would write on from: their own draft, else what is published, else the latest."""
        own = self.open if self.open and self.open.state is State.DRAFT and self.open.author == by.name else None
        return own or self.published or self.latest

    @property
    def texts(self) -> tuple[Entry, ...]:
        """Every text that a row may repeat without changing anything."""
        numbers = {version.number: version for version in (self.latest, self.open, self.published) if version}
        return tuple(version.entry for version in numbers.values())


async def standings(session: AsyncSession) -> Mapping[str, Standing]:
    """Every entry of the store by key."""
    found = {
        key: Standing(known.published, known.open, known.versions[0])
        for key, known in (await histories(session)).items()
    }
    for row in (await session.execute(select(EntryRow))).scalars():
        if row.key not in found:  # as it came with the program: no version of it is kept yet
            shipped = shipped_version(row.key, 1, row.content, row.updated_at, State.PUBLISHED)
            found[row.key] = Standing(shipped, None, shipped)
    return found
