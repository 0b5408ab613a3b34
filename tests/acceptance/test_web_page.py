"""The web chat in a real browser: asking, answering, losing the network."""

import asyncio
from datetime import date
from functools import partial

import pytest
from playwright.async_api import expect

from bot.channels.web.limits import Limits, Pace
from bot.markets.chart import draw
from dialogs.messages import Reply, ReplyKind
from tests.acceptance.stage import Stage, lost_line, spoken, tap_talk, type_in
from tests.fakes.web import ARMYWORM, HEARD

pytestmark = [pytest.mark.needs_chromium, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="session")]


async def test_typed_question(stage: Stage) -> None:
    await stage.start()
    page = await stage.visit()
    await expect(page.locator("#welcome")).to_be_visible()
    await type_in(page, "玉米叶子上有好多洞")
    answer = page.locator(".them:not(#welcome)")
    await expect(answer.locator(".words")).to_have_text(ARMYWORM.text)
    await expect(page.locator(".mine .said")).to_have_text("玉米叶子上有好多洞")
    await expect(page.locator("#welcome")).to_be_hidden()
    await expect(answer.locator(".sources")).to_have_text(
        "来源：农业农村部《草地贪夜蛾防控技术方案》第三节 2024年3月5日"
    )
    await expect(answer.locator(".sources a")).to_have_attribute("rel", "noopener noreferrer")

    more = answer.get_by_role("button", name="详细步骤")
    await expect(answer.locator(".detail")).to_be_hidden()
    await more.click()
    await expect(answer.locator(".detail .step")).to_have_count(4)
    await expect(answer.locator(".more")).to_have_attribute("aria-expanded", "true")
    await answer.get_by_role("button", name="收起").click()
    await expect(answer.locator(".detail")).to_be_hidden()
    assert stage.hums.said == []


async def test_example_question(stage: Stage) -> None:
    await stage.start()
    page = await stage.visit()
    await page.get_by_role("button", name="长虫了咋整").click()
    await expect(page.locator(".them .words").last).to_have_text(ARMYWORM.text)


async def test_what_people_write_is_never_markup(stage: Stage) -> None:
    await stage.start()
    page = await stage.visit()
    markup = "<img src=x onerror=alert(1)><b>粗</b>"
    await type_in(page, "你说" + markup)
    await expect(page.locator(".mine .said")).to_have_text("你说" + markup)
    await expect(page.locator("#log .them .words")).to_have_text(markup)
    assert await page.locator("#log img:not(.picture), #log b").count() == 0


async def test_only_addresses_of_this_server_can_be_pressed(stage: Stage) -> None:
    await stage.start()
    page = await stage.visit()
    await type_in(page, "喂")
    await expect(page.locator("#log .them")).to_have_count(1)
    assert stage.channel is not None
    mine, theirs = page.url + "my-data/a-B_9", "https://elsewhere.example/x"
    text = f"您的资料在这里：{mine}\n别的：{theirs} {page.url.rstrip('/')}.elsewhere.example/"
    await stage.channel.send(stage.handler.inbounds[-1].user, Reply(ReplyKind.INFO, text))
    words = page.locator("#log .them .words").last
    await expect(words).to_have_text(text)
    await expect(words.locator("a")).to_have_count(1)
    await expect(words.locator("a")).to_have_attribute("href", mine)
    await expect(words.locator("a")).to_have_attribute("rel", "noopener noreferrer")


async def test_a_picture_is_shown_once_it_is_there(stage: Stage) -> None:
    stage.expected = lambda complaint: "404" in complaint  # the picture that is not there
    await stage.start()
    page = await stage.visit()
    drawn = draw("玉米", "元/斤", [(date(2026, 11, 1), 1.1), (date(2026, 11, 20), 1.12)])
    await page.route("**/pictures/price/1.png", lambda route: route.fulfill(body=drawn, content_type="image/png"))
    await type_in(page, "看走势")
    await expect(page.locator("#log .picture")).to_be_visible()
    assert await page.locator("#log .picture").get_attribute("alt")
    async with page.expect_response("**/pictures/price/none.png"):
        await type_in(page, "看坏图")
    await expect(page.locator("#log .them")).to_have_count(2)
    await expect(page.locator("#log .picture").last).to_be_hidden()


async def test_choices_are_buttons_until_something_else_is_said(stage: Stage) -> None:
    await stage.start()
    page = await stage.visit()
    await type_in(page, "咋办")
    await expect(page.get_by_role("button", name="小麦", exact=True)).to_be_visible()
    await page.get_by_role("button", name="玉米", exact=True).click()
    await expect(page.locator(".mine .said").last).to_have_text("玉米")
    await expect(page.locator(".them .words").last).to_have_text(ARMYWORM.text)
    await expect(page.get_by_role("button", name="小麦", exact=True)).to_be_hidden()
    await page.get_by_role("button", name="有用", exact=True).click()
    await expect(page.locator(".them .words").last).to_have_text("好，记下了。")
    assert [inbound.choice for inbound in stage.handler.inbounds] == [None, "crop:corn", "useful"]


async def test_place(stage: Stage) -> None:
    await stage.start()
    page = await stage.visit(permissions=("geolocation",))
    await page.click("#place")
    await expect(page.locator(".them .words").last).to_have_text("知道您在哪了。")
    location = stage.handler.inbounds[0].location
    assert location is not None
    assert (location.latitude, location.longitude) == (34.75, 113.62)


