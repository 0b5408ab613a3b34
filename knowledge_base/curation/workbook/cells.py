"""An entry as the texts of its cells."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from knowledge_base.curation.workbook.columns import wording
from knowledge_base.entry import Entry, Source

SEPARATOR = "|"
BARS = f"{SEPARATOR}\uff5c"
"""What may stand between the parts of a source: the full-width bar too."""
_ESCAPES = {"\\": "\\\\", "\n": "\\n"}

Cells = dict[str, str]
"""Cell texts by column name; the empty text for an empty cell. """


def cells(entry: Entry) -> Cells:
    """The row of an entry: lists an item a line, the parts of a source between bars."""
    second = entry.second_reading
    values: dict[str, object] = {
        **entry.model_dump(exclude={"answer", "sources", "second_reading"}),
        "kind": wording().kinds[entry.kind],
        **entry.answer.model_dump(),
        "sources": entry.sources,
        "second_reading": f"{second.by} {second.date} {second.against} {second.note or ''}" if second else None,
    }
    return {column.name: _text(values[column.name]) for column in wording().columns}


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return wording().says_yes[0] if value else wording().says_no[0]
        case date():
            return value.isoformat()
        case tuple() | list():
            return "\n".join(line for line in (_line(item) for item in value) if line)
        case _:
            return plain(str(value))


def _line(item: object) -> str:
    if isinstance(item, Source):
        parts = [item.title, item.publisher, item.date.isoformat(), item.article or "", item.url or ""]
        while not parts[-1]:
            parts.pop()
        return SEPARATOR.join(escaped(part, also=SEPARATOR) for part in parts)
    return escaped(str(item))


def plain(text: str) -> str:
    """The text as a cell can hold it: one sort of line end, nothing that XML has no room for, no space around it."""
    return str(ILLEGAL_CHARACTERS_RE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))).strip()


def escaped(item: str, also: str = "") -> str:
    """One item as a line of a cell."""
    marks = {**_ESCAPES, **({also: f"\\{also}"} if also else {})}
    return "".join(marks.get(char, char) for char in plain(item))


def split_line(line: str, at: str = "") -> list[str]:
    """A line as `escaped` wrote it: its parts between `at`, which may be full-width too; one part without `at`."""
    parts = [""]
    rest = iter(line)
    for char in rest:
        if char == "\\":
            following = next(rest, "")
            parts[-1] += {"n": "\n", "\\": "\\", **dict(zip(BARS, BARS, strict=True))}.get(following, char + following)
        elif char in at:
            parts.append("")
        else:
            parts[-1] += char
    return [part.strip() for part in parts]


def lines(text: str) -> Sequence[str]:
    """The lines of a cell that are not empty, each without outer space."""
    return [stripped for line in text.split("\n") if (stripped := line.strip())]


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> Iterable[str]:
    """Names of the columns whose cells differ, in the order of the sheet; not of those that are only shown."""
    named = (column.name for column in wording().columns if not column.shown_only)
    return (name for name in named if before[name] != after[name])
