"""Golden dialogues by voice, over operators and consultants at once, and those of other places: the whole assistant."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.booking.parts import booking
from bot.consultation.legal import legal
from bot.dialogues import Dialogue, read_dialogues
from bot.scene import Numbers, Stage
from dialogs.booking.terms import Person
from dialogs.handoff import Desk
from nlu.builtin import BuiltinUnderstander
from tests.fakes.house import House, last
from tests.fakes.legal import KEY

FOLDER = Path(__file__).parents[1] / "conversations"
ALL = [path for path in sorted(FOLDER.glob("*.yaml")) if path.stem.startswith(("booking_", "consultation"))]


def dialogues() -> Iterator[Any]:
    for name in ("booking_voice", "booking_elsewhere", "booking_blind", "booking_after"):
        for dialogue in read_dialogues(FOLDER / f"{name}.yaml"):
            yield pytest.param(dialogue, id=f"{name}: {dialogue.name}")


@pytest.mark.parametrize("dialogue", list(dialogues()))
async def test_dialogue(house: House, builtin: BuiltinUnderstander, dialogue: Dialogue) -> None:
    house.understander.instead = builtin
    numbers = Numbers()
    machines = booking(house.store, house.outbox, house.language, house.clock, new_number=numbers)
    desk = Desk(house.store)
    consultants = legal(
        house.store, house.library, house.language, house.outbox, desk, [KEY], house.clock, numbers=numbers
    )
    house.conversations = consultants.conversations
    house.serve(consultants.chat, *machines.services)
    stage = Stage(house.store, house.clock, machines, consultants)
    async for step, turn in house.play(dialogue, before=lambda: stage.set(dialogue.scene, _person)):
        assert step.wrong(turn) == [], f"{step.said}: {last(turn).text}"


def _person(user: str) -> Person:
    return Person("test", user)


def test_half_of_all_are_by_voice() -> None:
    every = [one for path in ALL for one in read_dialogues(path)]
    spoken = [one for one in every if any(step.speak for step in one.turns)]
    assert len(every) >= 110
    assert len(spoken) * 2 >= len(every)
