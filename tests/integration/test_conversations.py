"""The golden conversations, with the built-in understanding over the real training data."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.understanding import examples
from dialogs.messages import Turn
from nlu.builtin import BuiltinUnderstander
from nlu.text.normalise import Normaliser
from nlu.words import Words
from tests.fakes.house import House, last

FOLDER = Path(__file__).parents[1] / "conversations"
KEYS = {"say", "speak", "press", "kind", "subject", "offers", "says", "intent"}


def conversations() -> Iterator[Any]:
    for path in sorted(FOLDER.glob("*.yaml")):
        for row in yaml.safe_load(path.read_text("utf-8")):
            yield pytest.param(row["turns"], id=f"{path.stem}: {row['name']}")


@pytest.fixture(scope="session")
def builtin(words: Words) -> BuiltinUnderstander:
    sentences = examples(Normaliser(words))
    return BuiltinUnderstander(lambda: sentences)


@pytest.mark.parametrize("turns", list(conversations()))
async def test_conversation(house: House, builtin: BuiltinUnderstander, turns: list[dict[str, Any]]) -> None:
    house.understander.instead = builtin
    turn: Turn | None = None
    for wanted in turns:
        assert set(wanted) <= KEYS, "a key that is never looked at"
        if "press" in wanted:
            assert turn is not None
            turn = await house.press(wanted["press"], turn)
        elif "speak" in wanted:
            turn = await house.speak("\n".join(wanted["speak"]))
        else:
            turn = await house.say(wanted["say"])
        check(wanted, turn)


def check(wanted: dict[str, Any], turn: Turn) -> None:
    """What a turn must have brought."""
    said = wanted.get("say") or wanted.get("speak") or wanted.get("press")
    got = last(turn)
    if "kind" in wanted:
        assert str(got.kind) == wanted["kind"], f"{said}: {got.text}"
    if "subject" in wanted:
        assert got.subject == wanted["subject"], f"{said}: {got.text}"
    if "intent" in wanted:
        assert turn.understanding is not None
        assert turn.understanding.intent == wanted["intent"], said
    labels = {choice.label for choice in got.choices}
    assert set(wanted.get("offers", ())) <= labels, f"{said}: {labels}"
    assert wanted.get("says", "") in "".join(reply.text for reply in turn.replies), said
