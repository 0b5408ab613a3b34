"""Requests: the number of the message or call that a row was written for."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_TABLES = ("handled", "outbox", "booking_events", "consultation_events", "audit")


def upgrade() -> None:
    """Apply."""
    for table in _TABLES:
        op.add_column(table, sa.Column("request", sa.String(32)))


def downgrade() -> None:
    """Take back."""
    for table in reversed(_TABLES):
        op.drop_column(table, "request")
