"""The database: whether it answers, is whole, is of this version, and agrees about the time."""

import contextlib
import os
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from bot.doctor.findings import Finding
from bot.settings import Settings
from knowledge_base.store import MIGRATIONS, Store

PATIENCE = 5
"""Seconds for a connection."""
APART = timedelta(seconds=5)
"""So far the clocks of this machine and of the database may differ: leases and deadlines are counted in both."""


async def database(settings: Settings) -> list[Finding]:
    """What can be said of the database in force."""
    if settings.database.startswith("sqlite"):
        path = Path(settings.database.split("///", 1)[1])
        whole = _whole(path)
        return [whole, *(await _state(settings.database) if whole.well and path.is_file() else [])]  # noqa: ASYNC240
    return await _state(settings.database)


def _whole(path: Path) -> Finding:
    if not path.exists():
        return Finding("数据库", True, f"{path} 还没有，启动时建 / made at the first start", vital=True)
    try:
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            verdict = connection.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite3.Error as error:
        verdict = str(error)
    if verdict == "ok" and not os.access(path, os.W_OK):
        owner = f"{path}: 写不进；chown 给运行的人 / cannot be written: chown it to who runs this"
        return Finding("数据库", False, owner, vital=True)
    advice = "" if verdict == "ok" else "；用最近的备份恢复 / restore the last backup (xiangyin restore)"
    return Finding("数据库", verdict == "ok", f"{path}: {verdict}{advice}", vital=True)


async def _state(url: str) -> list[Finding]:
    store = Store(url, connect_seconds=PATIENCE)
    try:
        async with store.engine.connect() as connection:
            revision = await connection.run_sync(_revision)
            theirs = None
            if store.engine.dialect.name == "postgresql":
                theirs = await connection.scalar(text("SELECT clock_timestamp()"))
    except (SQLAlchemyError, OSError) as error:
        reason = (
            f"{type(error).__name__}；看看数据库开着没有，地址和口令对不对（XIANGYIN_DATABASE_URL）/ does not answer"
        )
        return [Finding("数据库", False, reason, vital=True)]
    finally:
        await store.close()
    known = [script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()]
    if revision is not None and revision not in known:
        newer = f"表是更新的版本 {revision} 建的；换回新版程序 / made by a newer version: run that one"
        return [Finding("数据库版本", False, newer, vital=True)]
    waiting = "" if revision == known[0] else f"，启动时升到 {known[0]} / is brought to it at the start"
    findings = [Finding("数据库版本", True, f"{revision or '空库 / empty'}{waiting}")]
    if isinstance(theirs, datetime):
        apart = abs(theirs - datetime.now(UTC))
        advice = "" if apart <= APART else "；两台机器都对时（NTP）/ set both clocks"
        shown = f"和数据库差 {apart.total_seconds():.1f} 秒 / apart from the database{advice}"
        findings.append(Finding("数据库时钟", apart <= APART, shown))
    return findings


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
