"""The web chat in a real browser: speaking and listening."""

import io

import av
import numpy as np
import pytest
from playwright.async_api import expect

from bot.channels.web.limits import Limits
from nlu.speech.base import Clip
from tests.acceptance.stage import Stage, lost_line, note_reading, press_talk, spoken, tap_talk, type_in
from tests.fakes.web import ARMYWORM, HEARD, hum

pytestmark = [pytest.mark.needs_chromium, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="session")]


BARS_MOVE = """() => new Promise((done) => {
  const look = () => {
    const heights = [...document.querySelectorAll("#level i")].map((bar) => bar.getBoundingClientRect().height);
    if (Math.max(...heights) > 15) done();
    else requestAnimationFrame(look);
  };
  look();
})"""


SLOW_MICROPHONE = """() => {
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  const opening = new Promise((done) => (window.open_microphones = done));
  window.microphones = [];
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    await opening;
    const microphone = open(wanted);
    window.microphones.push(microphone);
    return microphone;
  };
}"""
ONE_IS_LET_GO = """async () => {
  const states = async () => (await Promise.all(window.microphones)).map((one) => one.getTracks()[0].readyState);
  while ((await states()).sort().join() !== "ended,live") await new Promise(requestAnimationFrame);
}"""


def loudness(recording: bytes) -> tuple[float, float]:
    """Seconds and root mean square of a recording."""
    with av.open(io.BytesIO(recording), "r") as file:
        frames = [frame.to_ndarray().mean(axis=0) for frame in file.decode(audio=0)]
        rate = file.streams.audio[0].rate
    wave = np.concatenate(frames)
    return len(wave) / rate, float(np.sqrt(np.mean(wave**2)))


async def test_holding_the_button(stage: Stage) -> None:
    await stage.start()
    page = await stage.visit()
    await note_reading(page)
    await press_talk(page)
    await expect(page.locator("#talk-label")).to_have_text("松开就发出去")
    await expect(page.locator("#typed")).to_be_hidden()
    await page.evaluate(BARS_MOVE)
    await spoken(page, 2)
    await page.mouse.up()

    await expect(page.locator(".mine .words")).to_have_text(f"听到：{HEARD}")
    await expect(page.locator(".them .words").last).to_have_text(ARMYWORM.text)
    await expect(page.locator("body")).to_have_attribute(
        "data-reading", "preparing: 正在准备声音……, playing: 停下, still: 听一听"
    )
    assert stage.hums.said == [ARMYWORM.spoken]
    (inbound,) = stage.handler.inbounds
    assert inbound.voice is not None
    assert inbound.voice.mime.startswith("audio/webm")
    seconds, rms = loudness(inbound.voice.data)
    assert 0.5 < seconds < 60
    assert rms > 0.01
    await expect(page.locator("#talk-label")).to_have_text("按住说话")


async def test_tapping_the_button(stage: Stage) -> None:
    await stage.start()
    page = await stage.visit()
    await tap_talk(page)
    await expect(page.locator("#talk-label")).to_have_text("说完点这里")
    await spoken(page)
    await tap_talk(page)
    await expect(page.locator(".mine .words")).to_have_text(f"听到：{HEARD}")
    assert stage.handler.inbounds[0].voice is not None


async def test_sliding_away_cancels(stage: Stage) -> None:
    await stage.start()
    page = await stage.visit()
    await press_talk(page)
    await spoken(page)
    await page.mouse.move(180, 200)
    await expect(page.locator("#talk-label")).to_have_text("松手就取消")
    await page.mouse.up()
    await expect(page.locator("#notice")).to_have_text("取消了，没有发。")
    await expect(page.locator("#talk-label")).to_have_text("按住说话")

    await tap_talk(page)
    await page.click("#cancel")
    await expect(page.locator("#listening")).to_be_hidden()
    await tap_talk(page)
    await expect(page.locator("#listening")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("#listening")).to_be_hidden()
    assert stage.handler.inbounds == []
    assert await page.locator(".mine").count() == 0


