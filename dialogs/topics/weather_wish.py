"""What somebody wants to know about weather, read from their words by the patterns of weather.yaml."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from dialogs.topics.weather_time import Asked, asked_in
from dialogs.topics.weather_words import weather_words
from nlu.understanding import Entity, Understanding

NEVER = frozenset({"problem", "symptom", "pesticide", "chemical", "policy", "legal"})
"""Entities that make a sentence one about a crop's trouble or a rule, whatever weather it names."""
FIELD = frozenset({"crop", "livestock", "fertiliser"})
"""Entities beside which weather is asked about only where a work and a time are named too."""
LONGEST = 26
"""Characters of a question that is plainly about weather."""
NEAR = timedelta(days=20)
"""A time so near may be in the forecast."""
LEFT = 1
"""Characters that may be left of a question plainly about weather once all that it is made of is taken away."""
LEFT_OF_ADDRESS = 6
"""The same of an answer to where somebody is: the names of hamlets are not known."""
ALONE = 14
"""Characters up to which a sentence with a word for weather needs no word that asks."""

What = Literal["weather", "rain", "snow", "until", "next_rain", "temperature", "wind", "frost", "fog", "humid", "work"]
_TOPICS: tuple[What, ...] = ("until", "next_rain", "frost", "fog", "humid", "snow", "rain", "temperature", "wind")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted, for when. `work` is a key of work_rules.yaml; `when_to`: the best times for it are wanted. `snow`: snow, not rain."""

    what: What
    asked: Asked | Literal["unknown"] | None = None
    work: str | None = None
    when_to: bool = False
    snow: bool = False


def plain_wish(said: Understanding, now: datetime) -> Wish | None:
    """The wish of a sentence that is about weather whatever its intent; None where it may be about something else."""
    text = bare(said.normalized)
    words = weather_words()
    if len(text) > LONGEST or _foreign(said, text):
        return None
    asked = asked_in(said.normalized, now)
    near = isinstance(asked, Asked) and asked.begin - now < NEAR and asked.end - asked.begin < NEAR
    general = words.has("general", text) and not near
    if general:
        return None
    kinds = {entity.kind for entity in said.entities}
    work = _work(text)
    if _left(said, text, work) > LEFT:
        return None
    if work is not None and words.has("whether", text):
        if near and not _growing(text):
            return Wish("work", asked, work, words.has("when_to", text))
        if words.has("when_to", text) and not kinds & FIELD:
            return Wish("work", None, work, when_to=True)
    if kinds & FIELD or (work is not None and not near):
        return None
    text = _timeless(text, asked)
    topic = _topic(text, asked)
    asks = words.has("question", text) or (isinstance(asked, Asked) and len(text) <= ALONE)
    if topic is not None and (asks or topic in {"until", "next_rain"}):
        return Wish(topic, asked, work, snow=words.has("snow", text))
    if words.has("forecast", text) and (asks or len(text) <= ALONE):
        return Wish("weather", asked, work)
    return None


def understood_wish(said: Understanding, now: datetime) -> Wish | None:
    """The wish of a sentence that was understood as one about weather."""
    text, words = bare(said.normalized), weather_words()
    if words.has("elsewhere", text):
        return None
    asked, work = asked_in(said.normalized, now), _work(text)
    if words.has("general", text) and not isinstance(asked, Asked):
        return None
    text = _timeless(text, asked)
    topic = _topic(text, asked)
    if work is not None and (topic is None or words.has("whether", text)):
        return Wish("work", asked, work, words.has("when_to", text))
    return Wish(topic or "weather", asked, work, snow=words.has("snow", text))


def same_again(said: Understanding, now: datetime, place_words: str) -> tuple[Asked | None, str | None] | None:
    """The time or the work for which the question before is asked again; None where more is said.

    `place_words` are those of the place that the sentence names.
    """
    text, words = bare(said.normalized), weather_words()
    asked = asked_in(said.normalized, now)
    if asked == "unknown" or len(text) > ALONE:
        return None
    rest = text.replace(place_words, "", 1) if place_words else text
    if isinstance(asked, Asked):
        rest = rest.replace(bare(asked.said), "", 1)
    work = _work(rest)
    if work is not None:
        rest = words.works[work].sub("", rest, count=1)
    if not words.has("again", rest) or not (asked or work or place_words):
        return None
    return (asked if isinstance(asked, Asked) else None), work


def named_as(said: Understanding, entity: Entity) -> str:
    """How a thing stands in the normalised sentence."""
    return said.normalized[entity.start : entity.end] if 0 <= entity.start < entity.end else entity.text


def only_a_place(said: Understanding) -> bool:
    """Whether a sentence does no more than name a place: 我们是柘城的. One with a crop or another matter in it asks something."""
    text, words = bare(said.normalized), weather_words()
    kinds = {entity.kind for entity in said.entities}
    if "place" not in kinds or kinds - {"place", "hazard"} or words.has("not_ours", text):
        return False
    return _left(said, text, None) <= LEFT_OF_ADDRESS


def bare(text: str) -> str:
    """A sentence without its spaces and marks."""
    return "".join(char for char in text if char not in " ，。！？!?,、；;")


def _foreign(said: Understanding, text: str) -> bool:
    words = weather_words()
    return (
        words.has("not_ours", text)
        or words.has("barn", text)
        or any(entity.kind in NEVER and not _is_weather(entity.text) for entity in said.entities)
    )


def _is_weather(text: str) -> bool:
    words = weather_words()
    return any(words.has(topic, text) for topic in ("rain", "snow", "frost", "fog", "wind", "temperature"))


def _left(said: Understanding, text: str, work: str | None) -> int:
    """How many characters belong to nothing that questions about weather are made of."""
    words = weather_words()
    spans = [
        named_as(said, entity)
        for entity in said.entities
        if entity.kind in {"place", "date", "time", "crop", "hazard", "work"}
    ]
    spans += [named for named in words.spans if named in text]
    for named in sorted(map(bare, spans), key=len, reverse=True):
        text = text.replace(named, "", 1)
    if work is not None:
        text = words.works[work].sub("", text)
    return len(re.sub(r"[0-9一二两三四五六七八九十]+天|[a-zA-Z]", "", words.patterns["grammar"].sub("", text)))


def _growing(text: str) -> bool:
    """A question for the right stage of a crop, not for the weather of a day: 什么时候该浇水."""
    return "该" in text and "该不该" not in text


def _timeless(text: str, asked: Asked | Literal["unknown"] | None) -> str:
    """Without the time: 小雪那天 asks for no snow."""
    return text.replace(bare(asked.said), "", 1) if isinstance(asked, Asked) and asked.said else text


def _topic(text: str, asked: Asked | Literal["unknown"] | None) -> What | None:
    """What of the weather is asked for; at which hour of a named time it rains is told with that time's rain."""
    words = weather_words()
    topic = next((topic for topic in _TOPICS if words.has(topic, text)), None)
    return "rain" if topic in {"until", "next_rain"} and asked is not None else topic


def _work(text: str) -> str | None:
    return next((work for work, pattern in weather_words().works.items() if pattern.search(text)), None)
