"""An entry from the fields of a row, with what its schema says against it put into words."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from knowledge_base.curation.problems import telling
from knowledge_base.curation.workbook.columns import wording
from knowledge_base.curation.workbook.rows import Wrong
from knowledge_base.entry import Answer, Entry

WRITER = "-"
"""Stands for the author, whom the workflow names when the draft is saved."""
KEY_MAX = 80
"""As many characters as the store has room for."""


def entry_of(fields: Mapping[str, Any]) -> tuple[Entry | None, list[Wrong]]:
    """The entry, or what its schema says against it."""
    wrong = []
    if len(fields["key"] or "") > KEY_MAX:
        wrong.append(Wrong("key", "too_long", {"limit": KEY_MAX, "now": len(fields["key"])}))
    try:
        entry = Entry.model_validate({**fields, "written_by": WRITER})
    except ValidationError as fault:
        wrong += (_wrong(error) for error in telling(fault))
        return None, wrong
    return (None, wrong) if wrong else (entry, [])


def loose_entry(fields: Mapping[str, Any]) -> Entry:
    """The entry as far as it goes, for rules that look at it although its schema does not hold."""
    lists = {name: fields[name] or () for name in ("asks", "symptoms", "follow_ups", "also_crops", "aliases")}
    return Entry.model_construct(
        **{
            **fields,
            **lists,
            "answer": Answer.model_construct(None, **{step: value or () for step, value in fields["answer"].items()}),
            "written_by": WRITER,
            "second_reading": None,
        }
    )


def _wrong(error: Mapping[str, Any]) -> Wrong:
    where = list(_place(error["loc"]))
    column, inside = str(where[0]), where[1:]
    about = wording().by_name[column].about
    given, limits = error["input"], error.get("ctx", {})
    n = int(inside[0]) + 1 if inside and isinstance(inside[0], int) else None
    match error["type"]:
        case "string_too_long" if n is None:
            return Wrong(column, "too_long", {"limit": limits["max_length"], "now": len(given)})
        case "string_too_long" if len(inside) > 1:
            return Wrong(column, "part_too_long", {"n": n, "limit": limits["max_length"]})
        case "string_too_long":
            return Wrong(column, "line_too_long", {"n": n, "limit": limits["max_length"], "now": len(given)})
        case "too_short":
            return Wrong(column, "too_few", {"limit": limits["min_length"], "now": len(given)})
        case "too_long":
            return Wrong(column, "too_many", {"limit": limits["max_length"], "now": len(given)})
        case "string_pattern_mismatch" if column == "key":
            return Wrong(column, "bad_key", {"value": str(given)[:40]})
        case "string_pattern_mismatch" if column == "sources":
            return Wrong(column, "bad_url", {"n": n})
        case _:
            return Wrong(column, "malformed", {"about": about})


def _place(loc: tuple[int | str, ...]) -> Iterator[int | str]:
    """The column, and the item within it."""
    if loc[0] == "answer" and len(loc) > 1:
        yield from loc[1:]
    else:
        yield from loc
