"""Privacy: consents, joined accounts, codes and addresses that lapse, recordings, deletions."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_TABLES = ("consents", "account_links", "link_codes", "link_tries", "privacy_copies", "recordings", "erasures")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "consents",
        sa.Column("channel", sa.String(16), primary_key=True),
        sa.Column("user", sa.String(128), primary_key=True),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("asked_with", sa.String(160), nullable=False),
        sa.Column("answer", sa.String(8)),
        sa.Column("answered_at", _MOMENT),
        sa.Column("voice", sa.Boolean, nullable=False),
        sa.Column("no_position", sa.Boolean, nullable=False),
    )
    op.create_table(
        "account_links",
        sa.Column("channel", sa.String(16), primary_key=True),
        sa.Column("user", sa.String(128), primary_key=True),
        sa.Column("to_channel", sa.String(16), nullable=False),
        sa.Column("to_user", sa.String(128), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
    )
    op.create_index("ix_account_links_to_channel_to_user", "account_links", ["to_channel", "to_user"])
    op.create_table(
        "link_codes",
        sa.Column("channel", sa.String(16), primary_key=True),
        sa.Column("user", sa.String(128), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("until", _MOMENT, nullable=False),
    )
    op.create_index("ix_link_codes_digest", "link_codes", ["digest"], unique=True)
    op.create_table(
        "link_tries",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("user", sa.String(128), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
    )
    op.create_index("ix_link_tries_at", "link_tries", ["at"])
    op.create_table(
        "privacy_copies",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("user", sa.String(128), nullable=False),
        sa.Column("until", _MOMENT, nullable=False),
    )
    op.create_index("ix_privacy_copies_until", "privacy_copies", ["until"])
    op.create_table(
        "recordings",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("user", sa.String(128), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("mime", sa.String(100), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("heard", sa.Text, nullable=False),
    )
    op.create_index("ix_recordings_channel_user", "recordings", ["channel", "user"])
    op.create_index("ix_recordings_at", "recordings", ["at"])
    op.create_table(
        "erasures",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("scope", sa.String(16), nullable=False),
        sa.Column("channel", sa.String(16)),
        sa.Column("user", sa.String(128)),
        sa.Column("done_at", _MOMENT),
    )
    op.create_index("ix_erasures_channel_user", "erasures", ["channel", "user"])


def downgrade() -> None:
    """Take back."""
    for table in reversed(_TABLES):
        op.drop_table(table)
