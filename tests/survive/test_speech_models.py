"""No speech model, then a damaged one, then a good one, under a program that runs all the while."""

import shutil
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from bot.doctor.models import models
from bot.settings import Settings
from dialogs.wording import wording
from nlu.speech.assets import assets
from tests.fakes.served import Served
from tests.survive.conftest import Program
from tests.survive.visitors import Visitor, subject, texts

pytestmark = pytest.mark.timeout(300)

CLIP = (Path(__file__).parents[1] / "clips" / "flagship.ogg").read_bytes()
FLAGSHIP = "玉米叶子上有好多洞，长虫了咋整"


@pytest.fixture
async def visitor(served: Served) -> AsyncIterator[Visitor]:
    async with Visitor(served) as visitor:
        yield visitor


def unwell(program: Program) -> set[str]:
    """The models that the doctor complains of."""
    settings = Settings(home=program.home, _env_file=None)
    return {finding.part for finding in models(settings) if not finding.well}


@pytest.mark.needs_ear
async def test_without_an_ear_there_is_a_sentence_and_with_one_that_comes_later_it_hears(
    program: Program, visitor: Visitor
) -> None:
    ear = assets()["ear"]
    folder, good = program.home / "models" / ear.folder, Settings().models / ear.folder
    no_ear = wording().text("voice.NoEar")

    began = time.monotonic()
    assert texts(await visitor.play(CLIP))[0] == no_ear
    assert time.monotonic() - began < 5
    assert subject(await visitor.say(FLAGSHIP)) == "maize.fall_armyworm"
    assert ear.title in unwell(program)

    shutil.copytree(good, folder, ignore=shutil.ignore_patterns("*.fst", "*.mdl"))
    assert texts(await visitor.play(CLIP))[0] == no_ear, "damaged: not loaded"
    assert ear.title in unwell(program)
    shutil.rmtree(folder)

    folder.symlink_to(good)
    heard = await visitor.play(CLIP)
    assert "玉米" in heard["heard"]
    assert subject(heard) == "maize.fall_armyworm"
    assert ear.title not in unwell(program)
    folder.unlink()


async def test_without_a_voice_there_is_text_and_a_sentence(program: Program, served: Served, visitor: Visitor) -> None:
    answer = await visitor.say(FLAGSHIP)
    assert subject(answer) == "maize.fall_armyworm"
    address = next(reply["speech"] for reply in answer["replies"] if reply["subject"])
    async with httpx.AsyncClient(trust_env=False, base_url=served.url) as client:
        spoken = await client.get(address)
    assert (spoken.status_code, spoken.json()["text"]) == (503, "这会儿读不出声音，请看文字。")
    assert assets()["mouth"].title in unwell(program)