async def test_giving_up_while_the_microphone_is_asked_for_lets_go_of_it(stage: Stage) -> None:
    await stage.start()
    page = await stage.visit()
    await page.evaluate(SLOW_MICROPHONE)
    await tap_talk(page)
    await page.click("#cancel")
    await expect(page.locator("#talk-label")).to_have_text("按住说话")
    await tap_talk(page)
    await expect(page.locator("#talk-label")).to_have_text("正在打开话筒……")
    await page.evaluate("() => window.open_microphones()")
    await expect(page.locator("#talk-label")).to_have_text("说完点这里")
    await spoken(page)
    await page.evaluate(ONE_IS_LET_GO)
    await tap_talk(page)
    await expect(page.locator(".mine .words")).to_have_text(f"听到：{HEARD}")


async def test_recording_ends_at_the_limit(stage: Stage) -> None:
    await stage.start(limits=Limits(voice_seconds=1))
    page = await stage.visit()
    await tap_talk(page)
    await expect(page.locator(".mine .words")).to_have_text(f"听到：{HEARD}")


async def test_heard_words_can_be_corrected(stage: Stage) -> None:
    await stage.start()
    page = await stage.visit()
    await tap_talk(page)
    await spoken(page)
    await tap_talk(page)
    await page.get_by_role("button", name="听错了").click()
    field = page.get_by_label("把听错的字改过来")
    await expect(field).to_be_focused()
    await expect(field).to_have_value(HEARD)
    await field.fill("小麦黄了咋办")
    await page.get_by_role("button", name="改好了").click()
    await expect(page.locator(".them .words").last).to_have_text("您问的是哪样庄稼？")
    await expect(page.locator(".mine").first.locator(".state")).to_have_text("已改正")
    await expect(page.locator(".mine .said").last).to_have_text("小麦黄了咋办")
    assert stage.handler.inbounds[-1].text == "小麦黄了咋办"


async def test_refused_microphone(stage: Stage) -> None:
    await stage.start()
    page = await stage.visit(permissions=())
    await page.click("#talk")
    await expect(page.locator("#notice")).to_contain_text("话筒没有打开")
    await expect(page.locator("#talk-label")).to_have_text("按住说话")
    await type_in(page, "玉米")
    await expect(page.locator("#log .them")).to_have_count(1)
    await expect(page.locator("#notice")).to_be_empty()
    await page.click("#place")
    await expect(page.locator("#notice")).to_contain_text("没有拿到位置")


@pytest.mark.parametrize(
    ("script", "notice"),
    [
        (
            "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotFoundError') }",
            "没有找到话筒",
        ),
        (
            "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotReadableError') }",
            "正被别的程序",
        ),
        ("delete window.MediaRecorder", "不能录音"),
    ],
)
async def test_missing_microphone(stage: Stage, script: str, notice: str) -> None:
    await stage.start()
    page = await stage.visit()
    await page.evaluate(f"() => {{ {script} }}")
    await page.click("#talk")
    await expect(page.locator("#notice")).to_contain_text(notice)


async def test_no_voice_anywhere_is_said(stage: Stage) -> None:
    await stage.start(voice=False)
    page = await stage.visit()
    await type_in(page, "玉米")
    await page.locator("#log .listen").click()
    await expect(page.locator("#notice")).to_have_text("这台手机读不出声音，请看文字。")
    await expect(page.locator("#log .listen")).to_have_text("听一听")


async def test_answer_can_be_played_and_stopped_after_a_restart(stage: Stage) -> None:
    stage.expected = lambda complaint: lost_line(complaint) or "404" in complaint
    stage.hums.clip = Clip(hum(30), 30)  # not over before it is stopped
    await stage.start()
    page = await stage.visit()
    await type_in(page, "玉米")
    await expect(page.locator("#log .listen")).to_be_visible()
    await stage.stop()
    await stage.start()
    await page.locator("#log .listen").click()
    await expect(page.locator("#log .listen")).to_have_attribute("data-state", "playing")
    await page.locator("#log .listen").click()
    await expect(page.locator("#log .listen")).to_have_attribute("data-state", "still")
    assert stage.hums.said == [ARMYWORM.spoken]
