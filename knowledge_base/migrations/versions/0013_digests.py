"""Morning digests, and which farm advice a person has got."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "morning_digests",
        sa.Column("channel", sa.String(16), primary_key=True),
        sa.Column("user", sa.String(128), primary_key=True),
        sa.Column("minute", sa.SmallInteger, nullable=False),
        sa.Column("last_on", sa.Date),
        sa.Column("updated_at", _MOMENT, nullable=False),
    )
    op.create_index("ix_morning_digests_minute", "morning_digests", ["minute"])
    op.create_table(
        "farm_advice",
        sa.Column("channel", sa.String(16), primary_key=True),
        sa.Column("user", sa.String(128), primary_key=True),
        sa.Column("rule", sa.String(40), primary_key=True),
        sa.Column("first_on", sa.Date, primary_key=True),
        sa.Column("last_on", sa.Date, nullable=False),
        sa.Column("given_at", _MOMENT, nullable=False),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("farm_advice")
    op.drop_table("morning_digests")
