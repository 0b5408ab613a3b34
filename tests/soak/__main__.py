"""`make soak`: `.venv/bin/python -m tests.soak [--minutes N] [--postgres]`; exit status 1 where something was not well."""

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.acceptance.stage import free_port
from tests.bench.figures import show
from tests.fakes.postgres import postgres_server
from tests.fakes.served import served
from tests.soak.judging import Bounds, Verdict, judge_end, judge_growth, judge_outbox
from tests.soak.soak import HEAD, Soak

KEY = "the key of the soak's warnings"
SECRET = "the secret of the soak's cookies"
START = 400.0
"""Seconds for a start without any cache, perhaps on two cores with other work."""


def options() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0, help="how long; growth is judged from about 10 on")
    parser.add_argument("--postgres", action="store_true", help="on the tests' PostgreSQL instead of SQLite")
    parser.add_argument("--farmers", type=int, default=30, help="how many are there at a time")
    parser.add_argument("--rate", type=float, default=1.0, help="what they do in a second, all together")
    parser.add_argument("--seed", type=int, default=8, help="the same seed, the same farmers and sentences")
    parser.add_argument("--fill", type=int, default=300, help="recordings heard beforehand; 0 judges a cold start")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the program's log there")
    return parser.parse_args()


def report(soak: Soak, verdicts: list[Verdict]) -> None:
    """Everything counted, then the judgement; what went wrong has been shown when it did."""
    tally = soak.tally
    show("")
    for kind, times in tally.kinds().items():
        show(
            f"{kind:<12} {len(times.times):6}   p50 {times.quantile(0.5):8.0f} ms   p95 {times.quantile(0.95):8.0f} ms"
        )
    show("done: " + ", ".join(f"{name} {count}" for name, count in sorted(tally.events.items())))
    show(f"understood without the understanding service: {soak.fallbacks:.0f}")
    if soak.warnings:
        show("warnings in the log: " + ", ".join(f"{name} {count}" for name, count in sorted(soak.warnings.items())))
    show("")
    for verdict in verdicts:
        show(verdict.row())


async def main() -> int:
    """Run it; the exit status."""
    asked = options()
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="xiangyin-soak-"))) / "home"
        (home / "cache").mkdir(parents=True)  # its own: what is kept on the disk must fill up as at a county
        settings = {"XIANGYIN_WARNING_KEY": KEY, "XIANGYIN_SECRET": SECRET}
        database = f"sqlite+aiosqlite:///{home / 'xiangyin.db'}"
        if asked.postgres:
            database = stack.enter_context(postgres_server()).new_database()
            settings["XIANGYIN_DATABASE_URL"] = database
        one = stack.enter_context(served(home, free_port(), voice=True, **settings))
        one.wait_until("/readyz", '"ready"', START)
        one.wait_until("/metrics", r"xiangyin_rasa_up 1\.0", START)
        now, load = datetime.now(ZoneInfo("Asia/Shanghai")), os.getloadavg()[0]
        what = "PostgreSQL" if asked.postgres else "SQLite"
        show(
            f"{now:%Y-%m-%d %H:%M}, {what}, {asked.farmers} farmers, {asked.rate:g} acts a second, {asked.minutes:g} min"
        )
        show(f"seed {asked.seed}, {os.cpu_count()} cores, load of the machine at the beginning {load:.1f}\n\n{HEAD}")
        soak = Soak(one, database, KEY, asked.minutes, asked.farmers, asked.rate, asked.seed, asked.fill)
        try:
            before, after = await soak.run()
        finally:
            if asked.keep:
                asked.keep.mkdir(parents=True, exist_ok=True)
                shutil.copy(one.log, asked.keep / "serve.log")
        status, bounds = one.end(), Bounds()
        verdicts = [
            *judge_growth(soak.samples, bounds),
            judge_outbox(soak.samples, bounds),
            *judge_end(before, after, bounds, soak.tally.faults, status),
        ]
        report(soak, verdicts)
    return 0 if all(verdict.well for verdict in verdicts) else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
