"""Which crops and animals a danger concerns."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

DATA = Path(__file__).with_name("farm.yaml")


class Concern(BaseModel):
    """What one danger concerns, by standard names of the lexicon."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    crops: frozenset[str] | Literal["all"]
    animals: frozenset[str] | Literal["all"]


@cache
def concerns() -> dict[str, Concern]:
    """The dangers that do not concern everything, by their key in hazards.yaml."""
    return {key: Concern.model_validate(row) for key, row in yaml.safe_load(DATA.read_text(encoding="utf-8")).items()}


def endangered(hazard: str | None, crops: Iterable[str], animals: Iterable[str]) -> bool:
    """Whether a danger concerns one of these; one of unknown kind may."""
    concern = concerns().get(hazard or "")
    if concern is None:
        return True
    return _any(crops, concern.crops) or _any(animals, concern.animals)


def _any(kept: Iterable[str], concerned: frozenset[str] | Literal["all"]) -> bool:
    return any(concerned == "all" or one in concerned for one in kept)
