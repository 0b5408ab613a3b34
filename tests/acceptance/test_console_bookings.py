"""The operators' register and the week of the machines in a real browser, on a phone and on a desk."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from fastapi import APIRouter
from playwright.async_api import Browser, expect

from bot.booking.console import booking_pages
from bot.booking.parts import booking
from bot.delivery.outbox import Outbox
from dialogs.booking.terms import Person, Wish
from knowledge_base.store import Store
from nlu.text.segmenter import Segmenter
from nlu.words import Words
from tests.acceptance.stage import PHONE, fits
from tests.fakes.console import FakeConsole, fake_console, sign_in
from tests.fakes.house import speaking

pytestmark = [pytest.mark.needs_chromium, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="session")]

WANG, FARMER = Person("web", "wang"), Person("web", "farmer")
DAY = date(2026, 11, 24)


async def test_registered_linked_and_seen_in_the_week(
    browser: Browser, tmp_path: Path, now: datetime, words: Words, segmenter: Segmenter
) -> None:
    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'bookings.db'}")
    await store.migrate()
    language = speaking(words, segmenter)
    parts = booking(store, Outbox(store, lambda: now), language, lambda: now)

    def routers(console: FakeConsole) -> list[APIRouter]:
        return [*booking_pages(console.kit, store, parts, language, console.parts.audit)]

    async with fake_console(store, now, routers) as console, console.served() as address:
        context = await browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]})
        page = await context.new_page()
        await sign_in(page, address, "operator")
        await page.goto(f"{address}machinery")
        await page.get_by_role("link", name="登记一位机手").click()
        await page.fill("#name", "王师傅")
        await page.fill("#place", "柘城县")
        await page.fill("#areas", "柘城县")
        await page.get_by_role("button", name="存好").click()
        await page.get_by_role("link", name="加一台机器").click()
        await page.fill("#name", "谷神收割机")
        await page.fill("#capacity_mu", "四十")
        await page.fill("#prices", "收割 麦子 60")
        await page.get_by_role("button", name="存好").click()
        await expect(page.locator("#summary")).to_be_focused()
        await expect(page.locator("#capacity_mu-error")).to_be_visible()
        await fits(page)
        await page.fill("#capacity_mu", "40")
        await page.get_by_role("button", name="存好").click()
        await expect(page.locator("#machines")).to_contain_text("收割小麦")
        await page.get_by_role("button", name="给一个新绑定码").click()
        code = (await page.locator(".code").inner_text()).split()[1]
        assert await parts.links.bind(code, WANG) == "王师傅"
        await fits(page)
        wish = Wish("harvest", "小麦", Decimal("3.5"), "411424", "柘城县李庄", DAY, DAY, None, "后天")
        job = await parts.machinery.order(FARMER, wish, "order")
        await parts.machinery.accept(WANG, job.id, "accept")
        await page.goto(f"{address}bookings/week")
        await fits(page)
        await page.get_by_role("link", name=job.number).click()
        await expect(page.get_by_role("cell", name="机手接了")).to_be_visible()
        await fits(page)
        await page.set_viewport_size({"width": 1200, "height": 900})
        await page.goto(f"{address}bookings/week")
        await expect(page.get_by_role("cell", name="3.5/40 亩")).to_be_visible()
        await fits(page)
        await context.close()
    await store.close()
