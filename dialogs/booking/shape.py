"""The shape of a sentence: what it names as one capital letter each, and which jobs stand in it."""

import re
from collections.abc import Iterable

from dialogs.booking.sayings import sayings
from dialogs.booking.services import catalogue
from nlu.understanding import Entity


def settled(text: str) -> str:
    """The sentence without what says nothing of an order or hides a word for it: 旋一下地, 犁犁地, 合市亩三亩, 不下雨就来."""
    words = sayings()
    text = words.patterns["dropped"].sub(words.text("changed_to"), text)
    text = words.patterns["twice_said"].sub(r"\1", text)
    text = words.patterns["plot_led"].sub(words.text("plot"), text)
    text = words.patterns["plane_heard"].sub(words.text("plane"), text)
    for pattern in ("finished", "infix", "plain_unit", "if_dry", "whenever"):
        text = words.patterns[pattern].sub("", text)
    return text


def is_job(text: str, one: Entity) -> bool:
    """Whether what is something else elsewhere is the name of a job: 整田."""
    return any(job.words.fullmatch(text, one.start, one.end) for job in catalogue().jobs.values() if one.start >= 0)


def crop_alone(text: str, one: Entity) -> tuple[int, int]:
    """Where the crop itself stands: 玉米 of 玉米杆 and of 青贮玉米, so that the job beside it is found."""
    words, name = sayings(), text[one.start : one.end]
    lead = words.find("silage", name)
    return one.start + (lead.end() if lead else 0), one.start + len(words.patterns["straw"].sub("", name))


def instead(shape: str) -> tuple[str, re.Match[str]] | None:
    """The job that is wanted instead of the one named before: 旋浅了，还是犁."""
    turns = list(sayings().patterns["instead"].finditer(shape))
    if not turns:
        return None
    tail = shape[turns[-1].end() :]
    return catalogue().named(tail) or catalogue().meant(tail)


def then(shape: str, first: str | None) -> str | None:
    """A further job that is wanted once the first one is done: 收完再旋一遍."""
    turn = sayings().find("then", shape)
    if turn is None or first is None or first not in catalogue().in_order(shape[: turn.start()]):
        return None
    return next((job for job in catalogue().in_order(shape[turn.end() :]) if job != first), None)


def shaped(text: str, spans: Iterable[tuple[str, int, int]]) -> str:
    """The sentence with a letter for each thing named; of those that overlap the first in the list counts."""
    letters: dict[int, tuple[str, int]] = {}
    taken: set[int] = set()
    for letter, start, end in spans:
        if start >= 0 and not taken & set(range(start, end)):
            letters[start] = (letter, end)
            taken |= set(range(start, end))
    shape, at = [], 0
    while at < len(text):
        letter, end = letters.get(at, (text[at], at + 1))
        shape.append(letter)
        at = end
    return "".join(shape)


def implied(service: str, shape: str) -> tuple[str, ...]:
    """The crops that the words for a job name as well."""
    return tuple(crop for crop, pattern in catalogue()[service].implies.items() if pattern.search(shape))


def left(shape: str, job: re.Match[str] | None, local: Iterable[str]) -> str:
    """The shape without the words for the job and the measures that are none."""
    rest = shape.replace(job[0], "".join(char for char in job[0] if char.isascii()), 1) if job else shape
    for said in local:
        rest = rest.replace(said, "") if said else rest
    return rest
