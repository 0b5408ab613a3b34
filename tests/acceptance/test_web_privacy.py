"""The pages on what is kept, in a real browser: they can be read, and lead back to the chat."""

from collections.abc import Sequence
from typing import cast
from urllib.parse import urljoin

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from bot.privacy.copies import Copies, Part
from bot.privacy.endpoint import privacy_endpoint
from bot.privacy.linking import Linking
from bot.privacy.person import Account, Person
from bot.privacy.register import register
from tests.acceptance.stage import Stage
from tests.acceptance.test_web_access import AUDIT

pytestmark = [pytest.mark.needs_chromium, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="session")]

NARROW = (390, 844)
BACK = "回到聊天"


class OneCopy:
    """A copy that was asked for and not had yet."""

    def __init__(self) -> None:
        self._good = True

    async def good(self, token: str) -> bool:
        return self._good and token == "good"

    async def take(self, token: str) -> Account | None:
        had, self._good = await self.good(token), False
        return Account("web", "visitor") if had else None

    async def copy(self, _person: Person) -> Sequence[Part]:
        return [Part("talk", [{"时间": "2026-11-23 10:00", "来回的话": {"text": "苞谷有虫" + "W" * 90}}])]

    async def person(self, account: Account) -> Person:
        return Person((account,))


@pytest_asyncio.fixture(loop_scope="session")
async def page(stage: Stage, request: pytest.FixtureRequest) -> Page:
    one = OneCopy()
    answerable = ("柘城县农业农村局", "0370-7200000")
    stage.routers.append(privacy_endpoint(register(), cast("Copies", one), cast("Linking", one), answerable))
    stage.expected = lambda complaint: "404" in complaint  # a used address, and the browser's own look for an icon
    await stage.start()
    return await stage.visit(NARROW, request.param)


async def look_at(page: Page, path: str) -> None:
    await page.goto(urljoin(page.url, path))


async def sound(page: Page) -> None:
    """It can be read and pressed, and the way back is among the first things, and large."""
    await page.wait_for_load_state()
    assert await page.evaluate(AUDIT) == []
    back = page.get_by_role("link", name=BACK, exact=True)
    assert await back.count() == 2, "at the top and, of a long page, at the end"
    box = await back.first.bounding_box()
    assert box is not None
    assert box["height"] >= 60
    assert box["width"] > 0.85 * NARROW[0]
    assert box["y"] + box["height"] < NARROW[1] / 4


async def returns(page: Page) -> None:
    """The way back, by keyboard."""
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name=BACK, exact=True).first).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#talk")).to_be_visible()


@pytest.mark.parametrize("page", ["light", "dark"], indirect=True)
async def test_what_is_kept_can_be_read_and_left(page: Page) -> None:
    await look_at(page, "/privacy")
    await sound(page)
    await returns(page)


@pytest.mark.parametrize("page", ["light", "dark"], indirect=True)
async def test_a_copy_can_be_read_and_left(page: Page) -> None:
    await look_at(page, "/my-data/good")
    await sound(page)
    await page.get_by_role("button", name="打开看").click()
    await expect(page.get_by_text("苞谷有虫")).to_be_visible()
    await sound(page)
    await look_at(page, "/my-data/good")
    await expect(page.get_by_role("heading", name="打不开了")).to_be_visible()
    await sound(page)
    await returns(page)
