"""Files that are no workbooks, or not sound ones: each is refused in one clear sentence, whatever its bytes are."""

import contextlib
import gc
import io
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from knowledge_base.curation.workbook import parcel, reader
from knowledge_base.curation.workbook.cells import cells, escaped, lines, split_line
from knowledge_base.curation.workbook.columns import WorkbookRefused, wording
from knowledge_base.curation.workbook.reader import Sheet, read_sheet
from knowledge_base.curation.workbook.writer import LONGEST_CELL, TooLongForCell, write_workbook
from tests.fakes.entries import entry
from tests.fakes.workbooks import COLUMNS, HEADERS, letter, repacked, write_rows

SHEET = "xl/worksheets/sheet1.xml"
TYPES = "[Content_Types].xml"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_rows(tmp_path_factory.mktemp("sound") / "sound.xlsx", [entry()])


def refusal(tmp_path: Path, data: bytes, name: str = "a.xlsx") -> str:
    path = tmp_path / "upload"
    path.write_bytes(data)
    with pytest.raises(WorkbookRefused) as refused:
        read_sheet(path, name)
    assert refused.value.text
    return refused.value.code


def part(path: Path, name: str) -> bytes:
    with zipfile.ZipFile(path) as packed:
        return packed.read(name)


def packed(**parts: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in parts.items():
            target.writestr(name, data)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"key,title\nmaize.borer,x\n", "not_workbook"),
        (b"PK\x03\x04 and nothing more", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old_or_locked"),
        (packed(**{"word/document.xml": b"<a/>", TYPES: b"<Types/>"}), "not_workbook"),
        (packed(**{"xl/workbook.xml": b"<a/>", TYPES: b"<Types/>"}), "damaged"),
        (packed(**{"xl/workbook.xml": b"<a", TYPES: b"<Types/>"}), "damaged"),
    ],
)
def test_what_is_no_workbook(tmp_path: Path, data: bytes, code: str) -> None:
    assert refusal(tmp_path, data) == code


def test_ten_megabytes_are_the_most(tmp_path: Path) -> None:
    assert refusal(tmp_path, b"PK" + b"x" * parcel.MAX_BYTES) == "too_large"


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_truncated_file(tmp_path: Path, sound: Path, share: float) -> None:
    data = sound.read_bytes()
    assert refusal(tmp_path, data[: int(len(data) * share)]) == "damaged"