async def test_conversation_is_there_after_a_reload_and_can_be_cleared(stage: Stage) -> None:
    await stage.start()
    page = await stage.visit()
    await type_in(page, "玉米")
    await expect(page.locator("#log .them")).to_have_count(1)
    await page.reload()
    await expect(page.locator("#log article")).to_have_count(2)
    await expect(page.get_by_role("button", name="有用", exact=True)).to_be_visible()
    await type_in(page, "玉米")
    await expect(page.locator("#log article")).to_have_count(4)
    assert len({inbound.user for inbound in stage.handler.inbounds}) == 1

    await page.evaluate("() => { window.setTimeout = () => -1; }")  # the time to be sure in does not run out
    await page.click("#clear")
    await expect(page.locator("#clear")).to_have_text("真的清空？再点一下")
    await page.click("#clear")
    await expect(page.locator("#log article")).to_have_count(0)
    await page.reload()
    await expect(page.locator("#welcome")).to_be_visible()


async def test_offline_nothing_is_lost_and_nothing_doubled(stage: Stage) -> None:
    stage.expected = lost_line
    await stage.start()
    page = await stage.visit()
    stage.handler.gate = asyncio.Event()
    await type_in(page, "玉米有虫")
    await stage.handler.started.wait()
    await expect(page.locator("#thinking")).to_have_text("收到了，正在想……")
    await stage.stop()  # the question has arrived, its answer is lost
    await expect(page.locator("#banner")).to_contain_text("网断了")
    await type_in(page, "你说第二句")
    await expect(page.locator(".mine .state").last).to_have_text("还没发出去，等会儿自己发")
    await tap_talk(page)
    await spoken(page)
    await tap_talk(page)
    await expect(page.locator(".mine")).to_have_count(3)

    stage.handler.gate.set()
    await stage.start()
    await expect(page.locator("#banner")).to_be_empty(timeout=60_000)
    await expect(page.locator("#log .them")).to_have_count(3, timeout=60_000)
    await expect(page.locator("#log .mine")).to_have_count(3)
    texts = [await words.inner_text() for words in await page.locator("#log .them .words").all()]
    assert sorted(texts) == sorted([ARMYWORM.text, "第二句", ARMYWORM.text])
    await expect(page.locator(".mine .words").last).to_have_text(f"听到：{HEARD}")
    await expect(page.locator(".mine .state:visible")).to_have_count(0)

    await page.reload()
    await expect(page.locator("#log article")).to_have_count(6)
    await type_in(page, "你说完了")
    await expect(page.locator("#log article")).to_have_count(8)
    assert len({inbound.external_id for inbound in stage.handler.inbounds}) == 4


async def test_message_unsent_at_a_reload_is_sent_afterwards(stage: Stage) -> None:
    stage.expected = lost_line
    await stage.start()
    page = await stage.visit()
    await expect(page.locator("#banner")).to_be_empty()
    stage.handler.gate = asyncio.Event()
    await type_in(page, "玉米")
    await stage.handler.started.wait()
    await page.reload()
    await expect(page.locator("#log .mine")).to_have_count(1)
    stage.handler.gate.set()
    await expect(page.locator("#log .them")).to_have_count(1)
    assert len({inbound.external_id for inbound in stage.handler.inbounds}) == 1


async def test_stranger_gets_a_new_cookie_without_noticing(stage: Stage) -> None:
    stage.expected = lost_line
    await stage.start()
    page = await stage.visit()
    await page.context.clear_cookies()
    await stage.stop()
    await stage.start()
    await type_in(page, "玉米")
    await expect(page.locator("#log .them")).to_have_count(1, timeout=60_000)
    await expect(page.locator("#notice")).to_be_empty()


async def test_pushed_reply_is_shown_and_confirmed(stage: Stage) -> None:
    await stage.start()
    page = await stage.visit()
    await type_in(page, "你说好")
    await expect(page.locator("#log .them")).to_have_count(1)
    assert stage.channel is not None
    await stage.channel.send(stage.handler.inbounds[0].user, Reply(kind=ReplyKind.INFO, text="明早八点收割机到。"))
    await expect(page.locator("#log .them .words").last).to_have_text("明早八点收割机到。")
    await page.reload()
    await expect(page.locator("#log .them .words").last).to_have_text("明早八点收割机到。")


async def test_length_is_told_before_sending(stage: Stage) -> None:
    await stage.start(limits=Limits(text=20))
    page = await stage.visit()
    await page.click("#send")
    await expect(page.locator("#notice")).to_have_text("还没有写字呢。")
    await page.fill("#question", "长" * 21)
    await expect(page.locator("#notice")).to_have_text("太长了：最多20个字，现在21个字")
    await expect(page.locator("#question")).to_have_attribute("aria-invalid", "true")
    await page.click("#send")
    assert await page.locator(".mine").count() == 0
    await page.fill("#question", "玉米")
    await page.click("#send")
    await expect(page.locator("#log .them")).to_have_count(1)


async def test_refused_message_says_why_and_is_not_sent_again(stage: Stage) -> None:
    await stage.start(limits=Limits(text=5))
    page = await stage.visit()
    await page.get_by_role("button", name="长虫了咋整").click()
    await expect(page.locator(".mine .state")).to_contain_text("一次最多5个字")
    await page.reload()
    await type_in(page, "玉米")
    await expect(page.locator("#log .them")).to_have_count(1)
    assert len(stage.handler.inbounds) == 1


async def test_speaking_too_fast_is_sent_a_little_later(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = 0.0
    monkeypatch.setattr("bot.channels.web.app.Pace", partial(Pace, clock=lambda: seconds))
    await stage.start(limits=Limits(burst=1, every=0.5))
    page = await stage.visit()
    await type_in(page, "你说一")
    await type_in(page, "你说二")
    await expect(page.locator("#notice")).to_contain_text("说得有点快")
    seconds = 1.0
    await expect(page.locator("#log .them .words")).to_have_text(["一", "二"])
    assert len(stage.handler.inbounds) == 2
