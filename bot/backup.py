"""`xiangyin backup` and `xiangyin restore`: all that cannot be made again, in one file, out of a running system into an empty one."""

import asyncio
import filecmp
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, make_url
from sqlalchemy.exc import SQLAlchemyError

from bot.backup_file import BackupRefused, BackupWriter, Damaged, Part, read_backup
from bot.backup_tables import dump, filled, load, open_engine, revision, set_sequences, snapshot, tables
from bot.settings import Settings
from bot.terminal import refuse, say
from knowledge_base.store import MIGRATIONS, Store

HEAD = "backup.json"
MADE_AGAIN = frozenset({"backups", "cache", "eval", "models", "rasa", "run", "setup.lock", "setup.log"})
"""What lies in `home` and is not saved: set-up and the program make it again."""

SEALED, KEYS = "consultation_stories", "consultation_key"


@dataclass
class Contents:
    """What was seen in a backup, and what was done with it."""

    revision: str = ""
    rows: dict[str, int] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        rows, files = sum(self.rows.values()), len(self.files)
        return f"{len(self.rows)} 张表 {rows} 行，{files} 个文件 / {len(self.rows)} tables, {rows} rows, {files} files"


def backup(settings: Settings, where: Path | str, key: str = "") -> int:
    """Save database and keys into a file, or under a name with the time into a folder; 2 when it could not be done.

    What ends with a slash is a folder, and made where it is not there yet.
    """
    target = Path(where)
    try:
        if str(where).endswith(os.sep):
            target.mkdir(mode=0o700, parents=True, exist_ok=True)
        if target.is_dir():
            target /= f"xiangyin-{datetime.now(UTC):%Y%m%d-%H%M%S}.backup"
        saved = save(settings, target, key)
    except BackupRefused as refusal:
        return refuse(str(refusal))
    except SQLAlchemyError as error:
        return refuse(f"数据库读不了，没有备份 / the database cannot be read, nothing was saved: {_short(error)}")
    except OSError as error:
        return refuse(f"文件写不了，没有备份 / cannot be written, nothing was saved: {target}: {error.strerror}")
    say(f"备份好了 / saved: {target} ({target.stat().st_size / 1e6:.1f} MB): {saved}")
    if not key:
        say("文件里有密钥和农民的话，要像数据库一样保管 / keep it as secret as the database: keys are inside")
    return 0


def restore(settings: Settings, source: Path, key: str = "") -> int:
    """Bring a backup back into an empty database; 2 when it could not be done."""
    try:
        brought = bring_back(settings, source, key)
    except BackupRefused as refusal:
        return refuse(str(refusal))
    except SQLAlchemyError as error:
        return refuse(f"数据库写不进，没有恢复 / the database takes it not, nothing was restored: {_short(error)}")
    except OSError as error:
        return refuse(f"没有恢复 / not restored: {error.filename}: {error.strerror}")
    say(f"恢复好了 / restored: {brought}")
    if brought.rows.get(SEALED) and KEYS not in brought.files:
        say(
            "咨询内容的密钥不在备份里：XIANGYIN_CONSULTATION_KEYS 要和原来一样 / set XIANGYIN_CONSULTATION_KEYS as it was"
        )
    say("下一次启动会重建搜索 / the next start makes the search index again, which takes about half a minute")
    return 0


def save(settings: Settings, target: Path, key: str = "") -> Contents:
    """Write the backup, sealed with `key` where there is one; what is in it. Raises `BackupRefused`, SQLAlchemy's errors and OSError; then nothing has changed."""
    engine = open_engine(settings.database)
    where = engine.url.database
    if engine.dialect.name == "sqlite" and not (where and Path(where).exists()):
        raise BackupRefused(f"没有数据库可备份 / there is no database to save: {where}")
    saved = Contents()
    try:
        with engine.connect() as connection, BackupWriter(target, key) as writer:
            snapshot(connection)
            saved.revision = revision(connection) or ""
            if not saved.revision:
                raise BackupRefused("数据库是空的 / the database is empty")
            made = datetime.now(UTC).isoformat(timespec="seconds")
            writer.add(HEAD, json.dumps({"revision": saved.revision, "made": made}).encode())
            _save_home(settings, target, writer, saved)
            for table in tables(connection):
                rows = 0
                for number, (count, lines) in enumerate(dump(connection, table)):
                    writer.add(f"tables/{table.name}/{number:06}.jsonl", lines)
                    rows += count
                saved.rows[table.name] = rows
                if rows:
                    say(f"  {table.name}: {rows}")
    finally:
        engine.dispose()
    return saved


