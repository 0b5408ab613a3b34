"""The search index that fits the store's database."""

from knowledge_base.search.base import Analyzer
from knowledge_base.search.postgres import PostgresShelf
from knowledge_base.search.ranked import RankedIndex
from knowledge_base.search.sqlite import SqliteShelf
from knowledge_base.store import Store


def search_index(store: Store, analyze: Analyzer, fingerprint: str = "") -> RankedIndex:
    """An index in the store's own database, SQLite or PostgreSQL."""
    shelf = PostgresShelf() if store.engine.dialect.name == "postgresql" else SqliteShelf()
    return RankedIndex(store, shelf, analyze, fingerprint)
