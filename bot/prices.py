"""`xiangyin prices import`: a file of prices into the store, from the machine itself."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bot.markets.lexicon import market_goods
from bot.settings import Settings
from bot.terminal import refuse, say
from dialogs.places import Places
from knowledge_base.curation.accounts import TERMINAL
from knowledge_base.curation.audit import Audit
from knowledge_base.markets.headings import Options
from knowledge_base.markets.intake import Intake
from knowledge_base.markets.problem import PricesRefused
from knowledge_base.markets.quote import written
from knowledge_base.markets.report import Report
from knowledge_base.markets.uploads import ACTION
from knowledge_base.store import open_store
from nlu.text.gazetteer import Gazetteer
from nlu.words import Words

SHOWN = 50
"""Problems, and held prices."""


class _Percent:
    """Tells how far it has come, at every tenth."""

    def __init__(self) -> None:
        self._told = 0

    def __call__(self, done: int, of: int) -> None:
        tenth = 10 * done // of if of else 0
        if tenth > self._told:
            self._told = tenth
            say(f"      {tenth * 10} %")


def mapping(pairs: Sequence[str]) -> dict[str, str]:
    """`FIELD=HEADER` pairs of the command line. Raises ValueError for anything else."""
    found = {}
    for pair in pairs:
        field, sign, header = pair.partition("=")
        if not sign or not header:
            raise ValueError(pair)
        found[field.strip()] = header.strip()
    return found


def bring_in(settings: Settings, path: Path, options: Options, *, dry_run: bool) -> int:
    """Check a file and, unless it is a dry run, take all rows that can be read; 1 if some cannot, 2 if it is refused."""
    try:
        report = asyncio.run(_bring_in(settings, path, options, dry_run=dry_run))
    except PricesRefused as refused:
        return refuse(refused.text)
    except OSError as fault:
        return refuse(f"文件打不开 / {fault}")
    _show(report)
    if dry_run:
        say("只检查，什么也没导入 / dry run, nothing was imported")
    return 1 if report.wrong or report.differing else 0


async def _bring_in(settings: Settings, path: Path, options: Options, *, dry_run: bool) -> Report:
    async with open_store(settings.database) as store:
        words = await asyncio.to_thread(Words.load, *settings.word_folders)
        folders = [folder / "places" for folder in settings.word_folders]
        places = Places(words, await asyncio.to_thread(Gazetteer.load, *folders))
        intake = Intake(store, _now, market_goods(words), places.code)
        if dry_run:
            return await intake.check_file(path, options, _Percent())
        report = await intake.take_file(path, options, _Percent())
        async with store.session() as session:
            Audit(_now).record(session, TERMINAL, ACTION, report.source, new=report.new, held=report.held)
        return report


def _show(report: Report) -> None:
    for problem in report.problems[:SHOWN]:
        say(f"✗ {problem}")
    for odd in report.odd[:SHOWN]:
        offer = odd.offer
        named = f"{offer.product}{offer.variety} {offer.market} {offer.day}"
        say(f"? {offer.row}: {named} {written(offer.mid)}，平常 / usually {odd.usual:.2f}")
    more = report.wrong + report.differing - SHOWN
    if more > 0:
        say(f"  …还有 {more} 处 / {more} more")
    days = f"{report.first_day} – {report.last_day}" if report.first_day else "-"
    say(f"认出的列 / columns: {', '.join(report.fields)}；{days}；新市场 / new markets: {report.markets}")
    counts = (report.rows, report.new, report.held, report.same, report.differing, report.wrong)
    say("共 {} 行：新 {}（其中等人看的 {}），已有 {}，已有但价不同 {}，有问题 {}".format(*counts))
    say("      rows, new (held among them), there already, there with another price, wrong")


def _now() -> datetime:
    return datetime.now(UTC)
