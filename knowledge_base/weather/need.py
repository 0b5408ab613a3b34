"""Figures of a day that a rule needs."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, model_validator

from knowledge_base.weather.terms import CHINA, Day, Forecast

AFTERNOON = 14
"""The hour of the day at which `wind_14` and `humidity_14` are taken."""

Of = Literal["low", "high", "mean", "precipitation", "wind", "wind_14", "humidity_14"]


class Need(BaseModel):
    """One figure of a day: degrees Celsius, mm, m/s (the strongest mean wind) or %, at least or at most."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    of: Of
    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _one_side(self) -> "Need":
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("a need is at_least or at_most")
        return self

    def met(self, day: Day, forecast: Forecast) -> bool:
        """Whether a day is as needed; what the source does not tell never is."""
        value = _figure(self.of, day, forecast)
        if value is None:
            return False
        return value >= self.at_least if self.at_least is not None else value <= (self.at_most or 0.0)


def _figure(of: Of, day: Day, forecast: Forecast) -> float | None:
    if of == "mean":
        return (day.low + day.high) / 2
    if of in {"wind_14", "humidity_14"}:
        local = ((hour, hour.at.astimezone(CHINA)) for hour in forecast.hours)
        hour = next((hour for hour, at in local if at.date() == day.date and at.hour == AFTERNOON), None)
        return None if hour is None else hour.wind if of == "wind_14" else hour.humidity
    value: float = getattr(day, of)
    return value
