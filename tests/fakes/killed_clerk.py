"""Run as a program: processes that take orders and acceptances, killed with -9 again and again, and one that ends the job.

Each is a process of its own, forked so that it need not load everything anew. Every command that was answered is a line in
a file, `<key> <booking> <state>`; after each kill the parent adds the line `killed`.
"""

import asyncio
import os
import random
import signal
import sys
import time
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.outbox import Envelope, Outbox
from dialogs.booking.machinery import Machinery
from dialogs.booking.notices import Notice
from dialogs.booking.terms import Booking, BookingError, Person
from dialogs.messages import Reply, ReplyKind
from knowledge_base.store import Store
from tests.fakes.booking import NOON, wish

TOGETHER = 4
"""Commands that a process has in hand at once."""


class Posted:
    """Puts what people are told into the outbox, in the transaction that decides it."""

    def __init__(self, store: Store) -> None:
        self._outbox = Outbox(store, lambda: NOON)

    async def tell(self, session: AsyncSession, person: Person, topic: str, about: Notice) -> None:
        reply = Reply(ReplyKind.INFO, f"{about.what} {about.booking.id}")
        await self._outbox.put(session, [Envelope(person.channel, person.user, topic, reply)])


async def work(url: str, path: Path, orders: int) -> None:
    """One process's life: every order, its acceptance, and the cancellation of some, under keys that are always the same."""
    store = Store(url)
    machinery = Machinery(store, Posted(store), lambda: NOON)
    file = os.open(path, os.O_WRONLY | os.O_APPEND)
    numbers = iter(range(orders))

    def answered(key: str, booking: Booking) -> None:
        os.write(file, f"{key} {booking.id} {booking.state}\n".encode())

    async def clerk() -> None:
        for number in numbers:
            farmer = Person("web", f"farmer{number}")
            booking = await machinery.order(farmer, wish("3", first=1, last=3), f"order{number}")
            answered(f"order{number}", booking)
            if booking.provider_person:
                try:
                    booking = await machinery.accept(booking.provider_person, booking.id, f"accept{number}")
                    answered(f"accept{number}", booking)
                except BookingError:  # another life came further with it
                    pass
            if number % 4 == 0:
                answered(f"cancel{number}", await machinery.cancel(farmer, booking.id, "", f"cancel{number}"))

    await asyncio.gather(*(clerk() for _ in range(TOGETHER)))
    await store.close()


def main(url: str, path: Path, orders: int, kills: int) -> None:
    """Kill that many processes at random points of their work, then let one finish."""
    log = os.open(path, os.O_WRONLY | os.O_APPEND)
    Store(url)  # loads the database's driver, once for all children
    for _ in range(kills):
        before = path.stat().st_size
        child = os.fork()
        if child == 0:
            asyncio.run(work(url, path, orders))
            os._exit(0)
        while path.stat().st_size == before:  # it works
            time.sleep(0.001)
        time.sleep(random.uniform(0, 0.3))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.write(log, b"killed\n")
    asyncio.run(work(url, path, orders))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
