"""When the sources of warnings were last looked at with success."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from knowledge_base.warnings.look_book import LookBook


class Looks:
    """Kept in this process, or in a `book` that others read: `sources` are then those that must have been looked at.

    Without a book nothing has been looked at yet after a restart.
    """

    def __init__(
        self, clock: Callable[[], datetime], book: LookBook | None = None, sources: Sequence[str] = ()
    ) -> None:
        self._clock = clock
        self._book = book
        self._sources = sources
        self._at: dict[str, datetime | None] = {}

    @property
    def shared(self) -> bool:
        """Whether other processes are told, by `keep`."""
        return self._book is not None

    def at(self, source: str) -> Callable[[], None]:
        """What is to be called after each successful look at a source, which counts from now on."""
        self._at[source] = None

        def looked() -> None:
            self._at[source] = self._clock()

        return looked

    async def keep(self) -> None:
        """Write down for other processes what is known here."""
        if self._book is not None and (known := {one: at for one, at in self._at.items() if at is not None}):
            await self._book.write(known)

    async def each(self) -> Mapping[str, datetime | None]:
        """When each source was last looked at with success; None where one has not been reached yet."""
        if self._book is None:
            return dict(self._at)
        written = await self._book.read()
        return {source: written.get(source) for source in self._sources}

    async def last(self) -> datetime | None:
        """The moment up to which all sources are known; None where there is none, or one has not been reached yet."""
        moments = list((await self.each()).values())
        known = [moment for moment in moments if moment is not None]
        return min(known) if moments and len(known) == len(moments) else None
