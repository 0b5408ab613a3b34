"""A red warning typed by one person and approved by another, in a real browser at phone width."""

import re
import shutil
from datetime import datetime
from pathlib import Path

import pytest
from fastapi import APIRouter
from playwright.async_api import Browser, expect

from bot.warnings.desk import warning_desk
from dialogs.places import Places
from knowledge_base.curation.console import pages_warnings
from knowledge_base.store import Store
from knowledge_base.warnings.speaker_jobs import SpeakerJobs
from nlu.text.gazetteer import Gazetteer
from nlu.words import Words
from tests.acceptance.stage import PHONE, fits
from tests.fakes.alarm import Alarm
from tests.fakes.console import FakeConsole, fake_console, sign_in

pytestmark = [pytest.mark.needs_chromium, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="session")]


async def test_typed_by_one_approved_by_another(
    browser: Browser, migrated: Path, tmp_path: Path, now: datetime, words: Words
) -> None:
    shutil.copy(migrated, tmp_path / "typed.db")
    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'typed.db'}")
    alarm = Alarm(store, now)
    await alarm.people("zhang", "li")
    places = Places(words, Gazetteer.load())

    def routers(console: FakeConsole) -> list[APIRouter]:
        speakers = SpeakerJobs(store, console.clock)
        desk = warning_desk(
            store, alarm.outbox, places, console.parts.audit, console.clock, speakers=speakers, followers=()
        )
        return [pages_warnings.routes(console.kit, desk)]

    async with fake_console(store, now, routers) as console, console.served() as address:
        context = await browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]})
        page = await context.new_page()
        await sign_in(page, address, "operator")
        await page.goto(f"{address}warnings")
        await page.get_by_role("link", name="写一条预警").click()
        await page.get_by_role("link", name="山洪").click()
        await page.select_option("#colour", "1")
        await page.fill("#codes", "柘城县")
        await page.fill("#office", "柘城县应急局")
        await expect(page.locator("#instruction")).to_have_value(re.compile("马上往两边高处走"))
        await fits(page)
        await page.get_by_role("button", name="看看发出去是什么样").click()
        await expect(page.locator("#shown")).to_contain_text("【山洪红色预警】")
        await expect(page.locator("#reach")).to_contain_text("会发给 2 人")
        await fits(page)
        await page.get_by_role("button", name="交给另一个人核对").click()
        await expect(page.get_by_text("已交给另一个人核对")).to_be_visible()
        await context.close()

        context = await browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]})
        page = await context.new_page()
        await sign_in(page, address, "reviewer")
        await page.get_by_role("link", name="预警等着第二个人核对").click()
        await page.get_by_role("link", name="山洪红色预警，").click()
        await page.get_by_role("button", name="核对过了，发出去").click()
        await page.get_by_role("link", name="柘城县应急局发布山洪红色预警").click()
        await expect(page.get_by_role("heading", name="预警报告")).to_be_visible()
        await fits(page)
        await context.close()
    assert len(await alarm.messages("zhang")) == 1
    await store.close()
