"""The table of the WeChat channel."""

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from knowledge_base.models import Base


class ArrivalRow(Base):
    """A message that was answered, or is to be: `body`, the message itself, is kept only while its answer is owed.

    `passive`: the first part was given as the reply to WeChat's call. `sent` parts are out. Nobody but who took the
    answer up sends it before `due_at`.
    """

    __tablename__ = "wechat_arrivals"
    __table_args__ = (Index(None, "at"), Index(None, "user"))

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    user: Mapped[str] = mapped_column(String(128))
    passive: Mapped[bool]
    body: Mapped[str | None] = mapped_column(Text)
    sent: Mapped[int]
    tries: Mapped[int]
    at: Mapped[datetime]
    due_at: Mapped[datetime]
