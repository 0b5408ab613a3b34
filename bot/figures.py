"""What the database knows for the metrics, read when they are looked at. The same in every process of a system."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, Gauge
from sqlalchemy import func, select

from bot.delivery.backlog import VISITED, Backlog
from bot.delivery.outbox import Outbox
from bot.warnings.dispatch import PRIORITIES
from dialogs.booking.models import BookingRow
from dialogs.consultation.models import ConsultationRow
from knowledge_base.markets.models import Kind, LatestRow
from knowledge_base.models import FeedbackRow, QuestionRow
from knowledge_base.store import Store
from knowledge_base.warnings.speaker_registry import SpeakerRegistry
from knowledge_base.weather.forecasts import IN_USE
from knowledge_base.weather.models import ForecastRow

SEVERITIES = {priority: colour.name.lower() for colour, priority in PRIORITIES.items()}
"""What a priority of the outbox is called; any other one is ordinary."""
A_DAY = timedelta(days=1)
GIVEN_UP = timedelta(days=30)
"""A source of prices from which nothing has come for so long is none any more."""


Looked = Callable[[], Awaitable[Mapping[str, datetime | None]]]
"""When each source of warnings was last looked at with success; None: never."""


async def _unwatched() -> Mapping[str, datetime | None]:
    return {}


class Figures:
    """Gauges over the whole database, none of them about one person.

    A source of warnings that has never been `looked` at is as old as these figures.
    """

    def __init__(
        self,
        registry: CollectorRegistry,
        store: Store,
        outbox: Outbox,
        clock: Callable[[], datetime],
        looked: Looked = _unwatched,
    ) -> None:
        self._store = store
        self._outbox = outbox
        self._clock = clock
        self._looked = looked
        self._since = clock()

        def gauge(name: str, about: str, *labels: str) -> Gauge:
            return Gauge(name, about, labels, registry=registry)

        self._waiting = gauge("xiangyin_outbox_waiting", "Messages in the outbox", "channel", "severity")
        self._oldest = gauge(
            "xiangyin_outbox_oldest_seconds",
            "How long the oldest message that could be delivered has waited; of a visited channel, to who is there here",
            "channel",
            "severity",
        )
        self._away = gauge(
            "xiangyin_outbox_away", "Messages that wait until their reader opens the page here", "channel", "severity"
        )
        self._present: dict[str, Callable[[], Mapping[str, float]]] = {}
        self._speakers = gauge("xiangyin_speakers", "Loudspeakers heard of these minutes, silent, disabled", "state")
        self._bookings = gauge("xiangyin_bookings", "Bookings by what they are for", "kind", "state")
        self._questions = gauge("xiangyin_questions_waiting", "Questions that wait for a person")
        self._feedback = gauge("xiangyin_feedback_day", "What people said of answers in the last 24 hours", "verdict")
        self._sources = gauge(
            "xiangyin_source_age_seconds",
            "Since the newest forecast or price of a source came in, since a source of warnings was reached",
            "source",
        )

    def watch(self, channel: str, there_for: Callable[[], Mapping[str, float]]) -> None:
        """Of a channel that reaches only who is there: who is there at this process, and for how many seconds."""
        self._present[channel] = there_for

    async def read(self) -> None:
        """Take all figures anew. Raises SQLAlchemy's error where the database does not answer."""
        now = self._clock()
        present = {channel: there_for() for channel, there_for in self._present.items()}
        self._backlog(await self._outbox.backlog(present), now)
        for state, count in (await SpeakerRegistry(self._store, self._clock).counts()).items():
            self._speakers.labels(state).set(count)
        async with self._store.session() as session:
            self._bookings.clear()
            for kind, column in (("machinery", BookingRow.state), ("consultation", ConsultationRow.state)):
                for state, count in await session.execute(select(column, func.count()).group_by(column)):
                    self._bookings.labels(kind, state).set(count)
            waiting = select(func.count()).where(QuestionRow.state == "waiting")
            self._questions.set(await session.scalar(waiting) or 0)
            said = select(FeedbackRow.verdict, func.count()).where(FeedbackRow.at > now - A_DAY)
            self._feedback.clear()
            for verdict, count in await session.execute(said.group_by(FeedbackRow.verdict)):
                self._feedback.labels(verdict).set(count)
            self._sources.clear()
            in_use = ForecastRow.used_at > now - IN_USE  # what nobody asks for is not kept fresh
            for name, newest in (
                (
                    "forecast",
                    select(ForecastRow.source, func.max(ForecastRow.fetched_at))
                    .where(in_use)
                    .group_by(ForecastRow.source),
                ),
                (
                    "price",
                    select(LatestRow.source, func.max(LatestRow.came_at))
                    .where(LatestRow.kind != Kind.SAMPLE, LatestRow.came_at > now - GIVEN_UP)
                    .group_by(LatestRow.source),
                ),
            ):
                for source, at in await session.execute(newest):
                    self._sources.labels(f"{name}:{source}").set((now - at).total_seconds())
        for source, looked in (await self._looked()).items():
            self._sources.labels(f"warnings:{source}").set((now - (looked or self._since)).total_seconds())

    def _backlog(self, backlog: list[Backlog], now: datetime) -> None:
        self._waiting.clear()
        self._oldest.clear()
        self._away.clear()
        oldest: dict[tuple[str, str], float] = {}
        for one in backlog:
            severity = SEVERITIES.get(one.priority, "ordinary")
            seconds = (now - one.oldest).total_seconds() if one.oldest else 0.0
            self._waiting.labels(one.channel, severity).inc(one.waiting)
            if one.channel in VISITED:
                if one.channel not in self._present:
                    continue  # who is there is known where the pages are open
                self._away.labels(one.channel, severity).inc(one.away)
            oldest[one.channel, severity] = max(seconds, oldest.get((one.channel, severity), 0.0))
        for labels, seconds in oldest.items():
            self._oldest.labels(*labels).set(seconds)
