"""Warnings in the chat: what holds now, who wants which, when and where, and what is answered to one."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dialogs import plain_time
from dialogs.context import Context
from dialogs.messages import Choice, Reply, ReplyKind
from dialogs.places import Places
from dialogs.service import Service
from dialogs.session import Pending, Session
from dialogs.short_answers import short_answers
from dialogs.topics.warning_help import ACTION, WarningHelp
from dialogs.topics.warning_wish import Wish, sayings, wish_in
from dialogs.warning_text import title, warning_words, where
from knowledge_base.warnings.answers import Answers
from knowledge_base.warnings.calls import HelpAnswer
from knowledge_base.warnings.codes import significant
from knowledge_base.warnings.current import Current, Spot
from knowledge_base.warnings.dispatch import Bulletin
from knowledge_base.warnings.models import Answer, Levels
from knowledge_base.warnings.people import People, Person
from knowledge_base.warnings.terms import Colour

TOLD = 3
"""Warnings told in one reply."""
_FULL = 12
_DO = "w:do:"
_NO = "w:no"

LastLook = Callable[[], Awaitable[datetime | None]]
"""When the sources of warnings were last looked at with success; None if never."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the topic stands on."""

    people: People
    answers: Answers
    current: Current
    places: Places
    last_look: LastLook


