"""The tables of warnings: what came in, whom it concerns, who answered, who was called."""

from datetime import datetime
from enum import IntEnum, StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, SmallInteger, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import JSON

from knowledge_base.models import Base


class WarningState(StrEnum):
    """Where a message stands in its chain. Of each chain one message at most is in force, or has ended it."""

    WAITING = "waiting"
    """Refers to one that has not come yet."""
    UNMATCHED = "unmatched"
    """Cancels one that has not come in time; should it come still, it is not sent."""
    IN_FORCE = "in_force"
    ENDED = "ended"
    """A Cancel or an all-clear, the last word of its chain."""
    SUPERSEDED = "superseded"
    """A newer message of its chain is there; also of a message that came after a newer one."""
    EXPIRED = "expired"
    """Its time was over when it came, so it was never sent."""
    NOT_PUBLIC = "not_public"
    """Of another status than Actual, or not for the public."""
    NOTED = "noted"
    """Ack and Error: about a message, not about a danger."""


class Answer(StrEnum):
    """What a person answers to a warning."""

    OK = "ok"
    HELP = "help"


class Role(StrEnum):
    """What an officer is there for: to be called when people do not answer, or to issue warnings."""

    INFORMATION_OFFICER = "information_officer"
    COMMITTEE = "committee"
    DUTY = "duty"
    ISSUER = "issuer"
    """May issue warnings for the place from the chat, and approve those of others."""


class Levels(IntEnum):
    """The least urgent colour that a person wants; red and orange come to everybody who has not opted out."""

    ORANGE = 2
    YELLOW = 3
    BLUE = 4


QUIET_FROM, QUIET_UNTIL = 22 * 60, 6 * 60
"""Quiet hours of who has not chosen any, in minutes of the day in Asia/Shanghai."""


class WarningRow(Base):
    """A message about a danger, as it came. `root_id` is the same for all messages of a chain.

    `topic` is what its messages to people are kept under in the outbox; None if it was never sent. `colour` is 1 (red)
    to 4 (blue), None where the message does not tell. `original` are the bytes as they arrived.
    """

    __tablename__ = "warnings"
    __table_args__ = (
        # A drill that carries the identifier of the real thing must not stop it.
        UniqueConstraint("sender", "identifier", "public"),
        Index(None, "root_id"),
        Index(None, "state", "expires_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    root_id: Mapped[str] = mapped_column(String(32))
    version: Mapped[int]
    topic: Mapped[str | None] = mapped_column(String(160))
    sender: Mapped[str] = mapped_column(String(256))
    identifier: Mapped[str] = mapped_column(String(256))
    sent: Mapped[datetime]
    public: Mapped[bool]
    status: Mapped[str] = mapped_column(String(16))
    msg_type: Mapped[str] = mapped_column(String(16))
    all_clear: Mapped[bool]
    colour: Mapped[int | None] = mapped_column(SmallInteger)
    hazard: Mapped[str | None] = mapped_column(String(40))
    headline: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(String(80))
    original: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(16))
    arrived_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ripe_at: Mapped[datetime | None]
    """Until then a message whose original has not come waits for it."""
    dispatched_at: Mapped[datetime | None]
    recipients: Mapped[int] = mapped_column(default=0)
    first_sent_at: Mapped[datetime | None]


class ReferenceRow(Base):
    """An earlier message that a warning refers to, whether it has come or not."""

    __tablename__ = "warning_references"
    __table_args__ = (Index(None, "sender", "identifier"),)

    warning_id: Mapped[str] = mapped_column(ForeignKey("warnings.id", ondelete="CASCADE"), primary_key=True)
    sender: Mapped[str] = mapped_column(String(256), primary_key=True)
    identifier: Mapped[str] = mapped_column(String(256), primary_key=True)


class RefusalRow(Base):
    """A message that was not taken, kept for inspection. `original` is the first 64 kB."""

    __tablename__ = "warning_refusals"
    __table_args__ = (Index(None, "at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[datetime]
    source: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(String(40))
    detail: Mapped[str] = mapped_column(Text)
    size: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64), index=True)
    original: Mapped[bytes] = mapped_column(LargeBinary)


class PersonRow(Base):
    """A person on one channel whom warnings may concern.

    `place` is an administrative code of 2 to 12 digits; the position, in degrees WGS 84, is the person's own if known.
    With crops or animals (keys of the lexicon) yellow and blue come only for what endangers one of them. Quiet hours
    are minutes of the day in Asia/Shanghai, none if both are the same.
    """

    __tablename__ = "people"
    __table_args__ = (Index(None, "place", "channel", "user"),)

    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    user: Mapped[str] = mapped_column(String(128), primary_key=True)
    place: Mapped[str | None] = mapped_column(String(12))
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    name: Mapped[str] = mapped_column(String(40), default="")
    crops: Mapped[list[str]] = mapped_column(JSON, default=list)
    animals: Mapped[list[str]] = mapped_column(JSON, default=list)
    levels: Mapped[int] = mapped_column(SmallInteger, default=Levels.ORANGE)
    quiet_from: Mapped[int] = mapped_column(SmallInteger, default=QUIET_FROM)
    quiet_until: Mapped[int] = mapped_column(SmallInteger, default=QUIET_UNTIL)
    opted_out: Mapped[bool] = mapped_column(default=False)
    updated_at: Mapped[datetime]


class VillageRow(Base):
    """Where a place lies, for people who have told the place only: its code (2 to 12 digits) and degrees WGS 84."""

    __tablename__ = "villages"

    code: Mapped[str] = mapped_column(String(12), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    latitude: Mapped[float]
    longitude: Mapped[float]


class WarningAnswerRow(Base):
    """A person's first answer of each kind to a warning."""

    __tablename__ = "warning_answers"

    warning_id: Mapped[str] = mapped_column(ForeignKey("warnings.id", ondelete="CASCADE"), primary_key=True)
    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    user: Mapped[str] = mapped_column(String(128), primary_key=True)
    answer: Mapped[str] = mapped_column(String(8), primary_key=True)
    at: Mapped[datetime]


class LadderStepRow(Base):
    """A step of calling people to whom a warning went: who was called (`to`: channel and user) for which place."""

    __tablename__ = "ladder_steps"
    __table_args__ = (UniqueConstraint("warning_id", "place", "step", "to"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    warning_id: Mapped[str] = mapped_column(ForeignKey("warnings.id", ondelete="CASCADE"))
    place: Mapped[str] = mapped_column(String(12))
    step: Mapped[str] = mapped_column(String(24))
    to: Mapped[str] = mapped_column(String(160))
    at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(24))


class OfficerRow(Base):
    """A person who is called for a place and what is below it. `shown` is the name that people know."""

    __tablename__ = "officers"

    place: Mapped[str] = mapped_column(String(12), primary_key=True)
    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    user: Mapped[str] = mapped_column(String(128), primary_key=True)
    role: Mapped[str] = mapped_column(String(24), primary_key=True)
    shown: Mapped[str] = mapped_column(String(40))
