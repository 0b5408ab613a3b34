"""A forecast in people's words, piece by piece: days, degrees, wind, rain, and how old it is."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dialogs import plain_time
from dialogs.topics.weather_time import Asked
from dialogs.topics.weather_words import weather_words
from knowledge_base.weather.forecasts import Known
from knowledge_base.weather.rain import FROZEN, Fall, Strength, likely_rain, strength
from knowledge_base.weather.terms import CHINA, Day, Forecast, Hour, Sky
from knowledge_base.weather.wind import beaufort

_STILL = 2
"""Up to this step wind is called little."""
_HALF_HOUR = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Phrases:
    """What is said of one forecast now."""

    forecast: Forecast
    now: datetime

    def day(self, day: date) -> str:
        """今天, 周五; a day further away with its date."""
        words = weather_words()
        away = (day - self.now.astimezone(CHINA).date()).days
        if 0 <= away < len(words.days):
            return words.days[away]
        weekday = words.weekdays[day.weekday()]
        if 0 <= away < 7:
            return words.near_day.format(day=day.day, weekday=weekday)
        return words.day.format(month=day.month, day=day.day, weekday=weekday)

    def days(self, first: date, last: date) -> str:
        """One day, or from which to which."""
        if first == last:
            return self.day(first)
        return weather_words().from_to.format(first=self.day(first), last=self.day(last))

    def listed(self, days: Sequence[date]) -> str:
        """Several days."""
        return weather_words().joiner.join(self.day(day) for day in days)

    def when(self, asked: Asked) -> str:
        """The time that was asked about, so that one can hear which day was understood."""
        words = weather_words()
        if asked.end <= self.now and asked.said:
            return asked.said
        if not asked.hours:
            named = self.days(asked.first, asked.last)
            far = (asked.first - self.now.astimezone(CHINA).date()).days >= 7
            plain = not asked.said or any(char.isdigit() for char in asked.said) or asked.said[-1] in "号日"
            return words.named_day.format(word=asked.said, day=named) if far and not plain and asked.one_day else named
        if not asked.said:
            return plain_time.span(asked.begin, asked.end, self.now)
        today = self.now.astimezone(CHINA).date()
        has_day = words.has("says_day", asked.said)
        return asked.said if has_day or asked.first == today else self.day(asked.first) + asked.said

    def span(self, begin: datetime, end: datetime, beside: date | None = None) -> str:
        """From which hour to which; the day is left out where it is `beside`, the one that was just named."""
        words = weather_words()
        day, last = begin.astimezone(CHINA).date(), end.astimezone(CHINA).date()
        closing = _clock(end) if last == day else self.day(last) + _clock(end)
        if begin <= self.now:
            return words.from_now.format(end=closing)
        opening = _clock(begin) if day == beside else self.day(day) + _clock(begin)
        return words.from_to.format(first=opening, last=closing)

    def degrees(self, low: float, high: float | None = None) -> str:
        """One temperature, or from which to which."""
        say = weather_words().degrees
        first, last = round(low), round(low if high is None else high)
        if first == last:
            return say["below" if first < 0 else "one"].format(value=abs(first))
        if last == 0:
            return say["to_zero"].format(low=abs(first))
        if last < 0:
            return say["both_below"].format(low=abs(last), high=abs(first))
        return say["mixed" if first < 0 else "up"].format(low=abs(first), high=last)

    def wind(self, speed: float, *, strongest: bool = False) -> str:
        """The step of a wind in m/s."""
        say, step = weather_words().degrees, beaufort(speed)
        return say["still"] if step <= _STILL else say["windiest" if strongest else "wind"].format(step=step)

    def rain(self, sky: Sky, how: Strength) -> str:
        """小雨, 大雪, 雷雨."""
        falls = weather_words().falls
        return falls.special.get(sky) or (falls.snow if sky in FROZEN else falls.rain)[how]

    def fall(self, fall: Fall) -> str:
        """One rain, by how heavy it is."""
        return self.rain(fall.sky, fall.strength)

    def sky(self, day: Day) -> str:
        """The sky of a day; what falls before what it looks like."""
        if likely_rain(day) and _falls(day.sky):
            return self.rain(day.sky, strength(day.precipitation))
        return weather_words().skies[day.sky if not _falls(day.sky) else Sky.OVERCAST]

    def look(self, hours: Sequence[Hour]) -> str:
        """The sky of some hours, as it is most of the time."""
        return weather_words().skies[Counter(hour.sky for hour in hours).most_common(1)[0][0]]

    def until(self) -> str:
        """The last day that is known."""
        return self.day(self.forecast.days[-1].date)


def source_line(known: Known, now: datetime) -> tuple[str, str]:
    """Whose forecast it is and of when, written and spoken, with its age once it is stale."""
    words, forecast = weather_words(), known.forecast
    source = words.sources.get(forecast.source, forecast.source)
    when = plain_time.moment(forecast.issued_at or forecast.fetched_at, now)
    stale = words.text("stale", age=age(known.age), why=words.say[f"why_{known.why or 'down'}"]) if known.stale else ""
    return stale + words.text("source", source=source, when=when), stale + words.text(
        "source_spoken", source=source, when=when
    )


def age(age: timedelta) -> str:
    """三个小时, 两天."""
    words = weather_words()
    hours = round(age / timedelta(hours=1))
    if age < _HALF_HOUR or hours == 0:
        return words.half_hour
    if hours < 36:
        return words.hours_ago.format(number=hours)
    return words.days_ago.format(number=round(hours / 24))


def _clock(when: datetime) -> str:
    local = when.astimezone(CHINA)
    return plain_time.clock(local.hour * 60 + local.minute)


def _falls(sky: Sky) -> bool:
    return sky in {Sky.DRIZZLE, Sky.RAIN, Sky.SLEET, Sky.SNOW, Sky.HEAVY_RAIN, Sky.THUNDERSTORM, Sky.HAIL}
