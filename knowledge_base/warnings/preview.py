"""What a typed warning would be: the message, and how many people and loudspeakers it would reach now."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.warnings.audience import Occasion, concerned, informed, nearby
from knowledge_base.warnings.calling_models import TypedWarningRow
from knowledge_base.warnings.dispatch import Bulletin, Dispatch
from knowledge_base.warnings.models import WarningRow
from knowledge_base.warnings.speaker_models import SpeakerJobRow
from knowledge_base.warnings.speakers import Loudspeakers
from knowledge_base.warnings.territory import Territory
from knowledge_base.warnings.typed_warning import TypedWarning


@dataclass(frozen=True, slots=True)
class Seen:
    """What would go out: the message, and to how many people and loudspeakers."""

    shown: str
    people: int
    speakers: int


class Previews:
    """Looks ahead over one dispatch; `message` is what people are shown."""

    def __init__(
        self,
        dispatch: Dispatch,
        loudspeakers: Loudspeakers,
        message: Callable[[Bulletin], str],
        clock: Callable[[], datetime],
    ) -> None:
        self._dispatch = dispatch
        self._loudspeakers = loudspeakers
        self._message = message
        self._clock = clock

    async def of(self, session: AsyncSession, words: TypedWarning) -> Seen:
        """An update counts who got an earlier message of its warning and who is new; an end only the former."""
        now = self._clock()
        alert = words.alert("preview", now)
        territory = Territory.of(alert)
        row = WarningRow(
            id="preview",
            msg_type=alert.msg_type,
            all_clear=words.change == "clear",
            colour=words.colour,
            hazard=words.hazard,
            headline=alert.main.headline or "" if alert.main else "",
            arrived_at=now,
            dispatched_at=now,
            expires_at=words.expires,
        )
        bulletin = Bulletin(row, alert, alert, territory)
        earlier = await _earlier(session, words)
        occasion = Occasion(words.colour, words.hazard, now, words.expires)
        people = await self._people(session, bulletin, [one.topic for one in earlier if one.topic], occasion)
        if bulletin.ending:
            speakers = await _spoke(session, {one.root_id for one in earlier})
        else:
            speakers = await self._loudspeakers.reach(session, territory)
        return Seen(self._message(bulletin), people, speakers)

    async def _people(
        self, session: AsyncSession, bulletin: Bulletin, topics: Sequence[str], occasion: Occasion
    ) -> int:
        got: set[tuple[str, str]] = set()
        async for some in informed(session, self._dispatch.reached(session, topics), occasion):
            got.update((one.channel, one.user) for one in some)
        count = len(got)
        if not bulletin.ending:
            for stream in (concerned, nearby):
                async for some in stream(session, bulletin.territory, occasion):
                    count += sum((one.channel, one.user) not in got for one in some)
        return count


async def _earlier(session: AsyncSession, words: TypedWarning) -> Sequence[WarningRow]:
    """The messages of the warning that this one is about."""
    if words.of is None:
        return ()
    first = select(WarningRow.root_id).join(TypedWarningRow, TypedWarningRow.warning_id == WarningRow.id)
    root = first.where(TypedWarningRow.id == words.of).scalar_subquery()
    return (await session.scalars(select(WarningRow).where(WarningRow.root_id == root))).all()


async def _spoke(session: AsyncSession, roots: set[str]) -> int:
    """How many loudspeakers an earlier message went to."""
    count = select(func.count(func.distinct(SpeakerJobRow.speaker))).where(SpeakerJobRow.warning.in_(roots))
    return await session.scalar(count) or 0
