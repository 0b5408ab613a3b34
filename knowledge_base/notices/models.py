"""The tables of notices: what was written, who wants none, whom it helped."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import JSON

from knowledge_base.models import Base


class NoticeRow(Base):
    """A notice. `words` are a `Notice`; kind and times stand there too, and here to be searched by.

    Every change counts `revision` up. `writers` are all who have saved the text, `decided_by` is who approved it, sent it
    back or withdrew it, with `note` as the reason. `corrects` is the notice whose readers get this one.
    """

    __tablename__ = "notices"
    __table_args__ = (Index(None, "state", "send_at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    words: Mapped[dict[str, Any]]
    send_at: Mapped[datetime]
    valid_until: Mapped[datetime]
    corrects: Mapped[str | None] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16))
    revision: Mapped[int] = mapped_column(default=1)
    author: Mapped[str] = mapped_column(String(40))
    writers: Mapped[list[str]] = mapped_column(JSON)
    written_at: Mapped[datetime]
    decided_by: Mapped[str | None] = mapped_column(String(40))
    decided_at: Mapped[datetime | None]
    note: Mapped[str | None] = mapped_column(Text)
    sent_at: Mapped[datetime | None]
    recipients: Mapped[int] = mapped_column(default=0)


class NoticeRefusalRow(Base):
    """A person who wants no notices of a kind."""

    __tablename__ = "notice_refusals"

    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    user: Mapped[str] = mapped_column(String(128), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    at: Mapped[datetime]


class NoticeThanksRow(Base):
    """A person whom a notice has helped."""

    __tablename__ = "notice_thanks"

    notice_id: Mapped[str] = mapped_column(ForeignKey("notices.id", ondelete="CASCADE"), primary_key=True)
    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    user: Mapped[str] = mapped_column(String(128), primary_key=True)
    at: Mapped[datetime]
