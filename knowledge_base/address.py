"""A database's address, for connections beside the pool."""

from typing import Any

from sqlalchemy import URL


def connect_arguments(url: URL) -> dict[str, Any]:
    """What `psycopg.connect` takes for the address of a PostgreSQL database."""
    arguments, named = url.get_dialect()().create_connect_args(url)
    return {**({"conninfo": arguments[0]} if arguments else {}), **named}
