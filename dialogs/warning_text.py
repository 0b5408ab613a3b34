"""The message of a warning: what, where, when, what to do in three lines, and who says so."""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

from dialogs import plain_time
from dialogs.messages import Choice, Reply, ReplyKind
from knowledge_base.warnings.alert import Alert, Colour, Info, Status
from knowledge_base.warnings.dispatch import Bulletin
from knowledge_base.warnings.hazards import hazards

DATA = Path(__file__).with_name("warning_text.yaml")
LINES = 3
LINE = 40
"""Characters of one line of what to do."""
WHERE = 60
_ENDS = re.compile(r"(?<=[。！？!?；;])|\n+")
_NUMBERED = re.compile(r"^\s*(?:\d{1,2}[.、)）]|[-*•·])\s*")

_COLOURS: Mapping[Colour, Literal["red", "orange", "yellow", "blue"]] = {
    Colour.RED: "red",
    Colour.ORANGE: "orange",
    Colour.YELLOW: "yellow",
    Colour.BLUE: "blue",
}
Change = Literal["alert", "update", "cancel", "clear"]


class WarningWords(BaseModel):
    """The words, from warning_text.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    colours: dict[Colour, str]
    titles: dict[str, str]
    heading: dict[str, str]
    opening: dict[Change, str]
    urgent: dict[Colour, str]
    nearby: str
    where: str
    when: str
    do: str
    line: str
    office: str
    buttons: dict[str, str]
    drill_again: str
    spoken: dict[str, str]
    guidance: dict[str, tuple[str, str, str]]


@cache
def warning_words() -> WarningWords:
    """The shipped words."""
    return WarningWords.model_validate(yaml.safe_load(DATA.read_text("utf-8")))


def warning_reply(bulletin: Bulletin) -> Reply:
    """What everybody concerned gets. 收到 and 需要帮助 are offered for red and orange, until the danger is over."""
    warning, words = bulletin.warning, warning_words()
    colour = Colour(warning.colour) if warning.colour else None
    urgent = colour is not None and colour <= Colour.ORANGE and not bulletin.ending
    choices = tuple(Choice(f"w:{answer}:{warning.id}", label) for answer, label in words.buttons.items())
    said = _Said(bulletin, colour)
    spoken = said.spoken(answer=urgent)
    shown = None if colour is None or bulletin.ending else _COLOURS[colour]
    return Reply(ReplyKind.INFO, said.text(), spoken, said.detail(), choices=choices if urgent else (), colour=shown)


def announcement(bulletin: Bulletin) -> Reply:
    """The same for loudspeakers: nobody can answer one, and it may be heard a day later."""
    said = _Said(bulletin, Colour(bulletin.warning.colour) if bulletin.warning.colour else None)
    return Reply(ReplyKind.INFO, said.text(), said.spoken(answer=False))


def title(hazard: str | None, colour: Colour | None, event: str) -> str:
    """暴雨红色预警; the issuer's own words where the danger is of no known kind."""
    words = warning_words()
    if hazard is None:
        return words.titles["other"].format(event=event)
    return words.titles["known"].format(
        hazard=hazards()[hazard].name, colour=words.colours[colour] if colour is not None else ""
    )


def what_to_do(hazard: str | None, instruction: str | None) -> list[str]:
    """Three short lines: what the issuer says first, then what the knowledge base says of such a danger."""
    given = [_NUMBERED.sub("", part).strip() for part in _ENDS.split(instruction or "")]
    issuer = [_shortened(part) for part in given if part]
    ours = warning_words().guidance[hazard or "other"]
    return [*issuer[:LINES], *ours][:LINES]


def where(info: Info | None) -> str:
    """The areas in the issuer's words, cut short where they are many."""
    said = "、".join(dict.fromkeys(area.area_desc.strip() for area in info.areas)) if info else ""
    return said if len(said) <= WHERE else said[: WHERE - 1] + "…"


