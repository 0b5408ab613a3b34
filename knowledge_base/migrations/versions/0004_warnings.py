"""Warnings, people concerned, answers, the ladder of calls; one text for many messages of the outbox."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    _warnings()
    _people()
    _calls()
    op.create_table(
        "outbox_letters",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("payload", sa.JSON, nullable=False),
    )
    op.add_column("outbox", sa.Column("letter_id", sa.String(32)))
    op.add_column("outbox", sa.Column("after_id", sa.String(32)))
    op.drop_index("ix_outbox_topic", "outbox")
    op.create_index("ix_outbox_topic_channel_user", "outbox", ["topic", "channel", "user"])


def _warnings() -> None:
    op.create_table(
        "warnings",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("root_id", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("topic", sa.String(160)),
        sa.Column("sender", sa.String(256), nullable=False),
        sa.Column("identifier", sa.String(256), nullable=False),
        sa.Column("sent", _MOMENT, nullable=False),
        sa.Column("public", sa.Boolean, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("msg_type", sa.String(16), nullable=False),
        sa.Column("all_clear", sa.Boolean, nullable=False),
        sa.Column("colour", sa.SmallInteger),
        sa.Column("hazard", sa.String(40)),
        sa.Column("headline", sa.Text, nullable=False),
        sa.Column("source", sa.String(80), nullable=False),
        sa.Column("original", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("arrived_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("ripe_at", _MOMENT),
        sa.Column("dispatched_at", _MOMENT),
        sa.Column("recipients", sa.Integer, nullable=False),
        sa.Column("first_sent_at", _MOMENT),
        sa.UniqueConstraint("sender", "identifier", "public", name="uq_warnings_sender_identifier_public"),
    )
    op.create_index("ix_warnings_root_id", "warnings", ["root_id"])
    op.create_index("ix_warnings_state_expires_at", "warnings", ["state", "expires_at"])
    op.create_table(
        "warning_references",
        _warning("warning_references", key=True),
        sa.Column("sender", sa.String(256), primary_key=True),
        sa.Column("identifier", sa.String(256), primary_key=True),
    )
    op.create_index("ix_warning_references_sender_identifier", "warning_references", ["sender", "identifier"])
    op.create_table(
        "warning_refusals",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("source", sa.String(80), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("original", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_warning_refusals_at", "warning_refusals", ["at"])
    op.create_index("ix_warning_refusals_digest", "warning_refusals", ["digest"])


def _people() -> None:
    op.create_table(
        "people",
        sa.Column("channel", sa.String(16), primary_key=True),
        sa.Column("user", sa.String(128), primary_key=True),
        sa.Column("place", sa.String(12)),
        sa.Column("latitude", sa.Double),
        sa.Column("longitude", sa.Double),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("crops", sa.JSON, nullable=False),
        sa.Column("animals", sa.JSON, nullable=False),
        sa.Column("levels", sa.SmallInteger, nullable=False),
        sa.Column("quiet_from", sa.SmallInteger, nullable=False),
        sa.Column("quiet_until", sa.SmallInteger, nullable=False),
        sa.Column("opted_out", sa.Boolean, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
    )
    op.create_index("ix_people_place_channel_user", "people", ["place", "channel", "user"])
    op.create_table(
        "villages",
        sa.Column("code", sa.String(12), primary_key=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("latitude", sa.Double, nullable=False),
        sa.Column("longitude", sa.Double, nullable=False),
    )


def _calls() -> None:
    op.create_table(
        "warning_answers",
        _warning("warning_answers", key=True),
        sa.Column("channel", sa.String(16), primary_key=True),
        sa.Column("user", sa.String(128), primary_key=True),
        sa.Column("answer", sa.String(8), primary_key=True),
        sa.Column("at", _MOMENT, nullable=False),
    )
    op.create_table(
        "ladder_steps",
        sa.Column("id", sa.String(32), primary_key=True),
        _warning("ladder_steps"),
        sa.Column("place", sa.String(12), nullable=False),
        sa.Column("step", sa.String(24), nullable=False),
        sa.Column("to", sa.String(160), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("outcome", sa.String(24), nullable=False),
        sa.UniqueConstraint("warning_id", "place", "step", "to", name="uq_ladder_steps_warning_id_place_step_to"),
    )
    op.create_table(
        "officers",
        sa.Column("place", sa.String(12), primary_key=True),
        sa.Column("channel", sa.String(16), primary_key=True),
        sa.Column("user", sa.String(128), primary_key=True),
        sa.Column("role", sa.String(24), primary_key=True),
        sa.Column("shown", sa.String(40), nullable=False),
    )


def _warning(table: str, *, key: bool = False) -> "sa.Column[str]":
    """The column that says which warning."""
    return sa.Column(
        "warning_id",
        sa.String(32),
        sa.ForeignKey("warnings.id", ondelete="CASCADE", name=f"fk_{table}_warning_id"),
        primary_key=key,
        nullable=False,
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index("ix_outbox_topic_channel_user", "outbox")
    op.create_index("ix_outbox_topic", "outbox", ["topic"])
    op.drop_column("outbox", "after_id")
    op.drop_column("outbox", "letter_id")
    for table in (
        "outbox_letters",
        "officers",
        "ladder_steps",
        "warning_answers",
        "villages",
        "people",
        "warning_refusals",
        "warning_references",
        "warnings",
    ):
        op.drop_table(table)
