"""Kinds of machines, from machine_kinds.yaml."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

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
    """The kinds that a sentence names."""
    return frozenset(key for key, kind in machine_kinds().items() if kind.words.search(text))
