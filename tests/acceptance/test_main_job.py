"""The main job with nothing in between replaced: a browser, a microphone, Vosk, Rasa, the curated answer, the voice."""

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path

import av
import pytest
import pytest_asyncio
from playwright.async_api import expect

from knowledge_base.entry import CONTENT, read_content
from tests.acceptance.microphone import write_wav
from tests.acceptance.stage import PHONE, chromium, free_port, spoken, tap_talk
from tests.fakes.served import Served, served

pytestmark = [
    pytest.mark.needs_chromium,
    pytest.mark.needs_rasa,
    pytest.mark.needs_ear,
    pytest.mark.needs_mouth,
    pytest.mark.timeout(1800),
    pytest.mark.asyncio(loop_scope="session"),
]

FLAGSHIP = "玉米叶子上有好多洞，长虫了咋整"
CLIP = Path(__file__).parents[1] / "clips" / "flagship.ogg"
ENTRY = next(entry for entry in read_content(CONTENT) if entry.key == "maize.fall_armyworm")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def assistant(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    with served(tmp_path_factory.mktemp("main") / "home", free_port(), voice=True) as one:
        await asyncio.to_thread(one.ready)
        yield one


async def test_typed_read_and_heard(assistant: Served, tmp_path: Path) -> None:
    write_wav(CLIP, tmp_path / "microphone.wav")
    async with chromium(tmp_path / "microphone.wav") as browser:
        context = await browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]})
        page = await context.new_page()
        await page.goto(assistant.url)
        await page.locator("#question").fill(FLAGSHIP)
        await page.locator("#send").click()
        bubble = page.locator(".them[data-kind=answer]")
        await expect(bubble).to_contain_text(ENTRY.spoken, timeout=120_000)
        await expect(bubble).to_contain_text(ENTRY.sources[0].title)
        await expect(bubble).to_contain_text(f"{ENTRY.sources[0].date.year}年")
        async with page.expect_response(lambda r: "/speech/" in r.url and r.ok, timeout=600_000) as answered:
            await bubble.locator(".listen").click()
        await expect(page.locator(".them").last).to_contain_text("同意吗")
        await page.get_by_role("button", name="同意", exact=True).click()
        await expect(page.locator(".them").last).not_to_contain_text("同意吗")
        # The media element takes the body in pieces; asked for once more, it comes from the cache in one.
        sound = await (await context.request.get((await answered.value).url)).body()
    with av.open(io.BytesIO(sound)) as file:
        seconds = sum(frame.samples / frame.sample_rate for frame in file.decode(audio=0))
    assert 10 < seconds < 60, "the whole spoken answer, not a snippet"


async def test_spoken_and_heard(assistant: Served, tmp_path: Path) -> None:
    write_wav(CLIP, tmp_path / "microphone.wav")
    async with chromium(tmp_path / "microphone.wav") as browser:
        context = await browser.new_context(
            viewport={"width": PHONE[0], "height": PHONE[1]}, permissions=["microphone"]
        )
        page = await context.new_page()
        await page.goto(assistant.url)
        await tap_talk(page)
        await spoken(page, 5)
        await tap_talk(page)
        await expect(page.locator(".mine .words").last).to_contain_text("听到：玉米叶子", timeout=120_000)
        bubble = page.locator(".them[data-kind=answer]")
        await expect(bubble).to_contain_text(ENTRY.spoken, timeout=120_000)
        await expect(bubble.locator(".listen")).to_have_attribute("data-state", "playing", timeout=600_000)
