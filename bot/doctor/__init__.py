"""`xiangyin doctor`: what is there, what is not, and what to do."""

import asyncio
import sys

from bot.doctor.database import database
from bot.doctor.findings import Finding
from bot.doctor.given import given
from bot.doctor.machine import clock, disk, port, python, secrets_file
from bot.doctor.models import models
from bot.doctor.neighbours import broker, redis, telegram, understanding, weather, wechat
from bot.settings import Settings

__all__ = ["Finding", "doctor", "examine"]


def doctor(settings: Settings) -> int:
    """Print every finding; 1 if a vital part is not well."""
    findings = examine(settings)
    for finding in findings:
        mark = "✓" if finding.well else ("✗" if finding.vital else "!")
        sys.stdout.write(f"{mark} {finding.part}: {finding.detail}\n")
    return 1 if any(f.vital and not f.well for f in findings) else 0


def examine(settings: Settings) -> list[Finding]:
    """Look at every part, without starting or changing anything."""
    return asyncio.run(_examine(settings))


async def _examine(settings: Settings) -> list[Finding]:
    home = disk(settings)
    return [
        python(),
        *given(settings),
        home,
        clock(),
        *(secrets_file(settings) if home.well else []),
        *await database(settings),
        port(settings),
        *await understanding(settings),
        *models(settings),
        *await broker(settings),
        *await redis(settings),
        *await weather(settings),
        *await telegram(settings),
        wechat(settings),
    ]
