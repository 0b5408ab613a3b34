"""The tables of the dialogue."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from knowledge_base.models import Base
from knowledge_base.request import request_number


class ConversationRow(Base):
    """What a conversation remembers; `state` is a `dialogs.session.Session`."""

    __tablename__ = "conversations"

    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    user: Mapped[str] = mapped_column(String(128), primary_key=True)
    state: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]


class HandledRow(Base):
    """A message that was handled, with the turn it led to: what makes a redelivery harmless."""

    __tablename__ = "handled"
    __table_args__ = (Index(None, "at"),)

    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    user: Mapped[str] = mapped_column(String(128), primary_key=True)
    external_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    turn: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    request: Mapped[str | None] = mapped_column(String(32), default=request_number)


class PreferenceRow(Base):
    """A person's choices for one channel, such as when to be answered by voice."""

    __tablename__ = "preferences"

    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    user: Mapped[str] = mapped_column(String(128), primary_key=True)
    values: Mapped[dict[str, Any]]
