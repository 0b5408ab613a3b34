"""What goes out to farmers from here, and the port through which it goes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

import yaml
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.entry import Entry

DATA = Path(__file__).with_name("answers.yaml")
_COUNTY_TIME = ZoneInfo("Asia/Shanghai")
_QUOTED = 40
"""A longer question is cut short where it is quoted."""


@dataclass(frozen=True, slots=True)
class Message:
    """An answer for one farmer. `before` is said ahead of it; it is `entry`, or else `spoken` and `detail`.

    `about` stands for the answer where a farmer says something of it. Nobody gets two messages on one `topic`.
    """

    channel: str
    user: str
    topic: str
    before: str
    about: str
    spoken: str = ""
    detail: str = ""
    entry: Entry | None = None


class Post(Protocol):
    """Carries messages to farmers."""

    async def put(self, session: AsyncSession, messages: Sequence[Message]) -> None:
        """Take messages over in the caller's transaction; a topic that a person has got already does nothing."""
        ...

    async def progress(self, session: AsyncSession, topics: Sequence[str]) -> Mapping[str, Mapping[str, int]]:
        """By topic, how many messages are `sent`, `away` (until the person opens the page), `waiting`, and so on."""
        ...


def opening(question: str, asked_at: datetime, now: datetime) -> str:
    """What is said ahead of an answer, so that the farmer knows what it answers."""
    quoted = " ".join(question.split())
    if not quoted:
        return _words()["nothing_said"]
    if len(quoted) > _QUOTED:
        quoted = quoted[: _QUOTED - 1] + "…"
    return _words()["today" if _day(asked_at) == _day(now) else "earlier"].format(question=quoted)


def _day(moment: datetime) -> date:
    return moment.astimezone(_COUNTY_TIME).date()


@cache
def _words() -> Mapping[str, str]:
    words: Mapping[str, str] = yaml.safe_load(DATA.read_text("utf-8"))
    return words