def test_a_file_that_bursts(tmp_path: Path, sound: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = repacked(sound, {}, append={"xl/media/nothing.bin": b"\0" * 3_000_000})
    assert len(bomb) < 100_000
    assert refusal(tmp_path, bomb) == "unpacks_too_large"
    monkeypatch.setattr(parcel, "MAX_UNPACKED", 1_000)
    assert refusal(tmp_path, sound.read_bytes()) == "unpacks_too_large"


def test_a_size_that_is_a_lie_does_not_help_a_bomb(tmp_path: Path, sound: Path) -> None:
    data = bytearray(repacked(sound, {}, append={"xl/media/nothing.xml": b" " * 2_000_000}))
    at = data.rindex(b"xl/media/nothing.xml") - 46
    assert data[at : at + 4] == b"PK\x01\x02"
    data[at + 24 : at + 28] = struct.pack("<I", 10)
    assert refusal(tmp_path, bytes(data)) == "damaged"


def test_macros_and_links_to_other_workbooks(tmp_path: Path, sound: Path) -> None:
    assert refusal(tmp_path, sound.read_bytes(), "表.XLSM") == "macros"
    assert refusal(tmp_path, repacked(sound, {}, append={"xl/vbaProject.bin": b"x"})) == "macros"
    types = part(sound, TYPES).replace(b"spreadsheetml.sheet.main", b"ms-excel.sheet.macroEnabled.main")
    assert refusal(tmp_path, repacked(sound, {TYPES: types})) == "macros"
    linked = repacked(sound, {}, append={"xl/externalLinks/externalLink1.xml": b"<a/>"})
    assert refusal(tmp_path, linked) == "external"


def test_entities_and_rows_out_of_order(tmp_path: Path, sound: Path) -> None:
    sheet = part(sound, SHEET)
    laughs = b'<!DOCTYPE a [<!ENTITY b "' + b"ha" * 50 + b'">]>' + sheet
    assert refusal(tmp_path, repacked(sound, {SHEET: laughs})) == "damaged"
    assert refusal(tmp_path, repacked(sound, {SHEET: sheet.replace(b'row r="2"', b'row r="1"')})) == "damaged"
    far = sheet.replace(b'row r="2"', b'row r="99999999999"')
    assert refusal(tmp_path, repacked(sound, {SHEET: far})) == "damaged"
    assert refusal(tmp_path, repacked(sound, {SHEET: None})) == "wrong_sheet"


def test_a_sheet_without_the_column_of_keys_and_one_without_rows(tmp_path: Path) -> None:
    def other(sheet: Worksheet) -> None:
        sheet["A1"] = "姓名"

    path = write_rows(tmp_path / "a.xlsx", [entry()], spoil=other)
    assert refusal(tmp_path, path.read_bytes()) == "wrong_sheet"
    assert refusal(tmp_path, write_rows(tmp_path / "b.xlsx", []).read_bytes()) == "no_rows"

    def twice(sheet: Worksheet) -> None:
        sheet["C1"] = "标题"

    path = write_rows(tmp_path / "c.xlsx", [entry()], spoil=twice)
    assert refusal(tmp_path, path.read_bytes()) == "columns_twice"


def test_too_many_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_ROWS", 2)
    path = write_rows(tmp_path / "a.xlsx", [entry(), entry()])
    assert len(read_sheet(path).rows) == 2
    path = write_rows(tmp_path / "b.xlsx", [entry(), entry(), entry()])
    assert refusal(tmp_path, path.read_bytes()) == "too_many_rows"


def test_the_sheet_of_answers_is_found_among_others_and_gaps_are_passed_over(tmp_path: Path) -> None:
    book = Workbook()
    first = book.active
    assert first is not None
    first.append(["编号", "别的表"])
    answers = book.create_sheet(wording().sheet)
    answers.append(HEADERS)
    row = cells(entry())
    for column, name in enumerate(COLUMNS, start=1):
        answers.cell(9, column, row[name] or None)
    answers.cell(1_000, 1).number_format = "@"
    book.save(tmp_path / "a.xlsx")
    sheet = read_sheet(tmp_path / "a.xlsx")
    assert (sheet.name, [one.number for one in sheet.rows]) == ("答案", [9])


def test_what_is_written_is_text_whatever_it_begins_with(tmp_path: Path) -> None:
    odd = ["=1+1", "+1", "-1", "@A1", '=HYPERLINK("https://example.org")', "1e5", "2026-01-01"]
    write_workbook([entry(title="=1+1", aliases=odd, needs_review="=cmd|' /C calc'!A0")], tmp_path / "a.xlsx")
    book = load_workbook(tmp_path / "a.xlsx")
    sheet = book[wording().sheet]
    assert (sheet["B2"].value, sheet["B2"].data_type, sheet["B2"].quotePrefix) == ("=1+1", "s", True)
    assert {cell.data_type for cell in sheet[2]} <= {"s", "n"}
    assert all(cell.number_format == "@" for cell in sheet[2])
    assert b"<f>" not in part(tmp_path / "a.xlsx", SHEET)
    assert sheet.freeze_panes == "A2"
    assert sheet[f"{letter('aliases')}2"].value == "\n".join(odd)
    assert [cell.value for cell in sheet[1]] == list(HEADERS)
    about = book[wording().about_sheet]
    assert [about.cell(n, 2).value for n in range(2, 2 + len(COLUMNS))] == list(COLUMNS)
    again = read_sheet(tmp_path / "a.xlsx")
    assert again.rows[0].values["title"] == "=1+1"
    assert again.problems == []


def test_a_text_that_no_cell_can_hold_is_told_of(tmp_path: Path) -> None:
    asks = tuple(f"{n}{'长' * 190}" for n in range(LONGEST_CELL // 190))
    with pytest.raises(TooLongForCell, match=r"maize\.borer: 农民的问法"):
        write_workbook([entry(asks=asks)], tmp_path / "a.xlsx")
    assert list(tmp_path.iterdir()) == []


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=200), prefix=st.sampled_from([b"", b"PK\x03\x04", b"PK\x05\x06" + b"\0" * 18]))
@example(data=b"", prefix=b"PK\x05\x06" + b"\0" * 18)
def test_any_bytes_lead_to_a_refusal(tmp_path: Path, data: bytes, prefix: bytes) -> None:
    refusal(tmp_path, prefix + data)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hits=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=8))
def test_a_file_with_bytes_changed_is_read_or_refused(
    tmp_path: Path, sound: Path, hits: list[tuple[float, int]]
) -> None:
    data = bytearray(sound.read_bytes())
    for at, byte in hits:
        data[int(at * len(data))] = byte
    assert_read_or_refused(tmp_path, bytes(data))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from([SHEET, "xl/workbook.xml", "xl/styles.xml", "xl/_rels/workbook.xml.rels", TYPES]),
    where=st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 60)),
    put=st.sampled_from([b"", b'"', b"<x/>", b"-1", b"9" * 30, b"nan", b'" t="d" x="', b'" t="e" x="', b"\xff"]),
)
def test_a_part_with_a_piece_changed_is_read_or_refused(
    tmp_path: Path, sound: Path, name: str, where: tuple[float, int], put: bytes
) -> None:
    xml = part(sound, name)
    start, cut = int(where[0] * len(xml)), where[1]
    assert_read_or_refused(tmp_path, repacked(sound, {name: xml[:start] + put + xml[start + cut :]}))


def assert_read_or_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.xlsx").write_bytes(data)
    with contextlib.suppress(WorkbookRefused):
        assert isinstance(read_sheet(tmp_path / "a.xlsx"), Sheet)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1), max_size=5))
def test_list_items_survive_a_cell(items: list[str]) -> None:
    items = [item for item in (item.strip() for item in items) if item]
    cell = "\n".join(escaped(item, also="|") for item in items)
    assert [split_line(line, "|") for line in lines(cell)] == [[item] for item in items]


def test_a_file_that_cannot_be_written_leaves_nothing_half_done(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_workbook([entry()], tmp_path / "nowhere" / "a.xlsx")
    gc.collect()  # sheets that were begun and left would complain here
