"""Codes and addresses given to consultants: to link a chat account, and to read the calendar."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "consultation_links",
        sa.Column(
            "consultant_id", sa.String(32), sa.ForeignKey("consultants.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("kind", sa.String(8), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("until", _MOMENT),
    )
    op.create_index("ix_consultation_links_digest", "consultation_links", ["digest"], unique=True)


def downgrade() -> None:
    """Take back."""
    op.drop_table("consultation_links")
