"""Numbers, dates, clock times, percentages and fractions in Chinese words.

Own rules over cn2an: wetext, which does this too, cannot be had in one process with Vosk. Both carry OpenFst, and the
second of them to be loaded waits for ever.
"""

import re
import unicodedata
from collections.abc import Callable

from pydantic import BaseModel, ConfigDict

NUMBER = r"\d+(?:\.\d+)?"
LONGEST = 12

_ISO_DATE = re.compile(r"(?<!\d)(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?!\d)")
_TIME = re.compile(r"(?<![\d:.])(\d{1,2}):([0-5]\d)(?::[0-5]\d)?(?![\d:])")
_RATIO = re.compile(r"(?<=\d):(?=\d)")
_PERCENT = re.compile(rf"({NUMBER})\s*%")
_FRACTION = re.compile(r"(?<![\d./])(\d{1,3})/(\d{1,4})(?![\d./])")
_NUMBER = re.compile(NUMBER)


class NumberRules(BaseModel):
    """The words around numbers; before `years` four digits are a year, before `below_zero` a dash is a minus."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    digits: dict[str, str]
    years: str
    below_zero: str
    date: str
    time: str
    minute: str
    percent: str
    fraction: str
    ratio: str
    minus: str


class SpokenNumbers:
    """Puts every number of a text into words."""

    def __init__(self, rules: NumberRules) -> None:
        self._rules = rules
        self._year = re.compile(rf"(?<!\d)((?:1[89]|20|21)\d\d)(?=\s*(?:{rules.years}))")
        self._minus = re.compile(rf"(?<![\dA-Za-z])-(?={NUMBER}\s*(?:{rules.below_zero}))")
        self._steps: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
            (_ISO_DATE, self._date),
            (self._year, lambda found: self._one_by_one(found[1])),
            (_TIME, self._time),
            (_RATIO, lambda _: rules.ratio),
            (self._minus, lambda _: rules.minus),
            (_PERCENT, lambda found: rules.percent.format(number=self._counted(found[1]))),
            (_FRACTION, self._fraction),
            (_NUMBER, lambda found: self._counted(found[0])),
        )

    def read(self, text: str) -> str:
        """Return `text` without a digit in it."""
        text = "".join(str(unicodedata.digit(sign)) if sign.isdecimal() else sign for sign in text)
        for pattern, spoken in self._steps:
            text = pattern.sub(spoken, text)
        return text

    def _counted(self, number: str) -> str:
        """A quantity: 1200 is 一千二百. What is too long or starts with needless zeros is a code: digit by digit."""
        whole = number.split(".", maxsplit=1)[0]
        if len(whole) > LONGEST or (len(whole) > 1 and whole.startswith("0")):
            return self._one_by_one(number)
        import cn2an  # noqa: PLC0415 - takes a third of a second; many a start speaks no number

        return str(cn2an.an2cn(number, "low"))

    def _one_by_one(self, number: str) -> str:
        return "".join(self._rules.digits.get(sign, sign) for sign in number)

    def _date(self, found: re.Match[str]) -> str:
        year, month, day = found.groups()
        return self._rules.date.format(
            year=self._one_by_one(year), month=self._counted(str(int(month))), day=self._counted(str(int(day)))
        )

    def _time(self, found: re.Match[str]) -> str:
        """14:30 is a time; 1:50 is one part in fifty."""
        hour, minute = int(found[1]), int(found[2])
        if hour == 1 or hour > 24:
            return found[0]
        spoken = self._one_by_one("0") * (0 < minute < 10) + self._counted(str(minute))
        minutes = self._rules.minute.format(minute=spoken) if minute else ""
        return self._rules.time.format(hour=self._counted(str(hour)), minute=minutes)

    def _fraction(self, found: re.Match[str]) -> str:
        above, below = int(found[1]), int(found[2])
        if not 0 < above < below:
            return found[0]
        return self._rules.fraction.format(above=self._counted(str(above)), below=self._counted(str(below)))
