"""The daily check that turns forecasts into farm advice: to each person about their crops, once per spell of weather."""

from collections.abc import Callable, Sequence
from datetime import datetime, time, timedelta

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.outbox import Envelope, Outbox
from bot.schedule import Schedule
from dialogs.digest.advice import advice
from dialogs.topics.weather import Forecaster
from dialogs.topics.weather_place import Here, WeatherPlaces
from knowledge_base.store import Store
from knowledge_base.warnings.models import PersonRow
from knowledge_base.warnings.quiet import quiet_end
from knowledge_base.weather.digest_models import FarmAdviceRow
from knowledge_base.weather.forecasts import Known
from knowledge_base.weather.terms import CHINA
from knowledge_base.weather.threats import Threat, threats_in

EVERY = timedelta(hours=6)
"""More often than daily, so that a day's check is not lost with a restart; nobody hears of a spell twice."""
OLDEST = timedelta(hours=12)
"""An older forecast alarms nobody."""
APART = timedelta(days=3)
"""So far apart two spells of the same kind are two; nearer ones are one whose days the forecast has moved."""
PAGE = 500

Clock = Callable[[], datetime]


class FarmAdvice:
    """Advises everybody who has told a place and crops and has not opted out. A sample forecast advises nobody."""

    def __init__(
        self, store: Store, outbox: Outbox, forecasts: Forecaster, places: WeatherPlaces, clock: Clock
    ) -> None:
        self._store = store
        self._outbox = outbox
        self._forecasts = forecasts
        self._places = places
        self._clock = clock

    def schedule(self, schedule: Schedule) -> None:
        """Have it done for as long as the schedule runs."""

        async def job() -> None:
            await self.tick()

        schedule.every(EVERY, "farm_advice", job, first=self._clock())

    async def tick(self) -> int:
        """Look at everybody's forecast; how many messages were written."""
        known: dict[tuple[float, float], Known | None] = {}
        written, after = 0, ("", "")
        while people := await self._page(after):
            for person in people:
                if person.crops:
                    written += await self._advise(person, known)
            after = (people[-1].channel, people[-1].user)
        return written

    async def _page(self, after: tuple[str, str]) -> Sequence[PersonRow]:
        key = tuple_(PersonRow.channel, PersonRow.user)
        query = select(PersonRow).where(PersonRow.opted_out.is_(False), key > after)
        async with self._store.session() as session:
            return (await session.scalars(query.order_by(PersonRow.channel, PersonRow.user).limit(PAGE))).all()

    async def _advise(self, person: PersonRow, known: dict[tuple[float, float], Known | None]) -> int:
        position = None
        if person.latitude is not None and person.longitude is not None:
            position = (person.latitude, person.longitude)
        here = await self._places.home(person.place, position)
        if not isinstance(here, Here):
            return 0
        cell = (round(here.latitude, 1), round(here.longitude, 1))
        if cell not in known:
            known[cell] = await self._forecasts.at(here.latitude, here.longitude)
        told, now = known[cell], self._clock()
        if told is None or told.age > OLDEST:
            return 0
        threats = threats_in(told.forecast, here.code, person.crops, now.astimezone(CHINA).date())
        written = 0
        for threat in threats:
            written += await self._send(person, threat, told, here.name, now)
        return written

    async def _send(self, person: PersonRow, threat: Threat, told: Known, place: str, now: datetime) -> int:
        """Write one message, outside of quiet hours, unless the person has heard of the spell."""
        expires = datetime.combine(threat.last, time(18), CHINA)
        due = quiet_end(now, person.quiet_from, person.quiet_until)
        if (due or now) >= expires:
            return 0
        envelope = Envelope(
            person.channel,
            person.user,
            f"farm:{threat.name}:{threat.first}",
            advice(threat, told.forecast, place, due or now),
            due_at=due,
            expires_at=expires,
        )
        async with self._store.session() as session:
            if await _heard(session, person, threat):
                return 0
            session.add(
                FarmAdviceRow(
                    channel=person.channel,
                    user=person.user,
                    rule=threat.name,
                    first_on=threat.first,
                    last_on=threat.last,
                    given_at=now,
                )
            )
            return await self._outbox.put(session, [envelope])


async def _heard(session: AsyncSession, person: PersonRow, threat: Threat) -> bool:
    """Whether this spell was told of before; its days are kept as they are forecast now."""
    query = select(FarmAdviceRow).where(
        FarmAdviceRow.channel == person.channel,
        FarmAdviceRow.user == person.user,
        FarmAdviceRow.rule == threat.name,
        FarmAdviceRow.last_on >= threat.first - APART,
        FarmAdviceRow.first_on <= threat.last + APART,
    )
    row = (await session.scalars(query.limit(1))).first()
    if row is None:
        return False
    row.last_on = max(row.last_on, threat.last)
    return True
