"""The markets that prices are of: found by place and name, and added where they are new."""

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.markets.models import MarketRow, insert_into
from knowledge_base.markets.nearness import Position
from knowledge_base.markets.offer import Offer
from knowledge_base.markets.problem import PricesRefused, RowWrong

MAX_MARKETS = 20_000
Market = tuple[str, str]
"""Place and name."""


class MarketBook:
    """All markets, for the time of one import."""

    def __init__(self) -> None:
        self._ids: dict[Market, int] = {}
        self._places: dict[str, set[str]] = {}
        self._unplaced: set[int] = set()
        self.new: dict[Market, Position | None] = {}

    async def read(self, session: AsyncSession) -> None:
        """Learn which there are."""
        for row in await session.scalars(select(MarketRow)):
            self._know(row)

    def market(self, offer: Offer) -> Market:
        """The market of an offer, noted as new where it is.

        Raises `RowWrong` where only a name is told that no market has, or several, and `PricesRefused` for too many.
        """
        place = offer.place
        if not place:
            places = self._places.get(offer.market, set())
            if len(places) != 1:
                raise RowWrong("no_place", value=offer.market)
            (place,) = places
        market = place, offer.market
        if market not in self._ids and self.new.get(market) is None:
            if market not in self.new and len(self.new) >= MAX_MARKETS:
                raise PricesRefused("too_many_markets", limit=MAX_MARKETS)
            self.new[market] = offer.position
            self._places.setdefault(offer.market, set()).add(place)
        return market

    def known(self, market: Market) -> int | None:
        """Its number in the store; None where it is new."""
        return self._ids.get(market)

    async def ids(self, session: AsyncSession, offers: Collection[tuple[Offer, Market]]) -> dict[Market, int]:
        """The numbers of the markets of these offers; new ones are added, and put on the map where an offer tells where."""
        markets = {market for _, market in offers}
        if missing := sorted(markets - self._ids.keys()):
            await self._add(session, missing)
        for offer, market in offers:
            if offer.position is not None and self._ids[market] in self._unplaced:
                await self._place(session, self._ids[market], offer.position)
        return {market: self._ids[market] for market in markets}

    async def _add(self, session: AsyncSession, markets: Sequence[Market]) -> None:
        values = []
        for place, name in markets:
            latitude, longitude = self.new.get((place, name)) or (None, None)
            values.append({"place": place, "name": name, "latitude": latitude, "longitude": longitude})
        # Somebody else may bring the same market at the same time.
        await session.execute(insert_into(session, MarketRow).on_conflict_do_nothing(), values)
        await self.read(session)

    async def _place(self, session: AsyncSession, number: int, position: Position) -> None:
        row = await session.get_one(MarketRow, number)
        row.latitude, row.longitude = position
        self._unplaced.discard(number)

    def _know(self, row: MarketRow) -> None:
        self._ids[row.place, row.name] = row.id
        self._places.setdefault(row.name, set()).add(row.place)
        if row.latitude is None:
            self._unplaced.add(row.id)
