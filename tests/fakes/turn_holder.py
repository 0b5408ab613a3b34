"""Run as a program: holds one person's turn until it is killed. Arguments: an address, redis:// or of a database."""

import asyncio
import sys
from functools import partial

from sqlalchemy import make_url

from bot.shared.postgres_link import connect
from bot.shared.postgres_order import PostgresOrder
from bot.shared.redis_link import RedisLink
from bot.shared.redis_order import RedisOrder
from dialogs.turn_order import TurnOrder
from knowledge_base.pulse import Pulse
from tests.fakes.redis import Watcher


async def main(url: str, lease: float) -> None:
    watcher = Watcher()
    order: TurnOrder
    if url.startswith("redis:"):
        order = RedisOrder(RedisLink(url, watcher), watcher, lease=lease)
    else:
        order = PostgresOrder(partial(connect, Pulse(make_url(url))), watcher)
    async with order.hold("test", "zhang"):
        sys.stdout.write("held\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2])))
