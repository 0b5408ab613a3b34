"""Wishes to be told of a price: each fires once, whoever asks at the same time."""

import asyncio
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from knowledge_base.markets.alerts import MOST, Alert, Alerts, Due, TooManyAlerts
from knowledge_base.markets.models import Kind, Rule
from knowledge_base.store import Store
from tests.fakes.market import Fair, ago, row

ME = ("telegram", "7")


@pytest.fixture
def fair(store: Store, now: datetime) -> Fair:
    return Fair(store, now)


@pytest.fixture
def on_both(any_store: Store, now: datetime) -> Fair:
    """On either database in turn."""
    return Fair(any_store, now)


@pytest.fixture
def alerts(fair: Fair) -> Alerts:
    return Alerts(fair.quotes, fair.clock)


async def wish(fair: Fair, alerts: Alerts, rule: Rule = Rule.ABOVE, price: str | None = "1.2", **further: str) -> Alert:
    values = {"product": "玉米", "place": "411424", **further}
    async with fair.store.session() as session:
        amount = None if price is None else Decimal(price)
        return await alerts.add(session, *ME, rule=rule, price=amount, **values)


async def crossed(fair: Fair, alerts: Alerts) -> tuple[Due, ...]:
    async with fair.store.session() as session:
        return await alerts.crossed(session)


async def test_it_fires_once_when_a_price_comes_in_that_crosses(on_both: Fair) -> None:
    fair = on_both
    alerts = Alerts(fair.quotes, fair.clock)
    await fair.bring(row("玉米", "大集", "411424", ago(2), "1.3"))
    fair.later(seconds=1)
    await wish(fair, alerts)
    await wish(fair, alerts, Rule.BELOW, "1.0")
    assert await crossed(fair, alerts) == ()  # that price is what the person knows
    fair.later(hours=1)
    await fair.bring(row("玉米", "大集", "411424", ago(1), "1.19"))
    assert await crossed(fair, alerts) == ()
    fair.later(hours=1)
    await fair.bring(row("玉米", "大集", "411424", ago(0), "1.2"))
    (due,) = await crossed(fair, alerts)
    assert (due.alert.rule, due.quote.mid, due.quote.day) == (Rule.ABOVE, Decimal("1.2"), ago(0))
    assert await crossed(fair, alerts) == ()
    async with fair.store.session() as session:
        assert [alert.rule for alert in await alerts.list(session, *ME)] == [Rule.BELOW]
    fair.later(hours=1)
    again = await wish(fair, alerts)
    assert again.fired_at is None
    assert Due(again, due.quote).topic != due.topic


async def test_only_fresh_official_prices_near_the_person_count(fair: Fair, alerts: Alerts) -> None:
    await wish(fair, alerts)
    fair.later(hours=1)
    await fair.bring(row("玉米", "样例", "411424", ago(0), "2"), source="样例", kind=Kind.SAMPLE)
    await fair.bring(row("玉米", "旧", "411424", ago(20), "2"))
    assert await crossed(fair, alerts) == ()
    await fair.bring(row("玉米", "近", "411424", ago(0), "1.1"), row("玉米", "远", "370783", ago(0), "2"))
    assert await crossed(fair, alerts) == ()


async def test_two_who_look_at_once_do_not_both_tell(on_both: Fair) -> None:
    fair = on_both
    alerts = Alerts(fair.quotes, fair.clock)
    for number in range(5):
        await wish(fair, alerts, price=f"1.{number}")
        await wish(fair, alerts, price="1.1", product="小麦", place=f"41142{number}")
    fair.later(hours=1)
    await fair.bring(row("玉米", "大集", "411424", ago(0), "2"), row("小麦", "大集", "411424", ago(0), "2"))
    found = await asyncio.gather(*(crossed(fair, alerts) for _ in range(3)))
    told = [due.alert.id for some in found for due in some]
    assert len(told) == len(set(told)) == 6


async def test_a_rolled_back_notice_leaves_the_wish_open(fair: Fair, alerts: Alerts) -> None:
    await wish(fair, alerts)
    fair.later(hours=1)
    await fair.bring(row("玉米", "大集", "411424", ago(0), "2"))

    async def fails() -> None:
        async with fair.store.session() as session:
            assert len(await alerts.crossed(session)) == 1
            raise ConnectionError

    with pytest.raises(ConnectionError):
        await fails()
    assert len(await crossed(fair, alerts)) == 1


async def test_a_weekly_wish_is_due_every_week(on_both: Fair) -> None:
    fair = on_both
    alerts = Alerts(fair.quotes, fair.clock)
    await wish(fair, alerts, Rule.WEEKLY, None)
    await fair.bring(row("玉米", "大集", "411424", ago(0), "1.2"))

    async def weekly() -> list[Decimal]:
        async with fair.store.session() as session:
            return [due.quote.mid for due in await alerts.weekly(session)]

    assert await weekly() == [Decimal("1.2")]
    fair.later(days=3)
    assert await weekly() == []
    fair.later(days=4, hours=-1)
    assert await weekly() == [Decimal("1.2")]
    fair.later(days=8)  # the price is old by then
    assert await weekly() == []
    assert await crossed(fair, alerts) == ()
    async with fair.store.session() as session:
        assert len(await alerts.list(session, *ME)) == 1


async def test_the_same_wish_with_another_price_takes_its_place_and_others_are_removed(
    fair: Fair, alerts: Alerts
) -> None:
    first = await wish(fair, alerts, price="1.2")
    second = await wish(fair, alerts, price="1.3", place="411424000000")
    assert (second.id, second.price) == (first.id, Decimal("1.3"))
    wheat = await wish(fair, alerts, product="小麦")
    async with fair.store.session() as session:
        assert await alerts.remove(session, "web", "7") == 0
        assert await alerts.remove(session, *ME, id_=wheat.id) == 1
        assert await alerts.remove(session, *ME, product="小麦") == 0
        assert await alerts.remove(session, *ME) == 1
    with pytest.raises(ValueError, match="price"):
        await wish(fair, alerts, Rule.WEEKLY, "1.2")


async def test_one_person_has_so_many_wishes_and_no_more(fair: Fair, alerts: Alerts) -> None:
    for number in range(MOST):
        await wish(fair, alerts, place=f"4114{number:02}")
    with pytest.raises(TooManyAlerts):
        await wish(fair, alerts, product="小麦")
    assert (await wish(fair, alerts, price="9", place="411400")).created_at - fair.now < timedelta(seconds=1)
