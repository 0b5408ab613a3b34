"""The layer that keeps a handler's promise never to raise: a layer further in whose database is down becomes a sentence."""

from collections.abc import Callable

import structlog

from bot.channels.base import Handler
from bot.shared.observer import Observer
from dialogs.messages import Inbound, Turn
from dialogs.trouble import trouble

log = structlog.get_logger(__name__)


def unfailing(inner: Handler, observer: Observer, *, standard: Callable[[str], str]) -> Handler:
    """`inner`, with one plain sentence where it fails. `standard` puts regional words into standard ones."""

    async def handler(inbound: Inbound) -> Turn:
        try:
            return await inner(inbound)
        except Exception:
            # Not marked as handled, or handled and not told: sent again, it is answered.
            observer.failed("layers")
            log.exception("turn failed", channel=inbound.channel)
            return trouble(inbound, standard)

    return handler
