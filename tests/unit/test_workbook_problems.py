"""The dry run names every cell that is wrong, in words for whoever is to mend it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from openpyxl.worksheet.worksheet import Worksheet

from knowledge_base.curation.accounts import Account, Role
from knowledge_base.curation.states import State
from knowledge_base.curation.versions import COUNTY, Version, shipped_version
from knowledge_base.curation.workbook import checker
from knowledge_base.curation.workbook.checker import Checker
from knowledge_base.curation.workbook.columns import wording
from knowledge_base.curation.workbook.dry_run import DryRun, Verdict
from knowledge_base.curation.workbook.reader import read_sheet
from knowledge_base.curation.workbook.standing import Standing
from knowledge_base.entry import Entry, read_content
from knowledge_base.safety import pesticide_gate
from tests.fakes.entries import entry
from tests.fakes.workbooks import COLUMNS, letter, write_rows

WANG = Account("wang", "王", frozenset({Role.AGENT}), 0)
SUBJECTS = frozenset({"maize.armyworm", "maize.borer"})
NOW = datetime(2026, 11, 22, tzinfo=UTC)
OTHER = entry(
    key="maize.armyworm",
    title="黏虫",
    asks=["黏虫咋治", "一夜吃光叶子", "黏虫来了打啥药", "叶子吃成光杆", "地里爬满虫子"],
    follow_ups=[],
)


def published(one: Entry, number: int = 1) -> Version:
    return shipped_version(one.key, number, one.model_dump(mode="json"), NOW, State.PUBLISHED)


def standing(*entries: Entry) -> dict[str, Standing]:
    return {one.key: Standing(published(one), None, published(one)) for one in entries}


def check(path: Path, known: Mapping[str, Standing] | None = None) -> DryRun:
    known = standing(OTHER) if known is None else known
    return Checker(WANG, known, SUBJECTS, pesticide_gate(), date(2026, 11, 22)).check(read_sheet(path), path.name)


def found(plan: DryRun) -> list[tuple[str, str]]:
    return [(problem.cell, problem.text) for problem in plan.problems]


def said(code: str, **values: object) -> str:
    return wording().wrong_text(code, **values)


def wide(text: str) -> str:
    """Full-width letters and figures."""
    return "".join(chr(ord(char) + 0xFEE0) for char in text)


ABOUT = {column.name: column.about for column in wording().columns}
WRONG: list[tuple[str, Any, str]] = [
    ("key", "Maize Borer", said("bad_key", value="Maize Borer")),
    ("key", "a." + "b" * 80, said("too_long", limit=80, now=82)),
    ("key", None, said("missing", about=ABOUT["key"])),
    ("title", None, said("missing", about=ABOUT["title"])),
    ("title", "长" * 201, said("too_long", limit=200, now=201)),
    ("title", True, said("became_flag")),
    ("title", date(2026, 6, 7), said("became_date", date="2026-06-07")),
    ("title", "玉米螟🐛", said("emoji", found="🐛")),
    ("title", "玉米\u200b螟", said("control")),
    ("title", "<b>玉米螟</b>", said("code", found="<b>")),
    ("title", "玉米蟲災", said("traditional", found="蟲災", meant="虫灾")),
    ("title", f"玉米螟{wide('AB1')}", said("full_width", found=wide("AB1"), meant="AB1")),
    ("title", time(8, 30), said("error")),
    ("kind", "蔬菜", said("bad_kind", value="蔬菜", kinds="种植、养殖、政策、法律、防灾、办事")),
    ("kind", None, said("missing", about=ABOUT["kind"])),
    ("symptoms", "秆里有虫", said("few_symptoms", detail="3")),
    ("symptoms", None, said("missing", about=ABOUT["symptoms"])),
    ("regions", "37\n山东", said("bad_region", n=2, value="山东")),
    ("regions", 5, said("bad_region", n=1, value="5")),
    ("months", "6\n13", said("bad_month", n=2, value="13")),
    ("months", date(2026, 6, 7), said("became_date", date="2026-06-07")),
    ("asks", "一\n二\n三", said("too_few", limit=5, now=3)),
    ("asks", "一\n二\n三\n四\n" + "长" * 201, said("line_too_long", n=5, limit=200, now=201)),
    ("asks", "一\n二\n三\n四\n四", said("doubled_ask", detail="四")),
    (
        "asks",
        "一\n二\n三\n四\n黏虫咋治",
        said("ask_doubled", n=5, ask="黏虫咋治", title="黏虫", key="maize.armyworm"),
    ),
    ("spoken", "长" * 121, said("too_long", limit=120, now=121)),
    ("spoken", None, said("missing", about=ABOUT["spoken"])),
    ("do_now", None, said("missing", about=ABOUT["do_now"])),
    ("do_now", "好\n" + "长" * 201, said("line_too_long", n=2, limit=200, now=201)),
    ("sources", "只有名字", said("source_parts", n=1)),
    ("sources", "甲|乙|2024-01-01\n甲|乙|2024-02-30", said("bad_line_date", n=2, value="2024-02-30")),
    ("sources", "甲|乙|2024-01-01|第三条|http://example.org", said("bad_url", n=1)),
    ("sources", f"{'长' * 201}|乙|2024-01-01", said("part_too_long", n=1, limit=200)),
    ("sources", None, said("missing", about=ABOUT["sources"])),
    ("valid_until", 46_000, said("number_like_date", value="46000", date="2025-12-09")),
    ("valid_until", 12, said("number_not_date", value="12")),
    ("valid_until", "明年", said("bad_date", value="明年")),
    ("valid_until", "2026-13-01", said("bad_date", value="2026-13-01")),
    ("follow_ups", "maize.borer", said("follows_itself")),
    ("follow_ups", "maize.nothing", said("unknown_follow_up", detail="maize.nothing")),
    ("follow_ups", "a.a\na.b\na.c\na.d", said("too_many", limit=3, now=4)),
    ("sample", "也许", said("bad_flag", value="也许")),
    ("sample", None, said("missing", about=ABOUT["sample"])),
    ("needs_review", "=1+1", said("formula")),
]


@pytest.mark.parametrize(("column", "value", "text"), WRONG, ids=[f"{c}-{n}" for n, (c, _, _) in enumerate(WRONG)])
def test_a_wrong_cell_is_named(tmp_path: Path, column: str, value: Any, text: str) -> None:
    plan = check(write_rows(tmp_path / "a.xlsx", [entry()], {column: value}))
    assert (f"{letter(column)}2", text) in found(plan)
    assert plan.rows[0].verdict is Verdict.WRONG
    assert plan.to_save == ()
    assert all(problem.sheet == "答案" for problem in plan.problems)


def test_every_problem_of_a_file_is_listed_in_reading_order(tmp_path: Path) -> None:
    entries = [entry(key=f"maize.no{n}", asks=[f"{n}问{m}" for m in range(5)]) for n in range(3)]

    def spoil(sheet: Worksheet) -> None:
        sheet[f"{letter('title')}2"] = None
        sheet[f"{letter('spoken')}2"] = "长" * 121
        sheet[f"{letter('months')}3"] = "六"
        sheet[f"{letter('valid_until')}4"] = "哪天"
        sheet[f"{letter('do_now')}4"] = "=1/0"

    plan = check(write_rows(tmp_path / "a.xlsx", entries, spoil=spoil))
    cells = [cell for cell, _ in found(plan)]
    assert cells == [
        f"{letter(c)}{n}" for c, n in [("title", 2), ("spoken", 2), ("months", 3), ("do_now", 4), ("valid_until", 4)]
    ]


def test_banned_advice_is_named_by_cell_with_the_announcement(tmp_path: Path) -> None:
    plan = check(write_rows(tmp_path / "a.xlsx", [entry()], {"do_now": "看标签。\n心叶期打甲胺磷。"}))
    ((cell, text),) = found(plan)
    assert cell == f"{letter('do_now')}2"
    assert "甲胺磷" in text
    assert "打甲胺磷" in text
    warned = check(write_rows(tmp_path / "b.xlsx", [entry()], {"avoid": "甲胺磷早就禁用了，不能打。"}))
    assert warned.problems == ()


def test_keys_and_questions_that_stand_twice_in_the_file(tmp_path: Path) -> None:
    again = entry(title="再来一条")
    stranger = entry(key="maize.other", title="别的")
    plan = check(write_rows(tmp_path / "a.xlsx", [entry(), again, stranger]))
    told = found(plan)
    assert ("A3", said("key_twice", key="maize.borer", other="A2")) in told
    asks = letter("asks")
    assert (f"{asks}4", said("ask_doubled_here", n=1, ask=entry().asks[0], other=f"{asks}2")) in told
    assert (f"{asks}2", said("ask_doubled_here", n=1, ask=entry().asks[0], other=f"{asks}4")) in told


def test_merged_cells_unknown_columns_and_cells_without_a_header(tmp_path: Path) -> None:
    def spoil(sheet: Worksheet) -> None:
        sheet.merge_cells("B2:B3")
        sheet.cell(1, len(COLUMNS) + 1, "备注")
        sheet.cell(2, len(COLUMNS) + 3, "落在外面")
        sheet.cell(1, len(COLUMNS) + 4, " ")

    told = found(check(write_rows(tmp_path / "a.xlsx", [entry()], spoil=spoil)))
    assert ("B2", said("merged", ref="B2:B3")) in told
    assert (f"{chr(ord('A') + len(COLUMNS))}1", said("unknown_column", header="备注")) in told


def test_headers_in_other_words_and_shapes_are_understood(tmp_path: Path) -> None:
    def spoil(sheet: Worksheet) -> None:
        for column, header in {
            "key": wide("ID"),
            "title": f"標題{wide('*')}",
            "asks": "asks",
            "spoken": " 口播 ",
        }.items():
            sheet[f"{letter(column)}1"] = header

    plan = check(write_rows(tmp_path / "a.xlsx", [entry()], {"title": "另一个名字"}, spoil), standing(entry(), OTHER))
    assert plan.problems == ()
    assert [d.column for d in plan.rows[0].differences] == ["标题"]


def test_a_column_that_is_left_out_stays_as_it_is(tmp_path: Path) -> None:
    def spoil(sheet: Worksheet) -> None:
        for column in reversed([name for name in COLUMNS if name not in {"key", "spoken"}]):
            sheet.delete_cols(COLUMNS.index(column) + 1)

    path = write_rows(tmp_path / "a.xlsx", [entry()], {"spoken": "换一句话。"}, spoil)
    plan = check(path, standing(entry(), OTHER))
    assert plan.problems == ()
    assert plan.to_save[0].entry.asks == entry().asks
    assert [(d.column, d.after) for d in plan.rows[0].differences] == [("念出来的话", "换一句话。")]
    assert any(cell == "A2" for cell, _ in found(check(path)))


TAKEN: list[tuple[str, Any, str, object]] = [
    ("months", "6月、7月", "months", (6, 7)),
    ("months", 6, "months", (6,)),
    ("regions", f"37，{wide('41')}", "regions", ("37", "41")),
    ("regions", 37.0, "regions", ("37",)),
    ("valid_until", date(2027, 3, 1), "valid_until", date(2027, 3, 1)),
    ("valid_until", "2027年3月1日", "valid_until", date(2027, 3, 1)),
    ("valid_until", "2027/3/1", "valid_until", date(2027, 3, 1)),
    ("valid_until", wide("2027.3.1"), "valid_until", date(2027, 3, 1)),
    ("kind", "livestock", "kind", "livestock"),
    ("sample", False, "sample", False),
    ("sample", "否", "sample", False),
    ("aliases", " 甲 \r\n\r\n乙\n", "aliases", ("甲", "乙")),
    ("aliases", "甲\\n乙\n反\\\\斜", "aliases", ("甲\n乙", "反\\斜")),
    ("title", 12, "title", "12"),
    ("needs_review", "'+1 -2 @3", "needs_review", "'+1 -2 @3"),
    ("written_by", "别人", "written_by", "-"),
]


@pytest.mark.parametrize(("column", "value", "field", "taken"), TAKEN, ids=[f"{c}-{v!r}" for c, v, _, _ in TAKEN])
def test_what_people_write_is_understood(tmp_path: Path, column: str, value: Any, field: str, taken: object) -> None:
    plan = check(write_rows(tmp_path / "a.xlsx", [entry()], {column: value}))
    assert plan.problems == ()
    assert getattr(plan.to_save[0].entry, field) == taken


def test_sources_with_bars_in_them(tmp_path: Path) -> None:
    text = "农药\\|条例\uff5c国务院|2022年3月29日|第三十四条|https://www.gov.cn/\n只有三样|某站|2024-01-01"
    plan = check(write_rows(tmp_path / "a.xlsx", [entry()], {"sources": text}))
    first, second = plan.to_save[0].entry.sources
    assert (first.title, first.publisher, first.date) == ("农药|条例", "国务院", date(2022, 3, 29))
    assert (first.article, first.url, second.article) == ("第三十四条", "https://www.gov.cn/", None)


def draft(author: str, state: State = State.DRAFT, **changes: object) -> dict[str, Standing]:
    text = entry(**changes).model_dump(mode="json")
    opened = Version("maize.borer", 2, state, COUNTY, text, author, NOW, revision=3, based_on=1)
    return {**standing(OTHER), "maize.borer": Standing(published(entry()), opened, opened)}


def test_a_draft_of_somebody_else_is_not_written_over(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "a.xlsx", [entry()], {"title": "新名字"})
    assert found(check(path, draft("li"))) == [("A2", said("draft_open", author="li"))]
    assert found(check(path, draft("wang", State.IN_REVIEW))) == [("A2", said("in_review"))]
    plan = check(path, draft("wang", title="旧草稿"))
    assert (plan.to_save[0].based_on, plan.to_save[0].revision) == (2, 3)
    assert [(d.before, d.after) for d in plan.rows[0].differences] == [("旧草稿", "新名字")]


def test_what_is_published_or_drafted_already_changes_nothing(tmp_path: Path) -> None:
    same = write_rows(tmp_path / "a.xlsx", [entry()])
    drafted = write_rows(tmp_path / "b.xlsx", [entry(title="新名字")])
    for path in (same, drafted):
        plan = check(path, draft("li", title="新名字"))
        assert [row.verdict for row in plan.rows] == [Verdict.UNCHANGED]
        assert plan.problems == ()


def test_more_drafts_than_one_transaction_should_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checker, "MAX_DRAFTS", 1)
    entries = [entry(key=f"maize.no{n}", asks=[f"{n}问{m}" for m in range(5)]) for n in range(2)]
    plan = check(write_rows(tmp_path / "a.xlsx", entries))
    assert found(plan) == [("A1", said("too_many_drafts", now=2, limit=1))]
    assert check(write_rows(tmp_path / "b.xlsx", entries), standing(*entries, OTHER)).problems == ()


def test_every_field_of_an_entry_has_a_column() -> None:
    fields = set(Entry.model_fields) - {"answer"} | {"recognise", "do_now", "avoid", "ask_person"}
    assert fields == set(COLUMNS)


def test_no_shipped_text_would_be_called_misspelt(tmp_path: Path) -> None:
    entries = read_content()[::7]
    plan = check(write_rows(tmp_path / "a.xlsx", entries), standing(OTHER))
    spelt = {wording().wrong[code][:4] for code in ("emoji", "code", "control", "traditional", "full_width")}
    assert [str(problem) for problem in plan.problems if problem.text[:4] in spelt] == []
