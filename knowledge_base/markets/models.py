"""The tables of prices: markets, figures, the newest of each, what people report, and whom to tell."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Date,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from knowledge_base.models import Base

MICRO = Decimal(1_000_000)
"""Parts of a yuan that are kept: 元/吨 with two decimals are five of them for each half kilogram."""
_HELD = text("state = 'held'")


class Kind(StrEnum):
    """Who stands behind a price."""

    OFFICIAL = "official"
    REPORTED = "reported"
    """People said it in the chat: shown apart, and never in a file."""
    SAMPLE = "sample"
    """Made up, so that a fresh installation has something to show."""


class State(StrEnum):
    """Whether a price is given to people."""

    GOOD = "good"
    HELD = "held"
    """Too far from its own median: a person looks at it first."""
    REJECTED = "rejected"
    """Kept, so that the same row of the same source does not come in again."""


class Rule(StrEnum):
    """When a person wants to hear of a price."""

    ABOVE = "above"
    BELOW = "below"
    WEEKLY = "weekly"


class Yuan(TypeDecorator[Decimal]):
    """An amount of money, kept as whole millionths so that every database keeps it exactly."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, _dialect: Dialect) -> int | None:
        """To the database; what is below a millionth is rounded."""
        return None if value is None else int((value * MICRO).to_integral_value())

    def process_result_value(self, value: int | None, _dialect: Dialect) -> Decimal | None:
        """From the database."""
        return None if value is None else Decimal(value) / MICRO


class MarketRow(Base):
    """A market. `place` is its administrative code without the zeros at its end, 2 to 12 digits."""

    __tablename__ = "markets"
    __table_args__ = (UniqueConstraint("place", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    place: Mapped[str] = mapped_column(String(12))
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)


class PriceRow(Base):
    """What a source says of a day, for each 斤 (or what the product is counted by); `variety` is empty where none is named.

    `unit` and `figures` are as the source has them: one figure, or low, mid and high with strokes in between, empty where
    it has none.
    """

    __tablename__ = "prices"
    __table_args__ = (
        # In this order it also serves the series of a product at a market.
        UniqueConstraint("product", "variety", "market_id", "day", "source"),
        Index("ix_prices_held", "state", sqlite_where=_HELD, postgresql_where=_HELD),
    )

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    product: Mapped[str] = mapped_column(String(24))
    variety: Mapped[str] = mapped_column(String(24))
    market_id: Mapped[int] = mapped_column(ForeignKey("markets.id"))
    day: Mapped[date] = mapped_column(Date)
    source: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(8))
    low: Mapped[Decimal | None] = mapped_column(Yuan)
    mid: Mapped[Decimal] = mapped_column(Yuan)
    high: Mapped[Decimal | None] = mapped_column(Yuan)
    unit: Mapped[str] = mapped_column(String(16))
    figures: Mapped[str] = mapped_column(String(60))


class LatestRow(Base):
    """The newest good price of each product and variety at each market, kept in the transaction that brings prices.

    `came_at` is when it came in, which is later than its day.
    """

    __tablename__ = "latest_prices"

    product: Mapped[str] = mapped_column(String(24), primary_key=True)
    variety: Mapped[str] = mapped_column(String(24), primary_key=True)
    market_id: Mapped[int] = mapped_column(ForeignKey("markets.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    source: Mapped[str] = mapped_column(String(60))
    low: Mapped[Decimal | None] = mapped_column(Yuan)
    mid: Mapped[Decimal] = mapped_column(Yuan)
    high: Mapped[Decimal | None] = mapped_column(Yuan)
    unit: Mapped[str] = mapped_column(String(16))
    figures: Mapped[str] = mapped_column(String(60))
    came_at: Mapped[datetime]


class ReportRow(Base):
    """What a person says was paid, for each 斤; one of each day, the last one counts. `person` is a digest."""

    __tablename__ = "price_reports"
    __table_args__ = (
        UniqueConstraint("person", "product", "variety", "day"),
        Index(None, "product", "day"),
        Index(None, "state"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    person: Mapped[str] = mapped_column(String(64))
    product: Mapped[str] = mapped_column(String(24))
    variety: Mapped[str] = mapped_column(String(24))
    place: Mapped[str] = mapped_column(String(12))
    day: Mapped[date] = mapped_column(Date)
    price: Mapped[Decimal] = mapped_column(Yuan)
    state: Mapped[str] = mapped_column(String(8))
    reported_at: Mapped[datetime]


class AlertRow(Base):
    """A wish to be told of a price: once, when it is crossed, or every week. `place` is where the person asks for."""

    __tablename__ = "price_alerts"
    __table_args__ = (
        UniqueConstraint("channel", "user", "product", "variety", "place", "rule"),
        Index(None, "rule", "fired_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    user: Mapped[str] = mapped_column(String(128))
    product: Mapped[str] = mapped_column(String(24))
    variety: Mapped[str] = mapped_column(String(24))
    place: Mapped[str] = mapped_column(String(12))
    rule: Mapped[str] = mapped_column(String(8))
    price: Mapped[Decimal | None] = mapped_column(Yuan)
    created_at: Mapped[datetime]
    fired_at: Mapped[datetime | None]


class PullRow(Base):
    """How a price service was last asked, and when it last answered.

    `etag` and `modified` make the next question conditional as long as it is the same one, which `asked` is a digest of.
    """

    __tablename__ = "price_pulls"

    source: Mapped[str] = mapped_column(String(60), primary_key=True)
    asked: Mapped[str] = mapped_column(String(64))
    etag: Mapped[str | None] = mapped_column(Text)
    modified: Mapped[str | None] = mapped_column(Text)
    asked_at: Mapped[datetime]
    fetched_at: Mapped[datetime | None]
    fault: Mapped[str | None] = mapped_column(String(200))


def insert_into(session: AsyncSession, model: type[Base]) -> Any:
    """An INSERT of the session's own dialect: both that we know have ON CONFLICT."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(model.__table__)
