"""The tables of what is not counted turn by turn: waiting questions, warnings, bookings, deliveries."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.statistics.orders import OrderFigures, Orders
from bot.statistics.reach import LISTED, Reaches
from bot.statistics.table import Row, Table
from dialogs.booking.services import catalogue
from dialogs.booking.terms import State as BookingState
from dialogs.consultation.kinds import kinds
from dialogs.consultation.terms import State as ConsultationState
from knowledge_base.curation.clusters import Cluster, Clusters
from knowledge_base.curation.console.kit import moment
from knowledge_base.statistics.counts import Sums
from knowledge_base.statistics.period import Period
from knowledge_base.statistics.terms import LEAST

CLUSTERS = 10
_REACH = ("told", "sent", "waiting", "missed", "ok", "help", "called", "reached", "speakers", "played")
_TRIES = ("sent", "blocked", "rejected", "ratelimited", "unreachable", "fault")
_CHANNELS = frozenset({"web", "telegram", "wechat", "speaker", "terminal"})

Say = Callable[..., str]


@dataclass(frozen=True, slots=True)
class _Here:
    """What of a cluster was asked in one place."""

    cluster: Cluster
    people: int
    questions: int
    oldest: datetime

    @classmethod
    def of(cls, cluster: Cluster, place: str) -> "_Here":
        asked = [one for one in cluster.questions if (one.place or "").startswith(place)]
        oldest = min((one.asked_at for one in asked), default=cluster.oldest)
        return cls(cluster, len({one.farmer for one in asked}), len(asked), oldest)


class ServiceTables:
    """`say` gives words by their whole key: those of the bookings' pages are used too."""

    def __init__(self, clusters: Clusters, reaches: Reaches, orders: OrderFigures, say: Say) -> None:
        self._clusters = clusters
        self._reaches = reaches
        self._orders = orders
        self._word = say

    async def all(self, place: str, period: Period, *, everywhere: Sums | None) -> Sequence[Table]:
        """The tables; `everywhere`: tries to deliver, for the report of all places only."""
        tables = [await self._waiting(place)]
        if everywhere is not None:
            tables.append(await self._warnings(period))
        tables.append(self._ordered("machinery", await self._orders.machinery(place, period)))
        tables.append(self._ordered("consultations", await self._orders.consultations(place, period)))
        if everywhere is not None:
            tables.append(self._deliveries(everywhere))
        return tables

    def channel(self, name: str) -> str:
        """What a channel is called."""
        return self._say(f"channels.names.{name if name in _CHANNELS else 'other'}")

    async def _waiting(self, place: str) -> Table:
        every = [_Here.of(one, place) for one in await self._clusters.current()]
        here = sorted((one for one in every if one.questions), key=lambda one: -one.people)
        rows = [
            Row(
                (self._about(one.cluster), one.people, one.questions, moment(one.oldest)),
                f"/console/questions/waiting/{one.cluster.id}",
            )
            for one in [one for one in here if one.people >= LEAST][:CLUSTERS]
        ]
        if few := [one for one in here if one.people < LEAST]:
            name = self._say("clusters.rest", n=len(few), least=LEAST)
            rows.append(Row((name, "", sum(one.questions for one in few), ""), "/console/questions"))
        note = self._say("clusters.note", questions=sum(one.questions for one in here), clusters=len(here))
        return self._table("clusters", ("about", "people", "questions", "since"), rows, note)

    def _about(self, cluster: Cluster) -> str:
        if not cluster.crops:
            return self._say("clusters.nothing")
        return self._say("clusters.about", crops=self._say("clusters.comma").join(cluster.crops))

    async def _warnings(self, period: Period) -> Table:
        count, latest = await self._reaches.of(period)
        rows = [
            Row(
                (moment(one.arrived_at), one.headline[:60], *(one.figures.get(name, 0) for name in _REACH)),
                f"/console/warnings/{one.id}/report",
            )
            for one in latest
        ]
        note = self._say("warnings.note", n=count, listed=min(count, LISTED))
        return self._table("warnings", ("when", "warning", *_REACH), rows, note)

    def _ordered(self, key: str, orders: Orders) -> Table:
        machinery = key == "machinery"
        states: Sequence[str] = list(BookingState) if machinery else list(ConsultationState)
        words = "bookings.states" if machinery else "consultants.states"
        rows = [
            Row(
                (
                    self._job(kind) if machinery else self._kind(kind),
                    sum(counts.values()),
                    *(counts.get(state, 0) for state in states),
                    self._length(orders.waits.get(kind)),
                )
            )
            for kind, counts in sorted(orders.states.items(), key=lambda one: (-sum(one[1].values()), one[0]))
        ]
        first, all_, wait = (
            self._say(f"{key}.columns.{name}") for name in ("job" if machinery else "kind", "all", "wait")
        )
        heads = (first, all_, *(self._word(f"{words}.{state}") for state in states), wait)
        return Table(key, self._say(f"{key}.title"), heads, tuple(rows))

    def _deliveries(self, tries: Sums) -> Table:
        rows = []
        for key in sorted(tries):
            ends: Mapping[str, int] = tries[key]
            others = sum(count for end, count in ends.items() if end not in _TRIES)
            rows.append(Row((self.channel(key), *(ends.get(end, 0) for end in _TRIES), others)))
        return self._table("deliveries", ("channel", *_TRIES, "other"), rows, self._say("deliveries.note"))

    def _table(self, key: str, names: Sequence[str], rows: Sequence[Row], note: str) -> Table:
        heads = tuple(self._say(f"{key}.columns.{name}") for name in names)
        return Table(key, self._say(f"{key}.title"), heads, tuple(rows), note)

    def _job(self, service: str) -> str:
        job = catalogue().jobs.get(service)
        return job.label if job else service

    def _kind(self, kind: str) -> str:
        known = kinds().get(kind)
        return known.label if known else kind

    def _length(self, minutes: int | None) -> str:
        """Within how long, in the largest unit that tells enough."""
        if minutes is None:
            return self._say("lengths.none")
        unit, one = ("days", 1440) if minutes >= 2880 else ("hours", 60) if minutes >= 60 else ("minutes", 1)
        return self._say(f"lengths.{unit}", n=minutes // one)

    def _say(self, key: str, **values: object) -> str:
        return self._word(f"statistics.{key}", **values)
