"""Which of several readings is taken, and when the person is asked."""

import pytest

from dialogs.listening import LIMITED_SURE, Listener, Sense
from nlu.entities import EntityFinder
from nlu.interpreter import Interpreter
from nlu.speech.base import Heard, Reading
from nlu.speech.correction import Change, Corrector
from nlu.text.normalise import Normaliser
from nlu.text.segmenter import Segmenter
from nlu.understanding import Understanding
from nlu.wordfile import Region
from nlu.words import Words
from tests.fakes.house import mending
from tests.fakes.understanders import WordUnderstander


class Ear:
    """Hears what it was given."""

    def __init__(self, *readings: tuple[str, float], limited: Reading | None = None) -> None:
        self.heard = Heard(tuple(Reading(*reading) for reading in readings), 1.0, limited)

    async def hear(self, _recording: bytes, _expected: object = ()) -> Heard:
        """The readings."""
        return self.heard


SENSE = {
    "小麦条锈病怎么治": Sense(0.9, "wheat.stripe_rust"),
    "小麦赤霉病怎么治": Sense(0.9, "wheat.scab"),
    "玉米多少钱": Sense(0.5),
    "三亩地收割机": Sense(0.5),
    "四亩地收割机": Sense(0.5),
    "三亩地玉米螟": Sense(0.9, "maize.borer"),
    "四亩地玉米螟": Sense(0.9, "maize.borer"),
    "补贴没到账": Sense(0.5),
    "补贴到账": Sense(0.5),
    "小麦赤霉病": Sense(0.9, "wheat.scab"),
    "小麦吃没病": Sense(0.5),
}


async def sense(said: Understanding) -> Sense:
    return SENSE.get(said.normalized, Sense(0.05))


@pytest.fixture(scope="module")
def corrector(words: Words, segmenter: Segmenter) -> Corrector:
    return mending(words, segmenter).corrector


@pytest.fixture(scope="module")
def interpreter(words: Words) -> Interpreter:
    return Interpreter(Normaliser(words), EntityFinder(words), WordUnderstander())


def listener(ear: Ear, corrector: Corrector, interpreter: Interpreter) -> Listener:
    return Listener(ear, corrector.mend, interpreter, sense)


@pytest.mark.parametrize(
    ("readings", "doubt"),
    [
        # Different answers, about as likely.
        ([("小麦条锈病咋治", 0.5), ("小麦赤霉病咋治", 0.45)], ("小麦条锈病咋治", "小麦赤霉病咋治")),
        # One is clearly likelier.
        ([("小麦条锈病咋治", 0.8), ("小麦赤霉病咋治", 0.2)], None),
        # The other one makes no sense.
        ([("小麦条锈病咋治", 0.5), ("小妹跳绣病咋子", 0.5)], None),
        # A number that matters is asked for sooner.
        ([("三亩地收割机", 0.6), ("四亩地收割机", 0.4)], ("三亩地收割机", "四亩地收割机")),
        # The answer is the same, whatever the number.
        ([("三亩地玉米螟", 0.5), ("四亩地玉米螟", 0.5)], None),
        # A negation that is heard once and once not.
        ([("补贴没到账", 0.55), ("补贴到账", 0.45)], ("补贴没到账", "补贴到账")),
        # Of a negation that would have to be changed both ways are offered.
        ([("小麦吃没病", 1.0)], ("小麦赤霉病", "小麦吃没病")),
    ],
)
async def test_the_person_is_asked_where_it_matters(
    corrector: Corrector,
    interpreter: Interpreter,
    readings: list[tuple[str, float]],
    doubt: tuple[str, str] | None,
) -> None:
    hearing = await listener(Ear(*readings), corrector, interpreter).listen(b"")
    assert hearing.doubt == doubt
    assert hearing.corrected == (doubt[0] if doubt else readings[0][0])
    assert hearing.heard == readings[0][0]


async def test_a_reading_that_makes_hardly_any_sense_is_not_taken_for_granted(
    corrector: Corrector, interpreter: Interpreter
) -> None:
    ear = Ear(("你家要每多少前", 0.95), ("玉米多少钱", 0.05))
    hearing = await listener(ear, corrector, interpreter).listen(b"")
    assert hearing.doubt is not None or hearing.corrected == "玉米多少钱"


async def test_what_was_changed_is_told(corrector: Corrector, interpreter: Interpreter) -> None:
    hearing = await listener(Ear(("小麦条修病咋治", 1.0)), corrector, interpreter).listen(b"")
    assert (hearing.heard, hearing.corrected) == ("小麦条修病咋治", "小麦条锈病咋治")
    assert hearing.changes == (Change(2, "条修病", "条锈病"),)


@pytest.mark.parametrize(("region", "corrected"), [("southwest", "南瓜烂了"), ("northeast", "蓝瓜烂了")])
async def test_the_accent_of_the_region_counts(
    corrector: Corrector, interpreter: Interpreter, region: Region, corrected: str
) -> None:
    hearing = await listener(Ear(("蓝瓜烂了", 1.0)), corrector, interpreter).listen(b"", region)
    assert hearing.corrected == corrected


@pytest.mark.parametrize(("confidence", "taken"), [(LIMITED_SURE, "洋芋"), (LIMITED_SURE - 0.1, "羊鱼")])
async def test_an_expected_phrase_is_taken_if_it_is_sure(
    corrector: Corrector, interpreter: Interpreter, confidence: float, taken: str
) -> None:
    ear = Ear(("羊鱼", 1.0), limited=Reading("洋芋", confidence))
    hearing = await listener(ear, corrector, interpreter).listen(b"", None, ["洋芋", "番茄"])
    assert (hearing.corrected, hearing.heard) == (taken, "羊鱼")


async def test_an_alternative_that_was_expected_is_taken_without_asking(
    corrector: Corrector, interpreter: Interpreter
) -> None:
    ear = Ear(("小麦条锈病咋治", 0.5), ("都不是", 0.4))
    hearing = await listener(ear, corrector, interpreter).listen(b"", None, ["都不是"])
    assert (hearing.corrected, hearing.doubt) == ("都不是", None)
