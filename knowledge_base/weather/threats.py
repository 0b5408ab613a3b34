"""Weather of a forecast that hurts a person's crops, by the rules of threats.yaml."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from knowledge_base.weather.need import Need
from knowledge_base.weather.terms import Day, Forecast
from knowledge_base.weather.work import RuleSource
from knowledge_base.weather.zones import Zone, zone_of

DATA = Path(__file__).with_name("threats.yaml")
AHEAD = 5
"""So many days from today are looked at: what is forecast for later changes too often to alarm anybody."""


def _month_day(value: object) -> object:
    if isinstance(value, str):
        month, _, day = value.partition("-")
        return (int(month), int(day))
    return value


MonthDay = Annotated[tuple[int, int], BeforeValidator(_month_day)]


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Season(_Data):
    """When the crop can be hurt, in which zones."""

    zones: frozenset[Zone] = Field(min_length=1)
    first: MonthDay = Field(alias="from")
    last: MonthDay = Field(alias="to")

    def holds(self, zone: Zone, day: date) -> bool:
        """Whether a day in a zone is within; a season may go over the turn of the year."""
        place = (day.month, day.day)
        if self.first <= self.last:
            return zone in self.zones and self.first <= place <= self.last
        return zone in self.zones and (place >= self.first or place <= self.last)


class Rule(_Data):
    """One kind of harm."""

    crops: tuple[str, ...] = Field(min_length=1)
    windows: tuple[Season, ...] = Field(min_length=1)
    needs: tuple[Need, ...] = Field(min_length=1)
    days: int = Field(default=1, ge=1, le=5)
    what: str
    do: str
    sources: tuple[str, ...] = Field(min_length=1)
    ours: str = ""


class ThreatRules(_Data):
    """The file."""

    sources: dict[str, RuleSource]
    rules: dict[str, Rule]

    @model_validator(mode="after")
    def _sourced(self) -> "ThreatRules":
        named = {source for rule in self.rules.values() for source in rule.sources}
        if named != set(self.sources):
            raise ValueError(f"sources without a use or without an entry: {sorted(named ^ set(self.sources))}")
        return self


@dataclass(frozen=True, slots=True)
class Threat:
    """A spell of weather, from `first` to `last`, that hurts `crops`; `days` are its figures."""

    name: str
    rule: Rule
    crops: tuple[str, ...]
    first: date
    last: date
    days: tuple[Day, ...]

    @property
    def low(self) -> float:
        """The lowest temperature of the spell in degrees Celsius."""
        return min(day.low for day in self.days)

    @property
    def high(self) -> float:
        """The highest temperature of the spell in degrees Celsius."""
        return max(day.high for day in self.days)


@cache
def threat_rules() -> ThreatRules:
    """The shipped rules."""
    return ThreatRules.model_validate(yaml.safe_load(DATA.read_text("utf-8")))


def threats_in(forecast: Forecast, place: str, crops: Iterable[str], today: date) -> tuple[Threat, ...]:
    """What of the next days hurts these crops (terms of the lexicon) at an administrative code; nothing of a sample.

    One spell per rule, the first to come.
    """
    zone, grown = zone_of(place), tuple(crops)
    if forecast.sample or zone is None:
        return ()
    days = [day for day in forecast.days if today <= day.date < today + timedelta(days=AHEAD)]
    found = []
    for name, rule in threat_rules().rules.items():
        hurt = tuple(crop for crop in grown if crop in rule.crops)
        spell = next(_spells(rule, forecast, zone, days), None) if hurt else None
        if spell is not None:
            found.append(Threat(name, rule, hurt, spell[0].date, spell[-1].date, spell))
    return tuple(found)


def _spells(rule: Rule, forecast: Forecast, zone: Zone, days: Sequence[Day]) -> Iterator[tuple[Day, ...]]:
    run: list[Day] = []
    for day in days:
        fits = any(season.holds(zone, day.date) for season in rule.windows) and all(
            need.met(day, forecast) for need in rule.needs
        )
        if fits:
            run.append(day)
            continue
        if len(run) >= rule.days:
            yield tuple(run)
        run = []
    if len(run) >= rule.days:
        yield tuple(run)
