"""Notices: pest outlooks and news of policy, written in the console and sent at a chosen time."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "notices",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("words", sa.JSON, nullable=False),
        sa.Column("send_at", _MOMENT, nullable=False),
        sa.Column("valid_until", _MOMENT, nullable=False),
        sa.Column("corrects", sa.String(32)),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("author", sa.String(40), nullable=False),
        sa.Column("writers", sa.JSON, nullable=False),
        sa.Column("written_at", _MOMENT, nullable=False),
        sa.Column("decided_by", sa.String(40)),
        sa.Column("decided_at", _MOMENT),
        sa.Column("note", sa.Text),
        sa.Column("sent_at", _MOMENT),
        sa.Column("recipients", sa.Integer, nullable=False),
    )
    op.create_index("ix_notices_state_send_at", "notices", ["state", "send_at"])
    op.create_table(
        "notice_refusals",
        sa.Column("channel", sa.String(16), primary_key=True),
        sa.Column("user", sa.String(128), primary_key=True),
        sa.Column("kind", sa.String(8), primary_key=True),
        sa.Column("at", _MOMENT, nullable=False),
    )
    op.create_table(
        "notice_thanks",
        sa.Column("notice_id", sa.String(32), sa.ForeignKey("notices.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("channel", sa.String(16), primary_key=True),
        sa.Column("user", sa.String(128), primary_key=True),
        sa.Column("at", _MOMENT, nullable=False),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("notice_thanks")
    op.drop_table("notice_refusals")
    op.drop_table("notices")
