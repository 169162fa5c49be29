"""Rows as a workbook or a CSV that Chinese Excel opens without garbling."""

import csv
import io
import tempfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

import xlsxwriter
from django.http import FileResponse

from chanjiao.web.parts.columns import ListColumn

FORMATS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_CSV_TEXT = {"text", "state", "link", "boolean"}


def export(
    columns: Sequence[ListColumn], rows: Iterable[Any], name: str, form: str
) -> FileResponse:
    """The file as a download. It grows on disk, not in memory, whatever the number of rows."""
    shown = [column for column in columns if column.export]
    place = tempfile.TemporaryFile()  # noqa: SIM115  FileResponse closes it
    (write_xlsx if form == "xlsx" else write_csv)(place, shown, rows)
    place.seek(0)
    return FileResponse(
        place, as_attachment=True, filename=f"{name}.{form}", content_type=FORMATS[form]
    )


def write_csv(place: IO[bytes], columns: Sequence[ListColumn], rows: Iterable[Any]) -> None:
    """UTF-8 with a BOM; a text that Excel would run as a formula is made harmless."""
    text = io.TextIOWrapper(place, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow([column.heading for column in columns])
    for row in rows:
        writer.writerow([_csv_cell(column, row) for column in columns])
    text.detach()


def write_xlsx(place: IO[bytes], columns: Sequence[ListColumn], rows: Iterable[Any]) -> None:
    book = xlsxwriter.Workbook(
        place, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet("清单")
    head = book.add_format({"bold": True, "bg_color": "#E8EEF6", "bottom": 1})
    formats = {
        kind: book.add_format({"num_format": form}) for kind, form in _NUMBER_FORMATS.items()
    }
    for at, column in enumerate(columns):
        sheet.set_column(at, at, _WIDTHS.get(column.kind, 22))
        sheet.write_string(0, at, column.heading, head)
    sheet.freeze_panes(1, 0)
    last = 0
    for last, row in enumerate(rows, start=1):
        for at, column in enumerate(columns):
            _write_cell(sheet, last, at, column.cell(row), formats.get(column.kind))
    sheet.autofilter(0, 0, last, len(columns) - 1)
    book.close()


def safe_text(text: str) -> str:
    """A text that no spreadsheet runs."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


_NUMBER_FORMATS = {
    "money": "#,##0.00", "number": "#,##0", "decimal": "#,##0.00",
    "date": "yyyy-mm-dd", "moment": "yyyy-mm-dd hh:mm",
}  # fmt: skip
_WIDTHS = {"number": 10, "decimal": 10, "money": 16, "date": 12, "moment": 17, "state": 10}


def _csv_cell(column: ListColumn, row: Any) -> str:
    if column.kind in _CSV_TEXT:
        return safe_text(column.text(row))
    value = column.cell(row)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    return str(value)


def _write_cell(sheet: Any, row: int, at: int, value: Any, form: Any) -> None:
    if isinstance(value, bool) or value == "":
        return
    if isinstance(value, int | Decimal | float):
        sheet.write_number(row, at, value, form)
    elif isinstance(value, date | datetime):
        sheet.write_datetime(row, at, value, form)
    else:
        sheet.write_string(row, at, str(value)[:32_767])
