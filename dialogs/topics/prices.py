"""Prices in the chat: what a thing costs near somebody, what they say was paid, and when they want to be told."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from urllib.parse import quote as quoted

from dialogs.context import Context
from dialogs.handoff import Desk, Reason
from dialogs.messages import Choice, Reply, ReplyKind
from dialogs.places import Places
from dialogs.price.telling import NOTHING, Telling, Told
from dialogs.price.watch import Watch, confirmation
from dialogs.price.wish import KINDS, Wish, WishReader
from dialogs.price.words import price_words
from dialogs.service import Service
from dialogs.session import Form, Session
from dialogs.short_answers import short_answers
from knowledge_base.markets.goods import Named
from knowledge_base.markets.models import Kind, Rule
from knowledge_base.markets.quote import Quote
from knowledge_base.markets.quotes import Quotes
from knowledge_base.markets.ratio import Ratio

MARKETS = 4
"""Told in one reply."""
SHORT = 16
"""Characters of an answer to a question back; a longer sentence is about something else."""
PLACE = 12
_FORM_LASTS = timedelta(minutes=10)
"""So long a question back of this topic waits."""

Report = Callable[[Context, Named, str, Decimal], Awaitable[bool]]
"""Keeps what a person says was paid, in 元 for what the product is kept by, at a place; whether it is given to others at once."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the topic stands on."""

    quotes: Quotes
    telling: Telling
    reader: WishReader
    watch: Watch
    report: Report
    places: Places
    desk: Desk


