"""The jobs that can be booked, from services.yaml."""

import re
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

DATA = Path(__file__).with_name("services.yaml")
BUTTONS = 6
"""Crops offered as buttons."""


class Job(BaseModel):
    """One job; services.yaml says what its fields are."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str
    with_crop: str = ""
    """How it is said with `{crop}`; without it the crop is not named."""
    crop: Literal["ask", "free"]
    crops: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    words: re.Pattern[str]
    verbs: re.Pattern[str] | None = None
    shy: bool = False
    implies: dict[str, re.Pattern[str]] = {}

    @property
    def buttons(self) -> tuple[str, ...]:
        """Crops to choose from."""
        return self.offered or self.crops[:BUTTONS]

    def of(self, crop: str | None) -> str:
        """收割小麦, 小麦打药; the label where no crop is known."""
        return self.with_crop.format(crop=crop) if crop and self.with_crop else self.label

    def takes(self, crop: str) -> bool:
        """Whether there are machines that do this job on that crop."""
        return self.crop == "free" or not self.crops or crop in self.crops


class Catalogue:
    """All jobs by key, in the order of the file."""

    def __init__(self, jobs: dict[str, Job]) -> None:
        self.jobs = jobs

    def __getitem__(self, key: str) -> Job:
        return self.jobs[key]

    def __contains__(self, key: object) -> bool:
        return key in self.jobs

    def named(self, shape: str) -> tuple[str, re.Match[str]] | None:
        """The job that a sentence names by itself, and where; the first one, of several at one place the longest."""
        found = [(key, match) for key, job in self.jobs.items() if (match := job.words.search(shape))]
        return min(found, key=lambda one: (one[1].start(), -one[1].end()), default=None)

    def meant(self, shape: str) -> tuple[str, re.Match[str]] | None:
        """The job that a mere verb stands for."""
        found = [(key, match) for key, job in self.jobs.items() if job.verbs and (match := job.verbs.search(shape))]
        return min(found, key=lambda one: (one[1].start(), -one[1].end()), default=None)

    def in_order(self, shape: str) -> list[str]:
        """Every job that a sentence names, by itself or by a verb, in the order of the first word for each."""
        found = [
            (match.start(), key)
            for key, job in self.jobs.items()
            for pattern in (job.words, job.verbs)
            if pattern and (match := pattern.search(shape))
        ]
        return list(dict.fromkeys(key for _, key in sorted(found)))


@cache
def catalogue() -> Catalogue:
    """The shipped jobs."""
    rows = yaml.safe_load(DATA.read_text("utf-8"))
    return Catalogue({key: Job.model_validate(row) for key, row in rows.items()})
