"""An answer from the agent's form to the farmer's ear, in a real browser at phone width."""

import shutil
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from pathlib import Path

import pytest
import pytest_asyncio
from fastapi import APIRouter
from playwright.async_api import Browser, Page, expect

from knowledge_base.curation.catalogue import Catalogue
from knowledge_base.curation.console import pages_entries
from knowledge_base.curation.examination import Examinations
from knowledge_base.curation.golden import Question
from knowledge_base.curation.promises import Promises
from knowledge_base.curation.proof import Proof
from knowledge_base.curation.workflow import Workflow
from knowledge_base.safety import pesticide_gate
from knowledge_base.store import Store
from nlu.text.segmenter import Segmenter
from nlu.words import Words
from tests.acceptance.stage import PHONE, fits
from tests.fakes.console import FakeConsole, fake_console, sign_in
from tests.fakes.house import House, last

pytestmark = [pytest.mark.needs_chromium, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="session")]

KEY = "maize.borer"
SPOKEN = "<先剖开>秆子看看，有虫再治。"
ASKS = ["玉米地里落下云彩咋办", "玉米叶上落了云彩", "云彩落到苞米地里了", "地里的云彩赶不走", "玉米让云彩压倒了"]


def pages(house: House, golden: list[Question]) -> Callable[[FakeConsole], list[APIRouter]]:
    """The pages on answers over a house's library."""

    def routers(console: FakeConsole) -> list[APIRouter]:
        examinations = Examinations(house.library, lambda: golden, house.judge)
        workflow = Workflow(
            house.store, house.library, proof=Proof(pesticide_gate(), console.clock), examiner=examinations,
            audit=console.parts.audit, clock=console.clock,
        )  # fmt: skip
        return [
            pages_entries.routes(
                console.kit,
                workflow,
                Catalogue(house.store, console.clock),
                examinations,
                Promises(house.store, console.parts.audit),
            )
        ]

    return routers


@pytest_asyncio.fixture(loop_scope="session")
async def house(
    shipped: Path, words: Words, segmenter: Segmenter, tmp_path: Path, now: datetime
) -> AsyncIterator[House]:
    """As the one in conftest.py, in the browser's loop."""
    shutil.copy(shipped, tmp_path / "house.db")
    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'house.db'}")
    yield House(store, words, segmenter, now)
    await store.close()


async def test_an_edit_reaches_the_farmer_after_another_persons_review(browser: Browser, house: House) -> None:
    entry = await house.library.get(KEY)
    assert entry is not None
    broken = entry.asks[0]
    complaints: list[str] = []
    routers = pages(house, [Question(text=broken, subject=KEY)])
    async with fake_console(house.store, house.now, routers) as console, console.served() as address:
        agent = await person(browser, address, "agent", complaints)
        await agent.goto(f"{address}entries?text={KEY}")
        await agent.get_by_role("link", name=entry.title).click()
        await expect(agent.get_by_text("样例内容，用前请县站审核")).to_be_visible()
        await fits(agent)
        async with agent.expect_navigation():
            await agent.get_by_role("link", name="修改", exact=True).click()
        await write(agent)
        reviewer = await person(browser, address, "reviewer", complaints)
        await reviewer.get_by_role("link", name="审核", exact=True).click()
        await reviewer.get_by_role("link", name=KEY).click()
        await review(reviewer, broken)
        reply = last(await house.say(ASKS[0]))
        assert (reply.subject, reply.spoken) == (KEY, SPOKEN)
        for page in (agent, reviewer):
            await page.context.close()
    # A page that answers 422 is told of by the browser as well.
    assert [text for text in complaints if "422" not in text] == []


async def person(browser: Browser, address: str, name: str, complaints: list[str]) -> Page:
    """Somebody with a phone, signed in."""
    context = await browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]}, locale="zh-CN")
    page = await context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await sign_in(page, address, name)
    return page


async def write(agent: Page) -> None:
    """Fill the form in, look at it, save it, hand it in."""
    # Ten megabytes pasted in are not sent, and cost nothing that was typed.
    asks = await agent.get_by_label("农民的问法").input_value()
    await agent.get_by_label("标题").fill("没有丢")
    await agent.get_by_label("农民的问法").evaluate("field => { field.value = '长'.repeat(3_500_000); }")
    await agent.get_by_role("button", name="看看样子").click()
    await expect(agent.locator("#trouble")).to_contain_text("没有送出去")
    await expect(agent.get_by_label("标题")).to_have_value("没有丢")
    await agent.get_by_label("农民的问法").fill(asks)
    await agent.get_by_label("念出来的话").fill("长" * 121)
    await expect(agent.locator("#spoken-count")).to_have_text("超过了 121 字，最多 120 字")
    await agent.get_by_label("念出来的话").fill(SPOKEN)
    await expect(agent.locator("#spoken-count")).to_have_text(f"念出来的话：{len(SPOKEN)} 字，最多 120 字")
    await agent.get_by_label("标题").fill("云彩落地")
    await agent.get_by_label("问题名称").fill("云彩")
    await agent.get_by_label("农民的问法").fill("\n".join(ASKS))
    await agent.get_by_label("看到的样子").fill("地里有云彩\n云彩落在叶上\n云彩压倒秆子")
    await agent.get_by_text("归类").click()
    await agent.get_by_label("别的叫法").fill("")
    await fits(agent)
    await agent.get_by_role("button", name="看看样子").click()
    await expect(agent.get_by_role("heading", name="农民会看到这样")).to_be_visible()
    # With the keyboard alone from here on.
    await agent.get_by_role("button", name="保存草稿").focus()
    await agent.keyboard.press("Enter")
    await expect(agent.get_by_text("没有发现问题")).to_be_visible()
    await expect(agent.locator(".spoken")).to_have_text(SPOKEN)
    await fits(agent)
    await agent.get_by_role("button", name="交审核").focus()
    await agent.keyboard.press("Enter")
    await expect(agent.get_by_text("已交审核")).to_be_visible()


async def review(reviewer: Page, broken: str) -> None:
    """See what breaks, be stopped, say why it may, publish, compare."""
    await expect(reviewer.get_by_text("有 1 道会变差")).to_be_visible()
    await expect(reviewer.get_by_role("rowheader", name=broken)).to_be_visible()
    await fits(reviewer)
    await reviewer.get_by_label("对照什么核对的").fill("省植保站方案，全文")
    await reviewer.get_by_role("button", name="通过并发布").click()
    await expect(reviewer.get_by_role("alert").filter(has_text="写明理由才能发布").first).to_be_visible()
    await expect(reviewer.get_by_label("对照什么核对的")).to_have_value("省植保站方案，全文")
    await reviewer.get_by_label("为什么变差也要发布").fill("这一条改讲别的了")
    await reviewer.get_by_role("button", name="通过并发布").click()
    await expect(reviewer.get_by_text("已发布。下一个农民问到的就是这一版。")).to_be_visible()
    await expect(reviewer.get_by_text("这一条改讲别的了")).to_be_visible()
    await fits(reviewer)
    await reviewer.get_by_role("link", name="和现在发布的比").first.click()
    await expect(reviewer.locator("mark").first).to_be_visible()
    await fits(reviewer)
