"""What people say was paid: kept apart from official prices, one a day of each person, held where it is far off."""

import uuid
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from hashlib import sha256

from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.markets.medians import far_off, known_median, reported_median
from knowledge_base.markets.models import Kind, ReportRow, State, insert_into
from knowledge_base.markets.quote import county_day
from knowledge_base.warnings.codes import FULL, significant

NewId = Callable[[], str]


class Reports:
    """Takes reports in. Who reported is kept as a digest: it is needed for nothing but to count each person once."""

    def __init__(self, clock: Callable[[], datetime], new_id: NewId = lambda: uuid.uuid4().hex) -> None:
        self._clock = clock
        self._new_id = new_id

    async def report(
        self, session: AsyncSession, product: str, place: str, price: Decimal, person: str, *, variety: str = ""
    ) -> State:
        """Keep a price in 元 for each 斤 (or what the product is counted by), in the caller's transaction.

        `person` is whatever tells people apart, `place` an administrative code. A second report of the day replaces the
        first. Returns whether it is `good`, or `held` until a person has looked.
        """
        at = self._clock()
        day = county_day(at)
        usual = await known_median(session, (product, variety), day, Kind.OFFICIAL)
        if usual is None:
            usual = await reported_median(session, (product, variety), day)
        state = State.HELD if far_off((price,), usual) else State.GOOD
        values = {
            "person": sha256(person.encode()).hexdigest(),
            "product": product,
            "variety": variety,
            "day": day,
            "place": significant(place.ljust(FULL, "0")),
            "price": price,
            "state": str(state),
            "reported_at": at,
        }
        said = ("place", "price", "state", "reported_at")
        insert = insert_into(session, ReportRow).values(id=self._new_id(), **values)
        await session.execute(
            insert.on_conflict_do_update(
                index_elements=["person", "product", "variety", "day"],
                set_={name: insert.excluded[name] for name in said},
            )
        )
        return state
