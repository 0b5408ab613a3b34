"""Accounts, audit, versions of entries, answers to waiting questions, outbox."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Apply."""
    op.add_column("entries", sa.Column("origin", sa.String(8), nullable=False, server_default="shipped"))
    op.add_column("entries", sa.Column("version", sa.Integer))
    op.add_column("questions", sa.Column("answer_id", sa.String(32)))
    op.add_column("questions", sa.Column("answered_at", _MOMENT))
    op.create_index("ix_questions_answer_id", "questions", ["answer_id"])
    op.create_table(
        "accounts",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("shown", sa.String(40), nullable=False),
        sa.Column("roles", sa.String(40), nullable=False),
        sa.Column("password", sa.String(256), nullable=False),
        sa.Column("must_change", sa.Boolean, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("locked_until", _MOMENT),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column("id", _NUMBER, primary_key=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("account", sa.String(40), nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(120), nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_subject", "audit", ["subject"])
    op.create_table(
        "entry_versions",
        sa.Column("key", sa.String(80), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("origin", sa.String(8), nullable=False),
        sa.Column("based_on", sa.Integer),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("author", sa.String(40), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("submitted_at", _MOMENT),
        sa.Column("reviewer", sa.String(40)),
        sa.Column("reviewed_at", _MOMENT),
        sa.Column("note", sa.Text),
        sa.Column("accepted", sa.Text),
    )
    op.create_index("ix_entry_versions_state", "entry_versions", ["state"])
    op.create_table(
        "question_answers",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("spoken", sa.Text, nullable=False),
        sa.Column("entry_key", sa.String(80)),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("author", sa.String(40), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("reviewer", sa.String(40)),
        sa.Column("reviewed_at", _MOMENT),
        sa.Column("note", sa.Text),
    )
    op.create_index("ix_question_answers_state", "question_answers", ["state"])
    op.create_table(
        "outbox",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("user", sa.String(128), nullable=False),
        sa.Column("topic", sa.String(160), nullable=False),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT),
        sa.Column("claimed_until", _MOMENT),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("sent_at", _MOMENT),
        sa.UniqueConstraint("channel", "user", "topic", name="uq_outbox_channel_user_topic"),
    )
    op.create_index("ix_outbox_channel_state_priority_due_at", "outbox", ["channel", "state", "priority", "due_at"])
    op.create_index("ix_outbox_topic", "outbox", ["topic"])
    op.create_table(
        "delivery_attempts",
        sa.Column("id", _NUMBER, primary_key=True),
        sa.Column(
            "outbox_id",
            sa.String(32),
            sa.ForeignKey("outbox.id", ondelete="CASCADE", name="fk_delivery_attempts_outbox_id"),
            nullable=False,
        ),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("outcome", sa.String(24), nullable=False),
    )
    op.create_index("ix_delivery_attempts_outbox_id", "delivery_attempts", ["outbox_id"])


def downgrade() -> None:
    """Take back."""
    for table in ("delivery_attempts", "outbox", "question_answers", "entry_versions", "audit", "accounts"):
        op.drop_table(table)
    op.drop_index("ix_questions_answer_id", "questions")
    for table, column in (
        ("questions", "answered_at"),
        ("questions", "answer_id"),
        ("entries", "version"),
        ("entries", "origin"),
    ):
        op.drop_column(table, column)
