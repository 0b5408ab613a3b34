"""The golden dialogues of machinery bookings: the whole assistant with the real words, over a ledger that nobody has registered in."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.booking.notify import OutboxNotify
from bot.dialogues import Dialogue, read_dialogues
from dialogs.booking.hearing import Hearing
from dialogs.booking.machinery import Machinery
from dialogs.topics.booking import MachineBooking
from nlu.builtin import BuiltinUnderstander
from nlu.text.quantities import QuantityFinder
from nlu.words import Words
from tests.fakes.house import House, last

FOLDER = Path(__file__).parents[1] / "conversations"
REGIONS = ("north", "northeast", "northwest", "southwest", "central", "jiangnan", "south")
FILES = tuple(FOLDER / f"booking_{part}.yaml" for part in (*REGIONS, "misheard"))


def dialogues() -> Iterator[Any]:
    for path in FILES:
        for dialogue in read_dialogues(path):
            yield pytest.param(dialogue, id=f"{path.stem}: {dialogue.name}")


@pytest.fixture(scope="session")
def hearing_of(words: Words) -> Any:
    made: list[Hearing] = []

    def of(house: House) -> Hearing:
        if not made:
            made.append(Hearing(words, house.language.gazetteer, QuantityFinder.load(words)))
        return made[0]

    return of


@pytest.mark.parametrize("dialogue", list(dialogues()))
async def test_dialogue(house: House, builtin: BuiltinUnderstander, hearing_of: Any, dialogue: Dialogue) -> None:
    house.understander.instead = builtin
    machinery = Machinery(house.store, OutboxNotify(house.store, house.outbox, house.clock), house.clock)
    house.serve(MachineBooking(machinery, hearing_of(house), house.places))
    async for step, turn in house.play(dialogue):
        assert step.wrong(turn) == [], f"{step.said}: {[reply.text for reply in turn.replies]} {dict(last(turn).slots)}"


def test_there_are_enough_of_them() -> None:
    every = [one for path in FILES for one in read_dialogues(path)]
    assert len(every) >= 50
    assert {one.region for one in every} >= set(REGIONS)