class Warnings(Service):
    """Answers wishes about warnings. Nothing is changed before a yes."""

    action = ACTION
    intents = frozenset({"warning"})

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.help = WarningHelp(parts.answers.help)
        self._words = sayings()

    async def in_words(self, context: Context) -> list[Reply] | None:
        """The reply to a sentence about warnings; None where it is about something else."""
        session, pending = context.session, context.session.pending
        if pending is not None and pending.what == "place":
            session.pending = None
            asked, named = wish_in(pending.said), self._parts.places.named(context.said, session.place)
            if asked is not None and named is not None:
                return await self._go_on(context, asked, named, asked_back=True)
        wish = wish_in(context.said)
        if wish is None:
            return None
        if wish.what in {"ok", "help"}:
            return await self._answered_in_words(context, Answer(wish.what))
        named = self._parts.places.named(context.said, session.place)
        return await self._go_on(context, wish, named, asked_back=False)

    async def asked(self, context: Context) -> list[Reply]:
        """What holds now, for a question about warnings that asks nothing else."""
        return await self._go_on(context, Wish("now"), None, asked_back=False)

    async def pressed(self, rest: str, context: Context) -> list[Reply] | None:
        """A button; None for one that means nothing."""
        action, _, what = rest.partition(":")
        if action in set(Answer):
            return await self._answer(context, what, Answer(action))
        if action in set(HelpAnswer):
            return await self.help.answered(context, what, HelpAnswer(action))
        if action == "met":
            return await self._reached(context, what)
        if action == "no":
            return [self._say("unchanged")]
        return await self._do(context, what) if action == "do" else None

    async def note_place(self, channel: str, user: str, place: str, now: datetime) -> None:
        """The place that the channel knows."""
        await self._parts.people.note_place(channel, user, _prefix(place), now)

    async def note_position(self, channel: str, user: str, position: tuple[float, float], now: datetime) -> None:
        """Where the person is, in degrees WGS 84."""
        await self._parts.people.note_position(channel, user, position, now)

    def meant(self, text: str, session: Session) -> str | None:
        """The button that a plain yes or no stands for, where a change was just read back."""
        change = next((choice for choice in session.offered.values() if choice.startswith(_DO)), None)
        if change is None:
            return None
        if short_answers().agrees(text):
            return change
        return _NO if short_answers().denies(text) else None

    async def _go_on(self, context: Context, wish: Wish, named: str | None, *, asked_back: bool) -> list[Reply]:
        """A wish, with the place named in this sentence or in the answer to where that is."""
        person = await self._person(context)
        place = _prefix(named) if named else person.place or _prefix(context.session.place or "") or None
        context.session.turn_to(context.said)
        match wish.what:
            case "colours":
                return [self._say("colours")]
            case "unsubscribe":
                return [self._confirm("unsubscribe", {"o": "1"})]
            case "quiet":
                begin, end = wish.quiet or (0, 0)
                return [self._confirm("quiet", {"q": f"{begin}-{end}"}, quiet=self._quiet_hours(begin, end))]
        if place is None or (_wide(place) and not asked_back):
            return [self._ask_place(context, place)]
        if wish.what == "now":
            if asked_back:
                await self._parts.people.note_place(context.inbound.channel, context.inbound.user, place, context.now)
            return [await self._now(place, person, context.now)]
        return [self._change(wish, place, person)]

    def _change(self, wish: Wish, place: str, person: Person) -> Reply:
        """The read-back of a change that needs a place."""
        name = self._parts.places.full_name(place)
        if wish.what == "move":
            return self._confirm("move", {"p": place}, place=name)
        quiet = self._quiet_hours(person.quiet_from, person.quiet_until)
        levels = wish.levels or max(person.levels, Levels.YELLOW)
        changes = {"p": place, "l": str(int(levels)), "o": "0"}
        values = {"place": name, "levels": self._words.levels[levels], "quiet": quiet}
        if wish.what == "levels":
            return self._confirm("only_grave" if levels == Levels.ORANGE else "levels", changes, **values)
        farm = (*wish.crops, *wish.animals)
        changes |= {key: ",".join(kept) for key, kept in (("c", wish.crops), ("a", wish.animals)) if kept}
        return self._confirm(
            "subscribe", changes, farm=self._text("farm", farm="、".join(farm)) if farm else "", **values
        )

    async def _now(self, place: str, person: Person, now: datetime) -> Reply:
        here = person.place == place
        spot = Spot(place, person.latitude if here else None, person.longitude if here else None)
        holding = await self._parts.current.at(spot)
        name = self._parts.places.full_name(place)
        if not holding:
            looked = await self._parts.last_look()
            look = self._text("look", when=plain_time.moment(looked, now)) if looked else self._text("no_look")
            return self._say("none", place=name, now=plain_time.moment(now, now), look=look)
        lines = [self._text("now", place=name, count=str(len(holding)))]
        lines += [self._one(bulletin, now) for bulletin in holding[:TOLD]]
        if len(holding) > TOLD:
            lines.append(self._text("more"))
        text = "\n".join(lines)
        return Reply(ReplyKind.INFO, text, text)

    def _one(self, bulletin: Bulletin, now: datetime) -> str:
        row, info = bulletin.warning, bulletin.alert.main
        colour = Colour(row.colour) if row.colour else None
        when = plain_time.span((info.onset or info.effective) if info else None, row.expires_at, now)
        return self._text("one", title=title(row.hazard, colour, row.headline), when=when, where=where(info))

    async def _answered_in_words(self, context: Context, answer: Answer) -> list[Reply] | None:
        inbound = context.inbound
        warning = await self._parts.answers.latest(inbound.channel, inbound.user)
        return await self._answer(context, warning, answer) if warning else None

    async def _answer(self, context: Context, warning: str, answer: Answer) -> list[Reply] | None:
        inbound = context.inbound
        answered = await self._parts.answers.take(warning, inbound.channel, inbound.user, answer)
        if answered is None:
            return None
        if answer is Answer.OK:
            text, button = (
                self._text("ok"),
                warning_words().buttons["help"],
            )  # a chat may hide buttons once one is pressed
            return [Reply(ReplyKind.INFO, text, text, choices=(Choice(f"w:{Answer.HELP}:{warning}", button),))]
        return self.help.called(context, warning, answered.told)

    async def located(self, context: Context) -> list[Reply] | None:
        """A position goes to those who were called for help."""
        return await self.help.located(context)

    async def _reached(self, context: Context, what: str) -> list[Reply] | None:
        step, _, number = what.partition(":")
        if number != "all" and not number.isdecimal():
            return None
        inbound = context.inbound
        count = await self._parts.answers.reached(
            step, inbound.channel, inbound.user, None if number == "all" else int(number)
        )
        return [self._say("reached", count=str(count)) if count else self._say("nothing_new")]

    async def _do(self, context: Context, what: str) -> list[Reply] | None:
        changes = _changes(what)
        if not changes:
            return None
        inbound = context.inbound
        await self._parts.people.change(inbound.channel, inbound.user, context.now, changes)
        if changes.get("opted_out"):
            return [self._say("done_off")]
        place = changes.get("place")
        if "levels" in changes:
            known = place or (await self._person(context)).place
            return [self._say("done_on", place=self._parts.places.full_name(known) if known else "")]
        return [self._say("done_move", place=self._parts.places.full_name(place)) if place else self._say("done_quiet")]

    async def _person(self, context: Context) -> Person:
        return await self._parts.people.get(context.inbound.channel, context.inbound.user) or Person()

    def _ask_place(self, context: Context, wide: str | None) -> Reply:
        """Where somebody is; asked once for one wish."""
        context.session.pending = Pending(what="place", said=context.said, asked_at=context.now)
        if wide is None:
            return self._say("ask_place", kind=ReplyKind.ASK)
        return self._say("ask_county", kind=ReplyKind.ASK, place=self._parts.places.full_name(wide))

    def _quiet_hours(self, begin: int, end: int) -> str:
        if begin == end:
            return self._text("no_quiet")
        return self._text("quiet_hours", start=plain_time.clock(begin), end=plain_time.clock(end))

    def _confirm(self, key: str, changes: Mapping[str, str], **values: str) -> Reply:
        """What is about to be changed, to be answered with yes or no; who wants to hear nothing more has a third way."""
        labels, stop = self._words.buttons, "o" in changes and changes["o"] == "1"
        change = _DO + ";".join(f"{name}={value}" for name, value in changes.items())
        choices = [Choice(change, labels["stop" if stop else "agree"])]
        if stop:
            choices.append(Choice(f"{_DO}l={int(Levels.ORANGE)};o=0", labels["keep_grave"]))
        choices.append(Choice(_NO, labels["deny"]))
        text = self._text(key, **values)
        return Reply(ReplyKind.CONFIRM, text, text, choices=tuple(choices))

    def _say(self, key: str, *, kind: ReplyKind = ReplyKind.INFO, **values: str) -> Reply:
        text = self._text(key, **values)
        return Reply(kind, text, text)

    def _text(self, key: str, **values: str) -> str:
        return self._words.say[key].format(**values)


def _changes(what: str) -> dict[str, Any]:
    """The columns that a button changes; nothing for one that was made up."""
    fields = dict(part.split("=", 1) for part in what.split(";") if "=" in part)
    changes: dict[str, Any] = {}
    try:
        if "p" in fields and fields["p"].isdecimal():
            changes["place"] = fields["p"][:_FULL]
        if "l" in fields:
            changes["levels"] = Levels(int(fields["l"]))
        if "o" in fields:
            changes["opted_out"] = fields["o"] == "1"
        if "q" in fields:
            begin, _, end = fields["q"].partition("-")
            changes |= {"quiet_from": int(begin) % 1440, "quiet_until": int(end) % 1440}
    except ValueError:
        return {}
    changes |= {column: fields[key].split(",") for key, column in (("c", "crops"), ("a", "animals")) if key in fields}
    return changes


def _prefix(code: str) -> str:
    """The part of a code that those of all places within it begin with."""
    return significant(code.ljust(_FULL, "0")) if code else ""


def _wide(place: str) -> bool:
    """A province or a prefecture: what a county issues would not be known to concern the person."""
    return len(place) < 6
