"""Who leads: of all processes that could do a work, exactly one does it, and another takes over when it is gone."""

import asyncio
import contextlib
import hashlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

import psycopg
import structlog
from sqlalchemy import make_url

from knowledge_base.address import connect_arguments

log = structlog.get_logger(__name__)

Work = Callable[[], Awaitable[None]]
"""What the leader does, until it is cancelled."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a change is seen, in seconds. `give_up` is well below `idle`: who has lost the lead knows it first."""

    again: float = 2.0
    """Between tries to lead, and between two confirmations of a leader."""
    give_up: float = 8.0
    """A leader that has not been confirmed for so long does not lead."""
    idle: float = 14.0
    """The server ends the session of a leader that has not asked anything for so long: it hangs, or its line is cut."""
    settle: float = 8.0
    """Who takes over from another waits for so long: by then a leader whose server went away under it knows."""


class LeadershipLost(Exception):
    """The lead could not be confirmed in time, or the session that held it has ended."""


class Leader(Protocol):
    """Leads for one name."""

    name: str

    @property
    def leads(self) -> bool:
        """Whether this process leads at this moment."""
        ...

    async def run(self, work: Work) -> None:
        """Do `work` whenever this process leads, until cancelled. What `work` raises ends it."""
        ...


class AlwaysLeads:
    """The leader where there is one process only."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.leads = False

    async def run(self, work: Work) -> None:
        """Do `work`."""
        self.leads = True
        try:
            await work()
        finally:
            self.leads = False


class PostgresLeader:
    """Leads while a session of its own holds an advisory lock of the database.

    The lock ends with the session: when the process is killed, when its machine or its line is gone (keepalives, and the
    server's own limit on idle sessions), and when it hangs (the same limit). A leader that hangs and wakes up finds by its
    own clock that it does not lead any more. The connection must reach the server itself or a pooler that keeps sessions.
    """

    def __init__(
        self, url: str, name: str, *, pace: Pace = Pace(), clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.name = name
        self._connect = connect_arguments(make_url(url))
        self._key = int.from_bytes(hashlib.sha256(f"xiangyin leader {name}".encode()).digest()[:8], signed=True)
        self._pace = pace
        self._clock = clock
        self._confirmed: float | None = None

    @property
    def leads(self) -> bool:
        """Whether the lead was confirmed a moment ago."""
        return self._confirmed is not None and self._clock() - self._confirmed < self._pace.give_up

    async def run(self, work: Work) -> None:
        """Do `work` whenever this process leads, until cancelled or `work` has ended. A database that is away is tried again."""
        waited = False
        while True:
            try:
                async with await self._session() as session:
                    waited = await self._wait(session, waited=waited) or waited
                    await self._lead(session, work)
                    return
            except (psycopg.Error, LeadershipLost, TimeoutError, OSError) as error:
                log.warning("not_leading", name=self.name, error=type(error).__name__)
                waited = True
            finally:
                self._confirmed = None
            await asyncio.sleep(self._pace.again)

    async def _session(self) -> psycopg.AsyncConnection[Any]:
        async with asyncio.timeout(self._pace.give_up):
            session = await psycopg.AsyncConnection.connect(
                **self._connect,
                autocommit=True,
                connect_timeout=max(2, int(self._pace.give_up)),
                keepalives=1,
                keepalives_idle=2,
                keepalives_interval=2,
                keepalives_count=2,
                tcp_user_timeout=int(self._pace.give_up * 1000),
                application_name=f"xiangyin {self.name}",
            )
            await session.execute(f"SET idle_session_timeout = {int(self._pace.idle * 1000)}")
        return session

    async def _wait(self, session: psycopg.AsyncConnection[Any], *, waited: bool) -> bool:
        """Return when the lock is had; whether another led before. `waited`: another may, for all that is known."""
        while not await self._ask(session, "SELECT pg_try_advisory_lock(%s)"):
            if not waited:
                log.info("leader_waits", name=self.name)
            waited = True
            await self._quiet(session)
        if waited:
            await self._settle(session)
        return waited

    async def _lead(self, session: psycopg.AsyncConnection[Any], work: Work) -> None:
        """Do `work` while the lead is confirmed. Raises when it cannot be confirmed any more, after the work was ended."""
        await self._confirm(session)
        log.info("leader_leads", name=self.name)
        working = asyncio.ensure_future(work())
        watching = [asyncio.create_task(self._keep_confirming(session)), asyncio.create_task(self._expiry())]
        try:
            await asyncio.wait({working, *watching}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._confirmed = None
            # The lock ends with the session, and that after the work.
            for tasks in ([working], watching):
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
        for task in (working, *watching):
            if not task.cancelled():
                task.result()

    async def _settle(self, session: psycopg.AsyncConnection[Any]) -> None:
        until = self._clock() + self._pace.settle
        while self._clock() < until:
            await self._quiet(session)
            await self._ask(session, "SELECT %s IS NOT NULL")

    async def _confirm(self, session: psycopg.AsyncConnection[Any]) -> None:
        asked = self._clock()
        held = (
            "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = pg_backend_pid()"
            " AND (classid::bigint << 32 | objid::bigint) = %s)"
        )
        if not await self._ask(session, held):
            raise LeadershipLost(LeadershipLost.__doc__)
        self._confirmed = asked

    async def _keep_confirming(self, session: psycopg.AsyncConnection[Any]) -> None:
        while True:
            await self._quiet(session)
            await self._confirm(session)

    async def _expiry(self) -> None:
        """Raise when the lead has expired: by the clock alone, for the session may hang."""
        while self.leads:  # noqa: ASYNC110 - what is waited for is a moment
            await asyncio.sleep(self._pace.again / 4)
        raise LeadershipLost(LeadershipLost.__doc__)

    async def _ask(self, session: psycopg.AsyncConnection[Any], question: str) -> bool:
        try:
            async with asyncio.timeout(self._pace.give_up - self._pace.again):
                row = await (await session.execute(question.encode(), (self._key,))).fetchone()
        except TimeoutError:
            raise LeadershipLost(LeadershipLost.__doc__) from None
        return bool(row and row[0])

    async def _quiet(self, session: psycopg.AsyncConnection[Any]) -> None:
        """Wait a little; a session that the server ends meanwhile raises at once."""
        async for _ in session.notifies(timeout=self._pace.again):
            pass


def leader(url: str, name: str) -> Leader:
    """Who leads over this database: on SQLite there is one process, so it always does."""
    return AlwaysLeads(name) if url.startswith("sqlite") else PostgresLeader(url, name)


async def lead_or_wait(one: Leader, work: Work, *, say: Callable[[bool], None] = lambda _: None) -> None:
    """`one.run(work)`, telling `say` when the lead begins and when it ends."""

    async def announced() -> None:
        say(True)
        try:
            await work()
        finally:
            with contextlib.suppress(Exception):
                say(False)

    await one.run(announced)
