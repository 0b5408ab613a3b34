"""The web chat in a real browser: letters, contrast, targets, keyboard, screen reader."""

import pytest
from playwright.async_api import expect

from tests.acceptance.stage import DESK, PHONE, Stage, no_time_passes, spoken, tap_talk, type_in

pytestmark = [pytest.mark.needs_chromium, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="session")]


AUDIT = """() => {
  const found = [];
  const channels = (text) => text.match(/[\\d.]+/g).map(Number);
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const [r, g, b, a = 1] = channels(getComputedStyle(at).backgroundColor);
      if (a > 0) return [r, g, b];
    }
    return [255, 255, 255];
  };
  const contrast = (one, other) => {
    const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  const name = (e) => `${e.tagName}#${e.id}.${e.className} ${e.textContent.trim().slice(0, 12)}`;
  const shown = [...document.body.querySelectorAll("*")].filter((e) => e.checkVisibility() && !e.closest(".unseen, .skip, template"));
  for (const element of shown) {
    const style = getComputedStyle(element);
    const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if ((own || element.tagName === "TEXTAREA") && !element.disabled) {
      if (parseFloat(style.fontSize) < 18) found.push(`small ${style.fontSize}: ${name(element)}`);
      const ratio = contrast(channels(style.color).slice(0, 3), ground(element));
      if (ratio < 4.5) found.push(`contrast ${ratio.toFixed(2)}: ${name(element)}`);
    }
    if (element.tagName === "TEXTAREA") {
      const hint = getComputedStyle(element, "::placeholder");
      if (contrast(channels(hint.color).slice(0, 3), ground(element)) < 4.5) found.push(`contrast of hint: ${name(element)}`);
      if (contrast(channels(style.borderTopColor).slice(0, 3), ground(element)) < 3) found.push(`edge: ${name(element)}`);
      if (!element.labels.length) found.push(`no label: ${name(element)}`);
    }
    if (element.matches("button, textarea")) {
      const box = element.getBoundingClientRect();
      if (box.width < 44 || box.height < 44) found.push(`target ${box.width}x${box.height}: ${name(element)}`);
      if (element.tagName === "BUTTON" && !(element.ariaLabel || element.innerText.trim())) found.push(`no name: ${name(element)}`);
    }
    if (element.tagName === "IMG" && !element.hasAttribute("alt")) found.push(`no alt: ${name(element)}`);
    const box = element.getBoundingClientRect();
    if (box.width > 1 && (box.left < -0.5 || box.right > innerWidth + 0.5)) found.push(`outside: ${name(element)}`);
  }
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  if (new Set(ids).size !== ids.length) found.push("an id is there twice");
  if (document.documentElement.scrollWidth > innerWidth) found.push(`scrolls sideways: ${document.documentElement.scrollWidth}`);
  if (!document.documentElement.lang || !document.title) found.push("no language or title");
  return found;
}"""


async def test_letters_grow_and_the_size_is_remembered(stage: Stage) -> None:
    await stage.start()
    page = await stage.visit()
    root = "parseFloat(getComputedStyle(document.documentElement).fontSize)"
    sizes = [await page.evaluate(root)]
    for _ in range(3):
        await page.get_by_role("button", name="字大一点").click()
        sizes.append(await page.evaluate(root))
    assert sizes == sorted(set(sizes))
    assert sizes[0] >= 18
    await expect(page.get_by_role("button", name="字大一点")).to_be_disabled()
    await page.reload()
    assert await page.evaluate(root) == sizes[-1]
    for _ in range(4):
        await page.get_by_role("button", name="字小一点").click()
    assert await page.evaluate(root) == 18


async def test_keyboard_alone(stage: Stage) -> None:
    await stage.start()
    page = await stage.visit(DESK)
    await page.keyboard.press("Tab")
    await expect(page.locator(".skip")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#talk")).to_be_focused()
    outline = await page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert outline == "4px"

    await page.keyboard.down("Space")
    await spoken(page)
    await page.keyboard.up("Space")
    await expect(page.locator("#log .them")).to_have_count(1)
    async with no_time_passes(page):
        await page.keyboard.press("Enter")
    await expect(page.locator("#talk")).to_have_attribute("data-state", "tap")
    await spoken(page)
    await page.keyboard.press("Enter")
    await expect(page.locator("#log .them")).to_have_count(2)

    await page.keyboard.press("Tab")
    await expect(page.locator("#place")).to_be_focused()
    await page.keyboard.press("Tab")
    await page.keyboard.type("咋办")
    await page.keyboard.press("Enter")
    await expect(page.locator("#log .them")).to_have_count(3)
    await page.get_by_role("button", name="水稻", exact=True).focus()
    await page.keyboard.press("Space")
    await expect(page.locator("#log .them")).to_have_count(4)
    assert await page.evaluate("document.activeElement.id") == "scroll"
    assert [bool(inbound.voice) for inbound in stage.handler.inbounds] == [True, True, False, False]


async def test_screen_readers_activation_starts_and_ends_a_recording(stage: Stage) -> None:
    await stage.start()
    page = await stage.visit()
    await page.evaluate("document.getElementById('talk').click()")
    await spoken(page)
    await page.evaluate("document.getElementById('talk').click()")
    await expect(page.locator("#log .them")).to_have_count(1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK])
async def test_everything_can_be_read_and_pressed(stage: Stage, size: tuple[int, int], scheme: str) -> None:
    await stage.start()
    page = await stage.visit(size, scheme)
    assert await page.evaluate(AUDIT) == []
    await tap_talk(page)
    await spoken(page)
    assert await page.evaluate(AUDIT) == []
    await tap_talk(page)
    await page.get_by_role("button", name="听错了").click()
    await page.locator("#log .more").click()
    assert await page.evaluate(AUDIT) == []
    await type_in(page, "你说" + "W" * 300 + "https://example.org/" + "x" * 200)
    await page.click("#send")
    await expect(page.locator("#notice")).not_to_be_empty()
    await expect(page.locator("#log .them")).to_have_count(2)
    for _ in range(3):
        await page.get_by_role("button", name="字大一点").click()
        assert await page.evaluate(AUDIT) == []
    log = page.get_by_role("log")
    await expect(log).to_have_attribute("aria-live", "polite")


async def test_button_is_the_biggest_thing_to_press(stage: Stage) -> None:
    await stage.start()
    page = await stage.visit()
    areas = await page.evaluate(
        "[...document.querySelectorAll('button')].filter(b => b.checkVisibility())"
        ".map(b => [b.offsetWidth * b.offsetHeight, b.id]).sort((a, b) => b[0] - a[0])"
    )
    assert areas[0][1] == "talk"
    assert areas[0][0] > 1.3 * areas[1][0]
    box = await page.locator("#talk").bounding_box()
    assert box is not None
    assert box["height"] >= 96
    assert box["y"] + box["height"] <= PHONE[1]


async def test_keyboard_open_on_a_small_phone_leaves_room(stage: Stage) -> None:
    await stage.start()
    page = await stage.visit((360, 400))
    await type_in(page, "玉米")
    await expect(page.locator("#log .them")).to_have_count(1)
    room = await page.evaluate("document.getElementById('scroll').clientHeight")
    assert room > 140
