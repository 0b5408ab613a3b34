"""From text to Understanding."""

import pytest

from nlu.entities import EntityFinder
from nlu.interpreter import Interpreter
from nlu.text.normalise import Normaliser
from nlu.understanding import Entity, Parse, UnderstanderDown
from nlu.words import Words
from tests.fakes.understander import FakeUnderstander


class Guessing(FakeUnderstander):
    """Names the entities that a test gives it."""

    guesses: tuple[Entity, ...] = ()

    async def parse(self, normalized: str) -> Parse:
        await super().parse(normalized)
        return Parse("agronomy", 0.8, (("agronomy", 0.8), ("price", 0.2)), self.guesses, self.name)


@pytest.fixture
def understander() -> Guessing:
    return Guessing("fake")


@pytest.fixture
def interpreter(words: Words, understander: Guessing) -> Interpreter:
    return Interpreter(Normaliser(words), EntityFinder(words), understander)


async def test_normalises_asks_and_names(interpreter: Interpreter, understander: Guessing) -> None:
    said = await interpreter.interpret("俺家苞谷生虫了，咋整")
    assert understander.asked == ["我家玉米生虫了，怎么办"]
    assert said.text == "俺家苞谷生虫了，咋整"
    assert said.normalized == "我家玉米生虫了，怎么办"
    assert (said.intent, said.confidence, said.by) == ("agronomy", 0.8, "fake")
    assert said.ranking == (("agronomy", 0.8), ("price", 0.2))
    assert said.standard("crop") == "玉米"
    crop = said.entities[0]
    assert (crop.text, crop.standard) == ("苞谷", "玉米")
    assert said.normalized[crop.start : crop.end] == "玉米"


async def test_the_region_decides(interpreter: Interpreter, understander: Guessing) -> None:
    assert (await interpreter.interpret("谷子发黄", "southwest")).standard("crop") == "水稻"
    assert (await interpreter.interpret("谷子发黄", "northeast")).standard("crop") == "谷子"
    assert understander.asked == ["水稻发黄", "谷子发黄"]


async def test_the_lexicon_wins_over_the_understander(interpreter: Interpreter, understander: Guessing) -> None:
    understander.guesses = (Entity("problem", "玉米螟和", "玉米螟和", 0, 4), Entity("crop", "雪莲果", "雪莲果", 4, 7))
    said = await interpreter.interpret("玉米螟和雪莲果")
    assert [(e.kind, e.standard) for e in said.entities] == [
        ("problem", "玉米螟"),
        ("crop", "玉米"),
        ("crop", "雪莲果"),
    ]


async def test_a_guess_without_a_span_counts_once(interpreter: Interpreter, understander: Guessing) -> None:
    understander.guesses = (Entity("crop", "玉米", "玉米"), Entity("crop", "雪莲果", "雪莲果"))
    said = await interpreter.interpret("玉米雪莲果")
    assert sorted(e.standard for e in said.entities) == ["玉米", "雪莲果"]


@pytest.mark.parametrize("nothing", ["", "   ", "🌽🌽", "？？！", "\x00\x07", "\u200b"])
async def test_nothing_said_is_asked_of_nobody(interpreter: Interpreter, understander: Guessing, nothing: str) -> None:
    said = await interpreter.interpret(nothing)
    assert (said.intent, said.confidence, said.entities) == ("out_of_scope", 0.0, ())
    assert understander.asked == []


async def test_an_understander_that_is_down_is_reported(interpreter: Interpreter, understander: Guessing) -> None:
    understander.down = True
    with pytest.raises(UnderstanderDown):
        await interpreter.interpret("玉米")
