"""What every ear promises, on the real engines: Vosk with two ears, and the other recogniser."""

import asyncio
import importlib.util
from collections.abc import Callable, Iterator

import pytest

from bot.settings import Settings
from nlu.speech.assets import assets
from nlu.speech.base import AudioBroken, AudioTooLong, EarBusy, NoSpeech
from nlu.speech.grammar import Domain
from nlu.speech.sherpa_ear import SherpaEar
from nlu.speech.vosk_ear import VoskEar
from tests.integration.test_vosk_ear import CLIPS, SHORT, not_speech, wav

pytestmark = pytest.mark.timeout(600)

AnyEar = VoskEar | SherpaEar
Make = Callable[[int, int], AnyEar]
"""An ear for so many recordings at a time, and so many more that may wait."""


def two(parallel: int, waiting: int) -> VoskEar:
    known = assets()["ear"]
    return VoskEar(
        Settings().models / known.folder,
        parallel=parallel,
        waiting=waiting,
        max_bytes=10**7,
        max_seconds=10,
        asset=known,
        domain=Domain(frozenset({"麦子", "虫子"}), list, lambda: ("麦子倒了咋办",)),
    )


def sherpa(parallel: int, waiting: int) -> SherpaEar:
    return SherpaEar(
        CLIPS / "sherpa" / "sense_voice", parallel=parallel, waiting=waiting, max_bytes=10**7, max_seconds=10
    )


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(two, marks=pytest.mark.needs_ear),
        pytest.param(
            sherpa,
            marks=pytest.mark.skipif(importlib.util.find_spec("sherpa_onnx") is None, reason="sherpa-onnx is optional"),
        ),
    ],
)
def make(request: pytest.FixtureRequest) -> Make:
    maker: Make = request.param
    return maker


@pytest.fixture(scope="module")
def ear(make: Make) -> Iterator[AnyEar]:
    ear = make(2, 8)
    yield ear
    ear.close()


@pytest.mark.parametrize("expected", [(), ("是的", "不是"), ("麦子", "NPK", ""), ("12316",)])
async def test_readings_best_first_and_an_expected_phrase_or_none(ear: AnyEar, expected: tuple[str, ...]) -> None:
    heard = await ear.hear(SHORT, expected)
    shares = [reading.confidence for reading in heard.readings]
    assert heard.text == heard.readings[0].text != ""
    assert shares == sorted(shares, reverse=True)
    assert 0 < sum(shares) <= 1.001
    assert len({reading.text for reading in heard.readings}) == len(heard.readings)
    assert 2 < heard.seconds < 5
    assert heard.limited is None or heard.limited.text in expected


@pytest.mark.parametrize("expected", [(), ("是的", "不是", "三亩")])
@pytest.mark.parametrize("name", ["silence", "soft noise", "tone"])
async def test_nobody_speaks(ear: AnyEar, name: str, expected: tuple[str, ...]) -> None:
    if isinstance(ear, SherpaEar) and name != "silence":
        pytest.skip("the untrained model hears something in everything")
    with pytest.raises(NoSpeech):
        await ear.hear(wav(not_speech()[name]), expected)


async def test_recordings_that_cannot_be_heard(ear: AnyEar) -> None:
    with pytest.raises(AudioBroken):
        await ear.hear(b"not sound" * 200)
    with pytest.raises(AudioTooLong):
        await ear.hear(wav(not_speech()["tone"].repeat(3)))
    assert (ear.busy, ear.queue_length) == (0, 0)


async def test_several_at_once(ear: AnyEar) -> None:
    tasks = [asyncio.create_task(ear.hear(SHORT)) for _ in range(4)]
    await asyncio.sleep(0)
    assert (ear.busy, ear.queue_length) == (2, 2)
    assert all(heard.text for heard in await asyncio.gather(*tasks))
    assert (ear.busy, ear.queue_length) == (0, 0)


async def test_one_too_many_and_one_who_leaves(make: Make) -> None:
    ear = make(1, 0)
    first = asyncio.create_task(ear.hear(SHORT))
    await asyncio.sleep(0)
    with pytest.raises(EarBusy):
        await ear.hear(SHORT)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert (await ear.hear(SHORT, ["是的"])).text
    ear.close()
