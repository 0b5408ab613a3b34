"""The golden utterances, typed and spoken, keep to their form: known labels, said values, no line twice or trained on."""

from collections import Counter
from pathlib import Path
from typing import Literal

import pytest
import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from nlu.text.normalise import Normaliser
from nlu.training_data import read_training_data
from nlu.words import Words

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden"
FILES = [path for path in (GOLDEN / "utterances.yaml", GOLDEN / "spoken.yaml") if path.is_file()]
INTENTS = set(yaml.safe_load((ROOT / "nlu" / "intents.yaml").read_text("utf-8")))
AS_SAID = {"place", "date", "area", "money", "weight"}
STANDARD = {
    "crop",
    "livestock",
    "pest",
    "pesticide",
    "fertiliser",
    "machine",
    "service",
    "product",
    "policy",
    "hazard",
}
REGIONS = 8
ENOUGH = 430
A_SHARE = 40
"""Lines that every region has at least."""
PER_INTENT = 15


class Utterance(BaseModel):
    """A golden utterance; a spoken one may say more about itself."""

    model_config = ConfigDict(extra="allow", strict=True)

    text: str
    intent: str
    region: Literal["standard", "northeast", "north", "northwest", "southwest", "central", "jiangnan", "south"]
    entities: list[list[str]]


def read(path: Path) -> list[Utterance]:
    return TypeAdapter(list[Utterance]).validate_python(yaml.safe_load(path.read_text("utf-8")))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_line_keeps_to_the_form(path: Path) -> None:
    lines = read(path)
    assert {line.intent for line in lines} <= INTENTS
    assert [line.text for line in lines if any(len(pair) != 2 for pair in line.entities)] == []
    assert {kind for line in lines for kind, _ in line.entities} <= AS_SAID | STANDARD
    assert [line.text for line in lines if not line.text.strip() or any(not value for _, value in line.entities)] == []
    assert [text for text, times in Counter(line.text for line in lines).items() if times > 1] == []


def test_typed_values_are_as_said() -> None:
    lines = read(GOLDEN / "utterances.yaml")
    astray = [
        (line.text, value)
        for line in lines
        for kind, value in line.entities
        if kind in AS_SAID and value not in line.text
    ]
    assert astray == []


def test_typed_lines_are_enough_and_from_everywhere() -> None:
    lines = read(GOLDEN / "utterances.yaml")
    regions = Counter(line.region for line in lines)
    intents = Counter(line.intent for line in lines)
    kinds = Counter(kind for line in lines for kind, _ in line.entities)
    assert len(lines) >= ENOUGH
    assert len(regions) == REGIONS
    assert min(regions.values()) >= A_SHARE
    assert set(intents) == INTENTS
    assert min(intents.values()) >= PER_INTENT
    assert set(kinds) == AS_SAID | STANDARD
    assert min(kinds["date"], kinds["area"], kinds["crop"], kinds["pest"], kinds["machine"]) >= PER_INTENT


def test_no_line_is_trained_on(words: Words) -> None:
    normalise = Normaliser(words).normalise
    trained = {example.text for example in read_training_data(normalise)}
    assert [line.text for path in FILES for line in read(path) if normalise(line.text) in trained] == []
