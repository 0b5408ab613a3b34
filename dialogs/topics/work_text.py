"""What a forecast means for a work in the field, in words."""

from collections.abc import Sequence
from datetime import date, timedelta

from dialogs.topics.weather_phrases import Phrases
from dialogs.topics.weather_time import Asked
from dialogs.topics.weather_words import weather_words, work_words
from knowledge_base.weather.terms import CHINA
from knowledge_base.weather.work import Suited, Window, suited, work_rules

SEARCHED = timedelta(days=3)
"""So far ahead the next good time for a work is looked for."""
TOLD = 3
"""Windows, reasons or matters to mind that are named at most."""


def work_answer(phrases: Phrases, work: str, asked: Asked) -> str:
    """When in a span a work goes, what stands against it, and when it goes next where it does not."""
    words = work_words()
    rule, name = work_rules().works[work], words.works[work]
    found = suited(rule, phrases.forecast, asked.begin, asked.end)
    if found.windows:
        return _fits(phrases, work, found)
    said = _against(phrases, work, found, asked) if found.known else words.text("unknown", work=name)
    later = _later(phrases, work, asked)
    return said + (words.text("next", window=later) if later else words.text("none_next"))


def works_line(phrases: Phrases, asked: Asked) -> str:
    """The works that matter every day, in one line; empty where nothing is known of that time."""
    words = work_words()
    said = []
    for work, name in words.short.items():
        found = suited(work_rules().works[work], phrases.forecast, asked.begin, asked.end)
        if found.by_day or not found.known:
            continue
        if found.windows:
            said.append(words.text("yes_short", work=name, windows=_short(phrases, found.windows, asked)))
        else:
            said.append(words.text("no_short", work=name, against=_reasons(work, found.against)))
    return words.text("joined", works="；".join(said)) if said else ""


def _fits(phrases: Phrases, work: str, found: Suited) -> str:
    words, name = work_words(), work_words().works[work]
    if found.by_day:
        days = [_day(window) for window in found.windows]
        return words.text("by_day", work=name, days=phrases.listed(days[: TOLD * 2]))
    windows = _windows(phrases, found.windows)
    care = _cared(work, found.windows)
    if care:
        return words.text("can_with_care", work=name, windows=windows, care=care)
    return words.text("can", work=name, windows=windows)


def _against(phrases: Phrases, work: str, found: Suited, asked: Asked) -> str:
    words, when = work_words(), phrases.when(asked)
    if not found.against:
        return words.text("cannot_plainly", work=words.works[work], when=when)
    return words.text("cannot", work=words.works[work], when=when, against=_reasons(work, found.against))


def _later(phrases: Phrases, work: str, asked: Asked) -> str:
    begin = max(asked.end, phrases.now)
    found = suited(work_rules().works[work], phrases.forecast, begin, begin + SEARCHED)
    if not found.windows:
        return ""
    first = found.windows[0]
    return phrases.day(_day(first)) if found.by_day else _window(phrases, first)


def _windows(phrases: Phrases, windows: Sequence[Window]) -> str:
    """The windows of a day by the clock; of several days the first one of each."""
    chosen: dict[date, Window] = {}
    for window in windows:
        chosen.setdefault(_day(window), window)
    told = list(windows) if len(chosen) == 1 else list(chosen.values())
    return weather_words().joiner.join(_window(phrases, window) for window in told[:TOLD])


def _short(phrases: Phrases, windows: Sequence[Window], asked: Asked) -> str:
    """The hours of one day, or the days of several."""
    if asked.one_day:
        return phrases.span(windows[0].begin, windows[0].end, asked.first)
    return phrases.listed(tuple(dict.fromkeys(_day(window) for window in windows)))


def _window(phrases: Phrases, window: Window) -> str:
    return phrases.span(window.begin, window.end)


def _day(window: Window) -> date:
    return window.begin.astimezone(CHINA).date()


def _reasons(work: str, reasons: Sequence[str]) -> str:
    words = work_words()
    implied = {one for reason in reasons for one in words.implied.get(reason, ())}
    named = [words.reason(work, reason) for reason in reasons if reason not in implied]
    return weather_words().joiner.join(tuple(dict.fromkeys(named))[:TOLD])


def _cared(work: str, windows: Sequence[Window]) -> str:
    return _reasons(work, tuple(dict.fromkeys(reason for window in windows for reason in window.care)))
