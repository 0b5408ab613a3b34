"""The statistics as an Excel workbook: a sheet for each table, the same figures as on the page."""

from collections.abc import Sequence
from io import BytesIO

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from bot.statistics.table import Table
from knowledge_base.curation.workbook.cells import plain

WIDEST = 60
"""Characters of a column."""


def workbook(tables: Sequence[Table], heading: str) -> bytes:
    """The file. `heading` says of which place and which days it is; it is on every sheet."""
    book = Workbook()
    for empty in book.worksheets:
        book.remove(empty)
    for table in tables:
        sheet = book.create_sheet(table.title[:31])
        sheet.append([heading])
        sheet.append(list(table.columns))
        for cell in sheet[2]:
            cell.font = Font(bold=True)
        for row in table.rows:
            sheet.append([plain(cell) if isinstance(cell, str) else cell for cell in row.cells])
            for cell in sheet[sheet.max_row]:
                if cell.data_type == "f":  # a headline that begins with = is no formula
                    cell.data_type = "s"
        if table.note:
            sheet.append([])
            sheet.append([table.note])
        for number, column in enumerate(table.columns, 1):
            longest = max([len(column), *(len(str(row.cells[number - 1])) for row in table.rows)])
            sheet.column_dimensions[get_column_letter(number)].width = min(WIDEST, 2 * longest + 4)
        for cell in sheet["A"]:
            cell.alignment = Alignment(wrap_text=cell.row > 2 and cell.row <= len(table.rows) + 2)
        sheet.freeze_panes = "B3"
    out = BytesIO()
    book.save(out)
    return out.getvalue()
