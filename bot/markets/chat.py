"""Prices in the chat over a running system: the service, its pictures, and telling who waits for a price."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.outbox import Envelope, Outbox
from bot.language import Language
from bot.markets.market import Market
from bot.markets.pictures import price_picture
from bot.pictures import Draw
from bot.schedule import Schedule
from dialogs.context import Context
from dialogs.handoff import Desk
from dialogs.messages import Reply, ReplyKind
from dialogs.price.telling import Telling
from dialogs.price.watch import Watch
from dialogs.price.wish import WishReader
from dialogs.topics.prices import Parts, Prices
from knowledge_base.markets.alerts import Due
from knowledge_base.markets.goods import Named
from knowledge_base.markets.models import Kind, State
from knowledge_base.store import Store
from knowledge_base.weather.digests import Reader

Clock = Callable[[], datetime]

EVERY = timedelta(minutes=1)
COUNTY_TIME = ZoneInfo("Asia/Shanghai")
MONDAY = 0
MORNING = time(7), time(12)
"""When weekly messages go out: after a Monday on which nothing ran, the next Monday."""
WATCHED = 3
"""Prices in one digest."""
TRUE_FOR = timedelta(days=2)
"""A price that could not be delivered so long is no news any more."""


@dataclass(frozen=True, slots=True)
class PriceChat:
    """The parts of one system."""

    market: Market
    telling: Telling
    service: Prices
    picture: Draw
    watched: Callable[[Reader], Awaitable[list[str]]]
    """A line for each price that a reader of digests waits for."""


def price_chat(store: Store, market: Market, language: Language, desk: Desk) -> PriceChat:
    """Put the parts together."""
    quotes = market.quotes
    telling = Telling(quotes.goods, language.places)

    async def report(context: Context, product: Named, place: str, price: Decimal) -> bool:
        person = f"{context.inbound.channel}/{context.inbound.user}"
        async with store.session() as session:
            state = await market.reports.report(session, product.product, place, price, person, variety=product.variety)
        return state is State.GOOD

    service = Prices(
        Parts(
            quotes=quotes,
            telling=telling,
            reader=WishReader(quotes.goods, language.values.quantities.find),
            watch=Watch(store, market.alerts, quotes, telling),
            report=report,
            places=language.places,
            desk=desk,
        )
    )

    async def watched(reader: Reader) -> list[str]:
        async with store.session() as session:
            mine = await market.alerts.list(session, reader.channel, reader.user)
        lines = {}
        for alert in mine[:WATCHED]:
            found = await quotes.latest(
                alert.product, alert.variety or None, reader.place, position=reader.position, limit=1
            )
            if found and found[0].kind is Kind.OFFICIAL and not found[0].old:
                lines[alert.product, alert.variety] = telling.line(found[0]).spoken.removesuffix("。")
        return list(lines.values())

    return PriceChat(market, telling, service, price_picture(store, quotes, telling), watched)


def tell_of_prices(schedule: Schedule, store: Store, chat: PriceChat, outbox: Outbox, clock: Clock) -> None:
    """Have people told of the prices that they wait for, for as long as the schedule runs."""
    alerts, quotes = chat.market.alerts, chat.market.quotes

    async def envelopes(session: AsyncSession) -> list[Envelope]:
        found = [_envelope(due, _fired(chat.telling, due), clock()) for due in await alerts.crossed(session)]
        local = clock().astimezone(COUNTY_TIME)
        if local.weekday() == MONDAY and MORNING[0] <= local.time() < MORNING[1]:
            for due in await alerts.weekly(session):
                told = chat.telling.quote(due.quote, await quotes.compared(due.quote))
                found.append(_envelope(due, Reply(ReplyKind.INFO, told.text, told.spoken), clock()))
        return found

    async def tell() -> None:
        async with store.session() as session:
            await outbox.put(session, await envelopes(session))

    schedule.every(EVERY, "prices", tell, first=datetime.now(UTC))


def _fired(telling: Telling, due: Due) -> Reply:
    """The message about a price that has been reached."""
    quote = due.quote
    price, unit = telling.price(quote.mid, quote.product)
    wanted, _ = telling.price(due.alert.price or quote.mid, quote.product)
    told = telling.say(
        "fired",
        {"price": price, "wanted": wanted},
        product=telling.name(quote.product, quote.variety),
        market=quote.market,
        day=telling.day(quote.day),
        unit=unit,
        source=telling.say("source", source=quote.source).text if quote.source else "",
    )
    return Reply(ReplyKind.INFO, told.text, told.spoken)


def _envelope(due: Due, reply: Reply, now: datetime) -> Envelope:
    return Envelope(due.alert.channel, due.alert.user, due.topic, reply, expires_at=now + TRUE_FOR)
