"""The statistics in a real browser, on a phone and on a desk."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from fastapi import APIRouter
from playwright.async_api import Browser, expect

from bot.statistics.console import statistics_pages
from knowledge_base.curation.clusters import Clusters
from knowledge_base.curation.likeness import Likeness
from knowledge_base.statistics.models import TallyRow
from knowledge_base.statistics.rollup import RollUp
from knowledge_base.store import Store
from nlu.text.segmenter import Segmenter
from nlu.words import Words
from tests.acceptance.stage import PHONE, fits
from tests.fakes.console import FakeConsole, fake_console, sign_in
from tests.fakes.house import speaking

pytestmark = [pytest.mark.needs_chromium, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="session")]

TODAY = date(2026, 11, 22)
COUNTIES = ("411424", "411421", "410122", "411681", "")
ENDS = ("answered", "answered", "asked_back", "handed_over", "wrong", "service")


async def test_chosen_read_and_drilled_into(
    browser: Browser, tmp_path: Path, now: datetime, words: Words, segmenter: Segmenter
) -> None:
    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'statistics.db'}")
    await store.migrate()
    language = speaking(words, segmenter)
    clusters = Clusters(store, Likeness(language.question_reader, list))
    async with store.session() as session:
        for number in range(600):
            given = {"channel": ("web", "telegram", "wechat")[number % 3], "how": ("voice", "text")[number % 2]}
            place, end = COUNTIES[number % 5], ENDS[number % 6]
            day = TODAY - timedelta(days=number % 30)
            subject = "" if end == "service" else f"entry.number.{number % 40}"
            what = {"day": day, "hour": number % 24, "place": place, "topic": "agronomy", "count": 7_000}
            session.add(TallyRow(what="turn", outcome=end, subject=subject, **what, **given))
    await RollUp(store).run()

    def routers(console: FakeConsole) -> list[APIRouter]:
        return [*statistics_pages(console.kit, store, clusters, language.places, lambda: now)]

    async with fake_console(store, now, routers) as console, console.served() as address:
        for width, height in (PHONE, (1200, 900)):
            context = await browser.new_context(viewport={"width": width, "height": height})
            page = await context.new_page()
            await sign_in(page, address, "operator")
            await page.goto(f"{address}statistics")
            await page.get_by_label("哪几天").select_option("month")
            await page.get_by_role("button", name="看这些天").click()
            await expect(page.get_by_role("heading", name="2026-10-24 到 2026-11-22")).to_be_visible()
            await expect(page.get_by_role("img", name="一天 24 小时")).to_be_visible()
            await page.wait_for_load_state()
            for summary in await page.locator("summary").all():
                await summary.click()
            await fits(page)
            await page.get_by_role("link", name="河南省商丘市").click()
            await page.get_by_role("link", name="河南省商丘市柘城县").click()
            await expect(page.get_by_role("heading", name="柘城县，2026-10-24")).to_be_visible()
            await expect(page.get_by_label("地方")).to_have_value("411424")
            await fits(page)
            async with page.expect_download() as downloading:
                await page.get_by_role("link", name="下载 Excel").click()
            assert (await downloading.value).suggested_filename == "乡音统计_2026-10-24_2026-11-22.xlsx"
            await context.close()
    await store.close()
