"""The morning digest and farm advice: asked for, sent exactly once, late only before noon, and stopped by a word."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.delivery.models import OutboxRow
from dialogs.messages import Reply, ReplyKind
from knowledge_base.store import Store
from knowledge_base.weather.digest_models import FarmAdviceRow
from knowledge_base.weather.terms import CHINA
from nlu.text.segmenter import Segmenter
from nlu.words import Words
from tests.fakes.house import House, last
from tests.fakes.weather import Made
from tests.fakes.weather_chat import WeatherChat

FINE = Made(12, 24)
FROST = Made(-2, 12)


def shanghai(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA).astimezone(UTC)


@pytest.fixture
def chat(store: Store, words: Words, segmenter: Segmenter) -> WeatherChat:
    """Without answers in the store: digests need none."""
    return WeatherChat(House(store, words, segmenter, shanghai("2026-11-22T20:00")), with_prices=True)


@pytest.fixture
def both(any_store: Store, words: Words, segmenter: Segmenter) -> WeatherChat:
    """The same on both databases."""
    return WeatherChat(House(any_store, words, segmenter, shanghai("2026-11-22T20:00")), with_prices=True)


@pytest.fixture
def orchard(store: Store, words: Words, segmenter: Segmenter) -> WeatherChat:
    """In the time of the apple blossom, on SQLite."""
    chat = WeatherChat(House(store, words, segmenter, shanghai("2027-04-05T09:00")))
    chat.forecasts.week = (FINE, FINE, FROST, FINE, FINE)
    return chat


async def letters(chat: WeatherChat, user: str = "zhang") -> list[OutboxRow]:
    async with chat.house.store.session() as session:
        query = select(OutboxRow).where(OutboxRow.user == user).order_by(OutboxRow.created_at, OutboxRow.topic)
        return list((await session.scalars(query)).all())


async def texts(chat: WeatherChat) -> list[str]:
    return [row.payload["text"] for row in await letters(chat)]


async def subscribe(chat: WeatherChat, said: str = "每天早上六点给我报天气") -> Reply:
    await chat.people.change("test", "zhang", chat.house.now, {"place": "411424", "crops": ["小麦"]})
    assert last(await chat.house.say(said)).kind is ReplyKind.CONFIRM
    return last(await chat.house.say("对"))


async def at(chat: WeatherChat, when: str) -> None:
    chat.house.now = shanghai(when)
    await chat.services.sending.tick()


async def test_it_is_read_back_kept_and_sent_every_morning_once(both: WeatherChat) -> None:
    both.prices = ["玉米一斤1.12元，比上周涨两分"]
    assert "每天早上六点给您报" in (await subscribe(both)).text
    await at(both, "2026-11-23T05:59")
    assert await texts(both) == []
    await at(both, "2026-11-23T06:00")
    await at(both, "2026-11-23T06:01")
    (told,) = await texts(both)
    for words in (
        "11月23日，周一",
        "小雪",
        "柘城县今天",
        "打药",
        "越冬水",
        "玉米一斤1.12元",
        "早上别报了",
        "Open-Meteo",
    ):
        assert words in told
    await at(both, "2026-11-24T06:00")
    assert [row.topic for row in await letters(both)] == ["digest:2026-11-23", "digest:2026-11-24"]


async def test_after_a_downtime_it_comes_late_but_not_after_noon(chat: WeatherChat) -> None:
    await subscribe(chat)
    await at(chat, "2026-11-23T11:59")
    assert len(await texts(chat)) == 1
    await at(chat, "2026-11-24T12:00")
    assert len(await texts(chat)) == 1
    assert (await letters(chat))[0].expires_at == shanghai("2026-11-23T12:00")


async def test_two_processes_send_one(both: WeatherChat) -> None:
    await subscribe(both)
    both.house.now = shanghai("2026-11-23T06:00")
    other = WeatherChat(both.house).services.sending
    await asyncio.gather(both.services.sending.tick(), other.tick())
    assert len(await texts(both)) == 1


async def test_a_word_stops_it_and_a_time_moves_it(chat: WeatherChat) -> None:
    await subscribe(chat)
    assert "原来是早上六点" in last(await chat.house.say("改到七点报")).text
    await chat.house.say("行")
    await at(chat, "2026-11-23T06:30")
    assert await texts(chat) == []
    assert "早上七点" in last(await chat.house.say("早上几点给我报天气")).text
    assert "不报了" in last(await chat.house.say("早上别报了")).text
    await at(chat, "2026-11-23T07:30")
    assert await texts(chat) == []
    assert "没有订" in last(await chat.house.say("别给我报天气了")).text


async def test_asked_for_after_its_time_it_begins_tomorrow(chat: WeatherChat) -> None:
    chat.house.now = shanghai("2026-11-23T09:00")
    await subscribe(chat)
    await at(chat, "2026-11-23T09:30")
    assert await texts(chat) == []
    await at(chat, "2026-11-24T06:00")
    assert len(await texts(chat)) == 1


async def test_no_is_no_and_a_made_up_button_is_none(chat: WeatherChat) -> None:
    await chat.people.change("test", "zhang", chat.house.now, {"place": "411424"})
    await chat.house.say("每天早上六点给我报天气")
    assert "不改" in last(await chat.house.say("不要")).text
    for made_up in ("d:do:9999", "d:do:x", "d:x"):
        assert "过" in last(await chat.house.choose(made_up)).text
    await at(chat, "2026-11-23T06:00")
    assert await texts(chat) == []


async def test_the_place_is_asked_for_first(chat: WeatherChat) -> None:
    assert last(await chat.house.say("每天早上五点半给我报天气")).kind is ReplyKind.ASK
    confirm = last(await chat.house.say("寿光的"))
    assert confirm.kind is ReplyKind.CONFIRM
    assert "早上五点半" in confirm.text
    await chat.house.say("对")
    person = await chat.people.get("test", "zhang")
    assert person is not None
    assert person.place == "370783"
    await at(chat, "2026-11-23T05:30")
    assert "寿光市今天" in (await texts(chat))[0]


async def test_in_the_evening_it_tells_of_tomorrow_and_without_a_forecast_of_the_season(chat: WeatherChat) -> None:
    await subscribe(chat, "每天晚上七点给我报天气")
    await at(chat, "2026-11-23T19:00")
    chat.forecasts.down = True
    await at(chat, "2026-11-24T19:00")
    await at(chat, "2026-11-25T22:01")
    evening, bare = await texts(chat)
    assert "柘城县明天" in evening
    assert "11月24日，周二" in evening
    assert "12121" in bare
    assert "越冬水" in bare


async def test_what_fails_for_one_does_not_keep_it_from_the_others(
    chat: WeatherChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    await subscribe(chat)
    await chat.house.say("每天早上六点给我报天气", user="li")
    await chat.people.change("test", "li", chat.house.now, {"place": "370783"})
    await chat.house.say("每天早上六点给我报天气", user="li")
    await chat.house.say("对", user="li")
    whole = chat.forecasts.at

    async def broken(latitude: float, longitude: float) -> object:
        if latitude > 36:
            raise RuntimeError
        return await whole(latitude, longitude)

    monkeypatch.setattr(chat.services.sending._letters, "_forecast", broken)
    await at(chat, "2026-11-23T06:00")
    assert len(await letters(chat, "zhang")) == 1
    assert await letters(chat, "li") == []


async def test_advice_is_marked_as_none_of_the_weather_service_and_comes_once(orchard: WeatherChat) -> None:
    await orchard.people.change("test", "zhang", orchard.house.now, {"place": "370783", "crops": ["苹果", "小麦"]})
    assert await orchard.services.advising.tick() == 2, "frost on blossom, and on wheat in ear"
    first = (await texts(orchard))[0]
    assert "这是系统根据预报给的提醒，不是气象部门的预警" in first
    assert "后天最低气温只有零下2度" in first
    orchard.house.later(hours=6)
    assert await orchard.services.advising.tick() == 0
    orchard.house.later(hours=18)
    orchard.forecasts.week = (FINE, FINE, FROST, FINE)
    assert await orchard.services.advising.tick() == 0, "the forecast has put the same frost off by a day"
    orchard.house.later(days=9)
    assert await orchard.services.advising.tick() == 2, "another frost"
    async with orchard.house.store.session() as session:
        assert len((await session.scalars(select(FarmAdviceRow))).all()) == 4


async def test_advice_keeps_quiet_hours(orchard: WeatherChat) -> None:
    orchard.house.now = shanghai("2027-04-05T23:00")
    await orchard.people.change("test", "zhang", orchard.house.now, {"place": "370783", "crops": ["苹果"]})
    await orchard.services.advising.tick()
    (row,) = await letters(orchard)
    assert row.due_at == shanghai("2027-04-06T06:00")
    assert row.expires_at == shanghai("2027-04-07T18:00")
    assert "明天最低气温" in row.payload["text"], "as it will be read"


@pytest.mark.parametrize("why", ["opted out", "no crops", "no place", "sample", "old", "down"])
async def test_nobody_is_advised_without_reason(orchard: WeatherChat, why: str) -> None:
    choices = {"place": "370783", "crops": ["苹果"], "opted_out": why == "opted out"}
    if why == "no crops":
        choices["crops"] = []
    if why == "no place":
        choices["place"] = None
    await orchard.people.change("test", "zhang", orchard.house.now, choices)
    orchard.forecasts.sample = why == "sample"
    orchard.forecasts.down = why == "down"
    orchard.forecasts.stale = timedelta(hours=13) if why == "old" else None
    assert await orchard.services.advising.tick() == 0
    assert await letters(orchard) == []


async def test_one_forecast_does_for_all_who_live_there(orchard: WeatherChat) -> None:
    for number in range(5):
        await orchard.people.change("test", f"u{number}", orchard.house.now, {"place": "370783", "crops": ["苹果"]})
    assert await orchard.services.advising.tick() == 5
    assert len(orchard.forecasts.asked) == 1


async def test_both_jobs_are_on_the_schedule(orchard: WeatherChat) -> None:
    jobs: dict[str, timedelta] = {}

    class Jobs:
        def every(self, interval: timedelta, name: str, job: object, *, first: datetime | None = None) -> None:
            assert first == orchard.house.now
            assert job
            jobs[name] = interval

    orchard.services.schedule(Jobs())  # type: ignore[arg-type]
    assert jobs == {"morning_digests": timedelta(minutes=1), "farm_advice": timedelta(hours=6)}
