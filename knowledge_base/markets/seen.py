"""Which prices of a file have been seen already, on the disk: a million of them are no burden on the memory."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from hashlib import blake2b

from knowledge_base.markets.market_book import Market
from knowledge_base.markets.offer import Offer


class Seen:
    """The keys of one file with their prices, of one source."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def before(self, offer: Offer, market: Market) -> Decimal | None:
        """The price of the same product, market and day further up; None where this is the first one, now remembered."""
        whole = "\n".join((offer.product, offer.variety, *market, offer.day.isoformat()))
        key = blake2b(whole.encode(), digest_size=16).digest()
        new = self._database.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (key, str(offer.mid)))
        if new.rowcount:
            return None
        (price,) = self._database.execute("SELECT price FROM seen WHERE key = ?", (key,)).fetchone()
        return Decimal(price)


@contextmanager
def seen() -> Iterator[Seen]:
    """An empty one, gone afterwards."""
    # Without a name it is a file of SQLite's own that goes with the connection; threads take turns at it.
    database = sqlite3.connect("", check_same_thread=False, isolation_level=None)
    try:
        database.execute("PRAGMA synchronous = OFF")
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("CREATE TABLE seen (key BLOB PRIMARY KEY, price TEXT) WITHOUT ROWID")
        database.execute("BEGIN")
        yield Seen(database)
    finally:
        database.close()
