"""Speech models of wrong bytes at the start, none, some that are cut short, then good ones, under one program all the while."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from bot.doctor.models import models
from bot.settings import Settings
from dialogs.wording import wording
from nlu.speech.assets import assets
from nlu.speech.base import NoEar, NoVoice
from nlu.speech.kokoro_mouth import KokoroMouth
from nlu.speech.vosk_ear import VoskEar
from tests.fakes.served import Served
from tests.survive.conftest import Program
from tests.survive.visitors import PATIENCE, Visitor, subject, texts

pytestmark = pytest.mark.timeout(1200)

CLIP = (Path(__file__).parents[1] / "clips" / "flagship.ogg").read_bytes()
TITLES = {asset.title for asset in assets().values()}
SOON = 60.0
"""Seconds for a sentence or a refusal, far more than it takes, for a machine with other work."""
NO_VOICE = "这会儿读不出声音，请看文字。"
FLAGSHIP = "玉米叶子上有好多洞，长虫了咋整"


@pytest.fixture
async def visitor(served: Served) -> AsyncIterator[Visitor]:
    async with Visitor(served) as visitor:
        yield visitor


def unwell(program: Program) -> set[str]:
    """The models that the doctor complains of, with the command that mends them."""
    settings = Settings(home=program.home, _env_file=None)
    found = [finding for finding in models(settings) if not finding.well]
    assert all("xiangyin models" in finding.detail for finding in found if finding.part in TITLES)
    return {finding.part for finding in found}


def truncated(good: Path, folder: Path, part: str) -> None:
    """A copy of a model of which one file was cut in the middle."""
    for file in good.rglob("*"):
        copy = folder / file.relative_to(good)
        if file.is_file():
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.symlink_to(file)
    (folder / part).unlink()
    with (good / part).open("rb") as whole:
        (folder / part).write_bytes(whole.read((good / part).stat().st_size // 2))


@pytest.fixture
def folders(program: Program) -> Iterator[dict[str, Path]]:
    """Where the models of the program lie: for these tests empty, afterwards as before."""
    kept = program.home / "models.kept"
    (program.home / "models").rename(kept)
    (program.home / "models").mkdir()
    yield {name: program.home / "models" / asset.folder for name, asset in assets().items()}
    shutil.rmtree(program.home / "models")
    kept.rename(program.home / "models")


async def spoken(served: Served, visitor: Visitor, said: str = FLAGSHIP) -> tuple[httpx.Response, float]:
    """The sound of an answer, and the seconds until it came; there is text in any case."""
    answer = await visitor.say(said)
    assert subject(answer) == "maize.fall_armyworm" or said != FLAGSHIP
    address = next(reply["speech"] for reply in answer["replies"] if reply["speech"])
    began = time.monotonic()
    async with httpx.AsyncClient(trust_env=False, base_url=served.url, timeout=PATIENCE) as client:
        return await client.get(address), time.monotonic() - began


async def test_a_program_with_damaged_models_starts_and_says_so(
    program: Program, served: Served, visitor: Visitor
) -> None:
    assert unwell(program) >= TITLES
    for part in ("ear", "mouth"):  # they are looked at beside the start
        await asyncio.to_thread(served.wait_until, "/metrics", rf'xiangyin_speech_model{{part="{part}"}} 0\.0')
    ready = await asyncio.to_thread(served.get, "/readyz")
    assert ready.status_code == 200, "typing and reading go on"
    said = {part: ready.json()[part] for part in ("ear", "mouth")}
    assert said == dict.fromkeys(said, "damaged; mend: xiangyin models")
    assert texts(await visitor.play(CLIP))[0] == wording().text("voice.NoEar")
    refused, _ = await spoken(served, visitor)
    assert (refused.status_code, refused.json()["text"]) == (503, NO_VOICE)


@pytest.mark.needs_ear
async def test_without_an_ear_there_is_a_sentence_and_with_one_that_comes_later_it_hears(
    program: Program, visitor: Visitor, folders: dict[str, Path]
) -> None:
    ear, folder = assets()["ear"], folders["ear"]
    good, no_ear = Settings().models / ear.folder, wording().text("voice.NoEar")

    for damaged in (None, "am/final.mdl", "graph/disambig_tid.int"):  # missing; cut, with the latter Vosk would crash
        if damaged:
            truncated(good, folder, damaged)
        began = time.monotonic()
        assert texts(await visitor.play(CLIP))[0] == no_ear
        assert time.monotonic() - began < SOON
        assert ear.title in unwell(program)
        shutil.rmtree(folder, ignore_errors=True)

    folder.symlink_to(good)
    heard = await visitor.play(CLIP)
    assert "玉米" in heard["heard"]
    assert subject(heard) == "maize.fall_armyworm"
    assert ear.title not in unwell(program)


@pytest.mark.needs_ear
async def test_a_model_of_ones_own_that_would_crash_the_program_does_not(tmp_path: Path) -> None:
    truncated(Settings().models / assets()["ear"].folder, tmp_path / "own", "graph/disambig_tid.int")
    ear = VoskEar(tmp_path / "own", parallel=1, waiting=0, max_bytes=10**7, max_seconds=60)
    with pytest.raises(NoEar):
        await ear.hear(CLIP)
    ear.close()


@pytest.mark.needs_mouth
async def test_without_a_voice_there_is_text_and_with_one_that_comes_later_it_speaks(
    program: Program, served: Served, visitor: Visitor, folders: dict[str, Path]
) -> None:
    mouth, folder = assets()["mouth"], folders["mouth"]
    good = Settings().models / mouth.folder
    for damaged in (None, "model.onnx", f"voices/{Settings().mouth_voice}.bin"):
        if damaged:
            truncated(good, folder, damaged)
        refused, took = await spoken(served, visitor)
        assert (refused.status_code, refused.json()["text"]) == (503, NO_VOICE)
        assert took < SOON
        assert mouth.title in unwell(program)
        shutil.rmtree(folder, ignore_errors=True)

    folder.symlink_to(good)
    sound, _ = await spoken(served, visitor, "谢谢")
    assert (sound.status_code, sound.content[:4]) == (200, b"OggS")
    assert mouth.title not in unwell(program)


@pytest.mark.needs_mouth
@pytest.mark.parametrize("part", ["model.onnx", "voices/{voice}.bin"])
async def test_a_voice_without_a_list_that_is_cut_short_is_not_loaded(tmp_path: Path, part: str) -> None:
    voice = Settings().mouth_voice
    truncated(Settings().models / assets()["mouth"].folder, tmp_path / "own", part.format(voice=voice))
    mouth = KokoroMouth(tmp_path / "own", tmp_path / "clips", voice=voice, pace=1.0)
    with pytest.raises(NoVoice):
        await mouth.speak("你好。")
    mouth.close()
