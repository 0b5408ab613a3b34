"""What was published since the start is learned by the ear, in whichever process it was published."""

from typing import Protocol

from bot.understanding import sentences
from knowledge_base.library import Library


class Learner(Protocol):
    """Hears better what it has phrases for."""

    async def learn(self, phrases: list[str]) -> None: ...


class Learning:
    """A regular job: looks whether anything was published or withdrawn, and only then learns."""

    def __init__(self, library: Library, ear: Learner, stamp: str) -> None:
        """`stamp` is the library's at the time of which the ear knows."""
        self._library = library
        self._ear = ear
        self._stamp = stamp

    async def __call__(self) -> None:
        """Learn what is new."""
        stamp = await self._library.stamp()
        if stamp != self._stamp:
            await self._ear.learn(sentences(await self._library.entries()))
            self._stamp = stamp
