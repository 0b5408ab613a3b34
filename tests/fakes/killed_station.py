"""Run as a program: somebody publishes or imports, and is killed with -9 before each statement in turn, until nobody kills.

Each life is a process of its own, forked so that it need not load everything anew. After each of them a line tells what
the store has; the last one is of the life that came to its end.
"""

import asyncio
import json
import os
import signal
import sys
from itertools import count
from pathlib import Path

from sqlalchemy import event, select
from sqlalchemy.engine import Engine

from knowledge_base.curation.models import AuditRow, VersionRow
from knowledge_base.models import EntryRow
from knowledge_base.store import Store
from tests.fakes.curation import CHECKED, LI, ZHAO, Curation
from tests.fakes.entries import entry

KEY = "maize.borer"
DRAFTS = 2


async def publish(desk: Curation) -> None:
    """What is in review is approved."""
    version = (await desk.workflow.history(KEY)).open
    assert version is not None
    await desk.workflow.publish(ZHAO, version.seen, against=CHECKED)


async def bring_in(desk: Curation) -> None:
    """Several drafts in one transaction, as an import makes them."""
    async with desk.store.session() as session:
        for n in range(DRAFTS):
            await desk.workflow.save(LI, entry(key=f"maize.no{n}"), based_on=None, session=session)


async def live(url: str, work: str, last: int) -> None:
    """Work, and be killed before the statement or commit number `last`."""
    numbers = count(1)

    def before(*_: object) -> None:
        if next(numbers) == last:
            os.kill(os.getpid(), signal.SIGKILL)

    store = Store(url)
    event.listen(Engine, "before_cursor_execute", before)
    event.listen(Engine, "commit", before)
    await (publish if work == "publish" else bring_in)(Curation(store))
    await store.close()


async def told(url: str) -> str:
    """What the store has."""
    store = Store(url)
    async with store.session() as session:
        versions = await session.execute(
            select(VersionRow.key, VersionRow.state).order_by(VersionRow.key, VersionRow.number)
        )
        entries = await session.execute(select(EntryRow.key, EntryRow.version, EntryRow.content["spoken"].as_string()))
        lines = await session.scalars(select(AuditRow.action).order_by(AuditRow.id))
        had = {
            "versions": [list(row) for row in versions],
            "entries": [list(row) for row in entries],
            "audit": list(lines),
        }
    await store.close()
    return json.dumps(had, ensure_ascii=False)


def main(url: str, work: str, path: Path) -> None:
    """Kill one life after the other, each a statement later."""
    for last in count(1):
        child = os.fork()
        if child == 0:
            asyncio.run(live(url, work, last))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        with path.open("a", encoding="utf-8") as file:
            file.write(asyncio.run(told(url)) + "\n")
        if not os.WIFSIGNALED(status):
            sys.exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
