"""The report of a warning as a sheet: facts and tables, to be shown on a page or as plain text."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from knowledge_base.warnings.alert import AlertRefused
from knowledge_base.warnings.broadcast_models import BroadcastRow
from knowledge_base.warnings.models import WarningRow
from knowledge_base.warnings.quiet import COUNTY_TIME
from knowledge_base.warnings.reading import read_alert
from knowledge_base.warnings.report import LISTED, Step, Told, WarningReport
from knowledge_base.warnings.speakers import JobReport

DATA = Path(__file__).with_name("report_sheet.yaml")
NAMED = 50
"""People named of one step."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    columns: tuple[str, ...]


class _Words(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    facts: dict[str, str]
    people: str
    states: dict[str, str]
    sent: dict[str, str]
    channels: dict[str, str]
    answers: dict[str, str]
    steps: dict[str, str]
    outcomes: dict[str, str]
    speaker: dict[str, str]
    outlets: dict[str, str]
    broadcast: dict[str, str]
    tables: dict[str, _Table]
    types: dict[str, str]
    nameless: str
    reached: str
    by: str
    play: str
    none: str
    cut: str
    more: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under their columns; `note` says what is left out."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A report in words."""

    title: str
    facts: Sequence[tuple[str, str]]
    tables: Sequence[Table]

    def text(self) -> str:
        """The sheet as plain text, columns parted by tabs."""
        lines = [self.title, "", *(f"{name}\t{value}" for name, value in self.facts)]
        for table in self.tables:
            lines += ["", table.title, "\t".join(table.columns), *("\t".join(row) for row in table.rows)]
            lines += [table.note] if table.note else []
        return "\n".join(" ".join(line.splitlines()) if line else "" for line in lines) + "\n"


def sheet(report: WarningReport, place_name: Callable[[str], str]) -> Sheet:
    """A report in words; `place_name` gives the full name of an administrative code."""
    words, row = _words(), report.warning
    try:
        office = read_alert(row.original).office
    except AlertRefused:
        office = row.sender
    counts = "；".join(
        f"{words.channels.get(channel, words.channels['other'])} "
        + "、".join(f"{words.sent.get(state, state)}{n}" for state, n in sorted(states.items()))
        for channel, states in sorted(report.counts.items())
    )
    values = {
        "office": office,
        "sent": _moment(row.sent),
        "arrived": _moment(row.arrived_at),
        "source": row.source,
        "state": words.states[row.state],
        "expires": _moment(row.expires_at),
        "people": words.people.format(n=report.people),
        "answered": words.people.format(n=report.answered),
        "reach": counts or words.none,
    }
    tables = [
        _table("versions", [_version(one) for one in report.versions]),
        _table("steps", [_step(step, place_name) for step in report.steps]),
        _table(
            "people",
            [_told(told, place_name) for told in report.told],
            words.cut.format(n=LISTED) if report.people > len(report.told) else "",
        ),
        _table("speakers", [_speaker(job, place_name) for job in report.speakers]),
        _table("broadcasts", [_broadcast(row) for row in report.broadcasts]),
    ]
    facts = [(label, values[name]) for name, label in words.facts.items()]
    return Sheet(words.title.format(headline=row.headline), facts, [table for table in tables if table.rows])


def _table(key: str, rows: Sequence[Sequence[str]], note: str = "") -> Table:
    words = _words().tables[key]
    return Table(words.title, words.columns, rows, note)


def _version(row: WarningRow) -> Sequence[str]:
    words = _words()
    return (
        _moment(row.sent),
        words.types.get(row.msg_type, row.msg_type),
        row.headline or words.none,
        words.states[row.state],
        words.people.format(n=row.recipients),
    )


def _step(step: Step, place_name: Callable[[str], str]) -> Sequence[str]:
    words, row = _words(), step.row
    named = []
    for person in step.people[:NAMED]:
        who = _who(person.name, person.channel, person.user)
        named.append(words.reached.format(who=who) if person.reached_at else who)
    if len(step.people) > NAMED:
        named.append(words.more.format(n=len(step.people) - NAMED))
    return (
        _moment(row.at),
        place_name(row.place) if row.place else words.none,
        f"{words.steps.get(row.step, row.step)}：{words.outcomes.get(row.outcome, row.outcome)}",
        step.to or words.none,
        "、".join(named) or words.none,
    )


def _told(told: Told, place_name: Callable[[str], str]) -> Sequence[str]:
    words, person = _words(), told.person
    answers = "、".join(f"{words.answers.get(what, what)} {_moment(at)}" for what, at in told.answers.items())
    return (
        _who(told.name, person.channel, person.user),
        place_name(told.place) if told.place else words.none,
        words.channels.get(person.channel, words.channels["other"]),
        _moment(person.sent_at) if person.sent_at else words.sent.get(person.state, person.state),
        answers or words.none,
        words.by.format(who=told.reached[0], when=_moment(told.reached[1])) if told.reached else words.none,
    )


def _speaker(job: JobReport, place_name: Callable[[str], str]) -> Sequence[str]:
    words = _words()
    plays = "；".join(
        words.play.format(when=_moment(play.started), n=play.repeats, volume=play.volume) for play in job.plays
    )
    return (job.name, place_name(job.village), str(job.version), words.speaker[job.state], plays or words.none)


def _broadcast(row: BroadcastRow) -> Sequence[str]:
    words = _words()
    return (
        _moment(row.created_at),
        words.outlets[row.outlet],
        row.ebm_id,
        words.broadcast[row.state],
        _moment(row.sent_at) if row.sent_at else words.none,
        "；".join(part for part in (row.answer, row.played) if part) or words.none,
    )


def _who(name: str, channel: str, user: str) -> str:
    words = _words()
    return name or words.nameless.format(channel=words.channels.get(channel, words.channels["other"]), tail=user[-4:])


def _moment(when: datetime) -> str:
    return when.astimezone(COUNTY_TIME).strftime("%Y-%m-%d %H:%M:%S")


@cache
def _words() -> _Words:
    return _Words.model_validate(yaml.safe_load(DATA.read_text("utf-8")))
