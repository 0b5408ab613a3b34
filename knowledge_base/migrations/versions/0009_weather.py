"""Forecasts that are kept for when their source fails."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "forecasts",
        sa.Column("cell", sa.String(16), primary_key=True),
        sa.Column("source", sa.String(32), primary_key=True),
        sa.Column("fetched_at", _MOMENT, nullable=False),
        sa.Column("issued_at", _MOMENT),
        sa.Column("used_at", _MOMENT, nullable=False),
        sa.Column("forecast", sa.JSON, nullable=False),
    )
    op.create_index("ix_forecasts_source_used_at", "forecasts", ["source", "used_at"])
    op.create_index("ix_forecasts_fetched_at", "forecasts", ["fetched_at"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("forecasts")
