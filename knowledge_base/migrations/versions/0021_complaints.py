"""Who at the station has seen to a complaint, when, and what came of it."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply: only adds, so that the release before goes on working."""
    op.add_column("booking_complaints", sa.Column("handled_at", sa.DateTime(timezone=True)))
    op.add_column("booking_complaints", sa.Column("handled_by", sa.String(64)))
    op.add_column("booking_complaints", sa.Column("handled_note", sa.Text))


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("booking_complaints") as table:
        table.drop_column("handled_note")
        table.drop_column("handled_by")
        table.drop_column("handled_at")
