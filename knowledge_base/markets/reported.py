"""What people say was paid, one figure for each county: nobody's own report is shown."""

from collections import defaultdict
from datetime import date, timedelta

from sqlalchemy import select

from knowledge_base.markets.goods import Goods
from knowledge_base.markets.models import Kind, ReportRow, State
from knowledge_base.markets.nearness import Person
from knowledge_base.markets.quote import Quote, median
from knowledge_base.store import Store

SPAN = timedelta(days=14)
"""Reports are this old at most: who wants to know what is paid wants to know what is paid now."""
_COUNTY = 6


class Reported:
    """The reports of the last fortnight."""

    def __init__(self, store: Store, goods: Goods) -> None:
        self._store = store
        self._goods = goods

    async def quotes(self, product: str, variety: str | None, person: Person, today: date) -> list[Quote]:
        """One for each county and variety; of each person the last report counts."""
        rows = (
            select(ReportRow)
            .where(
                ReportRow.product == product,
                ReportRow.day.between(today - SPAN, today),
                ReportRow.state == State.GOOD,
            )
            .order_by(ReportRow.reported_at)
        )
        if variety is not None:
            rows = rows.where(ReportRow.variety == variety)
        counties: dict[tuple[str, str], dict[str, ReportRow]] = defaultdict(dict)
        async with self._store.session() as session:
            for row in await session.scalars(rows):
                counties[row.place[:_COUNTY], row.variety][row.person] = row
        return [self._quote(place, list(by.values()), person, today) for (place, _), by in counties.items()]

    def _quote(self, place: str, reports: list[ReportRow], person: Person, today: date) -> Quote:
        prices = [report.price for report in reports]
        day = max(report.day for report in reports)
        per = self._goods.by(reports[0].product)
        return Quote(
            product=reports[0].product,
            variety=reports[0].variety,
            per=per,
            market="",
            market_id=None,
            place=place,
            day=day,
            low=min(prices),
            mid=median(prices),
            high=max(prices),
            unit=f"元/{per}",
            figures="",
            source="",
            kind=Kind.REPORTED,
            nearness=person.to(place, None).nearness,
            age=(today - day).days,
            people=len(reports),
        )
