"""Small talk, help, and how to wish for what no service has understood."""

from collections.abc import Mapping

from dialogs.answer import phrase
from dialogs.messages import Choice, Reply, ReplyKind
from dialogs.wording import wording

SERVED = frozenset({"price", "weather", "book_machinery", "book_legal", "my_bookings", "subscribe"})
"""Intents of services; a wish that its service has not understood is asked for in other words."""
SERVICES = SERVED | {"warning"}
"""Intents that wish for something to be done instead of explained."""

_THANKS = ("谢", "多谢", "感谢", "唔该")
_BYE = ("再见", "拜拜", "回见", "先忙", "走了")


def unserved(intent: str) -> list[Reply]:
    """How to say it, for a wish that its service has not understood."""
    return [phrase(ReplyKind.INFO, f"unserved.{intent}")]


def smalltalk(text: str) -> list[Reply]:
    """A greeting, thanks or a farewell, returned."""
    if any(word in text for word in _THANKS):
        return [phrase(ReplyKind.INFO, "smalltalk.thanks")]
    if any(word in text for word in _BYE):
        return [phrase(ReplyKind.INFO, "smalltalk.bye")]
    return [phrase(ReplyKind.INFO, "smalltalk.hello"), phrase(ReplyKind.INFO, "help.usage")]


def usage() -> list[Reply]:
    """What can be asked, with examples."""
    return [phrase(ReplyKind.INFO, "help.usage")]


def which_topic(labels: Mapping[str, str]) -> list[Reply]:
    """One question back, by topic, when neither the intent nor the subject is clear."""
    choices = tuple(Choice(f"t:{intent}", label) for intent, label in labels.items())
    say = wording()
    other = Choice("person", say.text("feedback.person_label"))
    return [phrase(ReplyKind.ASK, "ask.which_topic", (*choices, other), labels="，还是".join(labels.values()))]
