"""WeChat: which messages were answered, and which answers are still owed."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "wechat_arrivals",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("user", sa.String(128), nullable=False),
        sa.Column("passive", sa.Boolean, nullable=False),
        sa.Column("body", sa.Text),
        sa.Column("sent", sa.Integer, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
    )
    op.create_index("ix_wechat_arrivals_at", "wechat_arrivals", ["at"])
    op.create_index("ix_wechat_arrivals_user", "wechat_arrivals", ["user"])


def downgrade() -> None:
    """Take back."""
    op.drop_table("wechat_arrivals")
