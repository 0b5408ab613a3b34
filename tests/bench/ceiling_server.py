"""Run as a program: the fake Bot API with its ceilings, for so many chats; the port first, what it let in at the end."""

import asyncio
import json
import sys
import time

from tests.fakes.bot_api import BotApi
from tests.fakes.bot_api.ceilings import Ceilings


class Gate(Ceilings):
    """Notes when messages came in."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []

    def admit(self, chat: int) -> None:
        """Let a message pass, or refuse it."""
        super().admit(chat)
        self.times.append(time.monotonic())


async def main(chats: int) -> None:
    """Serve until the standard input ends."""
    gate = Gate()
    async with BotApi(ceilings=gate) as api:
        api.chats.known.update(range(1, chats + 1))
        sys.stdout.write(f"{api.port}\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)
        json.dump({"times": gate.times, "refused": gate.refused}, sys.stdout)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