class Prices(Service):
    """Answers questions about prices. Nothing is kept before a yes."""

    action = "p"
    intents = frozenset({"price"})

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._telling = parts.telling
        self._words = price_words()

    def meant(self, text: str, session: Session) -> str | None:
        """The button that a plain yes or no stands for, where something was just read back."""
        done = next((choice for choice in session.offered.values() if choice.startswith(("p:do:", "p:rep:"))), None)
        if done is None:
            return None
        if short_answers().agrees(text):
            return done
        return "p:no" if short_answers().denies(text) else None

    async def in_words(self, context: Context) -> list[Reply] | None:
        """The reply to a sentence about a price; None where it is about something else."""
        form = context.session.form
        if form is not None and form.service == self.action:
            context.session.form = None
            again = self._completed(context, form) if context.now - form.touched_at < _FORM_LASTS else None
            if again is not None:
                return await self._go_on(context, again)
        wish = self._parts.reader.wish(context.said)
        if wish is None or (wish.what == "price" and wish.product is None and context.said.intent != "price"):
            return None
        return await self._go_on(context, wish)

    async def asked(self, context: Context) -> list[Reply]:
        """A question about a price that no pattern has caught."""
        return await self._go_on(context, Wish("price", self._parts.reader.product(context.said)))

    async def pressed(self, rest: str, context: Context) -> list[Reply] | None:
        """A button; None for one that means nothing."""
        action, _, what = rest.partition(":")
        match action:
            case "no":
                return [self._say("unchanged")]
            case "more":
                named = _named(what)
                return await self._several(context, named) if named else None
            case "tell":
                return [self._ask(context, "alert_price", _named(what))]
            case "rep":
                return await self._reported(context, what)
            case "do":
                return await self._parts.watch.do(context, what)
        return None

    async def _go_on(self, context: Context, wish: Wish) -> list[Reply]:
        context.session.turn_to(context.said)
        if wish.what == "ratio":
            return [self._ratio(await self._parts.quotes.ratio(context.session.place))]
        if wish.what in {"mine", "stop"}:
            return await self._parts.watch.existing(context, wish)
        if wish.product is None:
            thing = next((entity.text for entity in context.said.entities if entity.kind in KINDS), None)
            if wish.what == "price" and thing:
                return await self._unknown(context, thing)
            return [self._ask(context, "which", None, wish)]
        if wish.what in {"alert", "weekly"}:
            return await self._parts.watch.wanted(context, wish)
        if wish.what == "report":
            return self._report(context, wish.product, wish.price or Decimal(0))
        if wish.several:
            return await self._several(context, wish.product)
        return await self._answer(context, wish.product, wish)

    async def _answer(self, context: Context, product: Named, wish: Wish) -> list[Reply]:
        near, position = context.session.place, context.session.position
        quotes = self._parts.quotes
        known = await quotes.latest(product.product, product.variety or None, near, position=position, limit=1)
        if not known and product.variety:
            known = await quotes.latest(product.product, None, near, position=position, limit=1)
        said = await quotes.latest(
            product.product, product.variety or None, near, position=position, kinds=(Kind.REPORTED,), limit=1
        )
        reported = [quote for quote in said if quote.kind is Kind.REPORTED]
        if not known and not reported:
            return await self._unknown(context, self._telling.name(*_parts(product)))
        told = NOTHING
        for quote in (*known, *(one for one in reported if one not in known)):
            told += (Told("\n", "") if told != NOTHING else NOTHING) + self._telling.quote(
                quote, await quotes.compared(quote), wish.weight
            )
        if near is None and position is None:
            told += self._telling.say("place")
        first = known[0] if known else reported[0]
        return [self._with_buttons(told, product, first)]

    def _with_buttons(self, told: Told, product: Named, quote: Quote) -> Reply:
        labels, name = self._words.buttons, f"{product.product}/{product.variety}"
        choices = [Choice(f"p:more:{name}", labels["more"])]
        picture = None
        if quote.market_id is not None:
            parts = (str(quote.market_id), quote.product, quote.variety or "-", quote.kind, quote.day.isoformat())
            picture = f"price/{'/'.join(map(quoted, parts))}.png"
        if quote.kind is not Kind.SAMPLE:
            choices.append(Choice(f"p:tell:{name}", labels["tell"]))
        return Reply(ReplyKind.ANSWER, told.text, told.spoken, choices=tuple(choices), picture=picture)

    async def _several(self, context: Context, product: Named) -> list[Reply]:
        found = await self._parts.quotes.latest(
            product.product,
            product.variety or None,
            context.session.place,
            position=context.session.position,
            limit=MARKETS,
        )
        if not found:
            return await self._unknown(context, self._telling.name(*_parts(product)))
        told = (self._telling.say("sample") if found[0].kind is Kind.SAMPLE else NOTHING) + self._telling.markets(found)
        if len(found) == 1:
            told += Told("\n", "") + self._telling.say("one_market")
        return [Reply(ReplyKind.ANSWER, told.text, told.spoken)]

    async def _unknown(self, context: Context, thing: str) -> list[Reply]:
        """No price is made up; that somebody asked is kept."""
        await self._parts.desk.keep_question(context, Reason.NO_KNOWLEDGE)
        return [self._say("unknown", kind=ReplyKind.HANDOFF, product=thing)]

    def _ratio(self, ratio: Ratio | None) -> Reply:
        if ratio is None:
            return self._say("ratio_unknown")
        level = self._words.levels.get(int(ratio.level)) if ratio.level else None
        told = self._telling.say(
            "ratio",
            {"hog": ratio.hog, "grain": ratio.grain},
            ratio=f"{ratio.ratio.normalize():f}",
            hog_day=self._telling.day(ratio.hog_day),
            grain_day=self._telling.day(ratio.grain_day),
            level=self._words.text("ratio_level", level=level) if level else self._words.text("ratio_fine"),
        )
        return Reply(ReplyKind.ANSWER, told.text, told.spoken)

    def _report(self, context: Context, product: Named, price: Decimal) -> list[Reply]:
        """The read-back of what somebody says was paid."""
        place = self._parts.places.named(context.said, context.session.place) or context.session.place
        if place is None:
            return [self._ask(context, "report_place", product, Wish("report", product, price))]
        shown, unit = self._telling.price(price, product.product)
        told = self._telling.say(
            "report",
            {"price": shown},
            place=self._parts.places.full_name(place),
            product=self._telling.name(*_parts(product)),
            unit=unit,
        )
        kept = f"p:rep:{product.product}/{product.variety}/{place[:PLACE]}/{price.normalize():f}"
        return [confirmation(told, kept)]

    async def _reported(self, context: Context, what: str) -> list[Reply] | None:
        product, variety, place, price = [*what.split("/"), "", "", "", ""][:4]
        try:
            given = await self._parts.report(context, Named(product, variety), place, Decimal(price))
        except (InvalidOperation, ValueError):
            return None
        return [self._say("reported" if given else "reported_held")]

    def _ask(self, context: Context, key: str, product: Named | None, wish: Wish | None = None) -> Reply:
        """One question back; the answer is looked for in the next sentence."""
        waiting = wish or Wish("alert", product)
        slots = {
            "what": waiting.what,
            "product": product.product if product else "",
            "variety": product.variety if product else "",
            "price": f"{waiting.price:f}" if waiting.price else "",
            "rule": str(waiting.rule or ""),
        }
        form = context.session.form
        if form is None or form.service == self.action:  # an order that is being made is not to be forgotten
            context.session.form = Form(
                service=self.action, slots=slots, asking=key, opened_at=context.now, touched_at=context.now
            )
        name = self._telling.name(*_parts(product)) if product else ""
        return self._say(key, kind=ReplyKind.ASK, product=name)

    def _completed(self, context: Context, form: Form) -> Wish | None:
        """What was wanted before, with what was asked for; None where the sentence tells nothing of that."""
        slots = form.slots
        product = Named(slots["product"], slots["variety"]) if slots["product"] else None
        price = Decimal(slots["price"]) if slots["price"] else None
        rule = Rule(slots["rule"]) if slots["rule"] else None
        wish = Wish(slots["what"], product, price, rule)
        reader = self._parts.reader
        match form.asking:
            case "which":
                named = reader.product(context.said)
                return replace(wish, product=named) if named and len(context.said.normalized) <= SHORT else None
            case "report_place":
                return wish if self._parts.places.named(context.said, context.session.place) else None
            case _:
                return reader.limit(context.said, product)

    def _say(self, key: str, *, kind: ReplyKind = ReplyKind.INFO, **values: str) -> Reply:
        told = self._telling.say(key, **values)
        return Reply(kind, told.text, told.spoken)


def _named(what: str) -> Named | None:
    product, _, variety = what.partition("/")
    return Named(product, variety) if product else None


def _parts(product: Named) -> tuple[str, str]:
    return product.product, product.variety
