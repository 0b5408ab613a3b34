"""A small library under curation: two agents, a reviewer, one person who is both, and golden questions that break to order."""

from datetime import UTC, datetime, timedelta
from typing import Any

from knowledge_base.curation.accounts import Account, Role
from knowledge_base.curation.audit import Audit
from knowledge_base.curation.catalogue import Catalogue
from knowledge_base.curation.proof import Proof
from knowledge_base.curation.versions import Seen, Version
from knowledge_base.curation.workflow import Workflow
from knowledge_base.entry import Entry
from knowledge_base.library import Library
from knowledge_base.safety import pesticide_gate
from knowledge_base.search.index import search_index
from knowledge_base.store import Store
from tests.fakes.analysis import analyze
from tests.fakes.entries import entry

LI = Account("li", "李农技", frozenset({Role.AGENT}), 0)
WANG = Account("wang", "王农技", frozenset({Role.AGENT}), 0)
ZHAO = Account("zhao", "赵站长", frozenset({Role.REVIEWER}), 0)
BOTH = Account("sun", "孙副站长", frozenset({Role.AGENT, Role.REVIEWER}), 0)
BOSS = Account("zhou", "周管理", frozenset({Role.OPERATOR}), 0)
CHECKED = "省植保站技术方案"
EDITED = "玉米秆上有虫眼，先剖开一根看看，有虫就治。"


class ScriptedExaminer:
    """Says what it is told to; `count` None: not run yet."""

    def __init__(self) -> None:
        self.count: int | None = 0
        self.asked: list[Seen] = []

    async def broken(self, version: Version) -> int | None:
        """The number that was set."""
        self.asked.append(version.seen)
        return self.count


class Curation:
    """A workflow over one store, with one shipped entry in it. `now` moves by a minute with every look at the clock."""

    def __init__(self, store: Store, now: datetime = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)) -> None:
        self.store = store
        self.now = now
        self.examiner = ScriptedExaminer()
        self.audit = Audit(self.clock)
        self.library = self.another_library()
        self.workflow = self.another_workflow()
        self.catalogue = Catalogue(store, self.clock)

    def clock(self) -> datetime:
        """A minute later each time."""
        self.now += timedelta(minutes=1)
        return self.now

    def another_library(self) -> Library:
        """As another process has it."""
        return Library(self.store, search_index(self.store, analyze), pesticide_gate(), self.clock)

    def another_workflow(self) -> Workflow:
        """As another process has it."""
        return Workflow(
            self.store,
            self.another_library(),
            proof=Proof(pesticide_gate(), self.clock),
            examiner=self.examiner,
            audit=self.audit,
            clock=self.clock,
        )

    async def shipped(self, *entries: Entry) -> None:
        """What the program comes with; one entry, left out."""
        await self.library.take_in(entries or [entry()])

    async def draft(self, by: Account = LI, **changes: Any) -> Version:
        """A draft that goes on from what stands there."""
        known = await self.workflow.history(str(changes.get("key", "maize.borer")))
        seen = known.open or known.published
        text = entry(**{"spoken": EDITED, **changes})
        return await self.workflow.save(
            by, text, based_on=seen.number if seen else None, revision=seen.revision if seen else None
        )

    async def in_review(self, by: Account = LI, **changes: Any) -> Version:
        """A draft that was handed in."""
        return await self.workflow.submit(by, (await self.draft(by, **changes)).seen)

    async def published(self, by: Account = LI, **changes: Any) -> Version:
        """A draft that was reviewed by somebody else."""
        return await self.workflow.publish(ZHAO, (await self.in_review(by, **changes)).seen, against=CHECKED)

    async def spoken(self, key: str = "maize.borer") -> str | None:
        """What farmers hear."""
        found = await self.library.get(key)
        return found.spoken if found else None