class _Said:
    def __init__(self, bulletin: Bulletin, colour: Colour | None) -> None:
        warning, alert, about = bulletin.warning, bulletin.alert, bulletin.about or bulletin.alert
        self._words = warning_words()
        self._info = about.main
        self._colour = colour
        self._hazard = warning.hazard
        self._now: datetime = warning.dispatched_at or warning.arrived_at
        self._end: datetime = warning.expires_at
        self._alert = alert
        self._change = _change(alert, all_clear=warning.all_clear)
        self._drill = alert.status is not Status.ACTUAL
        self._nearby = bulletin.nearby
        event = (self._info.event or self._info.headline or "") if self._info else warning.headline
        self._values: Mapping[str, str] = {
            "title": title(warning.hazard, _latest(bulletin) or colour, event or warning.headline),
            "office": about.office if alert.main is None else alert.office,
            "where": where(self._info),
        }

    @property
    def _start(self) -> datetime | None:
        return (self._info.onset or self._info.effective) if self._info else None

    def text(self) -> str:
        words, change = self._words, self._change
        lines = [words.heading[change].format(**self._values), words.opening[change]]
        if self._drill:
            lines.insert(0, words.heading["drill"])
        if self._nearby:
            lines.append(words.nearby.format(**self._values))
        if self._values["where"]:
            lines.append(words.where.format(**self._values))
        if change in {"alert", "update"}:
            lines.append(
                words.when.format(
                    when=plain_time.span(self._start, self._end, self._now),
                    figures=plain_time.figures(self._start, self._end, self._now),
                )
            )
            lines.append(self._urgent() + words.do)
            lines += [words.line.format(number=number, text=line) for number, line in enumerate(self._to_do(), 1)]
        lines.append(words.office.format(when=plain_time.in_figures(self._alert.sent), **self._values))
        if self._drill:
            lines.append(words.drill_again)
        return "\n".join(line for line in lines if line)

    def spoken(self, *, answer: bool) -> str:
        """As it is read aloud. What may wait for the morning names the days by their numbers, not 今晚."""
        words, change = self._words, self._change
        parts = [words.spoken[change].format(**self._values)]
        if self._nearby:
            parts.append(words.nearby.format(**self._values))
        if self._values["where"]:
            parts.append(words.spoken["where"].format(**self._values))
        if change in {"alert", "update"}:
            read = plain_time.span if answer else plain_time.dated_span
            parts.append(words.spoken["when"].format(when=read(self._start, self._end, self._now)))
            parts += [self._urgent(), *self._to_do()]
        if answer:
            parts.append(words.spoken["answer"])
        if self._drill:
            parts = [words.spoken["drill"], *parts, words.drill_again]
        return "".join(_ended(part) for part in parts if part)

    def detail(self) -> str:
        """The issuer's own words in full."""
        info = self._alert.main
        said = (info.description, info.instruction) if info else (self._alert.note,)
        return "\n".join(part.strip() for part in said if part)

    def _urgent(self) -> str:
        return self._words.urgent.get(self._colour, "") if self._colour is not None else ""

    def _to_do(self) -> list[str]:
        return what_to_do(self._hazard, self._info.instruction if self._info else None)


def _latest(bulletin: Bulletin) -> Colour | None:
    """What ends a warning names the colour that it had last; it is as urgent as the gravest."""
    return bulletin.about.colour if bulletin.ending and bulletin.about else None


def _change(alert: Alert, *, all_clear: bool) -> Change:
    if all_clear:
        return "clear"
    changes: dict[str, Change] = {"Update": "update", "Cancel": "cancel"}
    return changes.get(alert.msg_type, "alert")


def _shortened(line: str) -> str:
    """The beginning of a long sentence, up to a comma: half an instruction may say the opposite. All of it is in the detail."""
    if len(line) <= LINE:
        return line
    cut = max(line.rfind(mark, 0, LINE) for mark in "，,、")
    return line if cut < LINE // 2 or line[cut] == "、" else line[:cut] + "。"


def _ended(part: str) -> str:
    return part if part[-1] in "。！？!?；;，" else f"{part}。"
