"""What importing a sheet would do, and every reason why it may not."""

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum

from knowledge_base.curation.workbook.reader import Problem
from knowledge_base.entry import Entry


class Verdict(StrEnum):
    """What a row is."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell that differs from what is there: the column's header, and both texts."""

    column: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Draftable:
    """What `Workflow.save` needs: the entry, and number and revision of the version that it goes on from."""

    entry: Entry
    based_on: int | None = None
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """A row and what it would do."""

    row: int
    key: str
    title: str
    verdict: Verdict
    differences: tuple[Difference, ...] = ()
    draft: Draftable | None = None
    """Set where it would become a draft."""


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a file would do. Any problem keeps all of it from being imported."""

    name: str
    rows: tuple[Judged, ...]
    problems: tuple[Problem, ...]

    def of(self, verdict: Verdict) -> tuple[Judged, ...]:
        """The rows of one sort."""
        return tuple(row for row in self.rows if row.verdict == verdict)

    @property
    def to_save(self) -> tuple[Draftable, ...]:
        """What would become drafts, in the order of the sheet."""
        return tuple(row.draft for row in self.rows if row.draft)

    @property
    def fingerprint(self) -> str:
        """Another one as soon as anything else would be saved than is shown here, or over another text."""
        rows = [
            (row.row, row.key, row.verdict, _place(row), [(d.before, d.after) for d in row.differences])
            for row in self.rows
        ]
        plain = json.dumps([self.name, rows, [str(problem) for problem in self.problems]])
        return hashlib.sha256(plain.encode()).hexdigest()


def _place(row: Judged) -> tuple[int | None, int | None] | None:
    return (row.draft.based_on, row.draft.revision) if row.draft else None
