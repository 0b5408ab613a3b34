"""The message of a notice: what kind, what it says, and who says so."""

from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from dialogs.messages import Choice, Reply, ReplyKind
from knowledge_base.notices.notice import Kind, Notice

DATA = Path(__file__).with_name("notice_text.yaml")
_ENDED = "。！？!?；;"


class NoticeWords(BaseModel):
    """The words, from notice_text.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kinds: dict[Kind, str]
    heading: str
    office: str
    spoken: str
    buttons: dict[str, str]
    retraction: str
    retraction_spoken: str


@cache
def notice_words() -> NoticeWords:
    """The shipped words."""
    return NoticeWords.model_validate(yaml.safe_load(DATA.read_text("utf-8")))


def notice_reply(id_: str, notice: Notice) -> Reply:
    """What everybody gets whom it concerns. 详细 is offered where a curated answer says more."""
    words = notice_words()
    values = {
        "kind": words.kinds[notice.kind],
        "title": notice.title,
        "source": notice.source,
        "month": notice.dated.month,
        "day": notice.dated.day,
    }
    choices = [Choice(f"n:useful:{id_}", words.buttons["useful"])]
    if notice.entry:
        choices.append(Choice(f"s:{notice.entry}", words.buttons["detail"]))
    choices.append(Choice(f"n:off:{notice.kind}", words.buttons["stop"]))
    text = "\n".join((words.heading.format(**values), notice.text, words.office.format(**values)))
    return Reply(ReplyKind.INFO, text, words.spoken.format(text=_read(notice.text), **values), choices=tuple(choices))


def retraction_reply(notice: Notice) -> Reply:
    """That a notice does not hold."""
    words = notice_words()
    values = {"kind": words.kinds[notice.kind], "title": notice.title}
    return Reply(ReplyKind.INFO, words.retraction.format(**values), words.retraction_spoken.format(**values))


def _read(text: str) -> str:
    """As it is read aloud: every line a sentence."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return "".join(line if line[-1] in _ENDED else f"{line}。" for line in lines)
