"""In a browser: farmers ask what nobody knows, an agent answers, a reviewer approves, every farmer sees it once."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from bot.delivery.delivery import Delivery
from knowledge_base.curation.console import pages_answers, pages_questions
from knowledge_base.store import Store
from nlu.text.segmenter import Segmenter
from nlu.words import Words
from tests.acceptance.stage import DESK, PHONE, Stage, fits, type_in
from tests.fakes.console import FakeConsole, fake_console, sign_in
from tests.fakes.house import House
from tests.fakes.post import Watcher
from tests.fakes.until import until
from tests.fakes.waiting import Village

pytestmark = [pytest.mark.needs_chromium, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="session")]

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
ANSWER = "先停水三天再看，黄叶<b 片就找人。"
CODE = "<script>document.title='坏了'</script>"


async def at_console(browser: Browser, address: str, name: str, size: tuple[int, int]) -> Page:
    context = await browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="zh-CN")
    page = await context.new_page()
    await sign_in(page, address, name)
    return page


async def ask(page: Page, text: str) -> None:
    replies = page.locator("#log .them")
    before = await replies.count()
    await type_in(page, text)
    await expect(replies).to_have_count(before + 1)
    await expect(replies.last).to_contain_text("还没有审好的答案")


async def expect_answer_once(page: Page) -> None:
    shown = page.locator("#log", has_text="农技员答复")
    await expect(shown).to_contain_text(ANSWER)
    assert (await page.locator("#log").inner_text()).count("农技员答复") == 1
    assert (await page.title()).startswith("乡音")


async def write(agent: Page) -> None:
    """The agent's part, on a phone."""
    await agent.click("text=等答的问题")
    await expect(agent.locator(".clusters .card")).to_have_count(1)
    await expect(agent.locator(".clusters .card")).to_contain_text("2 人问")
    await agent.click(".clusters h2 a")
    await agent.fill("#spoken", ANSWER)
    await agent.fill("#detail", "1. 挖开看根。" + CODE)
    await fits(agent)
    await agent.click("text=交给审核")
    await expect(agent.get_by_role("alert").filter(has_text="细说里有网页代码“<script>”")).to_be_visible()
    assert "坏了" not in await agent.title()
    await agent.fill("#detail", "1. 挖开看根。")
    await agent.click("text=交给审核")
    await expect(agent.locator(".notice")).to_contain_text("已经交给审核")


async def approve(reviewer: Page, address: str) -> None:
    """The reviewer's part."""
    await reviewer.goto(f"{address}questions/open")
    await reviewer.click(".clusters h2 a")
    await expect(reviewer.locator(".typed").first).to_have_text(ANSWER)
    await reviewer.click("text=通过，发给 2 人")
    await expect(reviewer.locator(".notice")).to_contain_text("发给 2 人")


async def test_everybody_who_asked_sees_the_answer_once(
    browser: Browser, stage: Stage, tmp_path: Path, words: Words, segmenter: Segmenter
) -> None:
    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'village.db'}")
    await store.migrate()
    house = House(store, words, segmenter, NOW)
    stage.handler = house.assistant.turn  # type: ignore[assignment]
    await stage.start()
    villages: list[Village] = []

    def routers(console: FakeConsole) -> list[object]:
        villages.append(Village(store, console.clock))
        services = villages[0].services
        return [pages_questions.routes(console.kit, services), pages_answers.routes(console.kit, services)]

    async with fake_console(store, NOW, routers) as console, console.served() as address:  # type: ignore[arg-type]
        watcher = Watcher()
        assert stage.channel is not None
        delivery = Delivery(villages[0].outbox, [stage.channel], clock=console.clock, observer=watcher)
        delivering = asyncio.create_task(delivery.run())

        here = await stage.visit()
        await ask(here, "无花果老是掉果咋整")
        await ask(here, "无花果老是掉果咋整啊")
        away = await stage.visit()
        await ask(away, "无花果老是掉果")
        await away.close()
        await until(lambda: stage.lines.visitors == 1)

        await write(await at_console(browser, address, "agent", PHONE))
        reviewer = await at_console(browser, address, "reviewer", DESK)
        await approve(reviewer, address)
        await expect_answer_once(here)
        await watcher.until(1)
        await reviewer.goto(f"{address}questions/approved")
        await expect(reviewer.locator(".clusters .card")).to_contain_text("送到 1 人")
        await expect(reviewer.locator(".clusters .card")).to_contain_text("等 1 人下次打开网页")

        again = await away.context.new_page()
        await again.goto(here.url)
        await expect_answer_once(again)
        await watcher.until(2)
        for page in (here, again):
            await page.reload()
            await expect_answer_once(page)
        assert watcher.outcomes == [("web", "sent")] * 2

        # "还没懂" under the agent's own answer goes back to the agents, with the question.
        await again.click("text=还没懂")
        await expect(again.locator("#log")).to_contain_text("还没说明白")
        (cluster,) = await villages[0].clusters.current()
        assert [(q.text, q.reason) for q in cluster.questions] == [("无花果老是掉果", "still_unclear")]
        delivering.cancel()
        await asyncio.gather(delivering, return_exceptions=True)
    await store.close()
