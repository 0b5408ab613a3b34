"""A layer before the assistant: how much one person may send, and how much one process takes on.

It comes before a recording is recognised, which is what costs most. What may be about a life is never held back: words
that mean danger, and 收到 and 需要帮助 after a warning.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from bot.channels.base import Handler
from bot.shared.observer import Observer
from bot.shared.pace import SharedPace
from dialogs.messages import Inbound, Reply, ReplyKind, Turn
from dialogs.topics.warning_wish import wish_in
from dialogs.urgent import danger_in
from nlu.understanding import Understanding

DATA = Path(__file__).with_name("limiting.yaml")
WARNING = "w:"
"""How the buttons under a warning, and under a call for help, begin."""
LONGEST = 2_000
"""Characters that are looked at for danger."""


class Sentence(BaseModel):
    """What is shown and what is read aloud."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str
    spoken: str

    def turn(self, wait: float) -> Turn:
        """As a turn; `wait` in seconds."""
        seconds = math.ceil(wait)
        text, spoken = self.text.format(seconds=seconds), self.spoken.format(seconds=seconds)
        return Turn((Reply(ReplyKind.INFO, text, spoken),))


class Words(BaseModel):
    """The sentences of limiting.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    person: Sentence
    again: Sentence
    crowd: Sentence


@cache
def limit_words() -> Words:
    """The shipped sentences."""
    return Words.model_validate(yaml.safe_load(DATA.read_text("utf-8")))


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds. `told` has a burst of one: how often a person is told that they are too fast."""

    pace: SharedPace
    told: SharedPace
    voice_cost: float = 2
    """A recording counts as so many messages."""
    most: int = 2_000
    """Messages that one process has taken in and not answered; more are told to come again."""
    answered_always: frozenset[str] = frozenset({"web", "speaker"})
    """Channels on which each message must show something; elsewhere who was told once hears no more for a while."""


def limited(
    inner: Handler,
    limits: Limits,
    observer: Observer,
    *,
    at_once: Handler,
    normalised: Callable[[str], str],
) -> Handler:
    """`inner` for who keeps within the limits, `at_once` for what may be about a life.

    `normalised` gives dialect words their standard form, to know danger by.
    """
    words, inside = limit_words(), 0

    async def admitted(inbound: Inbound, to: Handler) -> Turn:
        nonlocal inside
        inside += 1
        try:
            return await to(inbound)
        finally:
            inside -= 1

    async def refused(inbound: Inbound, who: str, wait: float) -> Turn:
        observer.failed("limit.person")
        if not await limits.told.wait(who):
            return words.person.turn(wait)
        return words.again.turn(wait) if inbound.channel in limits.answered_always else Turn(())

    async def handle(inbound: Inbound) -> Turn:
        who = f"{inbound.channel}\0{inbound.user}"
        if grave(inbound.text, inbound.choice, normalised):
            # What is said next belongs to it: where, how many, perhaps by voice.
            await limits.pace.refill(who)
            return await admitted(inbound, at_once)
        cost = limits.voice_cost if inbound.voice is not None else 1
        if wait := await limits.pace.wait(who, cost):
            return await refused(inbound, who, wait)
        if inside >= limits.most:
            observer.failed("limit.crowd")
            return words.crowd.turn(0)
        return await admitted(inbound, inner)

    return handle


def grave(said: str | None, choice: str | None, normalised: Callable[[str], str]) -> bool:
    """Whether a message may be about a life."""
    if choice is not None:
        return choice.startswith(WARNING)
    if said is None:
        return False
    text = said[:LONGEST]
    standard = normalised(text)
    if danger_in(text, standard):
        return True
    wish = wish_in(Understanding(text, standard, "", 0.0))
    return wish is not None and wish.what in {"ok", "help"}
