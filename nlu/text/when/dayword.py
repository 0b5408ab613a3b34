"""Days counted from today: 明儿, 大后天, 这两天, 三天后, 过三五天, 一个月内, 未来三天."""

import re
from calendar import monthrange
from datetime import date, timedelta

from nlu.text.when.asked import Asked, Found
from nlu.text.when.numerals import NOT_INSIDE, SPAN, span
from nlu.text.when.when import Days
from nlu.text.when.wordlist import DayWord, DayWords, alternation

_UNIT = r"天|日|(?:个)?(?:星期|礼拜)|周|个半月|个月|月|年"
_ABOUT = r"(?:大概|大约|约摸|约|差不多|估计)?"
_COUNT = rf"(?P<few>好几|几|十来|十几|十多|二十来|二十多)|(?P<half>半)|(?P<n>{SPAN})"
_FEW = {
    "好几": (4, 9),
    "几": (2, 5),
    "十来": (9, 12),
    "十几": (11, 19),
    "十多": (11, 15),
    "二十来": (19, 22),
    "二十多": (21, 29),
}
_NO_TAIL = r"(?![晌半来面头期续朝]|天(?!天))"
AMOUNT = rf"(?:{_COUNT})(?P<unit>{_UNIT})(?P<about>左右|多)?"
"""Pattern of an amount of time, for `Amount.of`."""

_AFTER = re.compile(
    rf"{_ABOUT}{NOT_INSIDE}{AMOUNT}(?P<way>(?:以|之|过)?后{_NO_TAIL}|(?:以|之)?前(?![晌半面头后期])|(?:以|之)?内(?!容|部|服|脏))"
)
_AHEAD = re.compile(
    rf"(?:再过|等过|(?:再有|还有)(?!几)|再等|(?<![超不没通经越错度拖])过)(?:上)?{_ABOUT}{AMOUNT}(?:以后|之后|后{_NO_TAIL})?(?![才没不])"
)
_RUN = re.compile(
    rf"(?P<way>未来|今后|往后|接下来|接下来的|后面|最近|近|这|(?<![提之以从年])前|过去|前头)(?:的)?{AMOUNT}(?![前后内以之])"
)


class Amount:
    """An amount of time: 三五天, 半个月, 两个礼拜."""

    def __init__(self, low: int, high: int, unit: str) -> None:
        self.low, self.high, self.unit = low, high, unit
        self.exact = low == high

    @staticmethod
    def of(found: re.Match[str]) -> "Amount | None":
        """What an `AMOUNT` pattern matched; None for what is no amount."""
        unit = found["unit"].removeprefix("个")
        if found["half"]:
            sizes = {"月": (15, "天"), "年": (6, "月")}
            if unit not in sizes:
                return None
            low, unit = sizes[unit]
            high = low
        else:
            few = _FEW.get(found["few"] or "")
            pair = few or span(found["n"] or "")
            if pair is None:
                return None
            low, high = pair
        if unit == "半月":
            low, high, unit = low * 30 + 15, high * 30 + 15, "天"
        elif unit == "月" and not found["half"] and "个" not in found["unit"]:
            return None
        if unit in {"星期", "礼拜", "周"}:
            low, high, unit = low * 7, high * 7, "天"
        limit = {"月": 600, "年": 60}.get(unit, 9999)
        amount = Amount(low, min(high, limit), unit)
        amount.exact = low == high and not found["about"] and not found["few"]
        return amount if 0 < low <= limit else None

    def shift(self, day: date, sign: int) -> Days:
        """The days that lie so far after (1) or before (-1) `day`."""
        ends = sorted((self._from(day, sign * self.low), self._from(day, sign * self.high)))
        return Days(ends[0], ends[1], vague=not self.exact)

    def _from(self, day: date, amount: int) -> date:
        if self.unit in {"天", "日"}:
            return day + timedelta(days=amount)
        months = day.year * 12 + day.month - 1 + amount * (12 if self.unit == "年" else 1)
        year, month = divmod(months, 12)
        return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


class DayWordReader:
    """Reads words and amounts that count from today."""

    def __init__(self, words: DayWords) -> None:
        self._words = {said: entry for entry in words.days for said in entry.said}
        self._pattern = re.compile(alternation(self._words))
        self._events = words.event_before

    def read(self, text: str, at: int, asked: Asked) -> Found | None:
        """What begins at `at`."""
        best: Found | None = None
        found = self._pattern.match(text, at)
        # 抽穗前几天 counts from the heading, not from today.
        if found and not (found[0][0] in "前后头" and text.endswith(self._events, 0, at)):
            best = _named(self._words[found[0]], found.end(), asked.today)
        amount = self._amount(text, at, asked)
        return amount if amount and (best is None or amount.end > best.end) else best

    def _amount(self, text: str, at: int, asked: Asked) -> Found | None:
        if (found := _AFTER.match(text, at)) and (amount := Amount.of(found)):
            if text.endswith(self._events, 0, at):
                return None
            vague = found.start("few") == at or found[0][0] in "大约差估"
            if found["way"].endswith("内"):
                days = Days(asked.today, amount.shift(asked.today, 1).last, kind="period")
            else:
                days = amount.shift(asked.today, 1 if found["way"].endswith("后") else -1)
            return Found(found.end(), (Days(days.first, days.last, days.vague or vague, days.kind),))
        if (found := _AHEAD.match(text, at)) and (amount := Amount.of(found)):
            return Found(found.end(), (amount.shift(asked.today, 1),))
        if (found := _RUN.match(text, at)) and (amount := Amount.of(found)):
            if found["way"] in {"前", "前头", "后面"} and text.endswith(self._events, 0, at):
                return None
            return Found(found.end(), _run(found["way"], amount, asked.today))
        return None


def _named(word: DayWord, end: int, today: date) -> Found:
    spans = ((word.first, word.first if word.to is None else word.to), *word.other)
    days = tuple(Days(today + timedelta(days=a), today + timedelta(days=b), word.vague) for a, b in spans)
    return Found(end, days, word.part, word.or_part)


def _run(way: str, amount: Amount, today: date) -> tuple[Days, ...]:
    """未来三天 is the three days from tomorrow on, 这三天 the three from today on, 前三天 those up to yesterday."""
    one = timedelta(days=1)
    ahead = Days(today, amount.shift(today, 1).last - one, kind="period")
    behind = Days(amount.shift(today, -1).first + one, today, kind="period")
    if way in {"前", "过去", "前头"}:
        return (Days(behind.first - one, today - one, vague=True, kind="period"),)
    if way in {"最近", "近", "这"}:
        return ahead, behind
    return (Days(today + one, ahead.last + one, kind="period"),)
