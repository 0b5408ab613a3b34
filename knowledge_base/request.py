"""The number of the request at work: whoever follows a row back to the log looks for it there."""

import structlog

REQUEST = "request"
"""Its name among structlog's context variables."""


def request_number() -> str | None:
    """The number of the message or call that this is done for; None for what the program does by itself."""
    number = structlog.contextvars.get_contextvars().get(REQUEST)
    return number if isinstance(number, str) else None
