"""The second ear with the real model: what open dictation cannot say, what is expected, and learning anew."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from bot.settings import Settings
from nlu.speech.assets import assets
from nlu.speech.base import NoSpeech
from nlu.speech.decode import RATE, decode
from nlu.speech.grammar import Domain
from nlu.speech.recogniser import Stopped
from nlu.speech.vocabulary import Vocabulary
from nlu.speech.vosk_ear import VoskEar
from nlu.text.segmenter import Segmenter
from nlu.words import Words
from tests.integration.test_vosk_ear import CLIPS, SHORT, new_ear, not_speech, wav

pytestmark = [pytest.mark.needs_ear, pytest.mark.timeout(600)]
HYPOXIA = (CLIPS / "hypoxia.ogg").read_bytes()
BLIGHT = (CLIPS / "late_blight.ogg").read_bytes()
ASKED = ("鱼浮到水面上张嘴咋办", "叶子背面长白毛", "麦子刮倒了", "打药", "鱼塘里缺氧")
MODEL = Settings().models / assets()["ear"].folder


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory: pytest.TempPathFactory) -> Vocabulary:
    return Vocabulary.read(MODEL, tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def ear(words: Words, segmenter: Segmenter, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VoskEar]:
    ear = VoskEar(
        MODEL,
        parallel=2,
        waiting=4,
        max_bytes=10**7,
        max_seconds=60,
        domain=Domain(frozenset(words.readings), segmenter.cut, lambda: ASKED),
        cache=tmp_path_factory.mktemp("narrow"),
    )
    yield ear
    ear.close()


def test_the_model_knows_100_000_words_and_spells_the_rest(vocabulary: Vocabulary, words: Words) -> None:
    assert len(vocabulary.words) > 99_000
    assert "稻飞虱" not in vocabulary
    spelled = {text: vocabulary.spell(text) for text in ("稻飞虱", "鸡瘟", "草地贪夜蛾", "炭疽病", "苞谷", "纹枯病")}
    assert {text: spelling.exact for text, spelling in spelled.items() if spelling} == {
        "稻飞虱": False, "鸡瘟": False, "草地贪夜蛾": False, "炭疽病": False, "苞谷": False, "纹枯病": True
    }  # fmt: skip
    han = [text for text in words.readings if all("\u4e00" <= char <= "\u9fff" for char in text)]
    assert sum(vocabulary.spell(text) is None for text in han) < len(han) / 200


async def test_both_ears_hear_more_than_one(ear: VoskEar) -> None:
    alone = new_ear()
    assert "浮到" in (await ear.hear(HYPOXIA)).text
    both, one = await ear.hear(BLIGHT), await alone.hear(BLIGHT)
    assert "洋芋" in both.text
    assert "洋芋" not in one.text
    alone.close()


async def test_words_stand_at_their_time_in_every_recording(ear: VoskEar) -> None:
    """Vosk's clock runs on from recording to recording; merging by time would fail if it were not set back."""
    await ear.hear(SHORT)
    assert ear._second is not None
    for recording in (SHORT, BLIGHT, SHORT):
        sound = decode(recording, 10**7, 60)
        with ear._second.pool.taken() as recogniser:
            with pytest.raises(Stopped):
                recogniser.read(sound, iter([False] * 5 + [True]).__next__)
            (segment,) = recogniser.read(sound, lambda: False)
        words = segment.best.words
        assert 0.1 < words[0].start < 0.6  # the clips begin with 0.3 s of silence
        assert words[-1].end == pytest.approx(sound.size / RATE - 0.3, abs=0.4)


async def test_expected_phrases(ear: VoskEar) -> None:
    clip = decode(BLIGHT, 10**7, 60)
    word = clip[: round(0.85 * RATE)]
    said = await ear.hear(wav(np.concatenate([word, np.zeros(RATE // 2)])), ("洋芋", "玉米", "麦子"))
    assert said.limited is not None
    assert said.limited.text == "洋芋"
    assert (await ear.hear(BLIGHT, ("是的", "不是", "三亩"))).limited is None
    assert (await ear.hear(BLIGHT)).limited is None


@pytest.mark.parametrize("name", not_speech())
async def test_noise_is_no_answer(name: str, ear: VoskEar) -> None:
    with pytest.raises(NoSpeech):
        await ear.hear(wav(not_speech()[name]), ("是", "不是", "对", "嗯", "有", "一", "二", "三"))


async def test_learning_while_it_hears(ear: VoskEar, words: Words) -> None:
    before = ear._second
    hearing = asyncio.create_task(ear.hear(SHORT))
    await asyncio.gather(ear.learn(["甲"]), ear.learn([*ASKED, "洋芋黑了"], {"洋芋", "麦子"}))
    assert (await hearing).text
    assert ear._second is not None
    assert ear._second is not before
    assert ear._second.grammar.terms == {"洋芋", "麦子"}
    assert "洋芋" in (await ear.hear(BLIGHT)).text


async def test_a_model_with_a_fixed_graph_has_one_ear(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for part in MODEL.iterdir():
        if part.name != "graph":
            (tmp_path / part.name).symlink_to(part)
    ear = new_ear(model=tmp_path)
    assert ear._words() is None
    assert "fixed graph" in caplog.text
    ear.close()
