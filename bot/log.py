"""Logs: one JSON object a line, without personal data. Nobody logs what a person said, their id or their number."""

import logging
import sys

import structlog

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


def set_up_logging(level: str) -> None:
    """Send our own and the libraries' logs to standard error; readable on a terminal, JSON elsewhere."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    terminal = sys.stderr.isatty()
    final: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if terminal
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    # Without the variables of each frame: they hold what people said.
    frames = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    trace = [] if terminal else [structlog.processors.ExceptionRenderer(frames)]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *trace, final],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
