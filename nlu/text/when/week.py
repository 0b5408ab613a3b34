"""Weeks and days of the week: 下个礼拜三, 这周五, 周末, 上周."""

import re
from datetime import timedelta

from nlu.text.when.asked import Asked, Found
from nlu.text.when.when import Days
from nlu.text.when.wordlist import DayWords, alternation

_DAYS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6} | {str(n): n - 1 for n in range(1, 8)}
_DAY = (
    "(?:一(?!定|直|起|共|般|样|块|道|边|带)|天(?!气|上|晴|冷|热)|[二三四五六](?!里地)|日(?!照|头)|[1-7])"
    "(?!个|台|亩|天(?!气|上)|次|回|遍|场|辆|人|斤|袋|只|头猪)"
)
_WEEK = timedelta(days=7)
_COUNTED = re.compile(r"(?<![周拜期])[\d一二三四五六七八九十几两半每个全]$")


class WeekReader:
    """Weeks begin on Monday."""

    def __init__(self, words: DayWords) -> None:
        self._steps = words.steps
        week = alternation(words.weeks)
        self._pattern = re.compile(
            rf"(?P<step>{alternation(words.steps)})?(?:{week})"
            rf"(?:(?P<end>末)|(?P<day>{_DAY})(?:(?P<joint>到|至|-|~)?(?P<to>{_DAY})(?![\d月号点]))?(?!\d))?"
        )
        self._no_step = words.no_step_after
        self._no, self._no_bare = words.no_week_before, words.no_bare_week_before

    def read(self, text: str, at: int, asked: Asked) -> Found | None:
        """What begins at `at`."""
        found = self._pattern.match(text, at)
        if found is None or (found["step"] is None and not found["day"] and not found["end"]):
            return None
        if found["step"] and found["step"][0] in "上下" and text.endswith(self._no_step, 0, at):
            return None
        # 一周一次 has no 周一 in it; 周六周日 has 周日.
        if found["step"] is None and _COUNTED.search(text[max(0, at - 2) : at]):
            return None
        if text.startswith(self._no if found["day"] or found["end"] else self._no_bare, found.end()):
            return None
        step = self._steps[found["step"]] if found["step"] else None
        monday = asked.today - timedelta(days=asked.today.weekday()) + _WEEK * (step or 0)
        if found["day"]:
            to = found["to"]
            if to and not found["joint"] and _DAYS[to] <= _DAYS[found["day"]]:
                to = None
            end = found.end() if to else found.end("day")
            first = monday + timedelta(days=_DAYS[found["day"]])
            last = monday + timedelta(days=_DAYS[to]) if to else first
            return Found(end, self._either(Days(first, last), step, asked) if first <= last else ())
        if found["end"]:
            first = monday + timedelta(days=5)
            return Found(found.end(), self._either(Days(first, first + timedelta(days=1)), step, asked))
        return Found(found.end(), (Days(monday, monday + timedelta(days=6), kind="period"),))

    @staticmethod
    def _either(days: Days, step: int | None, asked: Asked) -> tuple[Days, ...]:
        """Without 上, 这 or 下: the next one; on the day itself also that of next week, else also the one just past."""
        if step is not None:
            return (days,)
        if asked.anchor:
            start = asked.anchor.first
            weeks = -(-(start - days.last).days // 7)
            return (Days(days.first + _WEEK * weeks, days.last + _WEEK * weeks),)
        after = Days(days.first + _WEEK, days.last + _WEEK)
        if days.first <= asked.today <= days.last:
            return days, after
        return (after, days) if days.last < asked.today else (days,)
