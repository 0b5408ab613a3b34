"""Load: how many typed turns a second stay within half a second for 95 of 100, by shape, side by side.

The rate is offered, and raised until it is too much: clients that wait for an answer before they ask again would only
measure how patient they are. Clients and servers share the machine's cores; the clients are a process of their own.
"""

import json
import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dialogs.consultation.vault import new_key
from tests.acceptance.stage import free_port
from tests.bench.figures import Timing, show
from tests.fakes.postgres import postgres_server
from tests.fakes.served import Served, served

ROOT = Path(__file__).parents[2]
BOUND = 500.0
"""Milliseconds within which 95 of 100 turns must be answered."""
VISITORS = 120
"""Nobody asks more often than the pace allows (one in two seconds) up to 60 turns a second."""
FIRST = 2.0
"""Turns a second that are offered first."""
FASTER = 1.6
CLOSER = 2
"""Steps between the last rate that went well and the first that did not."""
SECONDS = 8.0
"""Length of a step."""
MOST = 50.0
PATIENCE = 120
"""Seconds that a start may go on behind the page ..."""
IDLE = 0.1
"""... until a process needs less than this share of a core."""
START = 400.0
"""Seconds for several processes that start at once."""


@dataclass(frozen=True, slots=True)
class Step:
    """One offered rate and what came of it."""

    rate: float
    times: Sequence[float]
    failed: int
    processor: float
    """Seconds of processor time of all our processes, the clients and PostgreSQL left out."""

    @property
    def p95(self) -> float:
        """Milliseconds; those that got no answer count as for ever."""
        return Timing("", [*self.times, *[math.inf] * self.failed]).quantile(0.95)

    @property
    def well(self) -> bool:
        """Whether the bound was kept."""
        return bool(self.times) and self.p95 <= BOUND


class Clients:
    """The process of the clients."""

    def __init__(self, process: "subprocess.Popen[str]", servers: Sequence[Served]) -> None:
        self._process = process
        self._servers = servers

    def offer(self, rate: float, seconds: float = SECONDS) -> Step:
        """Offer so many turns a second for so long."""
        if self._process.stdin is None:
            raise RuntimeError("no way to the clients")
        before = self._processor()
        self._process.stdin.write(f"{rate} {seconds}\n")
        self._process.stdin.flush()
        came: dict[str, Any] = json.loads(self._read())
        return Step(rate, came["times"], len(came["failed"]), self._processor() - before)

    def wait(self) -> None:
        """Until all pages are open."""
        self._read()

    def _processor(self) -> float:
        return sum(_processor(pid) for one in self._servers for pid in (one.process.pid, *one.children()))

    def _read(self) -> str:
        if self._process.stdout is None or not (line := self._process.stdout.readline()):
            raise RuntimeError("the clients have ended")
        return line


@contextmanager
def clients(web: Sequence[Served], others: Sequence[Served]) -> Iterator[Clients]:
    """The clients' process, with its pages open at `web`; `others` work for these."""
    program = [sys.executable, "-m", "tests.bench.load_clients", str(VISITORS), *(one.url for one in web)]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            one = Clients(process, [*web, *others])
            one.wait()
            yield one
        finally:
            process.kill()


def climb(offer: Callable[[float], Step]) -> Sequence[Step]:
    """Raise the offered rate until it does not go well, then come closer to the highest that does."""
    offer(FIRST)  # the first questions warm what learns and what is kept
    steps = [offer(FIRST)]
    while steps[-1].well and steps[-1].rate * FASTER <= MOST:
        steps.append(offer(steps[-1].rate * FASTER))
    if steps[-1].well:
        return steps
    low, high = steps[-2].rate if len(steps) > 1 else 0.0, steps[-1].rate
    for _ in range(CLOSER):
        steps.append(offer((low + high) / 2))
        low, high = (steps[-1].rate, high) if steps[-1].well else (low, steps[-1].rate)
    return steps


def load(work: Path) -> None:
    """All shapes, one after the other, each on a database of its own."""
    show(f"load: clients and servers share {os.cpu_count()} cores; load of the machine {os.getloadavg()[0]:.1f}")
    with served(work / "embedded", free_port(), voice=True) as one:
        _wait(one)
        baseline = _measured("embedded, SQLite, 1 process", [one], [], None)
    on_postgres(work, baseline)


def on_postgres(work: Path, baseline: float | None) -> None:
    """One and two web processes on one database, with one understanding service between them."""
    with postgres_server() as server, ExitStack() as stack:
        rasa = free_port()
        common = {
            "XIANGYIN_DATABASE_URL": server.new_database(),
            "XIANGYIN_SECRET": "a secret that all processes share",
            "XIANGYIN_CONSULTATION_KEYS": new_key(),
            "XIANGYIN_RASA_TOKEN": "a token for the service",
            "XIANGYIN_RASA_URL": f"http://127.0.0.1:{rasa}",
        }

        def part(name: str, port: int) -> Served:
            return stack.enter_context(served(work / f"{name}{port}", port, [name], voice=True, **common))

        understanding = part("understanding", rasa)
        understanding.wait_until("/readyz", '"status":"ready"', START)
        first = part("web", free_port())
        _wait(first)
        _measured("PostgreSQL, 1 web process", [first], [understanding], baseline)
        second = part("web", free_port())
        _wait(second)
        _measured("PostgreSQL, 2 web processes", [first, second], [understanding], baseline)


def _wait(web: Served) -> None:
    web.wait_until("/readyz", '"status":"ready"', START)
    web.wait_until("/metrics", r"xiangyin_rasa_up 1\.0", START)
    for _ in range(PATIENCE):  # recognisers warm up after the start
        before = _processor(web.process.pid)
        time.sleep(1)
        if _processor(web.process.pid) - before < IDLE:
            return


def _measured(name: str, web: Sequence[Served], others: Sequence[Served], baseline: float | None) -> float | None:
    with clients(web, others) as crowd:
        steps = climb(crowd.offer)
    best = max((step for step in steps if step.well), key=lambda step: step.rate, default=None)
    shown = best or min(steps, key=lambda step: step.rate)
    each = sum(step.processor for step in steps) / max(1, sum(len(step.times) for step in steps)) * 1000
    ratio = f"   x{best.rate / baseline:.2f}" if best and baseline else ""
    show(
        f"{name:<30} {f'{best.rate:5.1f}' if best else f'under {shown.rate:g}'} turns/s{ratio}   "
        f"p50 {Timing('', shown.times or [math.inf]).quantile(0.5):5.0f} ms   p95 {shown.p95:5.0f} ms   "
        f"n={len(shown.times):<4} processor {each:4.0f} ms a turn   load {os.getloadavg()[0]:.1f}"
    )
    return best.rate if best else None


def _processor(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    figures = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(figures[11]) + int(figures[12])) / os.sysconf("SC_CLK_TCK")
