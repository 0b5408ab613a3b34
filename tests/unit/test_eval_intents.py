"""Reading the golden utterances, and counting what was read rightly."""

from pathlib import Path

import pytest
import yaml

from tests.eval import intents
from tests.eval.contenders import Read
from tests.eval.intents import Line, Result, golden

TYPED = [{"text": "苞米啥价", "intent": "price", "region": "northeast", "entities": [["crop", "玉米"]]}]
SPOKEN = [
    {"text": "明天下雨吗", "intent": "weather", "region": "standard", "entities": [["date", "明天"]], "terms": ["明天"]}
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, rows in (("utterances", TYPED), ("spoken", SPOKEN)):
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(rows, allow_unicode=True), "utf-8")
    monkeypatch.setattr(intents, "GOLDEN", tmp_path)
    return tmp_path


def test_what_was_heard_keeps_the_labels_of_what_was_said(folder: Path) -> None:
    typed = golden()
    assert [(line.text, line.home, line.misheard) for line in typed] == [
        ("苞米啥价", "northeast", False),
        ("明天下雨吗", None, False),
    ]
    heard = [{"said": "明天下雨吗", "heard": "明天夏雨吗", "voice": 3}]
    (folder / "misheard.yaml").write_text(yaml.safe_dump(heard, allow_unicode=True), "utf-8")
    *before, last = golden()
    assert before == typed
    assert (last.text, last.misheard) == ("明天夏雨吗", True)
    assert (last.intent, last.entities) == ("weather", (("date", "明天"),))


def test_a_share_is_of_the_lines_wanted() -> None:
    lines = [Line("甲", intent, "standard", (), misheard=False) for intent in ("price", "price", "weather")]
    result = Result("one", lines, [Read("price", 0.9, ())] * 3)
    assert result.right(lambda line: line.intent == "price") == 1
    assert result.right(lambda line: True) == pytest.approx(2 / 3)
    assert result.right(lambda line: line.misheard) is None
