"""What people on duty are told: who needs help, and who has not answered."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from dialogs import plain_time
from dialogs.messages import Choice, Reply, ReplyKind
from dialogs.warning_text import title
from knowledge_base.warnings.calls import (
    Call,
    HelpAnswer,
    HelpAnswered,
    HelpCall,
    HelpLost,
    HelpWords,
    LadderCall,
    Position,
    Subject,
)

DATA = Path(__file__).with_name("warning_calls.yaml")
LISTED = 40
"""People named in one message; the report names all."""
BUTTONS = 8


class CallWords(BaseModel):
    """The words, from warning_calls.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    help: str
    help_spoken: str
    position: str
    help_words: str
    help_words_spoken: str
    help_position: str
    help_answers: dict[HelpAnswer, str]
    help_answered: dict[HelpAnswer, str]
    help_lost: str
    ladder: dict[str, str]
    person: str
    more: str
    reached: str
    all_reached: str
    nameless: str
    nowhere: str
    channels: dict[str, str]

    def channel(self, name: str) -> str:
        """What people call a channel."""
        return self.channels.get(name, self.channels["other"])

    def who(self, name: str, channel: str, user: str) -> str:
        """A person by name, or else as little of their channel as tells them from others."""
        return name or self.nameless.format(channel=self.channel(channel), tail=user[-4:])


@cache
def call_words() -> CallWords:
    """The shipped words."""
    return CallWords.model_validate(yaml.safe_load(DATA.read_text("utf-8")))


def call_reply(call: Call, place_name: Callable[[str], str]) -> Reply:
    """The message of a call; `place_name` gives the full name of an administrative code."""
    words = call_words()
    match call.about:
        case HelpCall() | HelpWords() as about:
            return _help(about, place_name)
        case HelpAnswered(officer=officer, answer=answer):
            text = words.help_answered[answer].format(officer=officer)
            return Reply(ReplyKind.HANDOFF, text, text)
        case HelpLost():
            return Reply(ReplyKind.HANDOFF, words.help_lost, words.help_lost)
        case LadderCall() as about:
            return _ladder(about, place_name)


def help_choices(call: str, *answers: HelpAnswer) -> tuple[Choice, ...]:
    """The buttons with which an officer answers a call for help."""
    labels = call_words().help_answers
    return tuple(Choice(f"w:{answer}:{call}", labels[answer]) for answer in answers)


def _help(about: HelpCall | HelpWords, place_name: Callable[[str], str]) -> Reply:
    words = call_words()
    values = {
        "position": _position(about.position),
        "place": place_name(about.place) if about.place else words.nowhere,
        "who": words.who(about.name, about.channel, about.handle),
        "at": plain_time.in_figures(about.at),
        "title": _title(about.subject),
        "channel": words.channel(about.channel),
        "handle": about.handle,
    }
    choices = help_choices(about.call, *HelpAnswer)
    if isinstance(about, HelpCall):
        return Reply(ReplyKind.INFO, words.help.format(**values), words.help_spoken.format(**values), choices=choices)
    values["said"] = about.said or words.help_position
    text, spoken = words.help_words.format(**values), words.help_words_spoken.format(**values)
    return Reply(ReplyKind.INFO, text, spoken, choices=choices)


def _position(position: Position | None) -> str:
    if position is None:
        return ""
    return call_words().position.format(latitude=position[0], longitude=position[1])


def _ladder(about: LadderCall, place_name: Callable[[str], str]) -> Reply:
    words = call_words()
    place = place_name(about.place) if about.place else words.nowhere
    head = words.ladder[about.role].format(place=place, title=_title(about.subject), count=len(about.people))
    named = [(one.number, words.who(one.name, one.channel, one.user)) for one in about.people[:LISTED]]
    lines = [head, *(words.person.format(number=number, who=who) for number, who in named)]
    if len(about.people) > LISTED:
        lines.append(words.more.format(count=len(about.people) - LISTED))
    choices = [Choice(f"w:met:{about.step}:{number}", words.reached.format(who=who)) for number, who in named[:BUTTONS]]
    every = Choice(f"w:met:{about.step}:all", words.all_reached)
    return Reply(ReplyKind.INFO, "\n".join(lines), head, choices=(*choices, every))


def _title(subject: Subject) -> str:
    return title(subject.hazard, subject.colour, subject.headline)
