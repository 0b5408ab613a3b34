"""The answer to a question about weather, from a forecast."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from dialogs import plain_time
from dialogs.topics.weather_phrases import Phrases
from dialogs.topics.weather_time import Asked, midnight
from dialogs.topics.weather_wish import Wish
from dialogs.topics.weather_words import weather_words
from dialogs.topics.work_text import work_answer, works_line
from knowledge_base.weather.rain import FROZEN, Fall, falls, likely_rain, possible_rain, strength
from knowledge_base.weather.terms import CHINA, Day, Hour, Sky
from knowledge_base.weather.work import remarks

SPOKEN_DAYS = 3
"""So many days are read aloud one by one; of more the summary is."""
_SUNNY = frozenset({Sky.CLEAR, Sky.CLOUDY})
_HOUR = timedelta(hours=1)
_SHORT = 2
"""Hours of which is told that it rains, not for how long."""


@dataclass(frozen=True, slots=True)
class Told:
    """Lines to be shown, and those of them to be read aloud."""

    lines: tuple[str, ...]
    spoken: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """Answers about the forecast of `phrases` for a place that is called `place`."""

    phrases: Phrases
    place: str

    def tell(self, wish: Wish, asked: Asked) -> Told:
        """The answer for a time that the forecast reaches."""
        if wish.what == "until":
            return self._until()
        if wish.what == "next_rain":
            return _both(self.place + self._next_rain(snow=wish.snow))
        if asked.one_day:
            return self._one(wish, asked)
        return self._several(wish, asked)

    def _one(self, wish: Wish, asked: Asked) -> Told:
        """A day or a part of one."""
        day, hours = self._day(asked), self._hours(asked)
        if day is None:
            return _both(self.place + self._when_far(asked))
        lead = self._lead(wish, asked, day, hours)
        lines = [*self._work(wish, asked), lead] if wish.work else [lead, *self._work(wish, asked)]
        lines[0] = self.place + lines[0]
        if not asked.hours:
            lines += [weather_words().say[name] for name in remarks(self.phrases.forecast, day)]
        elif any(likely_rain(hour) for hour in hours):
            lines.append(weather_words().say["put_away"])
        return _both(*lines)

    def _lead(self, wish: Wish, asked: Asked, day: Day, hours: Sequence[Hour]) -> str:
        words, phrases = weather_words(), self.phrases
        when = phrases.when(asked)
        low, high = (day.low, day.high) if not (asked.hours and hours) else _range(hours)
        wind = max((hour.wind for hour in hours), default=day.wind) if asked.hours else day.wind
        sky = phrases.look(hours) if hours and asked.hours else phrases.sky(day)
        degrees, blows = phrases.degrees(low, high), phrases.wind(wind, strongest=not asked.hours)
        wet = any(likely_rain(hour) for hour in hours) if hours else likely_rain(day)
        plain = words.text("no_sky" if wet else "sky_day", sky=sky, degrees=degrees, wind=blows)
        rain = self._rain(when, day, hours, snow=wish.snow)
        bare = words.text("sky_only", sky=sky, degrees=degrees)
        match wish.what:
            case "rain" | "snow":
                return rain + plain
            case "temperature":
                return self._temperature(when, low, high) + (self._rain("", day, hours) if wet else "")
            case "wind":
                return words.text("windy", when=when, wind=phrases.wind(wind, strongest=True)) + bare
            case "frost":
                return self._frost(when, low)
            case "fog":
                fog = Sky.FOG in {hour.sky for hour in hours} or day.sky is Sky.FOG
                return words.text("fog_yes" if fog else "fog_no", when=when) + plain
            case "humid" if told := [hour.humidity for hour in hours if hour.humidity is not None]:
                return words.text("humid", when=when, low=str(min(told)), high=str(max(told))) + plain
        return rain + plain if wet else words.text("first", day=when) + plain + self._rain("", day, hours)

    def _temperature(self, when: str, low: float, high: float) -> str:
        words, phrases = weather_words(), self.phrases
        if round(low) == round(high):
            return words.text("one_temperature", when=when, degrees=phrases.degrees(low))
        return words.text("colder", when=when, low=phrases.degrees(low), high=phrases.degrees(high))

    def _frost(self, when: str, low: float) -> str:
        words = weather_words()
        key = "frost_yes" if low < 0 else "frost_maybe" if low <= 4 else "frost_no"
        return words.text(key, when=when, low=self.phrases.degrees(low))

    def _rain(self, when: str, day: Day, hours: Sequence[Hour], *, snow: bool = False) -> str:
        """Whether and when it rains, by hours where the forecast has them."""
        words, phrases = weather_words(), self.phrases
        thing = words.things["snow" if snow else "rain"]
        if not hours:
            if likely_rain(day) and (not snow or day.sky in FROZEN):
                return words.text("has_rain", when=when, falls=phrases.rain(day.sky, strength(day.precipitation)))
            return words.text("maybe_rain" if possible_rain(day) else "no_rain", when=when, what=thing)
        found = falls(hours)
        if snow and not any(fall.sky in FROZEN for fall in found):
            none = words.text("no_rain", when=when, what=thing)
            return none + (words.text("has_rain", when="", falls=self._falls(found, hours)) if found else "")
        if found:
            return words.text("has_rain", when=when, falls=self._falls(found, hours))
        possible = any(possible_rain(hour) for hour in hours)
        return words.text("maybe_rain" if possible else "no_rain", when=when, what=thing)

    def _falls(self, found: Sequence[Fall], hours: Sequence[Hour]) -> str:
        words, said = weather_words(), []
        beside = hours[0].at.astimezone(CHINA).date()
        for fall in found[:3]:
            what = self.phrases.fall(fall)
            if fall.begin <= hours[0].at and fall.end >= hours[-1].at + _HOUR:
                said.append(what if len(hours) <= _SHORT else words.text("fall_all", what=what))
            else:
                said.append(words.text("fall", what=what, span=self.phrases.span(fall.begin, fall.end, beside)))
        return words.joiner.join(said)

    def _work(self, wish: Wish, asked: Asked) -> list[str]:
        if wish.work is not None:
            return [work_answer(self.phrases, wish.work, asked)]
        if asked.hours or wish.what not in {"weather", "rain"}:
            return []
        return [line] if (line := works_line(self.phrases, asked)) else []

    def _several(self, wish: Wish, asked: Asked) -> Told:
        """Several days: what matters of them all, then each."""
        days = [day for day in self.phrases.forecast.days if asked.first <= day.date <= asked.last]
        if not days:
            return _both(self.place + self._when_far(asked))
        phrases = self.phrases
        lines = [self._line(day) for day in days]
        if wish.what == "work":
            told = [self.place + work_answer(phrases, wish.work or "", asked)]
            return Told((*told, *lines), (*told, *(lines if len(days) <= SPOKEN_DAYS else ())))
        summary = [self._summary(days, snow=wish.snow), self._extremes(days), *self._work(wish, asked)]
        return Told((*summary, *lines), (*summary, *(lines if len(days) <= SPOKEN_DAYS else ())))

    def _summary(self, days: Sequence[Day], *, snow: bool) -> str:
        words, phrases = weather_words(), self.phrases
        span = phrases.days(days[0].date, days[-1].date)
        wet = [day for day in days if likely_rain(day) and (not snow or day.sky in FROZEN)]
        frozen = sum(day.sky in FROZEN for day in wet)
        what = words.things["rain" if not frozen and not snow else "snow" if frozen == len(wet) else "both"]
        if not wet:
            return words.text("summary_dry", place=self.place, span=span, what=what)
        if len(wet) == len(days):
            return words.text("summary_wet", place=self.place, span=span, what=what)
        named = phrases.listed([day.date for day in wet])
        return words.text("summary_rain", place=self.place, span=span, days=named, what=what)

    def _extremes(self, days: Sequence[Day]) -> str:
        phrases = self.phrases
        coldest, warmest = min(days, key=lambda day: day.low), max(days, key=lambda day: day.high)
        return weather_words().text(
            "summary_range",
            low=phrases.degrees(coldest.low),
            low_day=phrases.day(coldest.date),
            high=phrases.degrees(warmest.high),
            high_day=phrases.day(warmest.date),
        )

    def _line(self, day: Day) -> str:
        phrases = self.phrases
        return weather_words().text(
            "line",
            day=phrases.day(day.date),
            sky=phrases.sky(day),
            degrees=phrases.degrees(day.low, day.high),
            wind=phrases.wind(day.wind),
        )

    def _until(self) -> Told:
        """When the rain stops, and when the sun comes."""
        words, phrases = weather_words(), self.phrases
        ahead = phrases.forecast.span(phrases.now, phrases.now + timedelta(days=30))
        coming = falls(ahead)
        sunny = next((day.date for day in self._days_ahead() if day.sky in _SUNNY and not likely_rain(day)), None)
        sun = words.text("sun_from", day=phrases.day(sunny)) if sunny else words.text("no_sun", last=phrases.until())
        if not coming or coming[0].begin > max(phrases.now, ahead[0].at):  # some sources begin with the next hour
            return _both(self.place + words.text("not_raining", rest=self._next_rain(snow=False)) + sun)
        what, end = phrases.fall(coming[0]), coming[0].end
        if ahead[-1].at + _HOUR <= end:
            return _both(self.place + words.text("goes_on", what=what, last=phrases.until()) + sun)
        return _both(self.place + words.text("stops", what=what, end=plain_time.moment(end, phrases.now)) + sun)

    def _next_rain(self, *, snow: bool) -> str:
        words, phrases = weather_words(), self.phrases
        thing = words.things["snow" if snow else "rain"]
        ahead = phrases.forecast.span(phrases.now, phrases.now + timedelta(days=30))
        fall = next((fall for fall in falls(ahead) if not snow or fall.sky in FROZEN), None)
        if fall is not None:
            begin = max(fall.begin, phrases.now)
            return words.text("rain_comes", begin=plain_time.moment(begin, phrases.now), what=phrases.fall(fall))
        known = ahead[-1].at.astimezone(CHINA).date() if ahead else date.min
        for day in self._days_ahead():
            if day.date > known and likely_rain(day) and (not snow or day.sky in FROZEN):
                return words.text("rain_comes_day", day=phrases.day(day.date), what=phrases.sky(day))
        return words.text("no_rain_until", last=phrases.until(), what=thing)

    def _days_ahead(self) -> list[Day]:
        today = self.phrases.now.astimezone(CHINA).date()
        return [day for day in self.phrases.forecast.days if day.date >= today]

    def _day(self, asked: Asked) -> Day | None:
        return self.phrases.forecast.day(asked.first)

    def _hours(self, asked: Asked) -> tuple[Hour, ...]:
        """The hours of a time, if the forecast has them to its end."""
        begin = asked.begin if asked.hours else max(asked.begin, midnight(asked.first))
        hours = self.phrases.forecast.span(begin, asked.end)
        return hours if hours and hours[-1].at + _HOUR >= asked.end else ()

    def _when_far(self, asked: Asked) -> str:
        return weather_words().text("far", when=self.phrases.when(asked), last=self.phrases.until())


def _range(hours: Sequence[Hour]) -> tuple[float, float]:
    return min(hour.temperature for hour in hours), max(hour.temperature for hour in hours)


def _both(*lines: str) -> Told:
    kept = tuple(line for line in lines if line)
    return Told(kept, kept)
