"""Where forecasts come from: the contract that every source keeps."""

from typing import Protocol

from knowledge_base.weather.terms import Forecast


class SourceFailed(Exception):
    """A source gave no forecast."""


class SourceDown(SourceFailed):
    """The source did not answer in time, could not be reached, or refused."""


class SourceGarbage(SourceFailed):
    """The source answered with something that is no forecast, cannot be true, or does not hold what was asked for."""


class ForecastSource(Protocol):
    """A service that forecasts. Safe to be used by many at once."""

    @property
    def name(self) -> str:
        """What it is kept under in the store, 1 to 32 characters."""
        ...

    async def fetch(self, latitude: float, longitude: float) -> Forecast:
        """The forecast for a position (degrees WGS 84), newly asked for. Raises `SourceFailed` within 2.5 seconds, nothing else."""
        ...

    async def close(self) -> None:
        """Give its connections back."""
        ...
