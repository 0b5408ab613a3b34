"""What an agent writes to the farmers in their own words, and what may be wrong with it."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from knowledge_base.curation.spelling import misspelt
from knowledge_base.entry import SPOKEN_MAX
from knowledge_base.safety import PesticideGate

DETAIL_MAX = 2_000
NOTE_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: the field, the name of the fault in the texts, and what it is about."""

    field: str
    fault: str
    about: str = ""


class AnswerProblems(Exception):
    """The answer is not in order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(", ".join(f"{problem.field}: {problem.fault}" for problem in self.problems))


@dataclass(frozen=True, slots=True)
class AnswerText:
    """The answer: `spoken` is said and shown first, `detail` (may be empty) is shown below it. Plain text."""

    spoken: str
    detail: str = ""

    @classmethod
    def typed(cls, spoken: str, detail: str) -> "AnswerText":
        """From what was typed: without control characters, without space around it."""
        return cls(" ".join(plain(spoken).split()), plain(detail))

    def problems(self, gate: PesticideGate, crops: Iterable[str], today: date) -> list[Problem]:
        """What keeps it from being sent. `crops` are those that the questions are about; none: any."""
        found = []
        if not self.spoken:
            found.append(Problem("spoken", "missing"))
        elif len(self.spoken) > SPOKEN_MAX:
            found.append(Problem("spoken", "too_long", str(len(self.spoken))))
        if len(self.detail) > DETAIL_MAX:
            found.append(Problem("detail", "too_long", str(len(self.detail))))
        for field, text in (("spoken", self.spoken), ("detail", self.detail)):
            for crop in sorted(crops) or (None,):
                violations = gate.violations([text[: 2 * DETAIL_MAX]], crop, today)
                found += [Problem(field, "banned", violation.product.name) for violation in violations]
            found += [Problem(field, one.rule, one.found) for one in misspelt([text])]
        return list(dict.fromkeys(found))


def plain(text: str) -> str:
    """A text without control characters (line breaks stay) and without space around it."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return "".join(c for c in lines if c == "\n" or unicodedata.category(c) not in {"Cc", "Cs"}).strip()
