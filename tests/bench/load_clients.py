"""Run as a program: visitors of the web chat who ask at an offered rate, in a process beside the servers.

Arguments: how many visitors, then the addresses of the servers, among which they are split. Each line of the standard
input is one step: turns a second, and seconds. A line of JSON comes back: milliseconds of each turn, and failures.
"""

import asyncio
import json
import sys
import time
from http.cookiejar import CookieJar, DefaultCookiePolicy
from random import Random

import httpx

from tests.soak.material import questions
from tests.soak.visitor import Unanswered, Visitor

SEED = 8


class Crowd:
    """The visitors ask in turn, so that nobody waits for an answer of their own."""

    def __init__(self, visitors: list[Visitor]) -> None:
        self._visitors = visitors
        self._random = Random(SEED)
        self._turn = 0

    async def step(self, rate: float, seconds: float) -> dict[str, object]:
        """Questions come by chance, `rate` a second, whether the servers keep up or not; waiting counts as time."""
        times: list[float] = []
        failed: list[str] = []

        async def ask(visitor: Visitor, due: float) -> None:
            try:
                await visitor.say("typed", type="text", text=self._random.choice(questions()))
            except Unanswered as fault:
                failed.append(str(fault))
            else:
                times.append((time.perf_counter() - due) * 1000)

        began = due = time.perf_counter()
        asking = []
        while (due := due + self._random.expovariate(rate)) < began + seconds:
            await asyncio.sleep(due - time.perf_counter())
            self._turn = (self._turn + 1) % len(self._visitors)
            asking.append(asyncio.create_task(ask(self._visitors[self._turn], due)))
        await asyncio.gather(*asking)
        return {"times": times, "failed": failed}


async def main(count: int, addresses: list[str]) -> None:
    """Open all pages, then take the steps until the standard input ends."""
    random = Random(SEED)
    jar = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    http = [httpx.AsyncClient(base_url=address, trust_env=False, cookies=jar) for address in addresses]
    visitors = [
        Visitor(http[number % len(http)], Random(random.getrandbits(64)), lambda _kind, _time: None)
        for number in range(count)
    ]
    for visitor in visitors:
        await visitor.load()
    crowd = Crowd(visitors)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while line := await asyncio.to_thread(sys.stdin.readline):
        rate, seconds = (float(part) for part in line.split())
        sys.stdout.write(json.dumps(await crowd.step(rate, seconds)) + "\n")
        sys.stdout.flush()
    for visitor in visitors:
        await visitor.hang_up()
    for client in http:
        await client.aclose()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2:]))
