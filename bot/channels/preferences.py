"""What a channel keeps about one person: how they want answers, and which of their messages were answered."""

import json
from enum import StrEnum
from typing import Protocol

ANSWERED = "answered"
VOICE = "voice"
SPOKE = "spoke"
KEPT = 100
"""Ids kept per person; Telegram hands out at most 100 unconfirmed updates, so no redelivery reaches further back."""


class Preferences(Protocol):
    """Short texts by person and key (at most 16 letters), kept over restarts; values stay under 20,000 characters."""

    async def get(self, user: str, key: str) -> str | None:
        """The value; None where none was set."""

    async def set(self, user: str, key: str, value: str) -> None:
        """Keep a value in place of the one before."""


class VoiceMode(StrEnum):
    """When answers are also spoken."""

    AUTO = "auto"
    """To those who spoke."""
    ON = "on"
    SLOW = "slow"
    """Always, and more slowly."""
    OFF = "off"

    def wanted(self, *, spoke: bool) -> bool:
        """Whether an answer to who `spoke`, or typed, is spoken too."""
        return self in {VoiceMode.ON, VoiceMode.SLOW} or (self is VoiceMode.AUTO and spoke)


async def voice_mode(preferences: Preferences, user: str) -> VoiceMode:
    """The person's choice; `AUTO` until they made one."""
    value = await preferences.get(user, VOICE)
    return VoiceMode(value) if value in set(VoiceMode) else VoiceMode.AUTO


async def spoke_last(preferences: Preferences, user: str) -> bool:
    """Whether the person's last own message was spoken: who speaks may not read what is sent to them unasked."""
    return await preferences.get(user, SPOKE) == "1"


async def note_spoke(preferences: Preferences, user: str, *, spoke: bool) -> None:
    """Remember whether the person spoke or typed."""
    if spoke != await spoke_last(preferences, user):
        await preferences.set(user, SPOKE, "1" if spoke else "0")


class Answered:
    """Which messages have had their answer, so that a redelivery is not answered again, also after a restart."""

    def __init__(self, preferences: Preferences) -> None:
        self._preferences = preferences

    async def has(self, user: str, external_id: str) -> bool:
        """Whether the answer to this message has gone out."""
        return external_id in await self._ids(user)

    async def add(self, user: str, external_id: str) -> None:
        """Note that the answer has gone out."""
        ids = [known for known in await self._ids(user) if known != external_id]
        await self._preferences.set(user, ANSWERED, json.dumps([*ids, external_id][-KEPT:], ensure_ascii=False))

    async def _ids(self, user: str) -> list[str]:
        value = await self._preferences.get(user, ANSWERED)
        return [str(known) for known in json.loads(value)] if value else []
