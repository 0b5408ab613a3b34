"""The search index in PostgreSQL; SQLite has had its own from the first."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE TABLE entry_search (key varchar(80) PRIMARY KEY, tokens tsvector NOT NULL)")
        op.execute("CREATE INDEX ix_entry_search_tokens ON entry_search USING gin (tokens)")
        op.execute("CREATE TABLE entry_terms (term text PRIMARY KEY, doc bigint NOT NULL)")


def downgrade() -> None:
    """Take back."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TABLE entry_terms")
        op.execute("DROP TABLE entry_search")
