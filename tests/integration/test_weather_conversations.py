"""Weather in the chat: golden dialogues in six dialects over a known forecast."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.dialogues import Dialogue, read_dialogues
from nlu.builtin import BuiltinUnderstander
from tests.fakes.house import House
from tests.fakes.weather_chat import WeatherChat

DIALOGUES = Path(__file__).parents[1] / "conversations" / "weather.yaml"


def dialogues() -> Iterator[Any]:
    for dialogue in read_dialogues(DIALOGUES):
        yield pytest.param(dialogue, id=dialogue.name)


@pytest.mark.parametrize("dialogue", list(dialogues()))
async def test_dialogue(house: House, builtin: BuiltinUnderstander, dialogue: Dialogue) -> None:
    house.understander.instead = builtin
    WeatherChat(house)
    async for step, turn in house.play(dialogue):
        text = "\n".join(reply.text for reply in turn.replies)
        assert step.wrong(turn) == [], f"{step.said}: {text}"


def test_there_are_enough_wordings_in_six_regions_and_enough_of_them_mis_heard() -> None:
    read = read_dialogues(DIALOGUES)
    steps = [step for dialogue in read for step in dialogue.turns]
    assert len(steps) >= 45
    assert sum(bool(step.speak) for step in steps) >= 23
    assert len({dialogue.region for dialogue in read}) >= 6
