"""The register of consultants and the week of their appointments in a real browser, on a phone and on a desk."""

from datetime import datetime
from pathlib import Path

import pytest
from fastapi import APIRouter
from playwright.async_api import Browser, expect

from bot.consultation.console import consultation_pages
from bot.consultation.legal import legal
from bot.delivery.outbox import Outbox
from dialogs.booking.terms import Person
from dialogs.consultation.terms import Meeting, Way
from dialogs.handoff import Desk
from knowledge_base.library import Library
from knowledge_base.safety import pesticide_gate
from knowledge_base.search.index import search_index
from knowledge_base.store import Store
from nlu.text.segmenter import Segmenter
from nlu.words import Words
from tests.acceptance.stage import PHONE, fits
from tests.fakes.console import FakeConsole, fake_console, sign_in
from tests.fakes.house import speaking
from tests.fakes.legal import KEY

pytestmark = [pytest.mark.needs_chromium, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="session")]

NINE = datetime.fromisoformat("2026-11-24T09:00:00+08:00")


async def test_registered_booked_and_cancelled(
    browser: Browser, tmp_path: Path, now: datetime, words: Words, segmenter: Segmenter
) -> None:
    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'consultants.db'}")
    await store.migrate()
    language = speaking(words, segmenter)
    library = Library(store, search_index(store, language.analyze), pesticide_gate(), lambda: now)
    parts = legal(store, library, language, Outbox(store, lambda: now), Desk(store), [KEY], lambda: now)

    def routers(console: FakeConsole) -> list[APIRouter]:
        return [*consultation_pages(console.kit, store, parts, language, console.parts.audit)]

    async with fake_console(store, now, routers) as console, console.served() as address:
        context = await browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]})
        page = await context.new_page()
        await sign_in(page, address, "operator")
        await page.get_by_role("link", name="咨询人员").click()
        await page.get_by_role("link", name="登记一位").click()
        await page.fill("#name", "李建国")
        await page.get_by_label("工钱的事").check()
        await page.fill("#phone", "0370-7211234")
        await page.fill("#hours_1", "上午")
        await page.get_by_role("button", name="存好").click()
        await expect(page.locator("#summary")).to_be_focused()
        await page.get_by_role("link", name="至少勾一种谈法").click()
        await expect(page.locator("#way_phone")).to_be_focused()
        await fits(page)
        await page.keyboard.press("Space")
        await page.fill("#hours_1", "9:00-12:00")
        await page.get_by_role("button", name="存好").click()
        await expect(page.locator("dl")).to_contain_text("周二 9:00-12:00")
        await fits(page)
        ((id_, _),) = await parts.register.all()
        await parts.consultations.book(Person("web", "farmer"), Meeting("wages", Way.PHONE, "", id_, NINE), "1")
        async with page.expect_navigation():
            await page.get_by_role("link", name="咨询预约").click()
        await fits(page)
        await page.set_viewport_size({"width": 1200, "height": 900})
        await fits(page)
        await page.get_by_role("link", name="09:00").click()
        await page.fill("#why", "临时开庭")
        await page.get_by_role("button", name="取消，并告诉两边").click()
        await expect(page.locator("dl")).to_contain_text("取消了")
        await expect(page.get_by_role("button", name="取消，并告诉两边")).to_have_count(0)
        await context.close()
    await store.close()
