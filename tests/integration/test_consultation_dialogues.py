"""Golden dialogues of legal consultations over three consultants, understood by the small understanding."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.dialogues import Dialogue, read_dialogues
from nlu.builtin import BuiltinUnderstander
from tests.fakes.house import House, last
from tests.fakes.legal import with_consultants

FOLDER = Path(__file__).parents[1] / "conversations"
FILES = tuple(FOLDER / f"{name}.yaml" for name in ("consultation", "consultation_blind"))


def dialogues() -> Iterator[Any]:
    for path in FILES:
        for dialogue in read_dialogues(path):
            yield pytest.param(dialogue, id=f"{path.stem}: {dialogue.name}")


@pytest.mark.parametrize("dialogue", list(dialogues()))
async def test_dialogue(house: House, builtin: BuiltinUnderstander, dialogue: Dialogue) -> None:
    house.understander.instead = builtin
    await with_consultants(house)
    async for step, turn in house.play(dialogue):
        assert step.wrong(turn) == [], f"{step.said}: {last(turn).text}"
