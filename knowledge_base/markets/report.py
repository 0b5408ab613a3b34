"""What an import did, or would do."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from knowledge_base.markets.batch import Batch, Judged
from knowledge_base.markets.problem import Problem, RowWrong
from knowledge_base.markets.quote import written

PROBLEMS_KEPT = 1_000
HELD_KEPT = 200
Progress = Callable[[int, int], None]
"""How much is done, of how much."""


@dataclass(slots=True)
class Report:
    """Counts of rows. `problems` and `odd` are the first of them, `wrong`, `differing` and `held` all."""

    name: str
    source: str
    fields: tuple[str, ...] = ()
    unit: str = ""
    rows: int = 0
    new: int = 0
    """Kept, or to be kept; those that are held among them."""
    same: int = 0
    """There already, or further up in the file."""
    differing: int = 0
    """There already with another figure: left as it is."""
    held: int = 0
    wrong: int = 0
    markets: int = 0
    """New ones."""
    first_day: date | None = None
    last_day: date | None = None
    problems: list[Problem] = field(default_factory=list)
    odd: list[Judged] = field(default_factory=list)

    def begin(self, batch: Batch) -> None:
        """A batch has been read."""
        self.rows += batch.rows
        self.wrong += len(batch.problems)
        for problem in batch.problems:
            self._note(problem)
        days = [judged.offer.day for judged in batch.offers]
        if days:
            self.first_day = min(days) if self.first_day is None else min(self.first_day, *days)
            self.last_day = max(days) if self.last_day is None else max(self.last_day, *days)

    def count(self, judged: Judged, before: Decimal | None) -> None:
        """What becomes of a row; `before` is the price that its key had already."""
        if before is None:
            self.new += 1
            if judged.usual is not None:
                self.held += 1
                if len(self.odd) < HELD_KEPT:
                    self.odd.append(judged)
        elif before == judged.offer.mid:
            self.same += 1
        else:
            self.differing += 1
            told = RowWrong("differs", before=written(before), now=written(judged.offer.mid))
            self._note(Problem(judged.offer.row, told.code, told.text))

    def _note(self, problem: Problem) -> None:
        if len(self.problems) < PROBLEMS_KEPT:
            self.problems.append(problem)
