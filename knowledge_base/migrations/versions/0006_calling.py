"""Calling people who do not answer a warning, and warnings typed in the console."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "ladder_people",
        sa.Column("step_id", sa.String(32), sa.ForeignKey("ladder_steps.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("user", sa.String(128), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("reached_at", _MOMENT),
    )
    op.create_index("ix_ladder_people_channel_user", "ladder_people", ["channel", "user"])
    op.create_table(
        "typed_warnings",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("author", sa.String(40), nullable=False),
        sa.Column("written_at", _MOMENT, nullable=False),
        sa.Column("words", sa.JSON, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("decided_by", sa.String(40)),
        sa.Column("decided_at", _MOMENT),
        sa.Column("document", sa.LargeBinary),
        sa.Column("warning_id", sa.String(32)),
    )
    op.create_index("ix_typed_warnings_state_written_at", "typed_warnings", ["state", "written_at"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("typed_warnings")
    op.drop_table("ladder_people")
