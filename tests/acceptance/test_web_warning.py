"""The web chat in a real browser: a grave warning looks like one, can be answered at once, and is read out to who speaks."""

import pytest
from playwright.async_api import Page, expect

from dialogs.messages import Reply, ReplyKind
from dialogs.warning_text import warning_reply
from knowledge_base.warnings.alert import Colour
from nlu.speech.base import Clip
from tests.acceptance.stage import PHONE, Stage, press_talk, spoken, type_in
from tests.acceptance.test_web_access import AUDIT
from tests.fakes.web import ARMYWORM, hum
from tests.unit.test_warning_text import NINE, between, bulletin

pytestmark = [pytest.mark.needs_chromium, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="session")]

RED = warning_reply(bulletin(between(NINE, 10)))
REMINDER = Reply(ReplyKind.INFO, "明早八点收割机到。", spoken="明早八点收割机到。")


async def pushed(stage: Stage, page: Page, reply: Reply) -> None:
    assert stage.channel is not None
    await stage.channel.send(stage.handler.inbounds[-1].user, reply)
    await expect(page.locator("#log .them").last).to_be_visible()


async def in_sight(page: Page, name: str) -> bool:
    """Whether the button can be pressed where the page stands, without scrolling."""
    return bool(
        await page.get_by_role("button", name=name, exact=True).evaluate(
            """button => {
              const box = button.getBoundingClientRect();
              const hit = (x, y) => button.contains(document.elementFromPoint(x, y));
              const [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
              return hit(x, box.top + 4) && hit(x, box.bottom - 4) && hit(box.left + 4, y) && hit(box.right - 4, y);
            }"""
        )
    )


@pytest.mark.parametrize(("scheme", "colour", "larger"), [("light", Colour.RED, 0), ("dark", Colour.ORANGE, 3)])
async def test_a_grave_warning_stands_out_and_its_answers_are_in_sight(
    stage: Stage, scheme: str, colour: Colour, larger: int
) -> None:
    await stage.start()
    page = await stage.visit(PHONE, scheme)
    for _ in range(larger):
        await page.get_by_role("button", name="字大一点").click()
    await type_in(page, "玉米")
    await expect(page.locator("#log .them")).to_have_count(1)
    await pushed(stage, page, warning_reply(bulletin(between(NINE, 10), colour)))
    bubble = page.locator("#log .them").last
    await expect(bubble.get_by_role("heading", level=3)).to_contain_text("暴雨")
    await expect(bubble.get_by_role("heading", level=3)).to_be_in_viewport()
    await expect(bubble.locator(".detail")).to_be_hidden()
    frame = await bubble.locator(".bubble").evaluate("element => getComputedStyle(element).borderTopColor")
    assert frame == {Colour.RED: "rgb(179, 24, 15)", Colour.ORANGE: "rgb(255, 154, 46)"}[colour]
    assert [await in_sight(page, name) for name in ("收到", "需要帮助")] == [True, True]
    assert await page.evaluate(AUDIT) == []
    await page.get_by_role("button", name="需要帮助").click()
    await expect(page.locator(".mine .said").last).to_have_text("需要帮助")
    await expect(page.locator("#log .them")).to_have_count(3)  # answered, so it has arrived
    assert (stage.handler.inbounds[-1].choice or "").startswith("w:help:")


async def test_other_pushes_look_as_ever(stage: Stage) -> None:
    await stage.start()
    page = await stage.visit()
    await type_in(page, "玉米")
    await expect(page.locator("#log .them")).to_have_count(1)
    await pushed(stage, page, REMINDER)
    assert await page.locator("#log [data-colour], #log h3").count() == 0
    await expect(page.locator("#log .listen").last).to_have_attribute("data-state", "still")
    assert stage.hums.said == [], "who types is not spoken to"


async def test_who_speaks_has_a_warning_read_out(stage: Stage) -> None:
    stage.hums.clip = Clip(hum(30), 30)  # the answer is still being read when the others come
    await stage.start()
    page = await stage.visit()
    await press_talk(page)
    await spoken(page)
    await page.mouse.up()
    await expect(page.locator("#log .listen")).to_have_attribute("data-state", "playing")
    await pushed(stage, page, REMINDER)
    await pushed(stage, page, RED)
    await expect(page.locator("#log .listen").last).to_have_attribute("data-state", "playing")
    assert stage.hums.said == [ARMYWORM.spoken, RED.spoken], "a warning breaks into an answer, a reminder does not"
