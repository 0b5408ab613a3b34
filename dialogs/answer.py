"""A curated answer as a reply, word for word."""

from collections.abc import Mapping

from dialogs.messages import Choice, Reply, ReplyKind, Source
from dialogs.wording import wording
from knowledge_base.entry import Answer, Entry, Kind

RULES = {Kind.POLICY, Kind.LEGAL, Kind.SERVICE}
"""Kinds whose answer explains a rule instead of a problem in the field; their headings differ."""


def answer(entry: Entry, follow_ups: Mapping[str, str], before: str = "") -> Reply:
    """The reply that gives an entry. `follow_ups` are keys and titles; `before` is said ahead of it."""
    chips = [Choice(f"s:{key}", title) for key, title in follow_ups.items()]
    text = f"【{entry.title}】{entry.spoken}"
    return Reply(
        kind=ReplyKind.ANSWER,
        text=f"{before}\n{text}" if before else text,
        spoken=before + entry.spoken,
        detail=detail(entry),
        subject=entry.key,
        choices=(*chips, *feedback_choices(entry.key)),
        sources=tuple(Source(s.title, s.publisher, s.date, s.article, s.url) for s in entry.sources),
    )


def detail(entry: Entry) -> str:
    """The full answer: four short numbered lists under their headings."""
    say = wording()
    suffix = "_rule" if entry.kind in RULES else ""
    parts = []
    for part in Answer.model_fields:
        steps = "\n".join(f"{number}. {step}" for number, step in enumerate(getattr(entry.answer, part), 1))
        parts.append(f"{say.text(f'heading.{part}{suffix}')}\n{steps}")
    if entry.sample:
        parts.append(say.text("answer.sample"))
    return "\n\n".join(parts)


def feedback_choices(key: str) -> tuple[Choice, ...]:
    """有用 / 还没懂 / 不对, for the answer under `key`."""
    say = wording()
    return tuple(Choice(f"fb:{v}:{key}", say.text(f"feedback.{v}_label")) for v in ("useful", "unclear", "wrong"))


def phrase(kind: ReplyKind, key: str, choices: tuple[Choice, ...] = (), **values: str) -> Reply:
    """A reply in the assistant's own words."""
    say = wording()
    return Reply(kind, say.text(key, **values), say.spoken(key, **values), choices=choices)
