"""Danger is recognised, and ordinary talk is not taken for it. The sentences are in tests/golden/danger.yaml."""

import re
from pathlib import Path

import pytest
import yaml

from dialogs.urgent import danger_in, dangers

SENTENCES = yaml.safe_load((Path(__file__).parents[1] / "golden" / "danger.yaml").read_text("utf-8"))
ALOUD = str.maketrans("0123456789", "零幺二三四五六七八九")


@pytest.mark.parametrize(
    ("text", "name"), [(text, name) for name, texts in SENTENCES["danger"].items() for text in texts]
)
def test_danger(text: str, name: str) -> None:
    danger = danger_in(text)
    assert danger is not None
    assert danger.name == name
    assert any(number in danger.say for number in ("110", "119", "120"))


@pytest.mark.parametrize("text", SENTENCES["calm"])
def test_calm(text: str) -> None:
    assert danger_in(text) is None


def test_what_is_said_is_short_and_can_be_read_aloud() -> None:
    for danger in dangers():
        assert not re.search(r"[0-9A-Za-z]", danger.spoken), danger.spoken
        assert danger.say.translate(ALOUD) == danger.spoken
        assert len(danger.say) <= 75, danger.say
