"""The picture of a price answer: the last three months of one market."""

import asyncio
from datetime import date, timedelta

from bot.markets.chart import draw
from bot.pictures import Draw
from dialogs.price.money import JIN
from dialogs.price.telling import Telling
from knowledge_base.markets.models import Kind, MarketRow
from knowledge_base.markets.quotes import Quotes
from knowledge_base.store import Store

SHOWN = timedelta(days=90)


def price_picture(store: Store, quotes: Quotes, telling: Telling) -> Draw:
    """Draws `market id/product/variety or -/kind/last day`; nothing for less than two days with a price."""

    async def picture(parts: list[str]) -> bytes | None:
        try:
            market_id, product, variety, kind, day = parts
            number, last, known = int(market_id), date.fromisoformat(day), Kind(kind)
        except ValueError:
            return None
        variety = "" if variety == "-" else variety
        async with store.session() as session:
            market = await session.get(MarketRow, number)
        points = await quotes.series(product, number, variety, last - SHOWN, last, kind=known)
        if market is None or len(points) < 2:
            return None
        unit = telling.unit(product)
        factor = JIN.get(unit, JIN["斤"])
        title = f"{telling.name(product, variety)}　{market.name}"
        if known is Kind.SAMPLE:
            title = f"{telling.sample_mark}{title}"
        prices = [(point.day, float(point.mid * factor)) for point in points]
        return await asyncio.to_thread(draw, title, telling.per(unit), prices)

    return picture
