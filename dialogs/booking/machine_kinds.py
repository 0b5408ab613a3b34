"""Kinds of machines, from machine_kinds.yaml."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from nlu.text.pinyin import fold

_LONG = re.compile("[\u3400-\u9fff]{3,}")
"""Words that are long enough to be known by their sound."""
DATA = Path(__file__).with_name("machine_kinds.yaml")


class MachineKind(BaseModel):
    """One kind: what it is called, and the words that name it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str
    words: re.Pattern[str]


_KINDS = TypeAdapter(dict[str, MachineKind])


@cache
def machine_kinds() -> Mapping[str, MachineKind]:
    """The shipped kinds by key, in the order of the file."""
    return _KINDS.validate_python(yaml.safe_load(DATA.read_text("utf-8")))


def kinds_named(text: str) -> frozenset[str]:
    """The kinds that a sentence names, or something that sounds like them."""
    named = frozenset(key for key, kind in machine_kinds().items() if kind.words.search(text))
    if named:
        return named
    heard = fold(text)
    return frozenset(
        key
        for key, sounds in _sounds().items()
        for sound in sounds
        if any(heard[at : at + len(sound)] == sound for at in range(len(heard) - len(sound) + 1))
    )


@cache
def _sounds() -> Mapping[str, frozenset[tuple[str, ...]]]:
    """How the words of each kind sound."""
    plain = {key: kind.words.pattern.split("|") for key, kind in machine_kinds().items()}
    return {key: frozenset(fold(word) for word in words if _LONG.fullmatch(word)) for key, words in plain.items()}
