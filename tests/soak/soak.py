"""One soak: the real program in a scratch home, its farmers, and a look at it every half minute."""

import asyncio
import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from random import Random

import httpx

from tests.bench.figures import show
from tests.fakes.served import Served
from tests.soak.farmer import Farmer, short_sounds
from tests.soak.held import Held, database_size, fallbacks, held, oldest
from tests.soak.judging import Sample
from tests.soak.log_watch import LogWatch
from tests.soak.material import clips
from tests.soak.station import Office, staff
from tests.soak.tally import Tally
from tests.soak.visitor import Noted, Unanswered, Visitor

EVERY = 30.0
"""Seconds between two looks."""
WARNING_EVERY = 120.0
"""Seconds between two warnings."""
ACTS = (8, 30)
"""So many things a farmer does before leaving for good."""
FILLING = 3
"""So many speak at a time before the first look."""
SETTLING = 20.0
"""Seconds after everybody has gone, before the last look."""


@dataclass(slots=True)
class Soak:
    """`rate` is the farmers' acts a second over all, `key` the one for warnings, `fill` the recordings heard beforehand."""

    one: Served
    database: str
    key: str
    minutes: float
    farmers: int
    rate: float
    seed: int
    fill: int
    tally: Tally = field(default_factory=Tally)
    samples: list[Sample] = field(default_factory=list)
    warnings: dict[str, int] = field(default_factory=dict)
    """Warnings in the program's log, by the name of the event."""
    fallbacks: float = 0.0
    """Sentences that were understood without the understanding service."""
    _told: int = 0
    _there: set[Farmer] = field(default_factory=set)

    async def run(self) -> tuple[Held, Held]:
        """What the program held before anybody came and after all have gone; the looks in between are in `samples`."""
        random, log = Random(self.seed), LogWatch(self.one.log)
        before = held(self.one.process.pid)
        limits = httpx.Limits(max_keepalive_connections=0)  # each page its own connections and cookie, as browsers have
        jar = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
        async with httpx.AsyncClient(base_url=self.one.url, trust_env=False, limits=limits, cookies=jar) as http:

            def visitor(noted: Noted = self.tally.noted) -> Visitor:
                return Visitor(http, Random(random.getrandbits(64)), noted)

            await self._fill(lambda: visitor(lambda _kind, _milliseconds: None))
            station = await staff(self.database, visitor, random, self.tally)
            office = Office(http, self.key, Random(random.getrandbits(64)), self.tally)
            going = [
                asyncio.create_task(self._household(visitor, Random(random.getrandbits(64))))
                for _ in range(self.farmers)
            ]
            going.append(asyncio.create_task(self._warnings(office)))
            await self._look_on(log, going)
            for task in going:
                task.cancel()
            await asyncio.gather(*going, return_exceptions=True)
            for person in station:
                await person.hang_up()
        await asyncio.sleep(SETTLING)
        self._failures(log)
        self._tell()
        return before, held(self.one.process.pid)

    async def _fill(self, visitor: Callable[[], Visitor]) -> None:
        """Let what is loaded or filled once be so before growth is judged.

        Recognisers keep tens of megabytes of a graph each, with a bound; the voice is loaded when it first speaks, and
        keeps the room of the longest sentence.
        """
        waiting = [clips()[number % len(clips())] for number in range(self.fill)]

        async def speaker() -> None:
            while waiting:
                person = visitor()
                await person.load()
                answer = await person.speak(waiting.pop())
                for path in short_sounds(answer["replies"]):
                    with contextlib.suppress(Unanswered):  # the voice is loaded first, and all three wait for it
                        await person.get("speech", path)
                await person.hang_up()

        await asyncio.gather(*(speaker() for _ in range(FILLING)))

    async def _household(self, visitor: Callable[[], Visitor], random: Random) -> None:
        """One farmer after the other, begun at different moments."""
        pause = self.farmers / self.rate
        await asyncio.sleep(random.random() * pause)
        while True:
            farmer = Farmer(visitor(), Random(random.getrandbits(64)), self.tally)
            self._there.add(farmer)
            try:
                await farmer.live(random.randint(*ACTS), pause)
            finally:
                self._there.discard(farmer)
                with contextlib.suppress(OSError):
                    await farmer.leave()
            self.tally.events["left"] += 1
            await asyncio.sleep(random.expovariate(1 / pause))

    async def _warnings(self, office: Office) -> None:
        while True:
            await asyncio.sleep(WARNING_EVERY / 2)
            await office.stranger()
            await asyncio.sleep(WARNING_EVERY / 2)
            await office.warn(lambda: self._there)

    async def _look_on(self, log: LogWatch, going: list[asyncio.Task[None]]) -> None:
        began = time.monotonic()
        end = began + self.minutes * 60
        while (now := time.monotonic()) < end:
            await asyncio.sleep(min(EVERY, end - now))
            self._failures(log)
            self.samples.append(await self._look((time.monotonic() - began) / 60))
            show(f"{row(self.samples[-1])}  {os.getloadavg()[0]:6.1f}")
            self._tell()
            for task in going:
                if task.done():  # a mistake in the soak itself, not in the program
                    task.result()

    def _failures(self, log: LogWatch) -> None:
        for error in log.errors():
            self.tally.fault(error)
        self.warnings = dict(log.warnings)
        if self.one.process.poll() is not None:
            raise RuntimeError(f"the program has ended with {self.one.process.returncode}: see {self.one.log}")

    def _tell(self) -> None:
        """Show what has gone wrong since the last time."""
        for fault in self.tally.faults[self._told :]:
            show(f"       error: {fault}")
        self._told = len(self.tally.faults)

    async def _look(self, minute: float) -> Sample:
        metrics = ""
        async with httpx.AsyncClient(base_url=self.one.url, trust_env=False, timeout=60) as http:
            try:
                metrics = (await http.get("/metrics")).text
            except httpx.HTTPError as fault:
                self.tally.fault(f"metrics: {type(fault).__name__}")
        rasa = max((held(child) for child in self.one.children()), key=lambda one: one.resident, default=None)
        self.fallbacks, times = fallbacks(metrics), self.tally.lately()
        return Sample(
            minute=minute,
            program=held(self.one.process.pid),
            rasa=rasa,
            database=database_size(self.database),
            outbox=oldest(metrics),
            turns=self.tally.turns,
            p50=times.quantile(0.5) if times.times else 0.0,
            p95=times.quantile(0.95) if times.times else 0.0,
            faults=len(self.tally.faults),
        )


HEAD = "  min  program MB (private)  files sockets threads  rasa MB   db MB  outbox s   turns  p50 ms  p95 ms  errors    load"


def row(sample: Sample) -> str:
    """A look as a line of the table, without the load of the machine."""
    program, rasa = sample.program, sample.rasa
    return (
        f"{sample.minute:5.1f}  {program.resident:10.0f} ({program.private:7.1f})  {program.files:5} {program.sockets:7} "
        f"{program.threads:7}  {rasa.resident if rasa else 0:7.0f}  {sample.database:6.1f}  {sample.outbox:8.0f}  "
        f"{sample.turns:6}  {sample.p50:6.0f}  {sample.p95:6.0f}  {sample.faults:6}"
    )
