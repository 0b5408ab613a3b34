"""The Excel page in a real browser, at phone width: a file up, its problems by cell, a good one taken over."""

import shutil
from datetime import datetime
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from knowledge_base.curation.console import pages_workbook
from knowledge_base.curation.workbook.exchange import Exchange
from knowledge_base.curation.workbook.exports import Exports
from knowledge_base.curation.workbook.imports import Imports
from knowledge_base.safety import pesticide_gate
from knowledge_base.store import Store
from tests.acceptance.stage import PHONE, fits
from tests.fakes.console import fake_console, sign_in
from tests.fakes.curation import Curation
from tests.fakes.entries import entry
from tests.fakes.workbooks import write_rows

pytestmark = [pytest.mark.needs_chromium, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="session")]


async def test_upload_dry_run_and_taking_over_on_a_phone(
    browser: Browser, migrated: Path, tmp_path: Path, now: datetime
) -> None:
    shutil.copy(migrated, tmp_path / "console.db")
    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'console.db'}")
    desk = Curation(store)
    await desk.shipped(entry())
    one = Exchange(store, desk.workflow, desk.catalogue, gate=pesticide_gate(), audit=desk.audit, clock=desk.clock)
    exports, imports = Exports(one, tmp_path / "out", lambda: now), Imports(one, tmp_path / "in", lambda: now)
    bad = write_rows(tmp_path / "坏的.xlsx", [entry()], {"months": "13", "spoken": "长" * 121, "do_now": "打甲胺磷。"})
    good = write_rows(tmp_path / "好的.xlsx", [entry()], {"spoken": "玉米秆上有虫眼，先剖开看看。"})
    complaints: list[str] = []
    async with (
        fake_console(store, now, lambda console: [pages_workbook.routes(console.kit, exports, imports)]) as console,
        console.served() as address,
    ):
        context = await browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]}, locale="zh-CN")
        page = await context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await sign_in(page, address, "agent")
        async with page.expect_navigation():
            await page.get_by_role("link", name="Excel").click()
        await fits(page)
        await page.get_by_label("选文件").set_input_files(bad)
        # With the keyboard alone from here on.
        await page.get_by_role("button", name="检查这个文件").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="有 3 处要改")).to_be_visible()
        await expect(page.locator(".cells dt")).to_have_text(
            ["答案!J2 适用月份", "答案!L2 念出来的话", "答案!N2 现在怎么办"]
        )
        await fits(page)
        await expect(page.get_by_role("button", name="变成草稿")).to_have_count(0)
        await page.get_by_role("button", name="不导入了").click()
        await expect(page.get_by_role("status").first).to_have_text("不导入了，文件已经删掉。")

        await page.get_by_label("选文件").set_input_files(good)
        await page.get_by_role("button", name="检查这个文件").click()
        await page.get_by_text("改了：念出来的话").click()
        await expect(page.locator(".added")).to_have_text("玉米秆上有虫眼，先剖开看看。")
        await fits(page)
        await page.get_by_role("button", name="变成草稿（1 条）").click()
        await expect(page.get_by_text("1 条变成了草稿")).to_be_visible()

        await page.get_by_role("link", name="回到导入导出").click()
        await page.get_by_role("button", name="导出").click()
        async with page.expect_download() as download:
            await page.get_by_role("link", name="下载").click()
        assert (await download.value).suggested_filename == "乡音答案-2026-11-22.xlsx"
        await context.close()
    drafted = (await desk.workflow.history("maize.borer")).open
    assert drafted is not None
    assert drafted.author == "agent"
    await store.close()
    # A page that answers 422 is told of by the browser as well.
    assert [text for text in complaints if "422" not in text] == []
