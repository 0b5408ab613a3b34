"""Proof-reading: what must be mended in an entry before it is submitted, and again before it is published."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.check import faults
from knowledge_base.curation.problems import Problem, fault_problem, rule_problem, spelling_problem, violation_problem
from knowledge_base.curation.spelling import misspelt
from knowledge_base.entry import Entry, read_subjects
from knowledge_base.models import EntryRow
from knowledge_base.safety import PesticideGate


class Proof:
    """The checker's rules, against what is published in this store. The county may add keys of its own."""

    def __init__(self, gate: PesticideGate, clock: Callable[[], datetime]) -> None:
        self._gate = gate
        self._clock = clock
        self._subjects = frozenset(read_subjects())

    async def read(self, session: AsyncSession, entry: Entry) -> list[Problem]:
        """Everything that is wrong with an entry."""
        rows = await session.execute(select(EntryRow.key, EntryRow.content).where(EntryRow.key != entry.key))
        others = {key: frozenset(content["asks"]) for key, content in rows.all()}
        known = self._subjects | others.keys()
        return [
            *(fault_problem(fault) for fault in faults(entry, known)),
            *_taken(entry, others),
            *_misspelt(entry),
            *(violation_problem(entry, v) for v in dict.fromkeys(self._gate.check(entry, self._clock().date()))),
        ]


def _taken(entry: Entry, others: Mapping[str, frozenset[str]]) -> Iterator[Problem]:
    """Questions that another entry stands for already."""
    for ask in dict.fromkeys(entry.asks):
        owner = next((key for key, asks in others.items() if ask in asks), None)
        if owner is not None:
            yield rule_problem("asks", "taken_ask", f"{ask}（{owner}）")


def _misspelt(entry: Entry) -> Iterator[Problem]:
    """What nobody could read aloud, in what farmers read or hear, or are understood by."""
    texts = {
        "title": (entry.title,),
        "crop": (entry.crop or "",),
        "also_crops": entry.also_crops,
        "problem": (entry.problem or "",),
        "aliases": entry.aliases,
        "symptoms": entry.symptoms,
        "asks": entry.asks,
        "spoken": (entry.spoken,),
        **{f"answer.{part}": getattr(entry.answer, part) for part in type(entry.answer).model_fields},
    }
    for field, said in texts.items():
        yield from (spelling_problem(field, one) for one in misspelt(said))
