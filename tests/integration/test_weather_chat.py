"""Weather in the chat: where somebody is, how old the forecast is, and what is said when there is none."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dialogs.messages import Inbound, Location, ReplyKind, Turn
from dialogs.session import Form
from knowledge_base.weather.terms import Sky
from tests.fakes.house import House, last
from tests.fakes.weather import WEEK, Made
from tests.fakes.weather_chat import WeatherChat


@pytest.fixture
def chat(house: House) -> WeatherChat:
    return WeatherChat(house)


def text_of(turn: Turn) -> str:
    return "\n".join(reply.text for reply in turn.replies)


async def located(house: House, latitude: float, longitude: float, user: str = "zhang") -> Turn:
    where = Inbound("test", user, f"{latitude}", house.now, location=Location(latitude, longitude))
    return await house.assistant.turn(where)


async def test_the_place_is_asked_once_and_kept_for_warnings_too(house: House, chat: WeatherChat) -> None:
    asked = await house.say("明天下雨不")
    assert last(asked).kind is ReplyKind.ASK
    assert "柘城县明天" in text_of(await house.say("我们是柘城的"))
    person = await chat.people.get("test", "zhang")
    assert person is not None
    assert person.place == "411424"
    assert "柘城县后天" in text_of(await house.say("后天下雨不"))


async def test_a_position_answers_the_question_that_waited_for_it(house: House, chat: WeatherChat) -> None:
    await house.say("明天下雨不")
    told = await located(house, 36.88, 118.75)
    assert "寿光市明天" in text_of(told)
    assert "寿光市后天" in text_of(await house.say("后天下雨不"))
    assert chat.forecasts.asked[-1] == (36.88, 118.75)


async def test_a_position_outside_of_the_country_is_no_place(house: House, chat: WeatherChat) -> None:
    await house.say("明天下雨不")
    assert last(await located(house, 48.85, 2.35)).kind is ReplyKind.ASK
    assert chat.forecasts.asked == []


async def test_another_place_is_for_one_question_and_its_follow_up(house: House, chat: WeatherChat) -> None:
    await chat.people.change("test", "zhang", house.now, {"place": "411424"})
    assert "寿光市明天" in text_of(await house.say("寿光明天下雨不"))
    assert "寿光市后天" in text_of(await house.say("那后天呢"))
    assert "青州市后天" in text_of(await house.say("那青州呢"))
    assert "柘城县明天" in text_of(await house.say("明天下雨不"))
    house.later(minutes=20)
    assert "柘城县" not in text_of(await house.say("那后天呢")), "too long ago to be known again"


async def test_moving_in_words_moves_the_weather(house: House, chat: WeatherChat) -> None:
    await chat.people.change("test", "zhang", house.now, {"place": "411424"})
    read_back = await house.say("俺搬到寿光了")
    assert last(read_back).kind is ReplyKind.CONFIRM
    await house.say("对")
    assert "寿光市明天" in text_of(await house.say("明天下雨不"))


async def test_the_county_of_somebody_who_lives_in_a_village(house: House, chat: WeatherChat) -> None:
    await chat.people.change("test", "zhang", house.now, {"place": "411424100200"})
    assert "柘城县" in text_of(await house.say("俺们县里明天下雨不"))


async def test_a_place_as_warnings_keep_it_is_whole_in_the_conversation(house: House, chat: WeatherChat) -> None:
    await chat.people.change("test", "zhang", house.now, {"place": "4114241002"})
    assert "柘城县" in text_of(await house.say("明天下雨不"))
    kept = await house.conversations.load(Inbound("test", "zhang", "1", house.now, text="x"))
    assert kept.place == "411424100200"


async def test_a_booking_that_is_open_is_not_lost_to_the_question_for_a_place(house: House, chat: WeatherChat) -> None:
    inbound = Inbound("test", "zhang", "1", house.now, text="x")
    session = await house.conversations.load(inbound)
    session.form = Form(service="m", slots={"crop": "小麦"}, asking="area", opened_at=house.now, touched_at=house.now)
    await house.conversations.save(inbound, session, Turn(()), house.now)
    assert last(await house.say("明天下雨不")).kind is ReplyKind.ASK
    assert "寿光市" in text_of(await house.say("寿光明天下雨不"))
    kept = (await house.conversations.load(inbound)).form
    assert kept is not None
    assert (kept.service, kept.slots) == ("m", {"crop": "小麦"})
    assert chat.forecasts.asked


async def test_a_question_for_a_place_that_is_not_answered_lets_other_questions_through(
    house: House, chat: WeatherChat
) -> None:
    await house.say("明天下雨不")
    other = await house.say("玉米叶子上有洞咋办")
    assert last(other).kind is not ReplyKind.CONFIRM
    assert "天气" not in text_of(other)
    await house.say("寿光玉米多少钱一斤")
    assert chat.forecasts.asked == []
    assert "柘城县明天" in text_of(await house.say("俺们家在柘城县的老王集")), "the question still waits"


async def test_an_old_forecast_says_its_age_and_why(house: House, chat: WeatherChat) -> None:
    chat.forecasts.stale = timedelta(hours=3)
    told = text_of(await house.say("寿光明天下雨不"))
    assert "3个小时前取的预报" in told
    assert "连不上" in told


async def test_without_a_forecast_there_is_a_plain_sentence_with_what_to_do(house: House, chat: WeatherChat) -> None:
    chat.forecasts.down = True
    told = text_of(await house.say("寿光明天下雨不"))
    assert "12121" in told
    assert "度" not in told


async def test_a_sample_is_announced_first_of_all(house: House, chat: WeatherChat) -> None:
    chat.forecasts.sample = True
    reply = last(await house.say("寿光明天下雨不"))
    assert reply.text.startswith("先说清楚：下面是样例")
    assert reply.spoken.startswith("先说清楚：下面是样例")


async def test_an_official_warning_that_holds_comes_first(house: House, chat: WeatherChat) -> None:
    async def holding(place: str) -> list[str]:
        assert place == "370783"
        return ["大风蓝色预警"]

    chat.weather_over(holding)
    assert text_of(await house.say("寿光明天下雨不")).startswith("注意，寿光市现在有官方预警：大风蓝色预警。")


async def test_days_without_hours_are_told_by_the_day(house: House, chat: WeatherChat) -> None:
    chat.forecasts.hours_of = 2
    assert "有大雨" in text_of(await house.say("寿光礼拜五下雨不"))
    assert "晒粮晒东西：后天" in text_of(await house.say("寿光后天能晒麦不"))


async def test_rain_that_falls_now_stops_at_an_hour(house: House, chat: WeatherChat) -> None:
    chat.forecasts.week = (replace(WEEK[0], sky=Sky.RAIN, rain=(6, 15, 1.0)), *WEEK[2:])
    told = text_of(await house.say("寿光雨啥时候停"))
    assert "这场小雨到今天下午三点停" in told
    assert "明天能晴" in told


async def test_rain_without_an_end_and_a_sky_without_sun(house: House, chat: WeatherChat) -> None:
    chat.forecasts.week = (Made(3, 6, Sky.RAIN, rain=(0, 24, 0.5)),) * 3
    told = text_of(await house.say("寿光雨啥时候停"))
    assert "一直不停" in told
    assert "没看到晴天" in told


async def test_snow_is_called_snow(house: House, chat: WeatherChat) -> None:
    chat.forecasts.week = (Made(-8, -2), Made(-6, -1, Sky.SNOW, rain=(8, 14, 0.5)), Made(-9, 0))
    assert "明天有小雪，上午八点到下午两点" in text_of(await house.say("寿光明天下雪不"))
    assert "明天有雪，别的天没有" in text_of(await house.say("寿光三天天气"))
    assert "明天上午八点有小雪" in text_of(await house.say("啥时候下雪天气"))


async def test_every_work_answer_has_the_source_of_its_rule(house: House, chat: WeatherChat) -> None:
    reply = last(await house.say("寿光明天能打药不"))
    assert "植保无人飞机施药防治农作物病虫害技术指导意见" in [source.title for source in reply.sources]
    assert chat.forecasts.asked
