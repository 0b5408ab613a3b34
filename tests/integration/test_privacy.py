"""A copy of all that is kept of somebody, and its deletion through every table, file and index."""

import json
import logging
import re
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, text
from structlog.testing import capture_logs

from bot.privacy.models import ErasureRow
from bot.privacy.person import NOBODY, Person
from bot.privacy.register import register
from dialogs.booking.terms import Person as Booker
from knowledge_base.store import Store
from nlu.text.segmenter import Segmenter
from nlu.words import Words
from tests.conftest import NOW
from tests.fakes.house import House, last
from tests.fakes.privacy import ME, NEIGHBOUR, Home, Life, left, told

DUTY = {"officers", "booking_providers", "consultants", "ladder_steps"}
NONE = DUTY | {"wechat_arrivals", "account_links", "link_codes", "erasures"}
"""Where nothing is of somebody who is not on duty, has one account, and has deleted nothing yet."""


@pytest.fixture
def home(store: Store, words: Words, segmenter: Segmenter, tmp_path: Path) -> Home:
    return Home(House(store, words, segmenter, NOW), tmp_path / "var", voice_days=30)


@pytest.fixture
def either_home(any_store: Store, words: Words, segmenter: Segmenter, tmp_path: Path) -> Home:
    return Home(House(any_store, words, segmenter, NOW), tmp_path / "var", voice_days=30)


async def rows_of(home: Home, person: Person) -> dict[str, int]:
    """How many rows of each registered table are found as a person's."""
    known, found = register(), {}
    async with home.store.session() as session:
        for table, rule in known.each():
            if not rule.unfindable:
                found[table.name] = len(
                    (await session.execute(select(table).where(known.mine(table, rule, person)))).all()
                )
    return found


def browser(home: Home) -> httpx.AsyncClient:
    app = FastAPI()
    app.include_router(home.parts.router())
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://farm.example")


async def test_everything_is_shown_and_then_nothing_is_left(
    either_home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    home, life = either_home, Life(either_home)
    await life.lived()
    caplog.set_level(logging.INFO)
    with capture_logs() as logs:
        reply = last(await home.say("把我的资料都给我看看"))
        address = re.search(r"https://farm\.example(/my-data/\S+?)\n", reply.text)
        assert address is not None
        assert address[1] not in reply.spoken
        counted = await rows_of(home, Person((ME,)))
        assert {name for name, count in counted.items() if not count} == NONE
        async with browser(home) as page:
            asked = await page.get(address[1])
            assert asked.status_code == 200
            assert life.marks["问题"] not in asked.text, "looking shows and uses up nothing"
            given = await page.post(address[1], content="as=file")
            assert (await page.get(address[1])).status_code == 404, "it works once"
        shown = json.dumps(given.json(), ensure_ascii=False)
        assert [name for name, mark in life.marks.items() if mark not in shown] == []
        assert all(figure in shown for figure in ("34.0871235", "1.234", "10077", "10001"))
        neighbours = await home.say("我家的猫咋回事", NEIGHBOUR)
        asked_back = last(await home.say("把我的资料全部删掉"))
        assert "真的删吗" in asked_back.text
        assert await left(home, ME.user), "nothing goes before a yes"
        done = await home.say("对")
    assert "删好了" in told(done)
    assert await left(home, ME.user, *life.marks.values(), "34.0871235") == []
    assert list((home.folder / "recordings").iterdir()) == []
    assert home.sounds, "what was read aloud to them is forgotten too"
    said = "\n".join([str(logs), caplog.text])
    assert not [mark for mark in (ME.user, *life.marks.values()) if mark in said]
    assert neighbours.replies
    assert await left(home, NEIGHBOUR.user), "and nothing of anybody else"
    async with home.store.session() as session:
        (erasure,) = (await session.scalars(select(ErasureRow))).all()
        assert (erasure.scope, erasure.channel, erasure.user) == ("all", None, None)
        figures = (await session.execute(text("SELECT state, area, total, channel FROM bookings"))).one()
        assert figures[0] == "done"
        assert figures[2] > 0
        assert figures[3] == NOBODY
        assert (
            await session.scalars(text("SELECT state FROM questions WHERE channel = 'gone'"))
        ).first() == "dismissed"
    again = await home.say("我家的猫咋回事")
    assert again.replies[-1].choices[0].label == "同意", "they are new, and asked anew"


async def test_an_order_in_progress_goes_on_and_is_deleted_when_it_is_over(either_home: Home) -> None:
    home, life = either_home, Life(either_home)
    await home.press("同意", await home.say("你好"))
    order = await life.orders("accepted", 2)
    asked = last(await home.say("把我的信息都删了"))
    assert "农机预约1条没办完，照常来" in asked.text
    assert "农机预约1条还留着" in told(await home.say("是"))
    assert sorted(await left(home, ME.user)) == ["booking_events", "bookings", "erasures"]
    await home.parts.forgetting.run()
    assert "bookings" in await left(home, ME.user)
    await life.yard.machinery.cancel(Booker(*ME), order, life.marks["备注"], life.yard.key())
    await life.deliver()
    assert "outbox" in await left(home, life.marks["地点"]), "the provider was told"
    await home.parts.forgetting.run()
    assert await left(home, ME.user, *life.marks.values()) == []


async def test_a_deletion_that_fails_is_not_said_to_be_done(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    await home.say("你好")
    turn = await home.say("把我的资料删了")

    async def broken(*_: object) -> None:
        raise OSError

    with monkeypatch.context() as patched:
        patched.setattr(type(home.parts.erasing), "_clear", broken)
        assert "没办成" in told(await home.press("全删了", turn, id_="press"))
    assert await left(home, ME.user)
    assert "删好了" in told(await home.press("全删了", turn, id_="press")), "the same message again does it"
    assert await left(home, ME.user) == []


async def test_an_old_button_deletes_nothing(home: Home) -> None:
    await home.say("你好")
    turn = await home.say("把我的资料删了")
    home.house.later(minutes=20)
    assert "过时了" in told(await home.press("全删了", turn))
    assert "不动" in told(await home.press("不动", turn))
    assert await left(home, ME.user)


async def test_no_is_no(home: Home) -> None:
    await home.say("你好")
    await home.say("注销我的账号")
    assert "原来的样子" in told(await home.say("算了"))
    assert await left(home, ME.user)


async def test_only_the_position_or_only_the_recordings(home: Home) -> None:
    await Life(home).lived()
    await home.say("别记我的位置")
    assert "定位删了" in told(await home.say("行"))
    counted = await rows_of(home, Person((ME,)))
    assert counted["questions"] == 2
    assert await left(home, "34.0871235") == []
    await home.locate(35.1234567, 114.7654321)
    assert await left(home, "35.1234567", "114.7654321") == []
    await home.say("把我的录音删了")
    assert "一句不留" in told(await home.say("中"))
    counted = await rows_of(home, Person((ME,)))
    assert (counted["recordings"], counted["questions"]) == (0, 2)
    assert list((home.folder / "recordings").iterdir()) == []
    await home.speak("今天冷不冷")
    assert (await rows_of(home, Person((ME,))))["recordings"] == 0
