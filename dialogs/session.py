"""What a conversation remembers, kept in a store and not in the process."""

from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from nlu.understanding import Understanding

REMEMBER = timedelta(hours=2)
"""How long crop and subject are taken for granted; after that the farmer is asked anew."""
ASK_OPEN = timedelta(minutes=30)
"""How long an ask-back waits for its answer."""


class Pending(BaseModel):
    """An ask-back that waits: for the crop of a question, for which of the offered subjects was meant, or for a place."""

    model_config = ConfigDict(extra="forbid")

    what: Literal["crop", "subject", "topic", "place"]
    said: Understanding
    crops: tuple[str, ...] = ()
    asked_at: AwareDatetime


class Form(BaseModel):
    """An order in the making: `slots` as far as they are known, JSON values; `asking` is the one that was asked for last."""

    model_config = ConfigDict(extra="forbid")

    service: str
    """The action of the service that it belongs to."""
    slots: dict[str, Any] = {}
    asking: str | None = None
    opened_at: AwareDatetime
    touched_at: AwareDatetime


class Doubt(BaseModel):
    """Two readings of a recording that wait for a choice. `offered`: the choices of an ask-back that was open before."""

    model_config = ConfigDict(extra="forbid")

    readings: tuple[str, str]
    offered: dict[str, str] = {}
    asked_at: AwareDatetime


class Session(BaseModel):
    """One person's conversation on one channel. `question` is as normalised, `original` as said."""

    model_config = ConfigDict(extra="forbid")

    crop: str | None = None
    place: str | None = None
    position: tuple[float, float] | None = None
    subject: str | None = None
    question: str | None = None
    original: str | None = None
    pending: Pending | None = None
    form: Form | None = None
    """Its service says when it is too old to go on with."""
    offered: dict[str, str] = {}
    """Choices of the last reply, or of an ask-back that is still open, id by label: who says a label means its button."""
    doubt: Doubt | None = None
    misheard: int = 0
    """How many times in a row none of the readings was right."""
    touched_at: AwareDatetime | None = None

    def wake(self, now: datetime) -> Pending | None:
        """Forget what has grown too old to be taken for granted; a place is remembered until changed.

        Returns the ask-back that was never answered, if one has lapsed.
        """
        if self.touched_at and now - self.touched_at > REMEMBER:
            self.crop = self.subject = self.question = self.original = None
            self.offered = {}
        if self.doubt and now - self.doubt.asked_at > ASK_OPEN:
            self.close_doubt()
        lapsed = self.pending if self.pending and now - self.pending.asked_at > ASK_OPEN else None
        if lapsed:
            self.pending = None
            self.offered = {}
        self.touched_at = now
        return lapsed

    def close_doubt(self) -> None:
        """Back to what was offered before the readings were."""
        if self.doubt:
            self.offered = self.doubt.offered
            self.doubt = None

    def turn_to(self, said: Understanding, subject: str | None = None) -> None:
        """A question was dealt with, by the answer under `subject` or by none; an ask-back before it is closed."""
        self.pending = None
        self.subject = subject
        if said.text:
            self.question, self.original = said.normalized, said.text

    @property
    def question_before(self) -> Understanding:
        """What a button or "找人" is about: the question that waits, else the last one, else nothing was said."""
        if self.pending:
            return self.pending.said
        return Understanding(self.original or "", self.question or "", "agronomy", 0.0)
