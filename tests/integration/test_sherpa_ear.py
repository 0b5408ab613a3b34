"""The sherpa-onnx ear: untrained models of a few kB through the real package where it is installed, and its errors."""

import asyncio
import importlib.util
import inspect
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.app import _ear
from bot.settings import Settings
from nlu.speech import sherpa_model
from nlu.speech.base import AudioBroken, AudioTooLong, EarBusy, NoEar, NoSpeech
from nlu.speech.grammar import Domain
from nlu.speech.sherpa_ear import SherpaEar
from nlu.speech.vosk_ear import VoskEar

CLIPS = Path(__file__).parent.parent / "clips"
MODEL = CLIPS / "sherpa" / "sense_voice"
SHORT = (CLIPS / "lodging.ogg").read_bytes()

needs_sherpa = pytest.mark.skipif(importlib.util.find_spec("sherpa_onnx") is None, reason="sherpa-onnx is optional")


def new_ear(model: Path = MODEL, parallel: int = 2, waiting: int = 8, max_seconds: float = 60) -> SherpaEar:
    return SherpaEar(model, parallel=parallel, waiting=waiting, max_bytes=10**7, max_seconds=max_seconds)


@pytest.fixture
def ear() -> Iterator[SherpaEar]:
    ear = new_ear()
    yield ear
    ear.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the model, to be damaged."""
    return Path(shutil.copytree(MODEL, tmp_path / "model"))


@needs_sherpa
async def test_a_recording_becomes_characters(ear: SherpaEar) -> None:
    await ear.warm()
    heard = await ear.hear(SHORT, ["是", "不是"])
    assert set(heard.text) == {"玉", "米"}
    assert [reading.confidence for reading in heard.readings] == [1.0]
    assert heard.limited is None
    assert 2 < heard.seconds < 5


@needs_sherpa
async def test_several_at_once_hear_what_one_hears(ear: SherpaEar) -> None:
    alone = await ear.hear(SHORT)
    tasks = [asyncio.create_task(ear.hear(SHORT)) for _ in range(5)]
    await asyncio.sleep(0)
    assert (ear.busy, ear.queue_length) == (2, 3)
    assert await asyncio.gather(*tasks) == [alone] * 5
    assert (ear.busy, ear.queue_length) == (0, 0)


@needs_sherpa
async def test_a_whole_number_model_goes_before_the_other(folder: Path) -> None:
    shutil.move(folder / "model.onnx", folder / "model.int8.onnx")
    (folder / "model.onnx").write_bytes(b"never opened")
    ear = new_ear(folder)
    assert (await ear.hear(SHORT)).text
    ear.close()


@needs_sherpa
@pytest.mark.parametrize("damage", [b"", b"not a model" * 50, (MODEL / "model.onnx").read_bytes()[:500]])
async def test_a_damaged_model_is_no_ear(damage: bytes, folder: Path) -> None:
    (folder / "model.onnx").write_bytes(damage)
    ear = new_ear(folder)
    with pytest.raises(NoEar, match=r"model\.onnx is damaged|none of"):
        await ear.hear(SHORT)
    ear.close()


@needs_sherpa
async def test_a_model_of_another_kind_is_no_ear(folder: Path) -> None:
    data = (folder / "model.onnx").read_bytes()
    (folder / "model.onnx").write_bytes(data.replace(b"sense_voice_ctc", b"something_other"))
    ear = new_ear(folder)
    with pytest.raises(NoEar, match="none of: sense_voice_ctc, paraformer, zipformer2_ctc"):
        await ear.hear(SHORT)
    ear.close()


@needs_sherpa
@pytest.mark.parametrize(
    ("files", "kind", "constructor"),
    [
        (["model.onnx"], "sense_voice_ctc", "from_sense_voice"),
        (["model.int8.onnx"], "paraformer", "from_paraformer"),
        (["model.int8.onnx"], "zipformer2_ctc", "from_zipformer_ctc"),
        (["encoder-epoch-99-avg-1.onnx", "decoder-1.onnx", "joiner-1.int8.onnx"], "zipformer2", "from_transducer"),
    ],
)
def test_every_kind_is_told_by_its_files(
    files: list[str], kind: str, constructor: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sherpa_onnx

    for name in files:
        (tmp_path / name).touch()
    monkeypatch.setattr(sherpa_model, "_kind", lambda path: kind if path.name == files[0] else "")
    found, arguments = sherpa_model._plan(tmp_path)
    assert found == constructor
    assert {str(tmp_path / name) for name in files} <= set(arguments.values())
    inspect.signature(getattr(sherpa_onnx.OfflineRecognizer, found)).bind(**arguments, tokens="", num_threads=1)


@needs_sherpa
async def test_a_model_that_comes_later_is_found(tmp_path: Path) -> None:
    ear = new_ear(tmp_path / "model")
    with pytest.raises(NoEar):
        await ear.hear(SHORT)
    (tmp_path / "model").symlink_to(MODEL)
    assert (await ear.hear(SHORT)).text
    ear.close()


async def test_without_a_model_warm_up_is_quiet(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ear = new_ear(tmp_path)
    await ear.warm()
    assert "no tokens.txt" in caplog.text
    ear.close()


async def test_without_the_package_there_is_no_ear(ear: SherpaEar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sherpa_onnx", None)
    with pytest.raises(NoEar, match="sherpa-onnx is not installed"):
        await ear.hear(SHORT)


async def test_bad_recordings_keep_their_errors(tmp_path: Path) -> None:
    ear = new_ear(tmp_path, max_seconds=1)
    with pytest.raises(AudioBroken):
        await ear.hear(b"not sound" * 200)
    with pytest.raises(AudioTooLong):
        await ear.hear(SHORT)
    assert ear.busy == 0
    ear.close()


@needs_sherpa
async def test_silence_is_no_speech(ear: SherpaEar) -> None:
    from tests.integration.test_vosk_ear import not_speech, wav

    with pytest.raises(NoSpeech):
        await ear.hear(wav(not_speech()["silence"]))


async def test_one_too_many_is_told_at_once(tmp_path: Path) -> None:
    ear = new_ear(tmp_path, parallel=1, waiting=0)
    first = asyncio.create_task(ear.hear(SHORT))
    await asyncio.sleep(0)
    with pytest.raises(EarBusy):
        await ear.hear(SHORT)
    with pytest.raises(NoEar):
        await first
    ear.close()


def test_the_setting_chooses_the_ear(tmp_path: Path) -> None:
    nothing = Domain(frozenset(), str.split, tuple)
    chosen = _ear(Settings(_env_file=None, ear="sherpa", ear_model=tmp_path), nothing)
    assert isinstance(chosen, SherpaEar)
    chosen.close()
    usual = _ear(Settings(_env_file=None), nothing)
    assert isinstance(usual, VoskEar)
    usual.close()
