"""`xiangyin serve [PART ...]`: all parts in one process, or some of them, until it is told to stop."""

import asyncio
import contextlib
import fcntl
import os
import signal
from collections.abc import Collection, Iterator
from pathlib import Path

import psycopg
from alembic.util import CommandError
from sqlalchemy.exc import SQLAlchemyError

from bot.app import assemble
from bot.channels.web.server import AddressTaken, AddressUnusable, HttpServer
from bot.named_files import missing, unusable
from bot.parts import EVERYTHING, Part, ShapeImpossible, parts_of
from bot.running.process import Process
from bot.running.understanding import serve_understanding
from bot.setting_faults import unknown
from bot.settings import Settings
from bot.terminal import say
from bot.understanding_elsewhere import Where


class AlreadyRunning(Exception):
    """Another assistant runs on the same folder."""


async def serve(settings: Settings, named: Collection[str] = ()) -> int:
    """Run the named parts, all where none is named, until interrupted; the exit status says whether they could start."""
    try:
        parts = parts_of(named, settings)
    except ShapeImpossible as fault:
        say(str(fault))
        return 2
    for sentence in unknown(os.environ):
        say(sentence)
    if parts != {Part.UNDERSTANDING}:
        for sentence in unusable(settings):
            say(f"设置不对 / setting {sentence}")
            return 2
        for sentence in missing(settings):
            say(sentence)
    which = "" if parts == EVERYTHING else f"（{' '.join(sorted(parts))}）"
    say(f"乡音{which}正在启动，约 10 秒 / starting, about 10 s ...")
    try:
        await _run(settings, parts)
    except AlreadyRunning:
        say(
            f"已经有一个乡音在这个目录里运行：http://{settings.host}:{settings.port}\n"
            f"Another one is running on {settings.home}. Stop it first (Ctrl-C)."
        )
        return 1
    except AddressTaken as taken:
        say(_not_there(taken, settings))
        return 1
    except CommandError as error:
        say(
            f"数据库的结构这个版本不认识，可能已经升级过 / the database's schema is unknown to this version: {error}\n"
            "换用新版本 / run the newer version."
        )
        return 1
    except (SQLAlchemyError, psycopg.Error, OSError) as error:
        say(f"数据库或磁盘出了问题，启动不了：{error}\n跑一下 / run: .venv/bin/xiangyin doctor")
        return 1
    return 0


def _not_there(taken: AddressTaken, settings: Settings) -> str:
    """Why nothing can listen where it should, and what to do."""
    if isinstance(taken, AddressUnusable):
        return (
            f"这台机器上不能在这里听 / cannot listen there: {taken}\n"
            "改 XIANGYIN_HOST 或 XIANGYIN_PORT / change one of them"
        )
    return (
        f"端口 {settings.port} 已被别的程序占用。换一个端口：XIANGYIN_PORT={settings.port + 1} make run\n"
        f"Port {settings.port} is taken by another program; choose another one."
    )


async def _run(settings: Settings, parts: frozenset[Part]) -> None:
    # Parts that run apart may share a folder: each has its own for the service that it runs.
    run_dir = settings.home / "run" / ("" if parts == EVERYTHING else str(settings.port))
    where = _where(settings, parts)
    with _only_one(run_dir) if where is Where.HERE else contextlib.nullcontext():
        if parts == {Part.UNDERSTANDING}:
            _end_when_told()
            await serve_understanding(settings, run_dir)
            return
        HttpServer(settings.host, settings.port).check()
        async with assemble(settings, run_dir, where=where) as system:
            _end_when_told()
            await Process(system, parts).run()


def _where(settings: Settings, parts: frozenset[Part]) -> Where:
    """Where the understanding service of these parts is: a named `understanding` is here, whatever the address is for."""
    if parts == EVERYTHING:
        return Where.ELSEWHERE if settings.rasa_url.split() else Where.HERE
    if Part.UNDERSTANDING in parts:
        return Where.HERE
    return Where.ELSEWHERE if Part.WEB in parts else Where.NOWHERE


def _end_when_told() -> None:
    """SIGTERM ends the process in order, as Ctrl-C does."""
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)


@contextlib.contextmanager
def _only_one(run_dir: Path) -> Iterator[None]:
    """Keep a second one off the same folder. Raises `AlreadyRunning`."""
    run_dir.mkdir(parents=True, exist_ok=True)
    with (run_dir / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning from None
        yield
