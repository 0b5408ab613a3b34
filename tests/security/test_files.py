"""Files that come in and go out: bombs are refused before they burst, and no cell that we write is a formula."""

import io
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from bot.statistics.table import Row, Table
from bot.statistics.workbook import workbook
from knowledge_base.curation.workbook.columns import WorkbookRefused
from knowledge_base.curation.workbook.parcel import inspect
from knowledge_base.markets.problem import PricesRefused
from knowledge_base.markets.sheet import as_csv

FORMULAS = ("=1+1", '=HYPERLINK("https://evil.example")', "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "a\x0bb\x00c")


def bomb(path: Path) -> Path:
    """A workbook of some kilobytes whose sheet is 300 MB of spaces."""
    good = io.BytesIO()
    Workbook().save(good)
    with zipfile.ZipFile(good) as read, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as written:
        for name in read.namelist():
            if not name.startswith("xl/worksheets/"):
                written.writestr(name, read.read(name))
        with written.open("xl/worksheets/sheet1.xml", "w") as sheet:
            for _ in range(300):
                sheet.write(b" " * 1_000_000)
    return path


def test_prices_and_machines_in_a_bomb_are_refused(tmp_path: Path) -> None:
    """Both are read by `as_csv`."""
    path = bomb(tmp_path / "bomb.xlsx")
    assert path.stat().st_size < 1_000_000
    with pytest.raises(WorkbookRefused):
        inspect(path, "bomb.xlsx")
    with pytest.raises(PricesRefused), as_csv(path, "bomb.xlsx"):
        pass


def test_no_cell_of_the_statistics_is_a_formula() -> None:
    """A headline or a place may begin with anything."""
    table = Table("t", "表", ("题", "数"), tuple(Row((text, 1)) for text in FORMULAS), "")
    book = load_workbook(io.BytesIO(workbook([table], "全县")))
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row if cell.value is not None]
    assert [cell.value for cell in cells if cell.data_type == "f"] == []
    assert "=1+1" in [cell.value for cell in cells]
