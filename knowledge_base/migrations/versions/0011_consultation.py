"""Legal consultations: consultants, their hours, appointments, the slots they hold, and stories that are sealed."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_OPEN = sa.text("state IN ('booked', 'displaced')")


def upgrade() -> None:
    """Apply."""
    _who()
    _appointments()
    _what_was_told()


def _who() -> None:
    op.create_table(
        "consultants",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("phone", sa.String(30), nullable=False),
        sa.Column("channel", sa.String(16)),
        sa.Column("user", sa.String(128)),
        sa.Column("kinds", sa.JSON, nullable=False),
        sa.Column("areas", sa.JSON, nullable=False),
        sa.Column("ways", sa.JSON, nullable=False),
        sa.Column("office", sa.String(120), nullable=False),
        sa.Column("link", sa.String(300), nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("touched_at", _MOMENT, nullable=False),
        sa.UniqueConstraint("channel", "user", name="uq_consultants_channel_user"),
    )
    op.create_table(
        "consultant_hours",
        sa.Column(
            "consultant_id", sa.String(32), sa.ForeignKey("consultants.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("weekday", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("begins", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("ends", sa.Integer, nullable=False),
        sa.CheckConstraint("begins >= 0 AND begins < ends AND ends <= 1440", name="ck_consultant_hours_order"),
    )
    op.create_table(
        "consultant_days_off",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("consultant_id", sa.String(32), sa.ForeignKey("consultants.id", ondelete="CASCADE"), nullable=False),
        sa.Column("first", sa.Date, nullable=False),
        sa.Column("last", sa.Date, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
    )
    op.create_index("ix_consultant_days_off_consultant_id_last", "consultant_days_off", ["consultant_id", "last"])


def _appointments() -> None:
    op.create_table(
        "consultations",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("number", sa.String(5), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("user", sa.String(128), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("way", sa.String(16), nullable=False),
        sa.Column("place", sa.String(12), nullable=False),
        sa.Column("consultant_id", sa.String(32), sa.ForeignKey("consultants.id"), nullable=False),
        sa.Column("start", _MOMENT, nullable=False),
        sa.Column("placed_at", _MOMENT, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("touched_at", _MOMENT, nullable=False),
        sa.Column("events", sa.Integer, nullable=False),
        sa.Column("reminded_evening", _MOMENT),
        sa.Column("reminded_soon", _MOMENT),
        sa.Column("asked_done", _MOMENT),
    )
    op.create_index(
        "ix_consultations_number", "consultations", ["number"], unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN
    )
    op.create_index("ix_consultations_channel_user", "consultations", ["channel", "user"])
    op.create_index("ix_consultations_state_start", "consultations", ["state", "start"])
    op.create_index("ix_consultations_consultant_id_start", "consultations", ["consultant_id", "start"])
    op.create_table(
        "consultation_slots",
        sa.Column("consultant_id", sa.String(32), sa.ForeignKey("consultants.id"), primary_key=True),
        sa.Column("start", _MOMENT, primary_key=True),
        sa.Column("consultation_id", sa.String(32), sa.ForeignKey("consultations.id"), nullable=False),
        sa.UniqueConstraint("consultation_id", name="uq_consultation_slots_consultation_id"),
    )
    op.create_table(
        "consultation_events",
        sa.Column("consultation_id", sa.String(32), sa.ForeignKey("consultations.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("who", sa.String(160), nullable=False),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("before", sa.String(16)),
        sa.Column("after", sa.String(16), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
    )
    op.create_index("ix_consultation_events_at", "consultation_events", ["at"])
    op.create_table(
        "consultation_commands",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("what", sa.String(64), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("answer", sa.JSON, nullable=False),
    )
    op.create_index("ix_consultation_commands_at", "consultation_commands", ["at"])


def _what_was_told() -> None:
    op.create_table(
        "consultation_stories",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("user", sa.String(128), nullable=False),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("touched_at", _MOMENT, nullable=False),
        sa.Column("consultation_id", sa.String(32), sa.ForeignKey("consultations.id")),
        sa.Column("consultant_id", sa.String(32), sa.ForeignKey("consultants.id")),
        sa.Column("delete_at", _MOMENT),
        sa.UniqueConstraint("consultation_id", name="uq_consultation_stories_consultation_id"),
    )
    op.create_index("ix_consultation_stories_channel_user", "consultation_stories", ["channel", "user"])
    op.create_index("ix_consultation_stories_delete_at", "consultation_stories", ["delete_at"])
    op.create_table(
        "consultation_readings",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("consultation_id", sa.String(32), sa.ForeignKey("consultations.id"), nullable=False),
        sa.Column("consultant_id", sa.String(32), sa.ForeignKey("consultants.id"), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
    )
    op.create_index("ix_consultation_readings_consultation_id", "consultation_readings", ["consultation_id"])


def downgrade() -> None:
    """Take back."""
    for table in (
        "consultation_readings",
        "consultation_stories",
        "consultation_commands",
        "consultation_events",
        "consultation_slots",
        "consultations",
        "consultant_days_off",
        "consultant_hours",
        "consultants",
    ):
        op.drop_table(table)
