"""Being told of a price: wishes read back, kept after a yes, listed, and taken back in words."""

from decimal import Decimal, InvalidOperation

from dialogs.context import Context
from dialogs.messages import Choice, Reply, ReplyKind
from dialogs.price.telling import Telling, Told
from dialogs.price.wish import Wish
from dialogs.price.words import price_words
from knowledge_base.markets.alerts import MOST, Alert, Alerts, TooManyAlerts
from knowledge_base.markets.goods import Named
from knowledge_base.markets.models import Kind, Rule
from knowledge_base.markets.quotes import Quotes
from knowledge_base.store import Store

LISTED = 10


class Watch:
    """The wishes of one person at a time. Nothing is changed before a yes."""

    def __init__(self, store: Store, alerts: Alerts, quotes: Quotes, telling: Telling) -> None:
        self._store = store
        self._alerts = alerts
        self._quotes = quotes
        self._telling = telling
        self._words = price_words()

    async def wanted(self, context: Context, wish: Wish) -> list[Reply]:
        """The read-back of a wish to be told; of one that is fulfilled already, the price as it is."""
        product = wish.product or Named("", "")
        place = context.session.place or ""
        done = f"p:do:+{product.product}/{product.variety}/{place[:12]}"
        values = {"place": self._place(place), "product": self._telling.name(product.product, product.variety)}
        if wish.price is None or wish.rule is Rule.WEEKLY:
            return [confirmation(self._telling.say("weekly", **values), f"{done}/{Rule.WEEKLY}/")]
        already = await self._already(wish, product, place)
        if already is not None:
            return [already]
        shown, unit = self._telling.price(wish.price, product.product)
        told = self._telling.say("alert", {"price": shown}, unit=unit, way=self._way(wish.rule), **values)
        return [confirmation(told, f"{done}/{wish.rule}/{wish.price.normalize():f}")]

    async def existing(self, context: Context, wish: Wish) -> list[Reply]:
        """The list of wishes, or the read-back of taking them back."""
        inbound = context.inbound
        async with self._store.session() as session:
            mine = await self._alerts.list(session, inbound.channel, inbound.user)
        if wish.what == "mine":
            return [self._list(mine)]
        about = [alert for alert in mine if wish.product is None or alert.product == wish.product.product]
        if not about:
            return [self._say("nothing")]
        if wish.product is None:
            return [confirmation(self._telling.say("stop_all"), "p:do:-")]
        name = self._telling.name(wish.product.product, "")
        return [confirmation(self._telling.say("stop", what=name), f"p:do:-{wish.product.product}")]

    async def do(self, context: Context, what: str) -> list[Reply] | None:
        """What a yes does; None for a button that was made up."""
        inbound, action, rest = context.inbound, what[:1], what[1:]
        if action == "-":
            async with self._store.session() as session:
                count = await self._alerts.remove(session, inbound.channel, inbound.user, product=rest or None)
            return [self._say("stopped", count=str(count)) if count else self._say("nothing")]
        try:
            product, variety, place, rule, price = rest.split("/")
            async with self._store.session() as session:
                await self._alerts.add(
                    session,
                    inbound.channel,
                    inbound.user,
                    product,
                    Rule(rule),
                    place=place,
                    price=Decimal(price) if price else None,
                    variety=variety,
                )
        except (ValueError, InvalidOperation):
            return None
        except TooManyAlerts:
            return [self._say("full", count=str(MOST))]
        key = "weekly_done" if rule == Rule.WEEKLY else "alert_done"
        return [self._say(key, product=self._telling.name(product, variety))]

    async def _already(self, wish: Wish, product: Named, place: str) -> Reply | None:
        found = await self._quotes.latest(product.product, product.variety or None, place or None, limit=1)
        if not found or found[0].kind is not Kind.OFFICIAL or found[0].old or wish.price is None:
            return None
        quote = found[0]
        crossed = quote.mid >= wish.price if wish.rule is Rule.ABOVE else quote.mid <= wish.price
        if not crossed:
            return None
        shown, unit = self._telling.price(quote.mid, product.product)
        told = self._telling.say("already", {"price": shown}, unit=unit)
        told += self._telling.quote(quote, await self._quotes.compared(quote))
        return Reply(ReplyKind.INFO, told.text, told.spoken)

    def _list(self, mine: tuple[Alert, ...]) -> Reply:
        if not mine:
            return self._say("mine_none")
        told = self._telling.say("mine")
        for number, alert in enumerate(mine[:LISTED], 1):
            name = self._telling.name(alert.product, alert.variety)
            told += Told("\n", "")
            if alert.price is None:
                told += self._telling.say("mine_weekly", number=str(number), product=name)
                continue
            shown, unit = self._telling.price(alert.price, alert.product)
            told += self._telling.say(
                "mine_line", {"price": shown}, number=str(number), product=name, unit=unit, way=self._way(alert.rule)
            )
        return Reply(ReplyKind.INFO, told.text, told.spoken)

    def _place(self, place: str) -> str:
        return self._telling.place(place) if place else ""

    def _way(self, rule: Rule | None) -> str:
        return self._words.text("below" if rule is Rule.BELOW else "above")

    def _say(self, key: str, **values: str) -> Reply:
        told = self._telling.say(key, **values)
        return Reply(ReplyKind.INFO, told.text, told.spoken)


def confirmation(told: Told, done: str) -> Reply:
    """What is about to be kept, to be answered with yes or no."""
    labels = price_words().buttons
    choices = (Choice(done, labels["agree"]), Choice("p:no", labels["deny"]))
    return Reply(ReplyKind.CONFIRM, told.text, told.spoken, choices=choices)
