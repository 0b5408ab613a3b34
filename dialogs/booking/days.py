"""Which days suit: chosen from what was said, refused where they are over or too far off, and said back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from dialogs.booking.sayings import bare, sayings
from dialogs.plain_time import COUNTY_TIME
from nlu.text.when import When

FARTHEST = timedelta(days=365)
WIDEST = timedelta(days=45)
"""More days than that are no date to be kept free."""
_LATELY = timedelta(days=60)
_FAR_OFF = timedelta(days=180)
_LIGHT, _NOON = range(6, 18), 12
_DAWN, _DAWN_BEFORE = 5, 23
"""Hours of the night up to the first one are counted to the second one of the day before."""
_SOON, _THESE, _ANY = 2, 3, 7
"""How many days 尽快, 这几天 and 哪天都行 reach."""


class Refused(StrEnum):
    """Why days cannot be taken: the key of the text that says it."""

    PAST = "past"
    FAR = "far"
    WIDE = "wide"
    NONE = "no_such_day"
    MARKET = "market_day"


@dataclass(frozen=True, slots=True)
class Span:
    """Days that suit, both ends included; `text` as said."""

    first: date
    last: date
    part: str | None
    text: str

    @property
    def iso(self) -> str:
        """2026-11-24, or 2026-11-24/2026-11-26."""
        first, last = self.first.isoformat(), self.last.isoformat()
        return first if first == last else f"{first}/{last}"


@dataclass(frozen=True, slots=True)
class Suiting:
    """What was made of the days said: the span, or several to choose from, or why not; `part` alone where no day was said."""

    spans: tuple[Span, ...] = ()
    refused: Refused | None = None
    part: str | None = None
    text: str = ""


def suiting(text: str, whens: Sequence[When], now: datetime, *, asked: bool, no_day: str = "") -> Suiting | None:
    """What a sentence says of the days; None where it says nothing. `asked`: 都行 answers the question for them.

    `no_day`: a day that was named and does not exist, or that is known in the village alone.
    """
    found = _suiting(text, whens, now, asked=asked)
    if no_day and not (found and found.spans):
        market = sayings().has("market_day", no_day)
        return Suiting(refused=Refused.MARKET if market else Refused.NONE, text=no_day)
    return found


def _suiting(text: str, whens: Sequence[When], now: datetime, *, asked: bool) -> Suiting | None:
    words = sayings()
    if not whens:
        loose = words.find("any_day", text)
        if loose is None or not (asked or loose["soon"] or words.has("any_time", loose[0])):
            return None
        today = now.astimezone(COUNTY_TIME).date()
        if loose["soon"]:
            return Suiting((Span(today, today + timedelta(days=_SOON), None, loose[0]),))
        return Suiting((Span(today + timedelta(days=1), today + timedelta(days=_ANY), None, loose[0]),))
    whens = [_of_the_night(one) for one in whens]
    dayless = [one for one in whens if one.first_time and words.has("bare_part", bare(one.text))]
    days = [one for one in whens if one not in dayless]
    if not days:
        return Suiting(part=_part(dayless[-1]), text=dayless[-1].text)
    when = _joined(days, text)
    part = _part(dayless[-1]) if dayless else _part(when)
    today = now.astimezone(COUNTY_TIME).date()
    if _is_past_part(when, now):
        return Suiting(refused=Refused.PAST, text=when.text)
    options = [one for one in (when,) if one.last >= today] + [one for one in when.alternatives if one.first >= today]
    if not options:
        return Suiting(refused=Refused.PAST, text=when.text)
    near = [one for one in options if one.first <= today + FARTHEST]
    if not near:
        return Suiting(refused=Refused.FAR, text=when.text)
    lately = any(today - _LATELY <= one.last < today for one in when.alternatives)
    # 8:30 may be in the evening; nobody orders a machine for that without saying so.
    spans = tuple({(one.first, one.last): _span(one, today, part) for one in reversed(near)}.values())[::-1]
    if spans[0].last - spans[0].first > WIDEST:
        return Suiting(refused=Refused.WIDE, text=when.text)
    if lately and spans[0].first - today > _FAR_OFF:
        # 霜降前, said a month after it: hardly next year's.
        return Suiting(spans[:1], Refused.PAST, text=when.text)
    return Suiting(spans[:2], text=when.text)


def _of_the_night(when: When) -> When:
    """今晚十二点 and 夜里两点 belong to the evening before: no machine is ordered for the evening that comes a day later."""
    early = when.first_time is not None and when.first_time == when.last_time and when.first_time.hour < _DAWN
    if not early or not sayings().has("of_the_night", when.text):
        return when
    back = timedelta(days=1)
    others = tuple(_of_the_night(one) for one in when.alternatives)
    late = time(_DAWN_BEFORE)
    return replace(
        when, first=when.first - back, last=when.last - back, first_time=late, last_time=late, alternatives=others
    )


def these_days(now: datetime) -> Span:
    """Where somebody does not know which day."""
    today = now.astimezone(COUNTY_TIME).date()
    return Span(today + timedelta(days=1), today + timedelta(days=_THESE), None, sayings().text("these_days"))


def _joined(whens: Sequence[When], text: str) -> When:
    """明天或者后天 is both days; where a day is corrected, the last one said counts."""
    first, last = whens[0], whens[-1]
    between = text[first.end : last.start]
    if len(whens) == 2 and 0 <= (last.first - first.last).days <= 7 and sayings().has("either_day", between.strip()):
        return replace(last, first=first.first, text=text[first.start : last.end])
    return last


def _span(when: When, today: date, part: str | None) -> Span:
    return Span(max(when.first, today), when.last, part, when.text)


def _part(when: When) -> str | None:
    """The part of the day that was said, or that the hour lies in: of eight o'clock by daylight and by night that by daylight."""
    if when.part or when.first_time is None:
        return sayings().parts.get(when.part or "")
    hours = [one.first_time.hour for one in (when, *when.alternatives) if one.first_time]
    hour = next((hour for hour in hours if hour in _LIGHT), hours[0])
    return "evening" if hour >= _LIGHT.stop else "afternoon" if hour >= _NOON else "morning"


def _is_past_part(when: When, now: datetime) -> bool:
    local = now.astimezone(COUNTY_TIME)
    if when.last != local.date() or when.last_time is None or when.first != when.last:
        return False
    return when.first_time is not None and when.first_time <= when.last_time < local.time()


def day_in_words(day: date, now: datetime) -> str:
    """明天11月23号星期一; by name only where it is near, with the year where it is another one."""
    words, today = sayings(), now.astimezone(COUNTY_TIME).date()
    away = (day - today).days
    name = words.day_names[away] if 0 <= away < len(words.day_names) else ""
    key = "day" if day.year == today.year else "day_of_year"
    return name + words.text(
        key, year=str(day.year), month=str(day.month), day=str(day.day), weekday=words.weekdays[day.weekday()]
    )


def span_in_words(first: date, last: date, part: str | None, now: datetime) -> str:
    """明天11月23号星期一上午; 11月23号到11月25号."""
    words = sayings()
    said = day_in_words(first, now)
    if last != first:
        said = words.text("days", first=said, last=day_in_words(last, now))
    return said + (words.text(f"part_{part}") if part else "")


def span_named(first: date, last: date, now: datetime) -> str:
    """后天, 这几天: how days that were chosen by button would have been said."""
    these, near = these_days(now), (first - now.astimezone(COUNTY_TIME).date()).days
    if (first, last) == (these.first, these.last):
        return these.text
    names = sayings().day_names
    return names[near] if first == last and 0 <= near < len(names) else span_in_words(first, last, None, now)
