"""Entries, waiting questions, feedback, conversations, handled messages, preferences."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "entries",
        sa.Column("key", sa.String(80), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("updated_at", moment, nullable=False),
    )
    op.create_table(
        "questions",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("asked_at", moment, nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("user", sa.String(128), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("normalized", sa.Text, nullable=False),
        sa.Column("reason", sa.String(24), nullable=False),
        sa.Column("subject", sa.String(80)),
        sa.Column("place", sa.String(12)),
        sa.Column("state", sa.String(16), nullable=False),
    )
    op.create_index("ix_questions_state_asked_at", "questions", ["state", "asked_at"])
    op.create_table(
        "feedback",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("at", moment, nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("user", sa.String(128), nullable=False),
        sa.Column("subject", sa.String(80)),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("question", sa.Text, nullable=False),
    )
    for table, *columns in (
        ("conversations", sa.Column("state", sa.JSON, nullable=False), sa.Column("updated_at", moment, nullable=False)),
        (
            "handled",
            sa.Column("external_id", sa.String(128), primary_key=True),
            sa.Column("turn", sa.JSON, nullable=False),
            sa.Column("at", moment, nullable=False),
        ),
        ("preferences", sa.Column("values", sa.JSON, nullable=False)),
    ):
        person = (
            sa.Column("channel", sa.String(16), primary_key=True),
            sa.Column("user", sa.String(128), primary_key=True),
        )
        op.create_table(table, *person, *columns)
    op.create_index("ix_handled_at", "handled", ["at"])
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE entry_search USING fts5(key UNINDEXED, characters, words, sounds)")
        op.execute("CREATE VIRTUAL TABLE entry_terms USING fts5vocab(entry_search, 'row')")


def downgrade() -> None:
    """Take back."""
    op.execute("DROP TABLE IF EXISTS entry_terms")
    op.execute("DROP TABLE IF EXISTS entry_search")
    for table in ("preferences", "handled", "conversations", "feedback", "questions", "entries"):
        op.drop_table(table)
