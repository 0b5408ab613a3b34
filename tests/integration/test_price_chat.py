"""Prices in the chat: golden dialogues over known prices, and who is told when one is reached."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.delivery.models import OutboxRow
from bot.dialogues import Dialogue, read_dialogues
from bot.markets.chat import PriceChat, price_chat, tell_of_prices
from bot.markets.market import market
from dialogs.handoff import Desk
from knowledge_base.markets.ledger import Ledger
from nlu.builtin import BuiltinUnderstander
from tests.fakes.house import House, last
from tests.fakes.prices import LAST, filed, trade

DIALOGUES = Path(__file__).parents[1] / "conversations" / "prices.yaml"
MAIZE = ("玉米", "", 1)


def dialogues() -> Iterator[Any]:
    for dialogue in read_dialogues(DIALOGUES):
        yield pytest.param(dialogue, id=dialogue.name)


@pytest.fixture
async def prices(house: House, builtin: BuiltinUnderstander) -> PriceChat:
    house.understander.instead = builtin
    await trade(house.store)
    known = market(house.store, house.language.words, house.places, house.clock)
    prices = price_chat(house.store, known, house.language, Desk(house.store))
    house.serve(prices.service)
    return prices


@pytest.mark.usefixtures("prices")
@pytest.mark.parametrize("dialogue", list(dialogues()))
async def test_dialogue(house: House, dialogue: Dialogue) -> None:
    async for step, turn in house.play(dialogue):
        assert step.wrong(turn) == [], f"{step.said}: {last(turn).text}"


class Clockwork:
    """A schedule whose jobs are run by hand."""

    def __init__(self) -> None:
        self.jobs: dict[str, Any] = {}

    def every(self, _interval: object, name: str, job: Any, **_: object) -> None:
        self.jobs[name] = job


async def messages(house: House) -> list[tuple[str, str]]:
    async with house.store.session() as session:
        rows = (await session.scalars(select(OutboxRow).order_by(OutboxRow.created_at))).all()
    return [(row.user, row.payload["text"]) for row in rows]


async def comes_in(house: House, day: date, mid: str) -> None:
    async with house.store.session() as session:
        await Ledger().add(session, [filed(MAIZE, day, mid)], house.now)


async def test_a_price_that_is_reached_is_told_once(house: House, prices: PriceChat) -> None:
    clockwork = Clockwork()
    tell_of_prices(clockwork, house.store, prices, house.outbox, house.clock)  # type: ignore[arg-type]
    await house.say("我在柘城县")
    turn = await house.say("苞米涨到一块二告诉我")
    assert last(turn).kind == "confirm"
    await clockwork.jobs["prices"]()
    assert await messages(house) == []
    assert last(await house.say("对")).text.startswith("好，记下了")
    house.later(days=1)
    await comes_in(house, date(2026, 11, 21), "1.18")
    await clockwork.jobs["prices"]()
    assert await messages(house) == []
    house.later(days=1)
    await comes_in(house, date(2026, 11, 22), "1.21")
    for _ in range(2):
        await clockwork.jobs["prices"]()
    [(user, text)] = await messages(house)
    assert user == "zhang"
    assert "1.21元一斤" in text
    assert last(await house.say("我订了哪些价格提醒")).text.startswith("您没有订")


async def test_a_weekly_price_comes_on_monday_morning(house: House, prices: PriceChat) -> None:
    clockwork = Clockwork()
    tell_of_prices(clockwork, house.store, prices, house.outbox, house.clock)  # type: ignore[arg-type]
    await house.say("我在柘城县")
    await house.say("每个礼拜给我说说玉米价")
    await house.say("行")
    await clockwork.jobs["prices"]()
    assert await messages(house) == [], "it is Sunday"
    house.now = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    for _ in range(2):
        await clockwork.jobs["prices"]()
    [(_, text)] = await messages(house)
    assert "玉米，柘城粮食交易市场11月20日的价：1.12元一斤" in text


async def test_what_neighbours_report_is_told_apart(house: House, prices: PriceChat) -> None:
    await house.say("我在柘城县", "li")
    turn = await house.say("今天镇上苞米一块零五", "li")
    assert last(turn).kind == "confirm"
    assert "1.05元一斤" in last(turn).text
    await house.say("对", "li")
    await house.say("我在柘城县", "wang")
    text = last(await house.say("苞米多少钱一斤", "wang")).text
    official, reported = text.split("\n")
    assert "1.12元一斤" in official
    assert "1位乡亲报的玉米价（没核对过）：1.05元一斤" in reported
    held = await house.say("今天集上苞米十块零五一斤", "li")
    assert "先请人看一眼" in last(await house.choose(last(held).choices[0].id, "li")).text


async def test_the_picture_is_drawn_of_what_is_known(house: House, prices: PriceChat) -> None:
    await house.say("我在柘城县")
    picture = last(await house.say("苞米啥价")).picture
    assert picture == f"price/1/%E7%8E%89%E7%B1%B3/-/official/{LAST}.png"
    drawn = await prices.picture(["1", "玉米", "-", "official", LAST.isoformat()])
    assert drawn is not None
    assert drawn.startswith(b"\x89PNG")
    for unknown in (["9", "玉米", "-", "official", LAST.isoformat()], ["x"], ["1", "玉米", "-", "official", "never"]):
        assert await prices.picture(unknown) is None


async def test_buttons_that_were_made_up_do_nothing(house: House, prices: PriceChat) -> None:
    for made_up in ("p:do:+玉米///above/much", "p:do:+", "p:rep:玉米", "p:more:", "p:what:", "p:do:+玉米//41/never/1"):
        assert "过期" in last(await house.choose(made_up)).text or last(await house.choose(made_up)).kind == "info"
    async with house.store.session() as session:
        assert await prices.market.alerts.list(session, "test", "zhang") == ()


def test_what_is_filed_is_exact() -> None:
    assert filed(MAIZE, LAST, "1.12").offer.mid == Decimal("1.12")
