"""One's own data in the chat: what is kept, a copy of it, its deletion, consent, and accounts that belong together."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from dialogs.context import Context
from dialogs.messages import Choice, Reply, ReplyKind
from dialogs.service import Service
from dialogs.session import Session
from dialogs.short_answers import short_answers
from dialogs.topics.privacy_port import DEED, Keeper, Refused, Survey
from dialogs.topics.privacy_wish import Wish, privacy_words, wish_in

ACTION = "x"
PUBLIC = frozenset({"speaker"})
"""Channels that anybody can hear."""
GOOD_FOR = timedelta(minutes=15)
"""So long a button of a read-back does what it says: an old one in the chat's history must not delete anything."""
_DO = f"{ACTION}:do:"
_NO = f"{ACTION}:no"
_DEEDS = frozenset({"erase", "voice", "keep_voice", "position", "link", "part"})


class Privacy(Service):
    """Answers wishes about one's own data. Nothing is given away on a loudspeaker, nothing changed before a yes.

    What is done with a whole person (deletion, joining) is said here and done by `bot.privacy.deeds` once the turn is
    kept: the reply carries it in its slot `DEED`.
    """

    action = ACTION

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._words = privacy_words()

    def meant(self, text: str, session: Session) -> str | None:
        """The button that a plain yes or no stands for, where something was just read back."""
        deed = next((choice for choice in session.offered.values() if choice.startswith(_DO)), None)
        if deed is None:
            return None
        wish = wish_in(text)
        if short_answers().agrees(text) or (wish and wish.what == "agree"):
            return deed
        return _NO if short_answers().denies(text) or (wish and wish.what == "deny") else None

    async def in_words(self, context: Context) -> list[Reply] | None:
        """The reply to a sentence about one's own data; None where it is about something else."""
        wish = wish_in(context.said.text, context.said.normalized)
        if wish is None or wish.what in {"agree", "deny"}:
            return await self._consent_in_words(context, wish)
        if context.session.form is not None:
            # What was asked before is not asked again behind a read-back: a yes would be taken for the wrong one.
            context.session.form = context.session.form.model_copy()
        return [await self._wished(context, wish)]

    async def pressed(self, rest: str, context: Context) -> list[Reply] | None:
        """A button; None for one that means nothing."""
        what, _, more = rest.partition(":")
        match what:
            case "ok" | "refuse":
                return [await self._consented(context, yes=what == "ok")]
            case "more":
                return [self._page()]
            case "no":
                return [self._say("kept")]
            case "do":
                return await self._do(context, more)
        return None

    async def _consent_in_words(self, context: Context, wish: Wish | None) -> list[Reply] | None:
        session, text = context.session, context.said.text
        yes = wish.what == "agree" if wish else short_answers().agrees(text)
        if not yes and not (wish or short_answers().denies(text)):
            return None
        if session.form is not None or session.pending is not None:
            return None
        if wish is None and not await self._keeper.waits(context.inbound.channel, context.inbound.user):
            return None
        return [await self._consented(context, yes=yes)]

    async def _consented(self, context: Context, *, yes: bool) -> Reply:
        if context.inbound.channel in PUBLIC:
            return self._say("public")
        await self._keeper.answer(context.inbound.channel, context.inbound.user, yes=yes)
        return self._say("agreed" if yes else "refused")

    async def _wished(self, context: Context, wish: Wish) -> Reply:
        if wish.what in {"page", "more"}:
            return self._page()
        if context.inbound.channel in PUBLIC:
            return self._say("public")
        match wish.what:
            case "copy":
                return await self._copy(context)
            case "erase":
                return await self._erase(context)
            case "keep_voice":
                days = self._keeper.voice_days
                return self._say("keep_voice_off") if days is None else self._ask(context, "keep_voice", days=str(days))
            case "code" | "ask_code":
                return await self._linking(context, wish)
            case "part":
                first, *others = await self._keeper.joined(context.inbound.channel, context.inbound.user)
                return self._ask(context, "part", channel=self._words.channel(first)) if others else self._say("alone")
        return self._ask(context, wish.what)

    def _page(self) -> Reply:
        """What is kept, why, how long."""
        line, (operator, contact) = self._words.say["page_topic"], self._keeper.operator()
        topics = "\n".join(
            line.format(name=one.name, what=one.what, why=one.why, long=one.long) for one in self._keeper.topics()
        )
        who = self._text("operator", operator=operator, contact=contact) if operator else ""
        where = self._text("page_where", address=self._keeper.page())
        return Reply(
            ReplyKind.INFO,
            self._text("page", who=who, topics=topics, where=f"\n{where}"),
            who + self._text("page_spoken"),
        )

    async def _copy(self, context: Context) -> Reply:
        found = await self._keeper.survey(context.inbound.channel, context.inbound.user)
        if not found.counts:
            return self._say("nothing")
        address = await self._keeper.copy(context.inbound.channel, context.inbound.user)
        counts = self._counts(found)
        return Reply(
            ReplyKind.INFO,
            self._text("copy", address=address, counts=counts),
            self._text("copy_spoken", counts=counts),
        )

    async def _erase(self, context: Context) -> Reply:
        found = await self._keeper.survey(context.inbound.channel, context.inbound.user)
        if not found.counts:
            return self._say("erase_nothing")
        orders = self._text("erase_orders", orders=self._orders(found)) if found.orders else ""
        duty = self._text("erase_duty") if found.on_duty else ""
        return self._ask(context, "erase", counts=self._counts(found), orders=orders, duty=duty)

    async def _linking(self, context: Context, wish: Wish) -> Reply:
        channel, user = context.inbound.channel, context.inbound.user
        try:
            if wish.what == "ask_code":
                code = await self._keeper.code(channel, user)
                digits = "、".join(code)
                return Reply(
                    ReplyKind.INFO,
                    self._text("code", code=code, digits=" ".join(code)),
                    self._text("code_spoken", digits=digits),
                )
            other = await self._keeper.whose(channel, user, wish.code)
        except Refused as refused:
            return self._say(refused.key)
        return self._ask(context, "link", more=wish.code, channel=self._words.channel(other))

    async def _do(self, context: Context, more: str) -> list[Reply]:
        """A yes to what was read back."""
        what, _, rest = more.partition(":")
        stamp, _, value = rest.partition(":")
        if what not in _DEEDS or not _fresh(stamp, context.now):
            return [self._say("late")]
        inbound = context.inbound
        if inbound.channel in PUBLIC:
            return [self._say("public")]
        slots = {DEED: [what, value]}
        if what == "keep_voice":
            await self._keeper.allow_voice(inbound.channel, inbound.user)
            return [self._say("keep_voice_done")]
        if what == "link":
            try:
                other = await self._keeper.whose(inbound.channel, inbound.user, value)
            except Refused as refused:
                return [self._say(refused.key)]
            return [self._say("linked", slots, channel=self._words.channel(other))]
        if what == "part":
            return [self._say("parted", slots)]
        if what == "position":
            context.session.position = None
        if what != "erase":
            return [self._say(f"{what}_done", slots)]
        found = await self._keeper.survey(inbound.channel, inbound.user)
        if not found.orders:
            return [self._say("erased", slots)]
        return [self._say("erased_but", slots, orders=self._orders(found))]

    def _counts(self, found: Survey) -> str:
        line = self._words.say["count"]
        return "、".join(line.format(name=name, count=count) for name, count in found.counts.items())

    def _orders(self, found: Survey) -> str:
        line, names = self._words.say["count"], self._words.orders
        return "、".join(line.format(name=names[name], count=count) for name, count in found.orders.items())

    def _ask(self, context: Context, what: str, *, more: str = "", **values: str) -> Reply:
        """What is about to be done, to be answered with yes or no."""
        labels = self._words.buttons
        id_ = f"{_DO}{what}:{_stamp(context.now)}" + (f":{more}" if more else "")
        text = self._text(what, **values)
        choices = (Choice(id_, labels[what]), Choice(_NO, labels["keep"]))
        return Reply(ReplyKind.CONFIRM, text, text, choices=choices)

    def _say(self, key: str, slots: Mapping[str, object] | None = None, **values: str) -> Reply:
        text = self._text(key, **values)
        return Reply(ReplyKind.INFO, text, text, slots=slots or {})

    def _text(self, key: str, **values: str) -> str:
        return self._words.say[key].format(**values)


def consent_question() -> Reply:
    """What goes with the very first answer."""
    words = privacy_words()
    choices = tuple(Choice(f"{ACTION}:{id_}", words.buttons[id_]) for id_ in ("ok", "refuse", "more"))
    return Reply(ReplyKind.INFO, words.say["consent"], words.say["consent_spoken"], choices=choices)


def sentence(key: str, **values: str) -> Reply:
    """One of the sentences of privacy.yaml."""
    text = privacy_words().say[key].format(**values)
    return Reply(ReplyKind.INFO, text, text)


def _stamp(now: datetime) -> str:
    return f"{int(now.timestamp()):x}"


def _fresh(stamp: str, now: datetime) -> bool:
    try:
        made = int(stamp, 16)
    except ValueError:
        return False
    return timedelta() <= timedelta(seconds=now.timestamp() - made + 1) <= GOOD_FOR
