"""What must be mended in a notice before it is kept, approved or sent."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path

import yaml
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.curation.problems import rule_problem, spelling_problem
from knowledge_base.curation.spelling import misspelt
from knowledge_base.entry import Entry
from knowledge_base.models import EntryRow
from knowledge_base.notices.notice import SENTENCE, Notice
from knowledge_base.safety import PesticideGate
from knowledge_base.warnings.quiet import COUNTY_TIME

DATA = Path(__file__).with_name("problems.yaml")
_ENDS = re.compile(r"(?<=[。！？!?；;])|\n+")
_CALLED = {"title": "title", "text": "spoken", "source": "sources.publisher"}
"""The fields whose words farmers hear, by the names under which the rules of entries know them."""


class NoticeProblems(Exception):
    """The notice is not in order. `sentences` say what to mend, by field."""

    def __init__(self, sentences: Mapping[str, str]) -> None:
        super().__init__(", ".join(sentences))
        self.sentences = sentences


class NoticeProof:
    """The rules, against the pesticides that are banned and the answers that are published."""

    def __init__(self, gate: PesticideGate) -> None:
        self._gate = gate

    async def check(self, session: AsyncSession, notice: Notice, now: datetime) -> None:
        """Raise `NoticeProblems` unless all is well."""
        found: dict[str, str] = {}
        for field, sentence in self._of_words(notice, now):
            found.setdefault(field, sentence)
        if notice.entry and not await self.told(session, notice.entry, now):
            found["entry"] = _sentences()["entry"]
        if found:
            raise NoticeProblems(found)

    async def told(self, session: AsyncSession, key: str, now: datetime) -> bool:
        """Whether a curated answer is published and still holds."""
        content = await session.scalar(select(EntryRow.content).where(EntryRow.key == key))
        return content is not None and not Entry.model_validate(content).expired(now.astimezone(COUNTY_TIME).date())

    def advises_banned(self, notice: Notice, now: datetime) -> str | None:
        """What is wrong, where a sentence gives a banned pesticide as advice."""
        return next((line for _, line in self._banned(notice, now)), None)

    def _of_words(self, notice: Notice, now: datetime) -> Iterator[tuple[str, str]]:
        yield from self._banned(notice, now)
        for field, called in _CALLED.items():
            for one in misspelt((getattr(notice, field),)):
                yield field, spelling_problem(called, one).line
        long = next((part for part in _ENDS.split(notice.text) if len(part.strip()) > SENTENCE), None)
        if long is not None:
            yield "text", _sentences()["sentence"].format(most=SENTENCE, sentence=long.strip())
        if notice.valid_until <= now:
            yield "valid_until", _sentences()["over"]

    def _banned(self, notice: Notice, now: datetime) -> Iterator[tuple[str, str]]:
        today = now.astimezone(COUNTY_TIME).date()
        for field, called in _CALLED.items():
            for crop in notice.crops or (None,):
                for violation in self._gate.violations((getattr(notice, field),), crop, today):
                    yield field, rule_problem(called, "banned", violation.sentence.strip()).line


@cache
def _sentences() -> Mapping[str, str]:
    sentences: Mapping[str, str] = yaml.safe_load(DATA.read_text("utf-8"))
    return sentences
