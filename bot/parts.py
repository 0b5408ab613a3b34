"""The parts of the program that can run as processes of their own, and what each of them needs to be set."""

from collections.abc import Collection, Iterator
from enum import StrEnum

from bot.settings import Settings


class Part(StrEnum):
    """What one process does; a process may do several."""

    WEB = "web"
    """Web chat, console and every other HTTP endpoint; takes messages in and answers them."""
    WORKER = "worker"
    """Delivers what is sent unasked, except on the web chat, whose visitors are known to `web` alone."""
    SCHEDULER = "scheduler"
    """Regular jobs and the sources of warnings and prices; one leads, others wait."""
    SPEAKERS = "speakers"
    """Speaks announcements for loudspeakers and keeps the line to their MQTT broker; one leads, others wait."""
    UNDERSTANDING = "understanding"
    """Rasa, for the other processes."""


EVERYTHING: frozenset[Part] = frozenset(Part)
"""The embedded shape: one process."""

KEY_LENGTH = 16
"""Characters of a secret that guards something."""


class ShapeImpossible(Exception):
    """The parts cannot run with these settings; the message says in one sentence what is to be set."""


def parts_of(named: Collection[str], settings: Settings) -> frozenset[Part]:
    """The parts that were named, all where none was. Raises `ShapeImpossible` with the first thing that is missing."""
    if not named:
        return EVERYTHING
    known = [part.value for part in Part]
    if strange := [name for name in named if name not in known]:
        raise ShapeImpossible(
            f"没有“{strange[0]}”这一部分，有的是 / there is no part “{strange[0]}”, but: {' '.join(known)}"
        )
    parts = frozenset(Part(name) for name in named)
    for fault in _faults(parts, settings):
        raise ShapeImpossible(fault)
    return parts


def _faults(parts: frozenset[Part], settings: Settings) -> Iterator[str]:
    if parts != {Part.UNDERSTANDING}:
        if settings.database.startswith("sqlite"):
            yield (
                "分开运行要用 PostgreSQL：设置 XIANGYIN_DATABASE_URL / parts that run apart need PostgreSQL: set XIANGYIN_DATABASE_URL"
            )
        if not settings.secret.get_secret_value():
            yield (
                "分开运行时各进程要有同一个密钥：设置 XIANGYIN_SECRET / parts that run apart sign with one secret: set XIANGYIN_SECRET"
            )
        if not settings.consultation_keys.get_secret_value():
            yield (
                "分开运行时各进程要有同一把法律咨询密钥：设置 XIANGYIN_CONSULTATION_KEYS"
                " / parts that run apart seal with the same keys: set XIANGYIN_CONSULTATION_KEYS"
            )
    apart = Part.UNDERSTANDING not in parts
    if Part.WEB in parts and apart and not settings.rasa_url:
        yield (
            "web 不带 understanding 时要知道理解服务在哪里：设置 XIANGYIN_RASA_URL"
            " / web without understanding must know where that is: set XIANGYIN_RASA_URL"
        )
    needed = parts == {Part.UNDERSTANDING} or (Part.WEB in parts and apart)
    if needed and len(settings.rasa_token.get_secret_value()) < KEY_LENGTH:
        yield (
            f"理解服务要有口令，至少 {KEY_LENGTH} 个字符：设置 XIANGYIN_RASA_TOKEN"
            f" / the understanding service needs a token of {KEY_LENGTH} characters or more: set XIANGYIN_RASA_TOKEN"
        )
