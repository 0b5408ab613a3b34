"""Statistics: what happened, the counts of the days, how far warnings have got."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "tallies",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("what", sa.String(8), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("hour", sa.SmallInteger, nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("place", sa.String(6), nullable=False),
        sa.Column("topic", sa.String(24), nullable=False),
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("outcome", sa.String(24), nullable=False),
        sa.Column("how", sa.String(8), nullable=False),
        sa.Column("first", sa.Boolean, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
    )
    op.create_table(
        "day_counts",
        sa.Column("facet", sa.String(8), primary_key=True),
        sa.Column("place", sa.String(6), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("key", sa.String(80), primary_key=True),
        sa.Column("outcome", sa.String(24), primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "warning_counts",
        sa.Column("warning_id", sa.String(32), sa.ForeignKey("warnings.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("figure", sa.String(16), primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    """Take back."""
    for table in ("warning_counts", "day_counts", "tallies"):
        op.drop_table(table)