def bring_back(settings: Settings, source: Path, key: str = "") -> Contents:
    """Check the backup as a whole, then bring it in. Raises as `save` does."""
    say("先检查备份 / checking the backup ...")
    checked = Contents()
    for number, part in enumerate(read_backup(source, key)):
        _check(part, number, checked)
    if checked.revision not in _revisions():
        raise BackupRefused(
            "备份来自更新的版本，先升级程序 / a newer version made this backup: upgrade the program first"
        )
    url = make_url(settings.database)
    with_file = url.get_backend_name() == "sqlite"
    _refuse_filled(settings, exists=not with_file or Path(url.database or "").exists())
    for part in read_backup(source, key):
        if part.name.startswith("home/"):
            _put(settings.home / _home_path(part.name), part)
    if not with_file:
        return _fill(settings.database, source, key, checked)
    final = Path(url.database or "")
    new = final.with_name(f"{final.name}.restoring")
    final.parent.mkdir(parents=True, exist_ok=True)
    _remove_database(new)
    try:
        _fill(url.set(database=str(new)).render_as_string(hide_password=False), source, key, checked)
        _remove_database(final)
        new.replace(final)
    finally:
        _remove_database(new)
    return checked


def _fill(url: str, source: Path, key: str, checked: Contents) -> Contents:
    """Make the schema as it was, load all rows in one transaction, bring the schema up to date."""
    asyncio.run(_migrate(url, checked.revision))
    engine = open_engine(url)
    try:
        with engine.begin() as connection:
            if revision(connection) != checked.revision:
                raise BackupRefused("数据库已有更新的表，请用空的 / its tables are newer: give an empty database")
            known = {table.name: table for table in tables(connection)}
            for part in read_backup(source, key):
                if part.name.startswith("tables/"):
                    name = part.name.split("/")[1]
                    if name not in known:
                        raise Damaged
                    rows = load(connection, known[name], part.lines())
                    say(f"  {name}: {rows}")
            set_sequences(connection, list(known.values()))
            _settled(connection)
    finally:
        engine.dispose()
    asyncio.run(_migrate(url, "head"))
    return checked


def _settled(connection: Connection) -> None:
    """Refuse rows that refer to none; PostgreSQL has refused them one by one."""
    if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise Damaged


def _save_home(settings: Settings, target: Path, writer: BackupWriter, saved: Contents) -> None:
    for path in _home_files(settings, target):
        name = path.relative_to(settings.home).as_posix()
        try:
            with path.open("rb") as file:
                writer.stream(f"home/{name}", os.fstat(file.fileno()).st_size, file)
        except FileNotFoundError:  # gone since it was listed: a file that is used up meanwhile
            continue
        saved.files.append(name)


def _home_files(settings: Settings, target: Path) -> Iterator[Path]:
    database = Path(make_url(settings.database).database or "").name
    for path in sorted(settings.home.rglob("*")):
        first = path.relative_to(settings.home).parts[0]
        skipped = (
            first in MADE_AGAIN or first.startswith((database, "xiangyin.db")) or path.suffix in {".backup", ".log"}
        )
        mine = path.name in {target.name, f"{target.name}.part"}
        if path.is_file() and not path.is_symlink() and not skipped and not mine:
            yield path


def _check(part: Part, number: int, checked: Contents) -> None:
    if (number == 0) != (part.name == HEAD):
        raise Damaged
    if part.name == HEAD:
        checked.revision = str(json.loads(part.read())["revision"])
    elif part.name.startswith("home/"):
        checked.files.append(_home_path(part.name).as_posix())
    elif part.name.startswith("tables/"):
        name = part.name.split("/")[1]
        checked.rows[name] = checked.rows.get(name, 0) + sum(chunk.count(b"\n") for chunk in part.chunks()) - 1
    else:
        raise Damaged


def _home_path(name: str) -> PurePosixPath:
    path = PurePosixPath(name.removeprefix("home/"))
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise Damaged
    return path


def _put(path: Path, part: Part) -> None:
    """A file of `home`, for the owner only; another one of that name is kept beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.writelines(part.chunks())
    if path.exists():
        if filecmp.cmp(path, new, shallow=False):
            new.unlink()
            return
        path.replace(path.with_name(f"{path.name}.before-restore"))
    new.replace(path)


def _refuse_filled(settings: Settings, *, exists: bool) -> None:
    if not exists:
        return
    engine = open_engine(settings.database)
    try:
        with engine.connect() as connection:
            table = filled(connection)
    finally:
        engine.dispose()
    if table:
        raise BackupRefused(
            f"数据库不是空的（{table} 有内容），什么也没动；先停乡音，把它挪走或给一个空的 / "
            f"the database is not empty ({table} has rows), nothing was touched: stop the assistant and move it away, or give an empty one"
        )


def _revisions() -> set[str]:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}


async def _migrate(url: str, to: str) -> None:
    store = Store(url)
    try:
        await store.migrate(to)
    finally:
        await store.close()


def _remove_database(path: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


def _short(error: SQLAlchemyError) -> str:
    """The first line of what the database says, without rows."""
    return str(getattr(error, "orig", None) or error).splitlines()[0]
