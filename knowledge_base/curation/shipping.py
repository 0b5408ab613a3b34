"""What a release of the program brings, beside what the county has made of it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.curation.models import VersionRow
from knowledge_base.curation.states import State
from knowledge_base.curation.versions import add, histories, retire, shipped_version
from knowledge_base.entry import Entry


async def withdrawn_keys(session: AsyncSession) -> frozenset[str]:
    """Entries that the county has withdrawn and not published again."""
    rows = await session.execute(
        select(VersionRow.key, VersionRow.state).where(VersionRow.state.in_((State.WITHDRAWN, State.PUBLISHED)))
    )
    states: dict[str, set[str]] = {}
    for key, state in rows.all():
        states.setdefault(key, set()).add(state)
    return frozenset(key for key, found in states.items() if State.PUBLISHED not in found)


async def bring(
    session: AsyncSession, shipped: Mapping[str, Entry], own: Collection[str], removed: Sequence[str], now: datetime
) -> tuple[str, ...]:
    """Keep the shipped texts that are new to entries with versions; tells which of those are the county's `own`.

    There the text waits as `offered`; elsewhere it is published, as version after the one that it replaces.
    """
    offered = []
    for key, history in (await histories(session)).items():
        if key in removed:
            await retire(session, key)
        if key not in shipped:
            continue
        content = shipped[key].model_dump(mode="json")
        latest = next((v for v in history.versions if v.shipped), None)
        if latest is not None and latest.content == content:
            if latest.state is State.OFFERED:
                offered.append(key)
            if key in own or history.published is not None:
                continue
        await retire(session, key, State.OFFERED)
        if key in own:
            offered.append(key)
        else:
            await retire(session, key)
        state = State.OFFERED if key in own else State.PUBLISHED
        add(session, shipped_version(key, history.top + 1, content, now, state))
    return tuple(offered)
