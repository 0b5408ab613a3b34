"""`xiangyin kb export` and `xiangyin kb import`: the answers as an Excel workbook, from the machine itself."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.settings import Settings
from bot.terminal import refuse, say
from dialogs.analysis import TextAnalyzer
from knowledge_base.curation.accounts import TERMINAL, Account, Forbidden, Role
from knowledge_base.curation.audit import Audit
from knowledge_base.curation.catalogue import Catalogue, Filter
from knowledge_base.curation.passwords import Passwords
from knowledge_base.curation.proof import Proof
from knowledge_base.curation.staff import NoSuchAccount, Staff
from knowledge_base.curation.versions import Version
from knowledge_base.curation.workbook.columns import WorkbookRefused
from knowledge_base.curation.workbook.dry_run import DryRun, Verdict
from knowledge_base.curation.workbook.exchange import Exchange, NotAsShown
from knowledge_base.curation.workbook.writer import TooLongForCell
from knowledge_base.curation.workflow import Workflow
from knowledge_base.entry import read_content
from knowledge_base.library import Library
from knowledge_base.safety import pesticide_gate
from knowledge_base.search.index import search_index
from knowledge_base.store import open_store
from nlu.text.normalise import Normaliser
from nlu.text.segmenter import Segmenter
from nlu.words import Words

LOOKER = Account(TERMINAL.name, TERMINAL.shown, frozenset({Role.AGENT}), TERMINAL.epoch)
"""Who looks at a dry run without saying who they are."""
_MARKS = {Verdict.NEW: "+", Verdict.CHANGED: "~", Verdict.UNCHANGED: "=", Verdict.WRONG: "✗"}


class NotByThem(Exception):
    """The account is closed."""


class _Unexamined:
    """Only drafts are saved here, and drafts are not examined."""

    async def broken(self, _: Version) -> int | None:
        """Not known."""
        return None


@dataclass(frozen=True, slots=True)
class _Desk:
    exchange: Exchange
    staff: Staff


class _Percent:
    """Tells how far it has come, at every tenth."""

    def __init__(self) -> None:
        self._told = 0

    def __call__(self, done: int, of: int) -> None:
        tenth = 10 * done // of if of else 0
        if tenth > self._told:
            self._told = tenth
            say(f"      {done}/{of}")


def export(settings: Settings, path: Path, wanted: Filter) -> int:
    """Write a workbook; 2 if it could not be written."""

    async def work() -> int:
        async with _desk(settings) as desk:
            count = await desk.exchange.export(path, wanted, _Percent())
        say(f"写好了 {count} 条 / entries written: {path}")
        return 0

    return _run(work())


def bring_in(settings: Settings, path: Path, by: str | None, *, dry_run: bool) -> int:
    """Check a workbook and, unless it is a dry run, save what differs as drafts of `by`; 1 if there are problems."""

    async def work() -> int:
        async with _desk(settings) as desk:
            account = await _account(desk.staff, by) if by else LOOKER
            if dry_run or by is None:
                plan = await desk.exchange.dry_run(account, path, path.name, _Percent())
                _show(plan)
                return 1 if plan.problems else 0
            try:
                taken = await desk.exchange.take_over(account, path, path.name, progress=_Percent())
            except NotAsShown as other:
                _show(other.now)
                return 1
        for version in taken.saved:
            say(f"~ {version.key} {version.title}")
        say(f"{len(taken.saved)} 条变成了草稿，{taken.unchanged} 条没变 / drafts saved, rows unchanged")
        return 0

    return _run(work())


def _show(plan: DryRun) -> None:
    for row in plan.rows:
        if row.verdict is not Verdict.UNCHANGED:
            columns = "、".join(difference.column for difference in row.differences)
            listed = f"：{columns}" if row.verdict is Verdict.CHANGED else ""
            say(f"{_MARKS[row.verdict]} {row.key} {row.title}{listed}")
    for problem in plan.problems:
        say(f"✗ {problem}")
    counts = [len(plan.of(verdict)) for verdict in Verdict]
    say("新加 {}，有改动 {}，没变 {}，有问题 {} / new, changed, unchanged, wrong".format(*counts))
    if plan.problems:
        say(f"{len(plan.problems)} 处要改，一行也没导入 / to be mended, nothing was imported")


async def _account(staff: Staff, name: str) -> Account:
    member = await staff.get(name)
    if member.disabled:
        raise NotByThem(name)
    member.account.require(Role.AGENT)
    return member.account


@asynccontextmanager
async def _desk(settings: Settings) -> AsyncIterator[_Desk]:
    """The store with its content in it, as the first start of the program brings it."""
    async with open_store(settings.database) as store:
        words = Words.load(*settings.word_folders)
        segmenter = Segmenter([text for text, _ in words.surfaces()], settings.home / "cache")
        index = search_index(store, TextAnalyzer(Normaliser(words), segmenter), words.fingerprint)
        gate = pesticide_gate()
        library = Library(store, index, gate, _now)
        catalogue = Catalogue(store, _now)
        if not await catalogue.titles():
            await library.take_in(read_content())
        audit = Audit(_now)
        proof = Proof(gate, _now)
        workflow = Workflow(store, library, proof=proof, examiner=_Unexamined(), audit=audit, clock=_now)
        exchange = Exchange(store, workflow, catalogue, gate=gate, audit=audit, clock=_now)
        yield _Desk(exchange, Staff(store, Passwords(), audit, _now))


def _run(work: Coroutine[Any, Any, int]) -> int:
    try:
        return asyncio.run(work)
    except WorkbookRefused as refused:
        return refuse(refused.text)
    except TooLongForCell as fault:
        return refuse(f"有一格写不下 / too long for a cell: {fault}")
    except NoSuchAccount as fault:
        return refuse(f"没有这个账号 / {fault}")
    except NotByThem as fault:
        return refuse(f"这个账号停用了 / the account is closed: {fault}")
    except Forbidden:
        return refuse("导入要有农技员的身份 / the account must have the role `agent`")
    except OSError as fault:
        return refuse(f"文件打不开 / {fault}")


def _now() -> datetime:
    return datetime.now(UTC)
