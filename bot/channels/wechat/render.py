"""Replies as WeChat messages: plain text within the limit of bytes, and choices that can be touched or answered by number."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.channels.split import octets, split
from bot.channels.wechat.texts import Texts
from dialogs.messages import Choice, Reply, ReplyKind

MAX_TEXT = 2048
"""Bytes of UTF-8 in one text, by WeChat's documentation."""
OWN = "wechat:"
"""Begins the ids of the channel's own choices; the dialogue never sees them."""
DETAIL = f"{OWN}detail"


@dataclass(frozen=True, slots=True)
class Offer:
    """A choice with the number under which it comes back when it is touched."""

    number: int
    choice: Choice


@dataclass(frozen=True, slots=True)
class Page:
    """What replies amount to: texts that fit into a message each, the choices below the last one, and what more there is.

    `countable`: the choices can be answered by their place in the list.
    """

    texts: tuple[str, ...]
    choices: tuple[Choice, ...]
    countable: bool
    detail: str


def page(replies: Sequence[Reply], texts: Texts, heard: str | None = None, before: str = "") -> Page:
    """The replies of one turn, together: WeChat lets few messages through. `before` goes first, then what was `heard`."""
    blocks = [before, texts.heard.format(text=heard) if heard else ""]
    for reply in replies:
        blocks += [reply.text.strip(), "\n".join(texts.source_line(source) for source in reply.sources)]
    detail = "\n\n".join(reply.detail.strip() for reply in replies if reply.detail.strip())
    choices = {DETAIL: Choice(DETAIL, texts.detail)} if detail else {}
    choices |= {choice.id: choice for reply in replies for choice in reply.choices}
    countable = all(_countable(reply) for reply in replies)
    pieces = split("\n\n".join(block for block in blocks if block), MAX_TEXT, octets)
    offered = tuple(choices.values())
    if pieces and octets(written(pieces[-1], offered, texts, countable=countable)) > MAX_TEXT:
        pieces.append("")
    return Page(tuple(pieces), offered, countable, detail)


def written(text: str, choices: Sequence[Choice], texts: Texts, *, countable: bool) -> str:
    """A text with its choices below it in writing."""
    if not choices:
        return text
    if countable:
        lines = [texts.number.format(number=n, label=choice.label) for n, choice in enumerate(choices, 1)]
        below = "\n".join((texts.numbered, *lines))
    else:
        below = texts.said.format(labels=texts.between.join(choice.label for choice in choices))
    return f"{text}\n\n{below}" if text else below


def menu(text: str, offers: Sequence[Offer], texts: Texts) -> dict[str, object] | None:
    """A text with choices to be touched, as a customer-service message; None if that is too long."""
    head = f"{text}\n\n{texts.touch}" if text else texts.touch
    if octets(head) + sum(octets(offer.choice.label) + 1 for offer in offers) > MAX_TEXT:
        return None
    entries = [{"id": str(offer.number), "content": offer.choice.label} for offer in offers]
    return {"msgtype": "msgmenu", "msgmenu": {"head_content": head, "list": entries, "tail_content": ""}}


def _countable(reply: Reply) -> bool:
    """Not where a number is an answer of its own: 几亩？ 3 means three mu, not the third choice."""
    numbers = any(choice.label[:1].isdecimal() for choice in reply.choices)
    return not numbers and not (
        reply.kind is ReplyKind.ASK and any(char.isdecimal() for choice in reply.choices for char in choice.label)
    )
