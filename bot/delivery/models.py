"""The tables of delivery."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from knowledge_base.models import Base
from knowledge_base.request import request_number


class OutboxRow(Base):
    """A message to one person on one channel. `topic` says what it is about: nobody gets two messages on one topic.

    `payload` is a `dialogs.messages.Reply`, empty where many get the same: that is kept once, as the letter `letter_id`.
    The lower `priority`, the sooner; after `expires_at` it is not sent, nor while a worker still holds `after_id`.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("channel", "user", "topic"),
        Index(None, "channel", "state", "priority", "due_at"),
        Index(None, "topic", "channel", "user"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    user: Mapped[str] = mapped_column(String(128))
    topic: Mapped[str] = mapped_column(String(160))
    payload: Mapped[dict[str, Any]]
    priority: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    letter_id: Mapped[str | None] = mapped_column(String(32))
    after_id: Mapped[str | None] = mapped_column(String(32))
    request: Mapped[str | None] = mapped_column(String(32), default=request_number)


class LetterRow(Base):
    """A reply that goes to many."""

    __tablename__ = "outbox_letters"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    payload: Mapped[dict[str, Any]]


class AttemptRow(Base):
    """One try to deliver a message, and how it ended."""

    __tablename__ = "delivery_attempts"
    __table_args__ = (Index(None, "outbox_id"),)

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    outbox_id: Mapped[str] = mapped_column(ForeignKey("outbox.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(24))
