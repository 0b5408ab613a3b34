"""Warnings given to the county's emergency broadcast platform."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "broadcasts",
        sa.Column("warning_id", sa.String(32), sa.ForeignKey("warnings.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("outlet", sa.String(16), primary_key=True),
        sa.Column("ebd_id", sa.String(40), nullable=False),
        sa.Column("ebm_id", sa.String(30), nullable=False),
        sa.Column("day", sa.String(8), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("document", sa.LargeBinary),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("answer", sa.String(200), nullable=False),
        sa.Column("played", sa.String(200), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("sent_at", _MOMENT),
    )
    op.create_index("ix_broadcasts_state_due_at", "broadcasts", ["state", "due_at"])
    op.create_index("ix_broadcasts_ebd_id", "broadcasts", ["ebd_id"])
    op.create_index("ix_broadcasts_ebm_id", "broadcasts", ["ebm_id"])
    op.create_index("ix_broadcasts_day", "broadcasts", ["day"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("broadcasts")
