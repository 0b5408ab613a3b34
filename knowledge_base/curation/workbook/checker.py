"""The dry run: a sheet against the schema, the checker's rules, the pesticide gate and what the store has. Changes nothing."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from openpyxl.utils import column_index_from_string

from knowledge_base.check import faults
from knowledge_base.curation.accounts import Account
from knowledge_base.curation.spelling import misspelt, unsayable
from knowledge_base.curation.states import State
from knowledge_base.curation.workbook.cells import cells, changed
from knowledge_base.curation.workbook.columns import wording
from knowledge_base.curation.workbook.dry_run import Difference, Draftable, DryRun, Judged, Verdict
from knowledge_base.curation.workbook.reader import Problem, Row, Sheet
from knowledge_base.curation.workbook.rows import Wrong, key_of, read_row, texts_of
from knowledge_base.curation.workbook.schema import entry_of, loose_entry
from knowledge_base.curation.workbook.standing import Standing
from knowledge_base.curation.workbook.writer import Progress
from knowledge_base.entry import Entry
from knowledge_base.safety import PesticideGate

ADVICE = ("title", "spoken", "recognise", "do_now", "avoid", "ask_person")
"""Columns that the pesticide gate watches."""
PROSE = frozenset({*ADVICE, "crop", "also_crops", "problem", "aliases", "symptoms", "asks"})
"""Columns that farmers read or hear, or are understood by."""
MAX_DRAFTS = 1_000
"""So many are saved in one transaction; more would keep everybody else from writing for too long."""
_STEP = 20
_ADDRESS = re.compile(r"([A-Z]+)([0-9]+)")


@dataclass(frozen=True, slots=True)
class _Line:
    """A row once it is read. `before` is the text that it would replace."""

    row: Row
    fields: Mapping[str, Any]
    entry: Entry | None
    wrong: Sequence[Wrong]
    standing: Standing | None
    before: Mapping[str, str]

    @property
    def key(self) -> str:
        return self.fields["key"] or ""

    @property
    def differing(self) -> tuple[str, ...]:
        """Columns that differ from what stands; every one of a new entry, and none where the row is no entry yet."""
        return tuple(changed(self.before, cells(self.entry))) if self.entry else ()


class Checker:
    """Judges sheets for one person."""

    def __init__(
        self, by: Account, standing: Mapping[str, Standing], subjects: frozenset[str], gate: PesticideGate, today: date
    ) -> None:
        """`standing` is what the store has under each key; `subjects` are further keys that may be followed up on."""
        self._by = by
        self._standing = standing
        self._known = subjects | {key for key, one in standing.items() if one.published}
        self._gate = gate
        self._today = today

    def check(self, sheet: Sheet, name: str, progress: Progress = lambda _done, _of: None) -> DryRun:
        """Judge every row of the sheet of the file `name`."""
        lines = []
        for number, row in enumerate(sheet.rows):
            if number % _STEP == 0:
                progress(number, 2 * len(sheet.rows))
            lines.append(self._line(row, sheet))
        judging = _Judging(lines, self._standing, sheet)
        problems, judged = list(sheet.problems), []
        known = self._known | {line.key for line in lines}
        for number, line in enumerate(lines):
            if number % _STEP == 0:
                progress(len(lines) + number, 2 * len(lines))
            same = line.entry is not None and self._unchanged(line)
            repeated = list(judging.repeated(line))
            wrong = [*line.wrong, *repeated]
            if not same:
                wrong += (*self._held(line), *self._rules(line, known))
                # Under a key that is another's, its questions would all be called another's too.
                wrong += () if repeated else judging.doubled(line)
            problems += (_problem(sheet, line.row.number, one) for one in wrong)
            judged.append(self._judged(line, wrong=bool(wrong) or line.entry is None, same=same))
        drafts = sum(one.draft is not None for one in judged)
        if drafts > MAX_DRAFTS:
            text = wording().wrong_text("too_many_drafts", now=drafts, limit=MAX_DRAFTS)
            problems.append(Problem(sheet.name, sheet.cell("key", 1), text))
        progress(2 * len(lines), 2 * len(lines))
        return DryRun(name, tuple(judged), tuple(sorted(dict.fromkeys(problems), key=_in_reading_order)))

    def _line(self, row: Row, sheet: Sheet) -> _Line:
        standing = self._standing.get(key_of(row.values))
        before = cells(standing.base(self._by).entry) if standing else dict.fromkeys(wording().by_name, "")
        # A column that the sheet does not have stays as it is.
        kept = {name: text for name, text in before.items() if name not in sheet.letters}
        fields, wrong = read_row({**kept, **row.values}, row.unreadable)
        entry, against = entry_of(fields)
        told = row.unreadable | {one.column for one in wrong}
        wrong += (one for one in against if one.column not in told)
        return _Line(row, fields, None if told or wrong else entry, wrong, standing, before)

    def _unchanged(self, line: _Line) -> bool:
        """Whether the row repeats a text that is there: published, or a draft already."""
        if line.standing is None or line.entry is None:
            return False
        row = cells(line.entry)
        return any(not list(changed(cells(text), row)) for text in line.standing.texts)

    def _held(self, line: _Line) -> Iterator[Wrong]:
        """Why the entry cannot be written at now."""
        opened = line.standing.open if line.standing else None
        if opened and opened.state is not State.DRAFT:
            yield Wrong("key", "in_review")
        elif opened and opened.author != self._by.name:
            yield Wrong("key", "draft_open", {"author": opened.author})

    def _rules(self, line: _Line, known: frozenset[str]) -> Iterator[Wrong]:
        for fault in faults(loose_entry(line.fields), known):
            if not (fault.rule == "few_symptoms" and not line.fields["symptoms"]):
                yield Wrong(fault.field, fault.rule, {"detail": fault.detail})
        differing = line.differing
        crops = {line.fields["crop"], *(line.fields["also_crops"] or ())} - {None}
        for column in wording().columns:
            if column.shown_only or column.form not in {"text", "lines"}:
                continue
            texts = texts_of(line.fields, column.name)
            if line.entry is None or column.name in differing:
                for one in misspelt(texts) if column.name in PROSE else unsayable(texts):
                    yield Wrong(column.name, one.rule, {"found": one.found, "meant": one.meant})
            if column.name in ADVICE:
                found = [v for crop in crops or {None} for v in self._gate.violations(texts, crop, self._today)]
                for product, sentence in dict.fromkeys((v.product, v.sentence.strip()) for v in found):
                    said = {"announcement": product.announcement, "since": product.since, "sentence": sentence}
                    yield Wrong(column.name, "banned", {"product": product.name, **said})

    def _judged(self, line: _Line, *, wrong: bool, same: bool) -> Judged:
        title = line.fields["title"] or ""
        if wrong or line.entry is None:
            return Judged(line.row.number, line.key, title, Verdict.WRONG)
        if same:
            return Judged(line.row.number, line.key, title, Verdict.UNCHANGED)
        after = cells(line.entry)
        differences = tuple(
            Difference(wording().by_name[name].header, line.before[name], after[name]) for name in line.differing
        )
        if line.standing is None:
            return Judged(line.row.number, line.key, title, Verdict.NEW, differences, Draftable(line.entry))
        base = line.standing.base(self._by)
        revision = base.revision if base.state is State.DRAFT else None
        verdict = Verdict.CHANGED if line.standing.published or line.standing.open else Verdict.NEW
        return Judged(
            line.row.number, line.key, title, verdict, differences, Draftable(line.entry, base.number, revision)
        )


class _Judging:
    """What is only seen over all rows: keys and questions that stand twice."""

    def __init__(self, lines: Sequence[_Line], standing: Mapping[str, Standing], sheet: Sheet) -> None:
        self._sheet = sheet
        self._first: dict[str, _Line] = {}
        self._asked: dict[str, list[_Line]] = defaultdict(list)
        for line in lines:
            if line.key:
                self._first.setdefault(line.key, line)
            for ask in texts_of(line.fields, "asks"):
                self._asked[ask].append(line)
        self._elsewhere: dict[str, Entry] = {}
        for key, one in standing.items():
            if key not in self._first and one.published:
                entry = one.published.entry
                self._elsewhere.update(dict.fromkeys(entry.asks, entry))

    def repeated(self, line: _Line) -> Iterator[Wrong]:
        first = self._first.get(line.key, line)
        if first is not line:
            other = self._sheet.cell("key", first.row.number)
            yield Wrong("key", "key_twice", {"key": line.key, "other": other})

    def doubled(self, line: _Line) -> Iterator[Wrong]:
        for n, ask in enumerate(texts_of(line.fields, "asks"), start=1):
            if ask in self._elsewhere:
                entry = self._elsewhere[ask]
                yield Wrong("asks", "ask_doubled", {"n": n, "ask": ask, "title": entry.title, "key": entry.key})
            other = next(
                (one for one in self._asked[ask] if one is not line and (one.key != line.key or not line.key)), None
            )
            if other is not None:
                where = self._sheet.cell("asks", other.row.number)
                yield Wrong("asks", "ask_doubled_here", {"n": n, "ask": ask, "other": where})


def _problem(sheet: Sheet, row: int, wrong: Wrong) -> Problem:
    text = wording().wrong_text(wrong.code, **wrong.values)
    return Problem(sheet.name, sheet.cell(wrong.column, row), text, wording().by_name[wrong.column].header)


def _in_reading_order(problem: Problem) -> tuple[int, int, str]:
    match = _ADDRESS.fullmatch(problem.cell)
    return (int(match[2]), column_index_from_string(match[1]), problem.text) if match else (0, 0, problem.text)
