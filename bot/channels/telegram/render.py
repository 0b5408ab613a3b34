"""A reply as Telegram messages: plain text, the short answer first, source and date, then the detail folded up."""

from dataclasses import dataclass

from bot.channels.split import split, units
from bot.channels.telegram.texts import Texts
from dialogs.messages import Choice, Reply

MAX_TEXT = 4096
"""UTF-16 units in one message."""


@dataclass(frozen=True, slots=True)
class Fold:
    """The stretch of a message that is shown folded up, in UTF-16 units."""

    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Part:
    """One Telegram message."""

    text: str
    fold: Fold | None = None
    choices: tuple[Choice, ...] = ()


def render(reply: Reply, texts: Texts, heard: str | None = None, limit: int = MAX_TEXT) -> list[Part]:
    """The messages that carry a reply, buttons on the last. `heard` is shown above it; an empty reply gives none.

    The detail travels in the same message, as a quotation that Telegram itself folds and unfolds: it opens at a
    touch, is still there years later and after any restart, goes along when the message is forwarded, and clients
    that cannot fold show it in full. No markup is used, so nothing in a text can be taken for markup.
    """
    sources = "\n".join(texts.source_line(source) for source in reply.sources)
    first = texts.heard.format(text=heard) if heard else ""
    body = "\n\n".join(block for block in (first, reply.text.strip(), sources) if block)
    parts = [Part(piece) for piece in split(body, limit)]
    detail = split(reply.detail, limit)
    if detail:
        parts = _with_detail(parts, detail, texts.detail, limit)
    if parts:
        parts[-1] = Part(parts[-1].text, parts[-1].fold, reply.choices)
    return parts


def _with_detail(parts: list[Part], detail: list[str], label: str, limit: int) -> list[Part]:
    head = "\n\n".join([*(part.text for part in parts[-1:]), label])
    if units(head) > limit:
        return [*parts, *(Part(piece, Fold(0, units(piece))) for piece in detail)]
    whole = f"{head}\n{detail[0]}"
    if len(detail) == 1 and units(whole) <= limit:
        return [*parts[:-1], Part(whole, Fold(units(head) + 1, units(detail[0])))]
    return [*parts[:-1], Part(head), *(Part(piece, Fold(0, units(piece))) for piece in detail)]
