"""Run as a program: a process that wants to lead, and writes a line with the machine's clock all the while it does."""

import asyncio
import sys
import time
from pathlib import Path

from bot.leader import Pace, PostgresLeader

BEAT = 0.02
QUICK = Pace(again=0.2, give_up=1.0, idle=1.5, settle=1.0)


async def main(url: str, diary: Path) -> None:
    """Lead whenever possible, until killed."""
    one = PostgresLeader(url, "test", pace=QUICK)

    async def work() -> None:
        with diary.open("a") as lines:
            while True:
                if one.leads:
                    lines.write(f"{time.monotonic()}\n")
                    lines.flush()
                await asyncio.sleep(BEAT)

    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await one.run(work)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
