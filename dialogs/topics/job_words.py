"""What is said of jobs by those who do them, and by both sides afterwards: jobs.yaml."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from dialogs.booking.sayings import bare
from nlu.text.numbers import read_number
from nlu.text.pinyin import toneless

DATA = Path(__file__).with_name("jobs.yaml")
_STARS = {"1": 1, "2": 2, "3": 3, "4": 4, "5": 5, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5}
_CENT = Decimal("0.01")
_CLAUSES = re.compile(r"[，,。！!？?；;、\s]+")
OPERATOR = ("bind", "list", "back", "broken", "off", "away", "move", "decline")
"""What only operators are heard for, in the order in which it is tried."""
BOTH = ("tell", "complain", "where", "not_done", "finish", "contradicts", "rate", "no_stars", "cost", "haggle")
"""What both sides may say of a job of theirs."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A clause that says yes or no to a job; `about` is what a yes says beside that."""

    yes: bool
    words: str
    about: str = ""


def clauses(text: str) -> tuple[str, ...]:
    """The parts of a sentence between its marks, bare."""
    return tuple(part for clause in _CLAUSES.split(text) if (part := bare(clause)))


class JobWords(BaseModel):
    """The words, from jobs.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    patterns: dict[str, re.Pattern[str]]
    sounds: dict[str, str]
    """What a syllable stands for where it makes no sense as it was written."""
    star_sounds: dict[str, int]
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
        alike = (*texts, bare(self._by_sound(said)))
        for what in (*OPERATOR, *BOTH):
            match = self.find(what, *(clauses(said) if what == "rate" else alike if what == "list" else texts))
            if match is not None and not self._asks(what, texts):
                yield what, match

    def answers(self, said: str, standard: str) -> tuple[Answer, ...]:
        """接 and 不接, clause by clause; as it was said, in standard words, or by its sound."""
        for text in (said, standard):
            found = tuple(one for clause in clauses(text) if (one := self._answer(clause)))
            if found:
                return found
        heard = (self._answer(clause) for clause in clauses(self._by_sound(said)))
        return tuple(one for one in heard if one and (one.yes or self.has("plain_decline", one.words)))

    def find(self, pattern: str, *texts: str) -> re.Match[str] | None:
        """Where a pattern is found first, in the first wording that has it."""
        return next((found for text in texts if (found := self.patterns[pattern].search(text))), None)

    def stars(self, match: re.Match[str]) -> int:
        """How many stars a match of `rate` gives."""
        said = match.groupdict()
        if said["best"]:
            return 5
        if said["worst"]:
            return 1
        return _STARS[said["stars"]]

    def stars_said(self, text: str) -> int | None:
        """How many stars are given where they were asked for: the first clause that says so."""
        found = [match for clause in clauses(text) if (match := self.find("stars", clause))]
        heard = next((match["heard"] for match in found if match["heard"]), None)
        if heard:
            return self.star_sounds.get("".join(toneless(heard)))
        return self.stars(found[0]) if found else None

    def money(self, text: str) -> Decimal | None:
        """The 元 that were paid, where no unit is said: 收了二百一."""
        match = self.patterns["money"].search(text)
        value = read_number(match["paid"] or match["sum"] or match["bare"]) if match else None
        return None if value is None else (Decimal(value.numerator) / Decimal(value.denominator)).quantize(_CENT)

    def _by_sound(self, text: str) -> str:
        """The sentence with what sounds like 接, 活 or 单 written so."""
        return "".join(self.sounds.get("".join(toneless(char)), char) for char in text)

    def _answer(self, clause: str) -> Answer | None:
        match = self.find("accept", clause) or self.find("come", clause)
        if match:
            return Answer(yes=True, words=clause, about=match["about"])
        said = self.has("decline", clause) and not self.has("decline_asks", clause)
        return Answer(yes=False, words=clause) if said else None

    def _asks(self, what: str, texts: tuple[str, ...]) -> bool:
        """A question about it, and no report."""
        return f"{what}_asks" in self.patterns and self.has(f"{what}_asks", *texts)


def as_said(text: str, words: str) -> str:
    """The end of a sentence with its marks, from where a part of it without marks begins."""
    for at in range(len(text)):
        if bare(text[at:]) == words:
            return text[at:].strip(" ，,：:、")
    return words


@cache
def job_words() -> JobWords:
    """The shipped words."""
    return JobWords.model_validate(yaml.safe_load(DATA.read_text("utf-8")))
