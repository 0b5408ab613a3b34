"""The tables of calling people, and of warnings typed in the console."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import JSON

from knowledge_base.models import Base


class LadderPersonRow(Base):
    """A person on the list that went out with a step of the ladder. `reached_at`: the one called says they were reached."""

    __tablename__ = "ladder_people"
    __table_args__ = (Index(None, "channel", "user"),)

    step_id: Mapped[str] = mapped_column(ForeignKey("ladder_steps.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    channel: Mapped[str] = mapped_column(String(16))
    user: Mapped[str] = mapped_column(String(128))
    name: Mapped[str] = mapped_column(String(40))
    reached_at: Mapped[datetime | None]


class HelpCallRow(Base):
    """A call for help of a person (`channel`, `user`) that went to one officer. A further `round` is a further try.

    `answer` is what the officer answered last.
    """

    __tablename__ = "help_calls"
    __table_args__ = (
        UniqueConstraint("warning_id", "channel", "user", "round", "to_channel", "to_user"),
        Index(None, "at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    warning_id: Mapped[str] = mapped_column(ForeignKey("warnings.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(String(16))
    user: Mapped[str] = mapped_column(String(128))
    round: Mapped[int]
    to_channel: Mapped[str] = mapped_column(String(16))
    to_user: Mapped[str] = mapped_column(String(128))
    shown: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime]
    answer: Mapped[str | None] = mapped_column(String(8))
    answered_at: Mapped[datetime | None]


class TypedWarningRow(Base):
    """A warning that staff have typed. `words` is a `knowledge_base.warnings.typed.TypedWarning`.

    `document` is the CAP message made of it, kept when it is given out, so that it is the same when it is taken in again.
    """

    __tablename__ = "typed_warnings"
    __table_args__ = (Index(None, "state", "written_at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    author: Mapped[str] = mapped_column(String(40))
    written_at: Mapped[datetime]
    words: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(16))
    decided_by: Mapped[str | None] = mapped_column(String(40))
    decided_at: Mapped[datetime | None]
    document: Mapped[bytes | None] = mapped_column(LargeBinary)
    warning_id: Mapped[str | None] = mapped_column(String(32))
