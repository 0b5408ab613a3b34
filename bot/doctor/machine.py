"""The machine: Python, disk, clock, port, and the secrets kept on it."""

import errno
import os
import shutil
import socket
import stat
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.doctor.findings import Finding
from bot.settings import Settings

FREE_BYTES = 1_000_000_000
RELEASED = datetime(2026, 11, 1, tzinfo=UTC)
"""No clock that is right shows an earlier time."""


def python() -> Finding:
    """The interpreter's version."""
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("Python", (3, 11) <= sys.version_info < (3, 13), version, vital=True)


def disk(settings: Settings) -> Finding:
    """Whether `home` can be written to and has a gigabyte left."""
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(settings.home).free
    except OSError as error:
        return Finding("磁盘", False, f"{settings.home}: {error.strerror}", vital=True)
    if not os.access(settings.home, os.W_OK | os.X_OK):
        owner = f"{settings.home}: 写不进；用它的主人来运行，或 chown 给运行的人 / cannot be written: run as its owner, or chown it"
        return Finding("磁盘", False, owner, vital=True)
    advice = "" if free > FREE_BYTES else "；腾出地方来，不然记不下东西 / make room"
    return Finding("磁盘", free > FREE_BYTES, f"剩 {free / 1e9:.1f} GB / free{advice}", vital=True)


def clock() -> Finding:
    """Whether the machine's time can be right and the zone of China is known."""
    now = datetime.now(UTC)
    try:
        shown = now.astimezone(ZoneInfo("Asia/Shanghai")).strftime("%Y-%m-%d %H:%M")
    except ZoneInfoNotFoundError:
        return Finding(
            "时钟", False, "没有时区数据；装上 tzdata / time zone data is missing: install tzdata", vital=True
        )
    if now < RELEASED:
        return Finding("时钟", False, f"{shown}，太早了；先对时，再启动 / set the clock (NTP)", vital=True)
    return Finding("时钟", True, f"北京时间 {shown}；对不上就先对时 / set the clock if this is wrong")


def secrets_file(settings: Settings) -> Iterator[Finding]:
    """Secrets that were made here: nobody else may read them, and none is empty."""
    for name in ("secret", "consultation_key"):
        path = settings.home / name
        if path.exists() and not path.stat().st_size:
            emptied = f"{path} 是空的，启动不了；从备份恢复，没有备份就删掉它 / is empty: restore it, or remove it"
            yield Finding("密钥文件", False, emptied, vital=True)
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Finding("密钥文件", False, f"{path} 别人也能读；改：chmod 600 {path} / others can read it")


def port(settings: Settings) -> Finding:
    """Whether the port is free."""
    name = f"端口 {settings.port}"
    try:
        (family, kind, _, _, address), *_ = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            taken = "已有程序在用（可能就是乡音自己）。换一个：XIANGYIN_PORT=8001 make run / in use"
            return Finding(name, False, taken)
        advice = "这台机器上不能在这里听；改 XIANGYIN_HOST 或 XIANGYIN_PORT / cannot listen there"
        return Finding(name, False, f"{settings.host}: {error.strerror}；{advice}", vital=True)
    return Finding(name, True, "空着 / free")
