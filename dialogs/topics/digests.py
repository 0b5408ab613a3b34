"""The morning digest in the chat: asked for at a time of one's choosing, moved, and stopped by a word."""

import re
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

from dialogs import plain_time
from dialogs.context import Context
from dialogs.messages import Choice, Reply, ReplyKind
from dialogs.places import Places
from dialogs.service import Service
from dialogs.session import Form, Session
from dialogs.short_answers import short_answers
from dialogs.topics.warning_wish import clocks
from dialogs.topics.weather_place import Home, NotePlace
from dialogs.topics.weather_wish import bare, only_a_place
from knowledge_base.weather.digests import Digests as Book
from nlu.understanding import Understanding

DATA = Path(__file__).with_name("digests.yaml")
USUAL = 6 * 60
"""The minute of the day for who names none."""
LONGEST = 24
PATIENT = timedelta(minutes=30)
"""So long the question for a place waits."""
_DO = "d:do:"
_NO = "d:no"
_DAY = 24 * 60

What = Literal["subscribe", "stop", "change", "when"]


class DigestWords(BaseModel):
    """The words, from digests.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    patterns: dict[str, re.Pattern[str]]
    say: dict[str, str]
    buttons: dict[str, str]

    def has(self, pattern: str, text: str) -> bool:
        """Whether one of the patterns is found."""
        return self.patterns[pattern].search(text) is not None


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted. `minute` of the day, None where none was named."""

    what: What
    minute: int | None = None


@cache
def digest_words() -> DigestWords:
    """The shipped words."""
    return DigestWords.model_validate(yaml.safe_load(DATA.read_text("utf-8")))


def wish_in(said: Understanding, *, subscribed: bool, prices: bool = True) -> Wish | None:
    """The wish of a sentence; None where it is about something else.

    `subscribed`: the person has a digest; `prices`: the digest tells of prices too.
    """
    words, text = digest_words(), bare(said.normalized)
    has = words.has
    if len(text) > LONGEST or has("not_ours", text) or has("keeps", text):
        return None
    matter = has("matter", text)
    minute = next(iter(clocks(text)), None)
    if has("only_morning", text) and (subscribed or has("report", text)):
        return Wish("stop")
    if has("stop_verb", text):
        about = has("weather", text) if matter else subscribed and has("morning", text)
        return Wish("stop") if about else None
    if has("stop", text):
        return None
    if subscribed and minute is not None and has("change", text) and (matter or has("report", text)):
        return Wish("change", minute)
    if has("when", text) and (matter or subscribed):
        return Wish("when")
    regular = has("habit", text) or (has("daily", text) and minute is not None and has("to_me", text))
    if has("only_price", text) and not (prices or has("weather", text)):
        return None
    if matter and has("report", text) and regular:
        return Wish("subscribe", minute)
    if has("order", text) and (has("digest", text) or (has("habit", text) and matter)):
        return Wish("subscribe", minute)
    return None


class Digests(Service):
    """Answers wishes about the digest. It is begun and moved after a yes, and stopped at once."""

    action = "d"
    intents = frozenset({"subscribe"})

    def __init__(self, book: Book, places: Places, home: Home, note_place: NotePlace, *, prices: bool = False) -> None:
        """`prices`: the digest carries a watch on prices."""
        self._book = book
        self._places = places
        self._home = home
        self._note_place = note_place
        self._prices = prices
        self._words = digest_words()

    async def in_words(self, context: Context) -> list[Reply] | None:
        """The reply to a sentence about the digest; None where it is about something else."""
        inbound = context.inbound
        kept = await self._book.minute(inbound.channel, inbound.user) if _may_be(context.said) else None
        minute = self._waiting(context)
        if minute is not None and only_a_place(context.said) and self._places.named(context.said):
            return [await self._confirm(context, minute, kept)]
        wish = wish_in(context.said, subscribed=kept is not None, prices=self._prices)
        if wish is None:
            return None
        context.session.turn_to(context.said)
        match wish.what:
            case "stop":
                there = await self._book.stop(inbound.channel, inbound.user)
                return [self._say("stopped" if there else "none")]
            case "when":
                return [self._say("none") if kept is None else self._say("at", time=plain_time.clock(kept))]
        return [await self._confirm(context, wish.minute if wish.minute is not None else USUAL, kept)]

    async def asked(self, context: Context) -> list[Reply] | None:
        """The same for a sentence that was understood as one about subscribing; other subscriptions are not ours."""
        return await self.in_words(context)

    async def pressed(self, rest: str, context: Context) -> list[Reply] | None:
        """A button; None for one that means nothing."""
        action, _, minute = rest.partition(":")
        if action == "no":
            return [self._say("unchanged")]
        if action != "do" or not minute.isdecimal() or int(minute) >= _DAY:
            return None
        inbound, place = context.inbound, context.session.place
        if place is not None:
            await self._note_place(inbound.channel, inbound.user, place, context.now)
        await self._book.keep(inbound.channel, inbound.user, int(minute))
        return [self._say("done", time=plain_time.clock(int(minute)))]

    def meant(self, text: str, session: Session) -> str | None:
        """The button that a plain yes or no stands for, where a digest was just read back."""
        change = next((choice for choice in session.offered.values() if choice.startswith(_DO)), None)
        if change is None:
            return None
        if short_answers().agrees(text):
            return change
        return _NO if short_answers().denies(text) else None

    async def _confirm(self, context: Context, minute: int, kept: int | None) -> Reply:
        """What will be sent, when and for where, to be answered with yes or no."""
        inbound, words = context.inbound, self._words
        person = await self._home(inbound.channel, inbound.user)
        place = (person.place if person else None) or context.session.place
        if place is None and not (person and person.latitude is not None):
            return self._ask_place(context, minute)
        if self._waiting(context) is not None:
            context.session.form = None
        moved = None if kept == minute else kept
        change = words.say["change"].format(time=plain_time.clock(moved)) if moved is not None else ""
        text = words.say["subscribe"].format(
            time=plain_time.clock(minute),
            place=self._places.full_name(place) if place else "",
            prices=words.say["prices"] if self._prices else "",
            change=change,
        )
        choices = (Choice(f"{_DO}{minute}", words.buttons["agree"]), Choice(_NO, words.buttons["deny"]))
        return Reply(ReplyKind.CONFIRM, text, text, choices=choices)

    def _ask_place(self, context: Context, minute: int) -> Reply:
        session, now = context.session, context.now
        if session.form is None or session.form.asking is None:
            session.form = Form(
                service=self.action, slots={"minute": minute}, asking="place", opened_at=now, touched_at=now
            )
        return self._say("ask_place", kind=ReplyKind.ASK)

    def _waiting(self, context: Context) -> int | None:
        """The minute of the digest whose place was asked for."""
        form = context.session.form
        if form is None or form.service != self.action or context.now - form.opened_at > PATIENT:
            return None
        return int(form.slots["minute"])

    def _say(self, key: str, *, kind: ReplyKind = ReplyKind.INFO, **values: str) -> Reply:
        text = self._words.say[key].format(**values)
        return Reply(kind, text, text)


def _may_be(said: Understanding) -> bool:
    """Whether a sentence may be about a digest at all: most are not, and need no look into the store."""
    words, text = digest_words(), bare(said.normalized)
    return len(text) <= LONGEST and any(
        words.has(name, text) for name in ("report", "matter", "only_morning", "change")
    )
