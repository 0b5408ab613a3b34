"""The console in a real browser: signing in, the lock, the keyboard alone on a phone, letters and contrast."""

import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import pytest
from fastapi import APIRouter
from playwright.async_api import Browser, Page, expect

from knowledge_base.curation.accounts import TERMINAL, Role
from knowledge_base.store import Store
from tests.acceptance.stage import DESK, PHONE
from tests.acceptance.test_web_access import AUDIT
from tests.fakes.console import PASSWORD, FakeConsole, fake_console, sign_in
from tests.fakes.desk import Desk

pytestmark = [pytest.mark.needs_chromium, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="session")]


@asynccontextmanager
async def console_in(
    browser: Browser,
    folder: Path,
    now: datetime,
    size: tuple[int, int] = PHONE,
    *,
    scheme: str = "light",
    routers: Callable[[FakeConsole], Sequence[APIRouter]] = lambda _: (),
) -> AsyncIterator[tuple[FakeConsole, Page, str]]:
    """A console, a page that may complain of nothing but refusals, and the console's address."""
    complaints: list[str] = []
    store = Store(f"sqlite+aiosqlite:///{folder / 'console.db'}")
    await store.migrate()
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if scheme == "dark" else "light"
    )
    async with fake_console(store, now, routers) as console, console.served() as address:
        page = await context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield console, page, address
        await context.close()
    await store.close()
    assert [complaint for complaint in complaints if not re.search("(status of|Error Code) 4", complaint)] == []


async def press(page: Page, name: str, *, most: int = 40) -> None:
    """Go on with the Tab key until the element of this name has the focus, which must be visible, and press Enter."""
    await page.wait_for_load_state()
    for _ in range(most):
        await page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if (await focused.inner_text()).strip() == name:
            assert await focused.evaluate("e => getComputedStyle(e).outlineStyle") != "none"
            await page.keyboard.press("Enter")
            return
    raise AssertionError(f"{name} is not reached with the keyboard")


async def test_a_first_sign_in_with_the_keyboard_alone(browser: Browser, tmp_path: Path, now: datetime) -> None:
    async with console_in(browser, tmp_path, now) as (console, page, address):
        issued = await console.parts.staff.add(TERMINAL, "zhang", "张三", frozenset({Role.OPERATOR}))
        await page.goto(f"{address}accounts")
        await page.keyboard.press("Tab")
        await expect(page.locator(":focus")).to_have_text("跳到正文")
        await page.keyboard.press("Enter")
        for typed in ("zhang", issued.password):
            await page.keyboard.press("Tab")
            await page.keyboard.type(typed)
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text("改我的密码")
        await press(page, "跳到正文")
        await page.keyboard.press("Tab")
        for typed in (issued.password, "kurz", "kurz"):
            await page.keyboard.type(typed)
            await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.locator("#summary")).to_be_focused()
        await press(page, "太短了，至少要 10 个字符。")
        await expect(page.locator("#new_password")).to_be_focused()
        await page.keyboard.press("Shift+Tab")
        for typed in (issued.password, "a-good-one-now", "a-good-one-now"):
            await page.keyboard.type(typed)
            await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status")).to_have_text("密码改好了。别的设备上都已退出。")
        await press(page, "账号")
        await expect(page.get_by_role("heading", level=1)).to_have_text("账号")
        await press(page, "agent")
        await expect(page.get_by_role("heading", level=1)).to_have_text("账号：agent")
        await press(page, "停用")
        await expect(page.get_by_role("status")).to_have_text("已停用。")
        await press(page, "退出")
        await expect(page.get_by_role("heading", level=1)).to_have_text("登录后台")
        await page.go_back()
        await page.reload()
        await expect(page.get_by_role("heading", level=1)).to_have_text("登录后台")


async def test_the_lock_is_told(browser: Browser, tmp_path: Path, now: datetime) -> None:
    async with console_in(browser, tmp_path, now) as (_, page, address):
        await page.goto(f"{address}sign-in")
        for _ in range(5):
            await page.fill("#name", "agent")
            await page.fill("#password", "wrong")
            async with page.expect_navigation():
                await page.get_by_role("button", name="登录").click()
            await expect(page.get_by_role("alert").filter(has_text="错")).to_be_visible()
        await expect(page.get_by_role("alert").filter(has_text="先锁住了")).to_be_visible()
        await page.fill("#password", PASSWORD)
        await page.get_by_role("button", name="登录").click()
        await expect(page.get_by_role("alert").filter(has_text="请等 15 分钟")).to_be_visible()
        await expect(page.locator("#name")).to_have_value("agent")


@pytest.mark.parametrize(("size", "scheme"), [(PHONE, "light"), (DESK, "dark")])
async def test_letters_contrast_and_room(
    size: tuple[int, int], scheme: str, browser: Browser, tmp_path: Path, now: datetime
) -> None:
    async with console_in(browser, tmp_path, now, size, scheme=scheme) as (console, page, address):
        long = "很长的名字" * 8
        await console.parts.staff.add(TERMINAL, "x" * 40, long, frozenset(Role), PASSWORD)
        await page.goto(f"{address}sign-in")
        assert await page.evaluate(AUDIT) == []
        await sign_in(page, address, "x" * 40)
        for path in ("", "accounts", "accounts/new", f"accounts/of/{'x' * 40}", "audit", "password", "none"):
            await page.goto(address + path)
            assert await page.evaluate(AUDIT) == [], path
        await page.goto(f"{address}accounts/new")
        await page.get_by_role("button", name="添加账号").click()
        await expect(page.locator("#name")).to_have_attribute("aria-invalid", "true")
        await page.wait_for_load_state()
        assert await page.evaluate(AUDIT) == []


async def test_a_form_that_has_gone_stale_keeps_what_was_typed(browser: Browser, tmp_path: Path, now: datetime) -> None:
    async with console_in(browser, tmp_path, now, DESK) as (console, page, address):
        await sign_in(page, address, "operator")
        await page.goto(f"{address}accounts/new")
        await page.fill("#shown", "写了半天的名字")
        await console.parts.staff.sign_out(await console.account("operator"))
        await page.get_by_role("button", name="添加账号").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("登录已经过期")
        await expect(page.get_by_label("shown")).to_have_value("写了半天的名字")
        assert len(await console.parts.staff.all()) == 3


async def test_htmx_carries_the_token_and_its_failures_are_told(
    browser: Browser, tmp_path: Path, now: datetime
) -> None:
    desks: list[Desk] = []

    def routers(console: FakeConsole) -> list[APIRouter]:
        desks.append(Desk(console))
        return desks[0].routes()

    async def send(text: str) -> None:
        await page.evaluate(
            "text => htmx.ajax('POST', '/console/desk', {source: '#main', target: '#main', values: {text}}).catch(() => 0)",
            text,
        )

    async with console_in(browser, tmp_path, now, DESK, routers=routers) as (console, page, address):
        await sign_in(page, address, "agent")
        await page.evaluate("htmx.ajax('GET', '/console/none', '#main')")
        await expect(page.locator("#trouble")).to_contain_text("出错了，刚才的没有保存")
        await send("玉米" * 400_000)
        await expect(page.locator("#trouble")).to_contain_text("超过了能收的大小")
        await console.parts.staff.sign_out(await console.account("agent"))
        await send("玉米")
        await expect(page.locator("#trouble")).to_contain_text("请重新登录")
        await sign_in(page, address, "agent")
        await send("玉米")
        await expect(page.locator("#main #present_password")).to_be_visible()
        assert desks[0].written == ["玉米"]
