"""The port through which warnings go out to people, and what passes through it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.warnings.alert import Alert
from knowledge_base.warnings.models import WarningRow
from knowledge_base.warnings.territory import Territory


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person on one channel. Not before `due_at` (left out: at once), nor while the message `after` is being sent."""

    channel: str
    user: str
    due_at: datetime | None = None
    after: str | None = None


Recipients = AsyncIterator[Sequence[Recipient]]
"""People in portions, so that their number does not matter to the memory."""


@dataclass(frozen=True, slots=True)
class Bulletin:
    """A message that counts from now on. `about` is the one that says what it is about: itself, or for a Cancel without
    any text an earlier one; None if none ever came. `territory` is where it holds, or held.

    `warning` carries the colour and hazard of the whole chain where the message itself names none. `nearby`: for people
    of whom only a wider place is known, perhaps in the area and perhaps not.
    """

    warning: WarningRow
    alert: Alert
    about: Alert | None
    territory: Territory
    nearby: bool = False

    @property
    def ending(self) -> bool:
        """Whether it ends the danger: a Cancel or an all-clear."""
        return self.warning.msg_type == "Cancel" or self.warning.all_clear


class Dispatch(Protocol):
    """Carries warnings to people; everything happens in the caller's transaction."""

    async def withdraw(self, session: AsyncSession, topics: Sequence[str]) -> int:
        """Hold back for ever what has not gone out yet of these topics; how many messages."""
        ...

    def reached(self, session: AsyncSession, topics: Sequence[str]) -> Recipients:
        """Who got, or may have got, a message on one of these topics; some perhaps several times."""
        ...

    async def send(self, session: AsyncSession, bulletin: Bulletin, to: Recipients) -> int:
        """Send a bulletin under the warning's topic, to each person once; to how many."""
        ...


Follower = Callable[[AsyncSession, Bulletin], Awaitable[None]]
"""What else begins or ends with a warning, in the same transaction: loudspeakers, the ladder of calls."""
