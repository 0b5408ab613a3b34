"""Calls for help: who was told, and what they answered."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "help_calls",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("warning_id", sa.String(32), sa.ForeignKey("warnings.id", ondelete="CASCADE"), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("user", sa.String(128), nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("to_channel", sa.String(16), nullable=False),
        sa.Column("to_user", sa.String(128), nullable=False),
        sa.Column("shown", sa.String(40), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("answer", sa.String(8)),
        sa.Column("answered_at", _MOMENT),
        sa.UniqueConstraint(
            "warning_id",
            "channel",
            "user",
            "round",
            "to_channel",
            "to_user",
            name="uq_help_calls_warning_id_channel_user_round_to_channel_to_user",
        ),
    )
    op.create_index("ix_help_calls_at", "help_calls", ["at"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("help_calls")
