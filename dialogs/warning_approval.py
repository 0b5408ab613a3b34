"""What a second person is asked about a typed warning, and what its author hears of it."""

from dialogs.messages import Choice, Reply, ReplyKind
from dialogs.warning_text import title
from dialogs.warning_typing_words import typing_words
from knowledge_base.warnings.preview import Seen
from knowledge_base.warnings.typed_warning import TypedWarning

APPROVE, DENY = "wt:ok:", "wt:deny:"


def approval_reply(id_: str, words: TypedWarning, who: str, seen: Seen) -> Reply:
    """The typed warning `id_` of `who`, with its two buttons."""
    values = {
        "who": who,
        "title": title(words.hazard, words.colour, ""),
        "area": words.area,
        "shown": seen.shown,
        "people": str(seen.people),
        "speakers": str(seen.speakers),
    }
    say, buttons = typing_words().say, typing_words().buttons
    choices = (Choice(f"{APPROVE}{id_}", buttons["approve"]), Choice(f"{DENY}{id_}", buttons["deny"]))
    return Reply(
        ReplyKind.CONFIRM, say["approval"].format(**values), say["spoken_approval"].format(**values), choices=choices
    )


def decided_reply(words: TypedWarning, who: str, reached: int | None) -> Reply:
    """`who` has approved it, and it went to so many people; None: it was denied."""
    key = "refused" if reached is None else "approved_end" if words.ending else "approved"
    name = title(words.hazard, words.colour, "")
    text = typing_words().say[key].format(who=who, title=name, people=str(reached or 0))
    return Reply(ReplyKind.INFO, text, text)
