"""The choices that a person was offered last, so that a number, a label or a touch finds its choice again."""

import json
import re
import unicodedata
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.channels.preferences import Preferences
from bot.channels.wechat.render import Offer
from dialogs.messages import Choice

OFFERS = "offers"
DETAIL = "detail"
KEPT = 40
"""Choices of earlier messages that can still be touched."""
REPEATED = 5
"""Messages of a person whose meaning is remembered, should WeChat repeat them."""
BY_NUMBER = re.compile(r"(?:选|第|要|回|回复)?([1-9][0-9]?)(?:个|项|号)?[。.、,，!！]?")


class _Kept(BaseModel):
    model_config = ConfigDict(extra="forbid")

    next: int = 1
    countable: bool = False
    now: list[tuple[int, str, str]] = []
    before: list[tuple[int, str, str]] = []
    meant: list[tuple[str, str]] = []
    """What the last short messages meant, by their keys; empty: nothing that was offered."""


def _chosen(kept: _Kept, said: str, number: re.Match[str] | None, menu: int) -> str:
    if menu:
        return next((id_ for one, id_, _ in (*kept.now, *kept.before) if one == menu), "")
    by_label = next((id_ for _, id_, label in kept.now if label == said), "")
    if by_label or number is None or not kept.countable or int(number[1]) > len(kept.now):
        return by_label
    return kept.now[int(number[1]) - 1][1]


class Offers:
    """Kept among the person's preferences: any process finds them."""

    def __init__(self, preferences: Preferences) -> None:
        self._preferences = preferences

    async def note(self, user: str, choices: Sequence[Choice], *, countable: bool) -> tuple[Offer, ...]:
        """Offer these from now on, none where there are none; each gets a number of its own."""
        kept = await self._kept(user)
        if not choices and not kept.now:
            return ()
        offers = tuple(Offer(number, choice) for number, choice in enumerate(choices, kept.next))
        kept.before = [*kept.before, *kept.now][-KEPT:]
        kept.now = [(offer.number, offer.choice.id, offer.choice.label) for offer in offers]
        kept.next, kept.countable = kept.next + len(offers), countable
        await self._preferences.set(user, OFFERS, kept.model_dump_json())
        return offers

    async def meant(self, user: str, key: str, text: str, menu: int) -> str | None:
        """The id of the choice that was touched (`menu`, 0 for none) or typed, by its place in the list or its label.

        The message of that `key` means the same when it is repeated, whatever has been offered since.
        """
        kept = await self._kept(user)
        known = dict(kept.meant).get(key)
        if known is not None:
            return known or None
        said = unicodedata.normalize("NFKC", text).strip()
        number = BY_NUMBER.fullmatch(said)
        choice = _chosen(kept, said, number, menu)
        if choice or number:
            kept.meant = [*kept.meant, (key, choice)][-REPEATED:]
            await self._preferences.set(user, OFFERS, kept.model_dump_json())
        return choice or None

    async def keep_detail(self, user: str, detail: str) -> None:
        """What is shown to who asks for the rest of the last answer."""
        await self._preferences.set(user, DETAIL, detail)

    async def detail(self, user: str) -> str:
        """The rest of the last answer; empty where there is none."""
        return await self._preferences.get(user, DETAIL) or ""

    async def _kept(self, user: str) -> _Kept:
        value = await self._preferences.get(user, OFFERS)
        try:
            return _Kept.model_validate(json.loads(value)) if value else _Kept()
        except (
            ValueError,
            ValidationError,
        ):  # kept by another version: what was offered then cannot be touched any more
            return _Kept()
