"""`xiangyin doctor`: what is there, what is not, and what to do."""

import contextlib
import shutil
import socket
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from bot.settings import Settings
from nlu.speech.assets import assets, status

FREE_BYTES = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One part: whether it is well, and what to do where it is not. Only a vital part makes the doctor fail."""

    part: str
    well: bool
    detail: str
    vital: bool = False


def doctor(settings: Settings) -> int:
    """Print every finding; 1 if a vital part is not well."""
    findings = list(examine(settings))
    for finding in findings:
        mark = "✓" if finding.well else ("✗" if finding.vital else "!")
        sys.stdout.write(f"{mark} {finding.part}: {finding.detail}\n")
    return 1 if any(f.vital and not f.well for f in findings) else 0


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at every part, without starting anything."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("Python", (3, 11) <= sys.version_info < (3, 13), version, vital=True)
    yield _disk(settings)
    yield _database(settings)
    yield _port(settings)
    rasa = settings.rasa_python.exists()
    missing = "没有；先用内置的理解。补上：make setup / missing, the built-in understanding answers"
    yield Finding("理解服务 Rasa", rasa, "已装 / installed" if rasa else missing)
    models = list((settings.home / "rasa").glob("*/model.tar.gz"))
    untrained = "没有；补上：make train / missing"
    yield Finding("理解模型", bool(models), f"{len(models)} 个 / trained" if models else untrained)
    for asset in assets().values():
        found = status(asset, settings.models / asset.folder)
        hint = "" if found.state == "ok" else "；补上：.venv/bin/xiangyin models"
        yield Finding(asset.title, found.state == "ok", f"{found.detail}{hint}")
    telegram = bool(settings.telegram_token.get_secret_value())
    yield Finding("Telegram", True, "有令牌 / token set" if telegram else "没设令牌，不启动 / no token, off")


def _disk(settings: Settings) -> Finding:
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(settings.home).free
    except OSError as error:
        return Finding("磁盘", False, f"{settings.home}: {error.strerror}", vital=True)
    return Finding("磁盘", free > FREE_BYTES, f"剩 {free / 1e9:.1f} GB / free", vital=True)


def _database(settings: Settings) -> Finding:
    if not settings.database.startswith("sqlite"):
        return Finding("数据库", True, "外部数据库，启动时检查 / external, checked at start")
    path = settings.database.split("///", 1)[1]
    try:
        with contextlib.closing(sqlite3.connect(path)) as connection:
            verdict = connection.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite3.Error as error:
        return Finding("数据库", False, f"{path}: {error}", vital=True)
    return Finding("数据库", verdict == "ok", f"{path}: {verdict}", vital=True)


def _port(settings: Settings) -> Finding:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            taken = probe.connect_ex((settings.host, settings.port)) == 0
    except OSError as error:
        return Finding(f"端口 {settings.port}", False, f"XIANGYIN_HOST={settings.host}: {error.strerror}", vital=True)
    detail = (
        "已有程序在用（可能就是乡音自己）。换一个：XIANGYIN_PORT=8001 make run / in use" if taken else "空着 / free"
    )
    return Finding(f"端口 {settings.port}", not taken, detail)
