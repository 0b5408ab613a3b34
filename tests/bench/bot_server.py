"""Run as a program: the fake Bot API for so many chats; the port first, what it let in at the end.

With `ceilings` it keeps Telegram's; with `open` it takes everything. It forgets messages as soon as they are in.
"""

import asyncio
import json
import sys
import time

from tests.fakes.bot_api import BotApi
from tests.fakes.bot_api.ceilings import Ceilings


class Gate(Ceilings):
    """Notes when messages came in."""

    def __init__(self, *, keeps: bool) -> None:
        super().__init__()
        self.times: list[float] = []
        self._keeps = keeps

    def admit(self, chat: int) -> None:
        """Let a message pass, or refuse it."""
        if self._keeps:
            super().admit(chat)
        self.times.append(time.monotonic())


async def main(chats: int, *, keeps: bool) -> None:
    """Serve until the standard input ends."""
    gate = Gate(keeps=keeps)
    async with BotApi(ceilings=gate) as api:
        api.chats.known.update(range(1, chats + 1))
        sys.stdout.write(f"{api.port}\n")
        sys.stdout.flush()
        waiting = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
        while not waiting.done():
            await asyncio.wait([waiting], timeout=0.5)
            api.calls.clear()
            api.chats.sent.clear()
        json.dump({"times": gate.times, "refused": gate.refused}, sys.stdout)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), keeps=sys.argv[2] == "ceilings"))
