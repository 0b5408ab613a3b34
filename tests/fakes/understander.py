"""An understander that answers, fails or waits as a test says."""

import asyncio

from nlu.understanding import Parse, UnderstanderDown


class FakeUnderstander:
    """Answers every sentence with one intent; counts what it was asked."""

    def __init__(self, name: str, intent: str = "agronomy") -> None:
        self.name = name
        self.intent = intent
        self.down = False
        self.asked: list[str] = []
        self.gate = asyncio.Event()
        """Answers wait for it; open unless a test clears it."""
        self.gate.set()
        self.waiting = asyncio.Event()
        """Set once a sentence waits at the gate."""

    async def parse(self, normalized: str) -> Parse:
        """Answer, or raise `UnderstanderDown`."""
        self.asked.append(normalized)
        if not self.gate.is_set():
            self.waiting.set()
        await self.gate.wait()
        if self.down:
            raise UnderstanderDown("told to be down")
        return Parse(self.intent, 0.9, ((self.intent, 0.9),), (), self.name)
