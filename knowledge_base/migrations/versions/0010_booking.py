"""Machinery bookings: providers, machines, prices, the ledger, and how full each machine's days are."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_HUNDREDTHS = sa.BigInteger
_OPEN = sa.text("state IN ('asked', 'offered', 'accepted')")
_OFFER_OPEN = sa.text("state = 'open'")


def upgrade() -> None:
    """Apply."""
    _who_and_with_what()
    _ledger()
    _what_follows()


def _who_and_with_what() -> None:
    op.create_table(
        "booking_providers",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("phone", sa.String(30), nullable=False),
        sa.Column("channel", sa.String(16)),
        sa.Column("user", sa.String(128)),
        sa.Column("place", sa.String(12), nullable=False),
        sa.Column("latitude", sa.Double),
        sa.Column("longitude", sa.Double),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("touched_at", _MOMENT, nullable=False),
        sa.UniqueConstraint("channel", "user", name="uq_booking_providers_channel_user"),
    )
    op.create_table(
        "booking_areas",
        sa.Column(
            "provider_id", sa.String(32), sa.ForeignKey("booking_providers.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("place", sa.String(12), primary_key=True),
    )
    op.create_table(
        "booking_machines",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column(
            "provider_id", sa.String(32), sa.ForeignKey("booking_providers.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("width_cm", sa.Integer),
        sa.Column("capacity", _HUNDREDTHS, nullable=False),
        sa.Column("crops", sa.JSON, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.CheckConstraint("capacity > 0", name="ck_booking_machines_capacity"),
    )
    op.create_index("ix_booking_machines_provider_id", "booking_machines", ["provider_id"])
    op.create_table(
        "booking_prices",
        sa.Column(
            "machine_id", sa.String(32), sa.ForeignKey("booking_machines.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("service", sa.String(24), primary_key=True),
        sa.Column("crop", sa.String(40), primary_key=True),
        sa.Column("price", _HUNDREDTHS, nullable=False),
    )
    op.create_index("ix_booking_prices_service", "booking_prices", ["service"])
    op.create_table(
        "booking_days_off",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column(
            "provider_id", sa.String(32), sa.ForeignKey("booking_providers.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("machine_id", sa.String(32), sa.ForeignKey("booking_machines.id", ondelete="CASCADE")),
        sa.Column("first", sa.Date, nullable=False),
        sa.Column("last", sa.Date, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT),
    )
    op.create_index("ix_booking_days_off_provider_id_last", "booking_days_off", ["provider_id", "last"])
    op.create_table(
        "booking_machine_days",
        sa.Column("machine_id", sa.String(32), sa.ForeignKey("booking_machines.id"), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("capacity", _HUNDREDTHS, nullable=False),
        sa.Column("taken", _HUNDREDTHS, nullable=False),
        sa.CheckConstraint("taken >= 0 AND taken <= capacity", name="ck_booking_machine_days_taken"),
    )
    op.create_index("ix_booking_machine_days_day", "booking_machine_days", ["day"])


def _ledger() -> None:
    op.create_table(
        "bookings",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("number", sa.String(5), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("user", sa.String(128), nullable=False),
        sa.Column("service", sa.String(24), nullable=False),
        sa.Column("crop", sa.String(40)),
        sa.Column("area", _HUNDREDTHS, nullable=False),
        sa.Column("place", sa.String(12), nullable=False),
        sa.Column("place_text", sa.String(120), nullable=False),
        sa.Column("latitude", sa.Double),
        sa.Column("longitude", sa.Double),
        sa.Column("first", sa.Date, nullable=False),
        sa.Column("last", sa.Date, nullable=False),
        sa.Column("part", sa.String(12)),
        sa.Column("date_text", sa.String(80), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("touched_at", _MOMENT, nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("events", sa.Integer, nullable=False),
        sa.Column("offers", sa.Integer, nullable=False),
        sa.Column("provider_id", sa.String(32), sa.ForeignKey("booking_providers.id")),
        sa.Column("machine_id", sa.String(32), sa.ForeignKey("booking_machines.id")),
        sa.Column("day", sa.Date),
        sa.Column("last_day", sa.Date),
        sa.Column("price", _HUNDREDTHS),
        sa.Column("total", _HUNDREDTHS),
        sa.Column("distance_km", sa.Double),
        sa.Column("until", _MOMENT),
        sa.Column("proposed", sa.Date),
        sa.Column("spoiled", sa.Date),
        sa.Column("farmer_done", sa.Boolean),
        sa.Column("provider_done", sa.Boolean),
        sa.Column("area_done", _HUNDREDTHS),
        sa.Column("reminded_evening", sa.Date),
        sa.Column("reminded_soon", sa.Date),
        sa.Column("asked_done", sa.Date),
        sa.Column("station_told", sa.Integer),
    )
    op.create_index(
        "ix_bookings_number", "bookings", ["number"], unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN
    )
    op.create_index("ix_bookings_channel_user", "bookings", ["channel", "user"])
    op.create_index("ix_bookings_state_day", "bookings", ["state", "day"])
    op.create_index("ix_bookings_provider_id_state", "bookings", ["provider_id", "state"])
    op.create_index("ix_bookings_machine_id_day", "bookings", ["machine_id", "day"])
    op.create_table(
        "booking_events",
        sa.Column("booking_id", sa.String(32), sa.ForeignKey("bookings.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("who", sa.String(160), nullable=False),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("before", sa.String(16)),
        sa.Column("after", sa.String(16), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
    )
    op.create_index("ix_booking_events_at", "booking_events", ["at"])
    op.create_table(
        "booking_offers",
        sa.Column("booking_id", sa.String(32), sa.ForeignKey("bookings.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("provider_id", sa.String(32), sa.ForeignKey("booking_providers.id"), nullable=False),
        sa.Column("machine_id", sa.String(32), sa.ForeignKey("booking_machines.id"), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("area", _HUNDREDTHS, nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("until", _MOMENT, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
    )
    op.create_index(
        "uq_booking_offers_open",
        "booking_offers",
        ["booking_id"],
        unique=True,
        sqlite_where=_OFFER_OPEN,
        postgresql_where=_OFFER_OPEN,
    )
    op.create_index("ix_booking_offers_machine_id_day_state", "booking_offers", ["machine_id", "day", "state"])
    op.create_index("ix_booking_offers_provider_id_asked_at", "booking_offers", ["provider_id", "asked_at"])
    op.create_index("ix_booking_offers_state_until", "booking_offers", ["state", "until"])
    op.create_table(
        "booking_days",
        sa.Column("booking_id", sa.String(32), sa.ForeignKey("bookings.id"), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("machine_id", sa.String(32), sa.ForeignKey("booking_machines.id"), nullable=False),
        sa.Column("area", _HUNDREDTHS, nullable=False),
    )
    op.create_index("ix_booking_days_machine_id_day", "booking_days", ["machine_id", "day"])


def _what_follows() -> None:
    op.create_table(
        "booking_commands",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("what", sa.String(64), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("answer", sa.JSON, nullable=False),
    )
    op.create_index("ix_booking_commands_at", "booking_commands", ["at"])
    op.create_table(
        "booking_ratings",
        sa.Column("booking_id", sa.String(32), sa.ForeignKey("bookings.id"), primary_key=True),
        sa.Column("side", sa.String(16), primary_key=True),
        sa.Column("stars", sa.Integer, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.CheckConstraint("stars >= 1 AND stars <= 5", name="ck_booking_ratings_stars"),
    )
    op.create_table(
        "booking_complaints",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("booking_id", sa.String(32), sa.ForeignKey("bookings.id"), nullable=False),
        sa.Column("side", sa.String(16), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
    )
    op.create_index("ix_booking_complaints_booking_id", "booking_complaints", ["booking_id"])
    op.create_index("ix_booking_complaints_at", "booking_complaints", ["at"])


def downgrade() -> None:
    """Take back."""
    for table in (
        "booking_complaints",
        "booking_ratings",
        "booking_commands",
        "booking_days",
        "booking_offers",
        "booking_events",
        "bookings",
        "booking_machine_days",
        "booking_days_off",
        "booking_prices",
        "booking_machines",
        "booking_areas",
        "booking_providers",
    ):
        op.drop_table(table)
