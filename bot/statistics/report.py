"""The statistics of a place and a period as tables: one report for the page and the workbook."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.statistics.service_tables import ServiceTables
from bot.statistics.table import Cell, Row, Table, apart, share
from knowledge_base.statistics.counts import Counts, Sums
from knowledge_base.statistics.period import Period
from knowledge_base.statistics.terms import LEAST, QUESTIONS, VERDICTS, Facet, Outcome

SUBJECTS = 30
"""Answers on the page."""
DAYS = 31
"""Longer periods are shown by month."""
AGENTS = "answer."
"""What the keys of the agents' own answers begin with."""

Say = Callable[..., str]


@dataclass(frozen=True, slots=True)
class Report:
    """`places`: what may be chosen further in, codes of prefectures and counties. `small`: too little to be told apart."""

    place: str
    period: Period
    tables: Sequence[Table]
    places: Sequence[str]
    small: bool


class Reports:
    """Makes reports. `say` gives the words of `texts_statistics.yaml`, `place_name` says a place by its code."""

    def __init__(self, counts: Counts, others: ServiceTables, say: Say, place_name: Callable[[str], str]) -> None:
        self._counts = counts
        self._others = others
        self._say = say
        self._place_name = place_name

    async def of(self, place: str, period: Period) -> Report:
        """The report; `place` is empty for everywhere, else a code of 2 to 6 digits."""
        sums: dict[Facet, Sums] = {facet: await self._counts.of(facet, place, period) for facet in _FACETS}
        regions = sums[Facet.REGION]
        prefectures = regions if not place else await self._counts.of(Facet.REGION, "", period)
        above = place[:4] if len(place) > 4 else ""
        beside = await self._counts.of(Facet.REGION, above, period) if above else {}
        choice = sorted({key for one in (prefectures, regions, beside) for key in one if key} | {place} - {""})
        questions = sum(_questions(ends) for ends in sums[Facet.TOPIC].values())
        small = bool(place) and questions < LEAST
        people = await self._counts.people(place, period)
        asked: Sequence[Table] = () if small else await self._asked(sums, people, period, place)
        others = await self._others.all(place, period, everywhere=sums[Facet.DELIVERY] if not place else None)
        return Report(place, period, [*asked, *others], choice, small)

    async def _asked(
        self, sums: Mapping[Facet, Sums], people: Mapping[date, int], period: Period, place: str
    ) -> Sequence[Table]:
        return [
            self._totals(sums, sum(people.values())),
            self._topics(sums[Facet.TOPIC]),
            self._hours(sums[Facet.HOUR]),
            *([self._regions(sums[Facet.REGION])] if len(place) < 6 else []),
            await self._subjects(sums[Facet.SUBJECT]),
            self._people(people, period, bool(place)),
            self._channels(sums[Facet.CHANNEL]),
        ]

    def _totals(self, sums: Mapping[Facet, Sums], people: int) -> Table:
        ends: Counter[str] = sum(sums[Facet.TOPIC].values(), Counter())
        how: Counter[str] = sum(sums[Facet.CHANNEL].values(), Counter())
        asked = _questions(ends)
        rows = [("questions", asked, "")]
        rows += [(end, ends[end], share(ends[end], asked)) for end in QUESTIONS]
        rows += [(end, ends[end], share(ends[end], asked)) for end in reversed(VERDICTS)]
        rows += [("service", ends[Outcome.SERVICE], ""), ("talk", ends[Outcome.TALK], "")]
        rows += [("voice", how["voice"], ""), ("people", people, "")]
        lines = tuple(Row((self._say(f"figures.{name}"), count, part)) for name, count, part in rows)
        return self._table("figures", ("name", "count", "share"), lines, columns="figures", note="figures.note")

    def _topics(self, topics: Sums) -> Table:
        order = sorted(topics, key=lambda key: (-_questions(topics[key]), key))
        rows = []
        for key in order:
            ends = topics[key]
            if asked := _questions(ends):
                name = self._say(f"topics.names.{key or 'none'}")
                rows.append(Row((name, asked, *(ends[end] for end in QUESTIONS), share(ends["answered"], asked))))
        names = ("topic", "questions", *QUESTIONS, "share")
        return self._table("topics", names, tuple(rows))

    def _hours(self, hours: Sums) -> Table:
        counted = [(hour, hours.get(f"{hour:02d}", Counter())) for hour in range(24)]
        rows = tuple(Row((self._say("hours.hour", n=hour), one["question"], one["other"])) for hour, one in counted)
        bars = tuple((str(hour), one["question"]) for hour, one in counted)
        most = max(bars, key=lambda bar: bar[1])
        note = self._say("hours.chart", hour=most[0], n=most[1])
        return self._table("hours", ("hour", "questions", "other"), rows, said=note, bars=bars)

    def _regions(self, regions: Sums) -> Table:
        keys = sorted(regions, key=lambda key: (key == "", -_questions(regions[key]), key))
        enough, few = apart([(key, _questions(regions[key])) for key in keys if key])
        lines = [(self._place_name(key), regions[key], f"?place={key}") for key in enough]
        if few:
            together: Counter[str] = sum((regions[key] for key in few), Counter())
            lines.append((self._say("rest", n=len(few), least=LEAST), together, ""))
        if _questions(regions.get("", Counter())):
            lines.append((self._say("unknown_place"), regions[""], ""))
        rows = tuple(Row(self._region(name, ends), href) for name, ends, href in lines)
        names = ("place", "questions", "answered", "handed_over", "wrong", "share")
        return self._table("regions", names, rows, said=self._say("regions.note", least=LEAST))

    def _region(self, name: str, ends: Counter[str]) -> tuple[Cell, ...]:
        asked = _questions(ends)
        if asked < LEAST:
            return (name, self._say("few", least=LEAST), "", "", "", "")
        told = (ends[Outcome.ANSWERED], ends[Outcome.HANDED_OVER], ends[Outcome.WRONG])
        return (name, asked, *told, share(ends[Outcome.ANSWERED], asked))

    async def _subjects(self, subjects: Sums) -> Table:
        order = sorted(subjects, key=lambda key: (-subjects[key]["wrong"], -subjects[key].total(), key))
        enough, few = apart([(key, subjects[key].total()) for key in order])
        shown, more = enough[:SUBJECTS], enough[SUBJECTS:]
        titles = await self._counts.titles([key for key in shown if not key.startswith(AGENTS)])
        agents = self._say("subjects.agents")
        lines = [(agents if key.startswith(AGENTS) else titles.get(key, key), subjects[key]) for key in shown]
        for name, keys in (("rest_more", more), ("rest", few)):
            if keys:
                together: Counter[str] = sum((subjects[key] for key in keys), Counter())
                lines.append((self._say(name, n=len(keys), least=LEAST), together))
        rows = tuple(
            Row((name, _questions(ends), *(ends[verdict] for verdict in VERDICTS)))
            if ends.total() >= LEAST
            else Row((name, self._say("few", least=LEAST), "", "", ""))
            for name, ends in lines
        )
        note = self._say("subjects.note", least=LEAST)
        return self._table("subjects", ("title", "given", *VERDICTS), rows, said=note)

    def _people(self, people: Mapping[date, int], period: Period, narrow: bool) -> Table:
        days = [period.first + timedelta(days=number) for number in range(period.days)]
        columns = "people.columns"
        counted = [(str(day), people.get(day, 0)) for day in reversed(days)]
        if len(days) > DAYS:
            columns = "people.months"
            months: defaultdict[str, list[int]] = defaultdict(list)
            for name, count in counted:
                months[name[:7]].append(count)
            counted = [(month, round(sum(each) / len(each))) for month, each in months.items()]
        few = self._say("few", least=LEAST)
        rows = tuple(Row((name, few if narrow and 0 < count < LEAST else count)) for name, count in counted)
        return self._table("people", ("day", "people"), rows, columns=columns, note="people.note")

    def _channels(self, channels: Sums) -> Table:
        names = ("voice", "text", "choice", "location")
        rows = tuple(
            Row((self._others.channel(key), *(channels[key][how] for how in names), channels[key].total()))
            for key in sorted(channels, key=lambda key: (-channels[key].total(), key))
        )
        return self._table("channels", ("channel", *names, "all"), rows)

    def _table(
        self,
        key: str,
        names: Sequence[str],
        rows: tuple[Row, ...],
        *,
        columns: str = "",
        note: str = "",
        said: str = "",
        bars: tuple[tuple[str, int], ...] = (),
    ) -> Table:
        heads = tuple(self._say(f"{columns or f'{key}.columns'}.{name}") for name in names)
        return Table(key, self._say(f"{key}.title"), heads, rows, said or (self._say(note) if note else ""), bars)


_FACETS = (Facet.TOPIC, Facet.HOUR, Facet.CHANNEL, Facet.REGION, Facet.SUBJECT, Facet.DELIVERY)


def _questions(ends: Mapping[str, int]) -> int:
    return sum(ends.get(end, 0) for end in QUESTIONS)
