"""The tables of machinery bookings. Areas are 亩 and money 元, both exact to the hundredth; days are of Asia/Shanghai."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Dialect,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from dialogs.booking.linkable import Linkable
from knowledge_base.models import Base
from knowledge_base.request import request_number

OPEN_STATES = "state IN ('asked', 'offered', 'accepted')"


class Hundredths(TypeDecorator[Decimal]):
    """A decimal kept as whole hundredths: SQLite has no exact decimals, and a limit is to be kept to exactly."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, _dialect: Dialect) -> int | None:
        """To the database. Raises `ValueError` for what has more than two decimals."""
        if value is None:
            return None
        whole = int(value * 100)
        if whole != value * 100:
            raise ValueError("more than two decimals")
        return whole

    def process_result_value(self, value: Any | None, _dialect: Dialect) -> Decimal | None:
        """From the database."""
        return None if value is None else Decimal(int(value)).scaleb(-2)


class ProviderRow(Linkable, Base):
    """Who has machines. Without `channel` and `user` nobody can be asked, and no job is offered."""

    __tablename__ = "booking_providers"
    __table_args__ = (UniqueConstraint("channel", "user"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    """operator or cooperative"""
    name: Mapped[str] = mapped_column(String(60))
    phone: Mapped[str] = mapped_column(String(30))
    channel: Mapped[str | None] = mapped_column(String(16))
    user: Mapped[str | None] = mapped_column(String(128))
    place: Mapped[str] = mapped_column(String(12))
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    active: Mapped[bool]
    touched_at: Mapped[datetime]


class AreaRow(Base):
    """A place that a provider serves: all whose codes begin with `place`."""

    __tablename__ = "booking_areas"

    provider_id: Mapped[str] = mapped_column(ForeignKey("booking_providers.id", ondelete="CASCADE"), primary_key=True)
    place: Mapped[str] = mapped_column(String(12), primary_key=True)


class MachineRow(Base):
    """A machine. `crops`: those it is good for, all where it is empty."""

    __tablename__ = "booking_machines"
    __table_args__ = (CheckConstraint("capacity > 0", name="ck_booking_machines_capacity"), Index(None, "provider_id"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    provider_id: Mapped[str] = mapped_column(ForeignKey("booking_providers.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(24))
    name: Mapped[str] = mapped_column(String(60))
    width_cm: Mapped[int | None]
    capacity: Mapped[Decimal] = mapped_column(Hundredths)
    """亩 a day"""
    crops: Mapped[list[str]] = mapped_column(JSON)
    active: Mapped[bool]


class PriceRow(Base):
    """What a machine takes for a job: 元 per 亩. `crop` is empty for any."""

    __tablename__ = "booking_prices"
    __table_args__ = (Index(None, "service"),)

    machine_id: Mapped[str] = mapped_column(ForeignKey("booking_machines.id", ondelete="CASCADE"), primary_key=True)
    service: Mapped[str] = mapped_column(String(24), primary_key=True)
    crop: Mapped[str] = mapped_column(String(40), primary_key=True)
    price: Mapped[Decimal] = mapped_column(Hundredths)


class DaysOffRow(Base):
    """Days on which a provider, or one machine, does not work. `ended_at`: since then it does again."""

    __tablename__ = "booking_days_off"
    __table_args__ = (Index(None, "provider_id", "last"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    provider_id: Mapped[str] = mapped_column(ForeignKey("booking_providers.id", ondelete="CASCADE"))
    machine_id: Mapped[str | None] = mapped_column(ForeignKey("booking_machines.id", ondelete="CASCADE"))
    first: Mapped[date]
    last: Mapped[date]
    why: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class MachineDayRow(Base):
    """How much of a machine's day is taken. More than its capacity cannot be: the database refuses it."""

    __tablename__ = "booking_machine_days"
    __table_args__ = (
        CheckConstraint("taken >= 0 AND taken <= capacity", name="ck_booking_machine_days_taken"),
        Index(None, "day"),
    )

    machine_id: Mapped[str] = mapped_column(ForeignKey("booking_machines.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    capacity: Mapped[Decimal] = mapped_column(Hundredths)
    taken: Mapped[Decimal] = mapped_column(Hundredths)


class BookingRow(Base):
    """A booking as it stands; how it came to that is in its events.

    From `provider_id` to `until` it is the offer that is open or accepted. `round` counts how many times it was put up
    anew (a reschedule, a provider who cannot come): in each, everybody may be asked once.
    """

    __tablename__ = "bookings"
    __table_args__ = (
        Index(None, "number", unique=True, sqlite_where=text(OPEN_STATES), postgresql_where=text(OPEN_STATES)),
        Index(None, "channel", "user"),
        Index(None, "state", "day"),
        Index(None, "provider_id", "state"),
        Index(None, "machine_id", "day"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    number: Mapped[str] = mapped_column(String(5))
    state: Mapped[str] = mapped_column(String(16))
    channel: Mapped[str] = mapped_column(String(16))
    user: Mapped[str] = mapped_column(String(128))
    service: Mapped[str] = mapped_column(String(24))
    crop: Mapped[str | None] = mapped_column(String(40))
    area: Mapped[Decimal] = mapped_column(Hundredths)
    place: Mapped[str] = mapped_column(String(12))
    place_text: Mapped[str] = mapped_column(String(120))
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    first: Mapped[date]
    last: Mapped[date]
    part: Mapped[str | None] = mapped_column(String(12))
    date_text: Mapped[str] = mapped_column(String(80))
    note: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    touched_at: Mapped[datetime]
    round: Mapped[int] = mapped_column(default=0)
    events: Mapped[int] = mapped_column(default=0)
    offers: Mapped[int] = mapped_column(default=0)
    provider_id: Mapped[str | None] = mapped_column(ForeignKey("booking_providers.id"))
    machine_id: Mapped[str | None] = mapped_column(ForeignKey("booking_machines.id"))
    day: Mapped[date | None]
    last_day: Mapped[date | None]
    price: Mapped[Decimal | None] = mapped_column(Hundredths)
    total: Mapped[Decimal | None] = mapped_column(Hundredths)
    distance_km: Mapped[float | None]
    until: Mapped[datetime | None]
    proposed: Mapped[date | None]
    """A day that the provider has proposed instead: nobody need be asked again if the farmer takes it."""
    spoiled: Mapped[date | None]
    """The day for which both sides were told that the weather spoils it."""
    farmer_done: Mapped[bool | None]
    provider_done: Mapped[bool | None]
    area_done: Mapped[Decimal | None] = mapped_column(Hundredths)
    reminded_evening: Mapped[date | None]
    """The day for which both sides were reminded the evening before; likewise below."""
    reminded_soon: Mapped[date | None]
    asked_done: Mapped[date | None]
    station_told: Mapped[int | None]
    """The round in which the station was told that nobody takes it."""


class EventRow(Base):
    """A change of a booking; never altered, never deleted."""

    __tablename__ = "booking_events"
    __table_args__ = (Index(None, "at"),)

    booking_id: Mapped[str] = mapped_column(ForeignKey("bookings.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    who: Mapped[str] = mapped_column(String(160))
    """`farmer:`, `provider:` or `station:` before channel and user; or `system`."""
    step: Mapped[str] = mapped_column(String(16))
    before: Mapped[str | None] = mapped_column(String(16))
    after: Mapped[str] = mapped_column(String(16))
    why: Mapped[str] = mapped_column(Text)
    request: Mapped[str | None] = mapped_column(String(32), default=request_number)


class OfferRow(Base):
    """A provider who was asked, and what came of it; of each booking one at most is open."""

    __tablename__ = "booking_offers"
    __table_args__ = (
        Index(
            "uq_booking_offers_open",
            "booking_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index(None, "machine_id", "day", "state"),
        Index(None, "provider_id", "asked_at"),
        Index(None, "state", "until"),
    )

    booking_id: Mapped[str] = mapped_column(ForeignKey("bookings.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    round: Mapped[int]
    provider_id: Mapped[str] = mapped_column(ForeignKey("booking_providers.id"))
    machine_id: Mapped[str] = mapped_column(ForeignKey("booking_machines.id"))
    day: Mapped[date]
    area: Mapped[Decimal] = mapped_column(Hundredths)
    asked_at: Mapped[datetime]
    until: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(16))
    why: Mapped[str] = mapped_column(Text)


class BookingDayRow(Base):
    """What a booking holds of its machine's day."""

    __tablename__ = "booking_days"
    __table_args__ = (Index(None, "machine_id", "day"),)

    booking_id: Mapped[str] = mapped_column(ForeignKey("bookings.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    machine_id: Mapped[str] = mapped_column(ForeignKey("booking_machines.id"))
    area: Mapped[Decimal] = mapped_column(Hundredths)


class CommandRow(Base):
    """A command that was carried out, by the digest of its idempotency key; `answer` are the bookings it led to."""

    __tablename__ = "booking_commands"
    __table_args__ = (Index(None, "at"),)

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    what: Mapped[str] = mapped_column(String(64))
    """The command and who gave it, as a digest: the same key means the same command."""
    at: Mapped[datetime]
    answer: Mapped[list[str]] = mapped_column(JSON)


class RatingRow(Base):
    """What one side thinks of the other, 1 to 5 stars."""

    __tablename__ = "booking_ratings"
    __table_args__ = (CheckConstraint("stars >= 1 AND stars <= 5", name="ck_booking_ratings_stars"),)

    booking_id: Mapped[str] = mapped_column(ForeignKey("bookings.id"), primary_key=True)
    side: Mapped[str] = mapped_column(String(16), primary_key=True)
    stars: Mapped[int]
    at: Mapped[datetime]


class ComplaintRow(Base):
    """A complaint to the station. `handled_by`: the console's account of whoever has seen to it, with a note."""

    __tablename__ = "booking_complaints"
    __table_args__ = (Index(None, "booking_id"), Index(None, "at"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    booking_id: Mapped[str] = mapped_column(ForeignKey("bookings.id"))
    side: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    handled_at: Mapped[datetime | None]
    handled_by: Mapped[str | None] = mapped_column(String(64))
    handled_note: Mapped[str | None] = mapped_column(Text)
