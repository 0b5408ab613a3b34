"""The tables of what is sent unasked about weather: morning digests, and the farm advice that a person has got."""

from datetime import date, datetime

from sqlalchemy import Index, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from knowledge_base.models import Base


class MorningDigestRow(Base):
    """A digest that a person has asked for, every day at `minute` of the day in Asia/Shanghai.

    `last_on`: the day for which it was sent last, or for which it was too late when asked for.
    """

    __tablename__ = "morning_digests"
    __table_args__ = (Index(None, "minute"),)

    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    user: Mapped[str] = mapped_column(String(128), primary_key=True)
    minute: Mapped[int] = mapped_column(SmallInteger)
    last_on: Mapped[date | None]
    updated_at: Mapped[datetime]


class FarmAdviceRow(Base):
    """Advice on a spell of weather, from `first_on` to `last_on`, that a person has got by a rule of `threats.yaml`."""

    __tablename__ = "farm_advice"

    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    user: Mapped[str] = mapped_column(String(128), primary_key=True)
    rule: Mapped[str] = mapped_column(String(40), primary_key=True)
    first_on: Mapped[date] = mapped_column(primary_key=True)
    last_on: Mapped[date]
    given_at: Mapped[datetime]
