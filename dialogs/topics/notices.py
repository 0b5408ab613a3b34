"""Notices in the chat: which kinds somebody wants, and that one has helped."""

import re
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from dialogs.context import Context
from dialogs.messages import Choice, Reply, ReplyKind
from dialogs.notice_text import notice_words
from dialogs.service import Service
from dialogs.session import Session
from dialogs.short_answers import short_answers
from knowledge_base.notices.choices import NoticeChoices
from knowledge_base.notices.notice import Kind
from knowledge_base.warnings.people import People

DATA = Path(__file__).with_name("notices.yaml")
LONGEST = 24
"""Characters of a wish about notices; longer sentences are about something else."""
_DO = "n:do:"
_NO = "n:no"


class Sayings(BaseModel):
    """The words, from notices.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kinds: dict[Kind, re.Pattern[str]]
    patterns: dict[str, re.Pattern[str]]
    say: dict[str, str]
    buttons: dict[str, str]


@cache
def sayings() -> Sayings:
    """The shipped words."""
    return Sayings.model_validate(yaml.safe_load(DATA.read_text("utf-8")))


class Notices(Service):
    """Answers wishes about notices. Nothing is changed before a yes."""

    action = "n"

    def __init__(self, choices: NoticeChoices, people: People) -> None:
        self._choices = choices
        self._people = people
        self._words = sayings()

    def meant(self, text: str, session: Session) -> str | None:
        """The button that a plain yes or no stands for, where a change was just read back."""
        change = next((choice for choice in session.offered.values() if choice.startswith(_DO)), None)
        if change is None:
            return None
        if short_answers().agrees(text):
            return change
        return _NO if short_answers().denies(text) else None

    async def in_words(self, context: Context) -> list[Reply] | None:
        """The reply to a sentence about getting notices or not; None where it is about something else."""
        text = "".join(char for char in context.said.normalized if char.isalnum())
        patterns = self._words.patterns
        if len(text) > LONGEST:
            return None
        if patterns["this_kind"].search(text):
            context.session.turn_to(context.said)
            return [self._which()]
        kinds = [kind for kind, pattern in self._words.kinds.items() if pattern.search(text)]
        if not kinds or patterns["question"].search(text):
            return None
        wish = next((wish for wish in ("stop", "start") if patterns[wish].search(text)), None)
        if wish is None:
            return None
        context.session.turn_to(context.said)
        return [self._confirm(wish, kinds)]

    async def pressed(self, rest: str, context: Context) -> list[Reply] | None:
        """A button; None for one that means nothing."""
        action, _, what = rest.partition(":")
        match action:
            case "useful":
                inbound = context.inbound
                known = await self._choices.thank(what, inbound.channel, inbound.user, context.now)
                return [self._say("thanks")] if known else None
            case "off":
                kinds = _kinds(what)
                return [self._confirm("stop", kinds)] if kinds else None
            case "no":
                return [self._say("unchanged")]
            case "do":
                wish, _, named = what.partition(":")
                return await self._do(context, wish, _kinds(named))
        return None

    async def _do(self, context: Context, wish: str, kinds: list[Kind]) -> list[Reply] | None:
        inbound = context.inbound
        if not kinds or wish not in {"stop", "start"}:
            return None
        if wish == "stop":
            await self._choices.refuse(inbound.channel, inbound.user, kinds, context.now)
            return [self._say("done_stop", kind=_named(kinds))]
        await self._choices.accept(inbound.channel, inbound.user, kinds)
        person = await self._people.get(inbound.channel, inbound.user)
        rest = ""
        if person is not None and person.opted_out:
            rest = self._words.say["opted_out"]
        elif person is None or person.place is None:
            rest = self._words.say["need_place"]
        return [self._say("done_start", kind=_named(kinds), rest=rest)]

    def _which(self) -> Reply:
        """Which kind, where nobody can tell from the words."""
        text = self._words.say["which"]
        choices = tuple(Choice(f"n:off:{kind}", shown) for kind, shown in notice_words().kinds.items())
        return Reply(ReplyKind.ASK, text, text, choices=choices)

    def _confirm(self, wish: str, kinds: list[Kind]) -> Reply:
        """What is about to be changed, to be answered with yes or no."""
        labels, text = self._words.buttons, self._words.say[wish].format(kind=_named(kinds))
        yes = Choice(f"{_DO}{wish}:{','.join(kinds)}", labels["agree"])
        return Reply(ReplyKind.CONFIRM, text, text, choices=(yes, Choice(_NO, labels["deny"])))

    def _say(self, key: str, **values: str) -> Reply:
        text = self._words.say[key].format(**values)
        return Reply(ReplyKind.INFO, text, text)


def _kinds(joined: str) -> list[Kind]:
    """The kinds that a button names; nothing for one that was made up."""
    named = joined.split(",")
    return [Kind(one) for one in named] if set(named) <= set(Kind) else []


def _named(kinds: list[Kind]) -> str:
    return "、".join(notice_words().kinds[kind] for kind in kinds)
