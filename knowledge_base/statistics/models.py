"""The tables of the statistics. None holds a person or a text."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Integer, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from knowledge_base.models import Base
from knowledge_base.warnings.models import WarningRow


class TallyRow(Base):
    """Something that happened, written in the transaction in which it did; goes when it has been added to the counts.

    `place` has at most the six digits of a county. `first`: the person's first turn of that day. `count`: of several
    tries to deliver that ended alike at once.
    """

    __tablename__ = "tallies"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    what: Mapped[str] = mapped_column(String(8))
    day: Mapped[date]
    hour: Mapped[int] = mapped_column(SmallInteger)
    channel: Mapped[str] = mapped_column(String(16))
    place: Mapped[str] = mapped_column(String(6), default="")
    topic: Mapped[str] = mapped_column(String(24), default="")
    subject: Mapped[str] = mapped_column(String(80), default="")
    outcome: Mapped[str] = mapped_column(String(24))
    how: Mapped[str] = mapped_column(String(8), default="")
    first: Mapped[bool] = mapped_column(default=False)
    count: Mapped[int] = mapped_column(default=1)


class DayCountRow(Base):
    """How often it was in one scope on one day of Asia/Shanghai; `terms.Facet` says what key and outcome are."""

    __tablename__ = "day_counts"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - read by SQLAlchemy

    facet: Mapped[str] = mapped_column(String(8), primary_key=True)
    place: Mapped[str] = mapped_column(String(6), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    outcome: Mapped[str] = mapped_column(String(24), primary_key=True)
    count: Mapped[int]


class WarningCountRow(Base):
    """How far one version of a warning has got: kept when its messages have gone."""

    __tablename__ = "warning_counts"

    warning_id: Mapped[str] = mapped_column(ForeignKey(WarningRow.id, ondelete="CASCADE"), primary_key=True)
    figure: Mapped[str] = mapped_column(String(16), primary_key=True)
    count: Mapped[int]
    at: Mapped[datetime]
