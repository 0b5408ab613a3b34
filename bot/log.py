"""Logs: one JSON object a line, without personal data. Nobody logs what a person said, their id or their number."""

import logging
import sys

import structlog

from bot.tracebacks import for_json, for_terminal, telling

QUIET = (
    "aiogram",
    "apscheduler",
    "httpx",
    "httpcore",
    "uvicorn.access",
    "uvicorn.error",
    "jieba",
    "alembic",
    "aiosqlite",
)
"""Libraries whose chatter carries addresses, tokens or nothing of use; their warnings stay."""


def set_up_logging(level: str, *, texts: bool = False) -> None:
    """Send our own and the libraries' logs to standard error; readable on a terminal, JSON elsewhere.

    With `texts` failures are logged with their messages, which may quote what somebody said.
    """
    told = str if texts else telling
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    terminal = sys.stderr.isatty()
    final: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(exception_formatter=for_terminal(told))
        if terminal
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    trace = [] if terminal else [structlog.processors.ExceptionRenderer(for_json(told))]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared if texts else [*shared, _first_line],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *trace, final],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def _first_line(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Of a library's message: asyncio writes the failure of a task into the lines below, with what it quotes."""
    return {**event, "event": str(event["event"]).partition("\n")[0]}
