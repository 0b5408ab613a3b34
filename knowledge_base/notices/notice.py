"""A notice: what is said, to whom, and when."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

TITLE, TEXT, SOURCE = 30, 300, 80
"""Most characters."""
SENTENCE = 45
"""Most characters of one sentence of the text: who hears a longer one has lost its beginning."""


class Kind(StrEnum):
    """What a notice is; who wants none of a kind gets none of it."""

    PEST = "pest"
    POLICY = "policy"
    OTHER = "other"


class State(StrEnum):
    """Where a notice stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    """Waits for a second person."""
    SCHEDULED = "scheduled"
    """Approved: goes out at its time."""
    SENT = "sent"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    """Its time was over before it could be sent."""


class Notice(BaseModel):
    """What is written. `codes` are the beginnings of administrative codes; `crops` and `animals` standard terms of the
    lexicon, none at all: for everybody there. `entry` is the curated answer that says more.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    title: str = Field(min_length=1, max_length=TITLE)
    text: str = Field(min_length=1, max_length=TEXT)
    entry: str | None = Field(None, max_length=60)
    source: str = Field(min_length=1, max_length=SOURCE)
    dated: date
    codes: tuple[Annotated[str, Field(pattern=r"^[1-8]\d{1,11}$")], ...] = Field(min_length=1, max_length=50)
    crops: tuple[str, ...] = Field((), max_length=50)
    animals: tuple[str, ...] = Field((), max_length=50)
    send_at: AwareDatetime
    valid_until: AwareDatetime

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.valid_until <= self.send_at:
            raise ValueError("valid_until must be after send_at")
        return self

    @property
    def prefixes(self) -> tuple[str, ...]:
        """The codes without those that lie in another one."""
        codes = sorted(set(self.codes))
        return tuple(c for c in codes if not any(c != other and c.startswith(other) for other in codes))
