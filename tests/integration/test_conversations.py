"""The golden conversations, with the built-in understanding over the real training data."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.dialogues import Dialogue, DialoguesBroken, Step, read_dialogues
from dialogs.messages import Choice, Reply, ReplyKind, Turn
from nlu.builtin import BuiltinUnderstander
from tests.fakes.house import House, last

FOLDER = Path(__file__).parents[1] / "conversations"
SERVICES = ("booking", "consultation", "prices", "weather")
"""Played where their services are."""


def dialogues() -> Iterator[Any]:
    for path in sorted(FOLDER.glob("*.yaml")):
        if not path.stem.startswith(SERVICES):
            for dialogue in read_dialogues(path):
                yield pytest.param(dialogue, id=f"{path.stem}: {dialogue.name}")


@pytest.mark.parametrize("dialogue", list(dialogues()))
async def test_conversation(house: House, builtin: BuiltinUnderstander, dialogue: Dialogue) -> None:
    house.understander.instead = builtin
    async for step, turn in house.play(dialogue):
        assert step.wrong(turn) == [], f"{step.said}: {last(turn).text}"


def test_what_is_wrong_with_a_turn_is_told() -> None:
    step = Step(say="后天收麦", kind="confirm", says="三亩", never="五亩", offers=["对"], slots={"area_mu": 3})
    reply = Reply(ReplyKind.ASK, "收五亩？", choices=(Choice("x", "不对"),), slots={"area_mu": 5})
    assert step.wrong(Turn((reply,))) == [
        "kind ask, not confirm",
        "no button 对 among ['不对']",
        "does not say 三亩",
        "says 五亩",
        "area_mu is 5, not 3",
    ]
    assert Step(say="后天收麦").wrong(Turn((reply,))) == []


@pytest.mark.parametrize(
    "text",
    ["- {name: 甲, turns: [{say: 乙, press: 丙}]}", "- {name: 甲, turns: [{says: 乙, kindly: yes}]}", "- [", "名: {}"],
)
def test_a_broken_file_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text(text, "utf-8")
    with pytest.raises(DialoguesBroken, match=r"broken\.yaml"):
        read_dialogues(tmp_path / "broken.yaml")
