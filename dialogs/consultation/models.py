"""The tables of legal consultations. Moments are UTC; hours are minutes of a day in Asia/Shanghai."""

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from dialogs.booking.linkable import Linkable, Secret
from knowledge_base.models import Base
from knowledge_base.request import request_number

OPEN_STATES = "state IN ('booked', 'displaced')"


class ConsultantRow(Linkable, Base):
    """A lawyer, legal-aid worker or mediator. Without `channel` and `user` they are not told in the chat."""

    __tablename__ = "consultants"
    __table_args__ = (UniqueConstraint("channel", "user"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    role: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(60))
    phone: Mapped[str] = mapped_column(String(30))
    channel: Mapped[str | None] = mapped_column(String(16))
    user: Mapped[str | None] = mapped_column(String(128))
    kinds: Mapped[list[str]] = mapped_column(JSON)
    """Keys of kinds.yaml; empty for all."""
    areas: Mapped[list[str]] = mapped_column(JSON)
    """What the codes of the places served begin with; empty for everywhere."""
    ways: Mapped[list[str]] = mapped_column(JSON)
    office: Mapped[str] = mapped_column(String(120))
    link: Mapped[str] = mapped_column(String(300))
    active: Mapped[bool]
    touched_at: Mapped[datetime]


class HoursRow(Base):
    """Hours of every week; Monday is 0."""

    __tablename__ = "consultant_hours"
    __table_args__ = (
        CheckConstraint("begins >= 0 AND begins < ends AND ends <= 1440", name="ck_consultant_hours_order"),
    )

    consultant_id: Mapped[str] = mapped_column(ForeignKey("consultants.id", ondelete="CASCADE"), primary_key=True)
    weekday: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    begins: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    ends: Mapped[int]


class ConsultantLinkRow(Secret, Base):
    """A consultant's secret: the code for the chat account, the address of the calendar."""

    __tablename__ = "consultation_links"
    __table_args__ = (Index(None, "digest", unique=True),)

    owner_id: Mapped[str] = mapped_column(
        "consultant_id", ForeignKey("consultants.id", ondelete="CASCADE"), primary_key=True
    )


class DaysOffRow(Base):
    """Days on which a consultant has no hours."""

    __tablename__ = "consultant_days_off"
    __table_args__ = (Index(None, "consultant_id", "last"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    consultant_id: Mapped[str] = mapped_column(ForeignKey("consultants.id", ondelete="CASCADE"))
    first: Mapped[date]
    last: Mapped[date]
    why: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


class ConsultationRow(Base):
    """An appointment as it stands. `placed_at`: since when it is at `start`."""

    __tablename__ = "consultations"
    __table_args__ = (
        Index(None, "number", unique=True, sqlite_where=text(OPEN_STATES), postgresql_where=text(OPEN_STATES)),
        Index(None, "channel", "user"),
        Index(None, "state", "start"),
        Index(None, "consultant_id", "start"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    number: Mapped[str] = mapped_column(String(5))
    state: Mapped[str] = mapped_column(String(16))
    channel: Mapped[str] = mapped_column(String(16))
    user: Mapped[str] = mapped_column(String(128))
    kind: Mapped[str] = mapped_column(String(24))
    way: Mapped[str] = mapped_column(String(16))
    place: Mapped[str] = mapped_column(String(12))
    consultant_id: Mapped[str] = mapped_column(ForeignKey("consultants.id"))
    start: Mapped[datetime]
    placed_at: Mapped[datetime]
    created_at: Mapped[datetime]
    touched_at: Mapped[datetime]
    events: Mapped[int]
    reminded_evening: Mapped[datetime | None]
    """The start of which both sides were reminded."""
    reminded_soon: Mapped[datetime | None]
    asked_done: Mapped[datetime | None]


class SlotRow(Base):
    """A half hour that is taken. Nobody has two at once: the database refuses the second."""

    __tablename__ = "consultation_slots"
    __table_args__ = (UniqueConstraint("consultation_id"),)

    consultant_id: Mapped[str] = mapped_column(ForeignKey("consultants.id"), primary_key=True)
    start: Mapped[datetime] = mapped_column(primary_key=True)
    consultation_id: Mapped[str] = mapped_column(ForeignKey("consultations.id"))


class EventRow(Base):
    """A change of an appointment; never altered, never deleted. `why` holds no part of a story."""

    __tablename__ = "consultation_events"
    __table_args__ = (Index(None, "at"),)

    consultation_id: Mapped[str] = mapped_column(ForeignKey("consultations.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    who: Mapped[str] = mapped_column(String(160))
    """`farmer:` or `consultant:` before channel and user, `station:console:` before an account; or `system`."""
    step: Mapped[str] = mapped_column(String(16))
    before: Mapped[str | None] = mapped_column(String(16))
    after: Mapped[str] = mapped_column(String(16))
    why: Mapped[str] = mapped_column(Text)
    request: Mapped[str | None] = mapped_column(String(32), default=request_number)


class CommandRow(Base):
    """A command that was carried out, by the digest of its idempotency key; `answer` are the appointments it led to."""

    __tablename__ = "consultation_commands"
    __table_args__ = (Index(None, "at"),)

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    what: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    answer: Mapped[list[str]] = mapped_column(JSON)


class StoryRow(Base):
    """What was told, sealed. Without an appointment it is a draft; `consultant_id` is who may read it, None for nobody."""

    __tablename__ = "consultation_stories"
    __table_args__ = (UniqueConstraint("consultation_id"), Index(None, "channel", "user"), Index(None, "delete_at"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    user: Mapped[str] = mapped_column(String(128))
    sealed: Mapped[str] = mapped_column(Text)
    touched_at: Mapped[datetime]
    consultation_id: Mapped[str | None] = mapped_column(ForeignKey("consultations.id"))
    consultant_id: Mapped[str | None] = mapped_column(ForeignKey("consultants.id"))
    delete_at: Mapped[datetime | None]


class ReadingRow(Base):
    """A story was read."""

    __tablename__ = "consultation_readings"
    __table_args__ = (Index(None, "consultation_id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    consultation_id: Mapped[str] = mapped_column(ForeignKey("consultations.id"))
    consultant_id: Mapped[str] = mapped_column(ForeignKey("consultants.id"))
    at: Mapped[datetime]
