"""Preferences in memory."""


class MemoryPreferences:
    """A dictionary; two channels that share it stand for two runs over one database."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, str], str] = {}

    async def get(self, user: str, key: str) -> str | None:
        """The value; None where none was set."""
        return self.values.get((user, key))

    async def set(self, user: str, key: str, value: str) -> None:
        """Keep a value."""
        self.values[user, key] = value
