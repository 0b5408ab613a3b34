"""The try-it box in a real browser: typed, and spoken into the microphone."""

import re
import shutil
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from bot.channels.web.page import STATIC
from knowledge_base.curation.console import pages_try
from knowledge_base.curation.console.trial import (
    Candidate,
    HeardWords,
    Measure,
    NamedThing,
    PlaceFound,
    Question,
    Reason,
    Said,
    Tried,
    Understood,
)
from knowledge_base.store import Store
from tests.acceptance.stage import PHONE, fits
from tests.fakes.console import fake_console, sign_in

pytestmark = [pytest.mark.needs_chromium, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="session")]

HEARD = HeardWords("玉米杆子里有虫", ("玉米秆子有洞",), "玉米秆子里有虫", (("杆子", "秆子"),), ())
RANKING = (("agronomy", "庄稼、果树、蔬菜的事", 0.93), ("policy", "补贴、社保这些政策", 0.04))
NAMED = (NamedThing("crop", "苞谷", "玉米"), NamedThing("symptom", "有虫", "长虫"))
REASONS = (Reason("like_characters", 0.8, 3.1), Reason("other_problem", 1.0, -2.9), Reason("something_new", 0.5, None))


def candidate(key: str, title: str, confidence: float, *, given: bool) -> Candidate:
    return Candidate(
        key, title, confidence, REASONS, given, offered=False, expired=False, out_of_season=not given, elsewhere=False
    )


class CannedTrial:
    """Answers everything alike, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Question] = []

    async def ask(self, question: Question) -> Tried:
        self.asked.append(question)
        heard = HEARD if question.recording else None
        text = HEARD.corrected if heard else question.text
        return Tried(
            day=date(2026, 11, 22),
            place="山东省潍坊市寿光市" if question.place else "",
            heard=heard,
            understood=Understood(text, "玉米秆子里有虫怎么办", RANKING, NAMED, "rasa"),
            candidates=(
                candidate("maize.borer", "玉米螟", 0.72, given=True),
                candidate("maize.fall_armyworm", "玉米草地贪夜蛾", 0.11, given=False),
            ),
            measures=(Measure("intent", 0.93, 0.3), Measure("sure", 0.72, 0.4), Measure("ahead", 0.1, 0.15)),
            outcome="answer",
            replies=(
                Said("answer", "【玉米螟】秆上有虫眼，多半是玉米螟。", "是玉米螟。", "1. 看", "maize.borer", ("有用",)),
            ),
            seconds=0.2,
        )

    def places(self, typed: str) -> Sequence[PlaceFound]:
        return [PlaceFound("370783", "山东省潍坊市寿光市")] if typed == "寿光" else []


async def test_typed_and_spoken_on_a_phone(browser: Browser, migrated: Path, tmp_path: Path, now: datetime) -> None:
    shutil.copy(migrated, tmp_path / "console.db")
    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'console.db'}")
    trial = CannedTrial()
    complaints: list[str] = []
    recorder = STATIC / "recorder.js"
    async with (
        fake_console(
            store,
            now,
            lambda console: [pages_try.routes(console.kit, trial, recorder, voice_bytes=1_000_000, voice_seconds=60)],
        ) as console,
        console.served() as address,
    ):
        context = await browser.new_context(
            viewport={"width": PHONE[0], "height": PHONE[1]}, locale="zh-CN", permissions=["microphone"]
        )
        page = await context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await sign_in(page, address, "agent")
        async with page.expect_navigation():
            await page.get_by_role("link", name="试一试").click()
        await page.get_by_label("问题").fill("苞谷秆子里有虫咋整")
        await page.get_by_label("在哪里").fill("没有这里")
        await page.get_by_role("button", name="问一问").click()
        await expect(page.get_by_role("alert").filter(has_text="没有找到这个地方")).to_be_visible()
        await page.get_by_label("在哪里").fill("寿光")
        await page.get_by_label("几月份").select_option("6")
        await page.get_by_role("button", name="问一问").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="有把握，直接答。")).to_be_focused()
        assert trial.asked == [Question("苞谷秆子里有虫咋整", None, "370783", 6)]
        await expect(page.get_by_text("字和农民的问法像：加 3.1 分").first).to_be_visible()
        await expect(page.get_by_text("something_new：值 0.50").first).to_be_visible()
        await expect(page.get_by_role("link", name="玉米螟", exact=True)).to_have_attribute(
            "href", "/console/entries/maize.borer"
        )
        await expect(page.get_by_label("问题")).to_have_value("苞谷秆子里有虫咋整")
        await fits(page)

        speak = page.get_by_role("button", name="按一下，说话")
        await speak.focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("#state")).to_have_text(re.compile(r"正在听 [1-9]"))
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="听到了什么")).to_be_visible()
        await expect(page.locator("del")).to_have_text("杆子")
        recording = trial.asked[-1].recording
        assert recording is not None
        assert len(recording) > 1_000
        await fits(page)
        await expect(speak).to_have_attribute("aria-pressed", "false")
        await context.close()
    await store.close()
    assert [text for text in complaints if "422" not in text] == []
