"""The tables of the knowledge base."""

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, DateTime, Dialect, Index, MetaData, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Utc(TypeDecorator[datetime]):
    """A moment in UTC: aware in Python whatever the database keeps. Refuses naive values."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """To the database, always as UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive time has no place in the store")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """From the database, always aware."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """All tables of the product, on whichever floor they are declared."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar = {datetime: Utc, dict[str, Any]: JSON}


class EntryRow(Base):
    """A published curated answer; `digest` tells whether its content has changed.

    `origin` is `shipped` for what came with the program, `county` for what was published in the console as `version`.
    """

    __tablename__ = "entries"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    content: Mapped[dict[str, Any]]
    digest: Mapped[str] = mapped_column(String(64))
    updated_at: Mapped[datetime]
    origin: Mapped[str] = mapped_column(String(8), default="shipped")
    version: Mapped[int | None]


class QuestionRow(Base):
    """A question that waits for a person. `reason` is why it was handed over; `answer_id` what it was answered with."""

    __tablename__ = "questions"
    __table_args__ = (Index(None, "state", "asked_at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    asked_at: Mapped[datetime]
    channel: Mapped[str] = mapped_column(String(16))
    user: Mapped[str] = mapped_column(String(128))
    text: Mapped[str] = mapped_column(Text)
    normalized: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(String(24))
    subject: Mapped[str | None] = mapped_column(String(80))
    place: Mapped[str | None] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(16), default="waiting")
    answer_id: Mapped[str | None] = mapped_column(String(32), index=True)
    answered_at: Mapped[datetime | None]


class FeedbackRow(Base):
    """What a person said of an answer: `useful`, `unclear` or `wrong`, with the question that led to it."""

    __tablename__ = "feedback"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[datetime]
    channel: Mapped[str] = mapped_column(String(16))
    user: Mapped[str] = mapped_column(String(128))
    subject: Mapped[str | None] = mapped_column(String(80))
    verdict: Mapped[str] = mapped_column(String(16))
    question: Mapped[str] = mapped_column(Text)
