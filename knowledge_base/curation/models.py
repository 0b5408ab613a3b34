"""The tables of curation."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from knowledge_base.models import Base
from knowledge_base.request import request_number


class AccountRow(Base):
    """A person who may use the console. `roles` are comma-joined; a new `epoch` ends every session.

    `must_change`: the password was given by somebody else and only opens the page on which it is changed.
    """

    __tablename__ = "accounts"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    shown: Mapped[str] = mapped_column(String(40))
    roles: Mapped[str] = mapped_column(String(40))
    password: Mapped[str] = mapped_column(String(256))
    must_change: Mapped[bool] = mapped_column(default=False)
    epoch: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    disabled: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class AuditRow(Base):
    """What somebody did in the console. Rows are only added."""

    __tablename__ = "audit"
    __table_args__ = (Index(None, "at"), Index(None, "subject"))

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    at: Mapped[datetime]
    account: Mapped[str] = mapped_column(String(40))
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(120))
    detail: Mapped[dict[str, Any]]
    request: Mapped[str | None] = mapped_column(String(32), default=request_number)


class VersionRow(Base):
    """One version of an entry. `revision` counts the saves of a draft; `accepted` is why broken golden questions were."""

    __tablename__ = "entry_versions"
    __table_args__ = (Index(None, "state"),)

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(16))
    origin: Mapped[str] = mapped_column(String(8))
    based_on: Mapped[int | None]
    revision: Mapped[int] = mapped_column(default=1)
    author: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    reviewer: Mapped[str | None] = mapped_column(String(40))
    reviewed_at: Mapped[datetime | None]
    note: Mapped[str | None] = mapped_column(Text)
    accepted: Mapped[str | None] = mapped_column(Text)


class AnswerRow(Base):
    """An agent's answer to waiting questions: a text of its own, or the entry under `entry_key`."""

    __tablename__ = "question_answers"
    __table_args__ = (Index(None, "state"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    spoken: Mapped[str] = mapped_column(Text)
    entry_key: Mapped[str | None] = mapped_column(String(80))
    state: Mapped[str] = mapped_column(String(16))
    author: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime]
    reviewer: Mapped[str | None] = mapped_column(String(40))
    reviewed_at: Mapped[datetime | None]
    note: Mapped[str | None] = mapped_column(Text)
