"""What is said of jobs by those who do them, and by both sides afterwards: jobs.yaml."""

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from dialogs.booking.sayings import bare
from nlu.text.numbers import read_number

DATA = Path(__file__).with_name("jobs.yaml")
_STARS = {"1": 1, "2": 2, "3": 3, "4": 4, "5": 5, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5}
_CENT = Decimal("0.01")
OPERATOR = ("bind", "accept_all", "accept", "list", "back", "broken", "off", "move", "decline")
"""What only operators are heard for, in the order in which it is tried."""
BOTH = ("tell", "complain", "not_done", "finish", "rate")
"""What both sides may say of a job of theirs."""


class JobWords(BaseModel):
    """The words, from jobs.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    patterns: dict[str, re.Pattern[str]]
    buttons: dict[str, str]
    say: dict[str, str]

    def has(self, pattern: str, *texts: str) -> bool:
        """Whether a pattern is found in any of the texts."""
        return any(self.patterns[pattern].search(text) for text in texts)

    def text(self, key: str, **values: object) -> str:
        """A text, filled in. KeyError for a key that is not there."""
        return self.say[key].format(**values)

    def wishes(self, said: str, standard: str) -> Iterator[tuple[str, re.Match[str]]]:
        """What a sentence may wish, the likeliest first: as it was said, and in standard words."""
        texts = (bare(said), bare(standard))
        for what in (*OPERATOR, *BOTH):
            match = self.find(what, *texts)
            if match is not None and not self._asks(what, texts):
                yield what, match

    def find(self, pattern: str, *texts: str) -> re.Match[str] | None:
        """Where a pattern is found first, in the first wording that has it."""
        return next((found for text in texts if (found := self.patterns[pattern].search(text))), None)

    def stars(self, match: re.Match[str]) -> int:
        """How many stars a match of `rate` gives."""
        if match["best"]:
            return 5
        return 1 if match["worst"] else _STARS[match["stars"]]

    def money(self, text: str) -> Decimal | None:
        """The 元 that were paid, where no unit is said: 收了二百一."""
        match = self.patterns["money"].search(text)
        value = read_number(match["paid"] or match["sum"]) if match else None
        return None if value is None else (Decimal(value.numerator) / Decimal(value.denominator)).quantize(_CENT)

    def _asks(self, what: str, texts: tuple[str, ...]) -> bool:
        """A question about it, and no report."""
        return f"{what}_asks" in self.patterns and self.has(f"{what}_asks", *texts)


@cache
def job_words() -> JobWords:
    """The shipped words."""
    return JobWords.model_validate(yaml.safe_load(DATA.read_text("utf-8")))
