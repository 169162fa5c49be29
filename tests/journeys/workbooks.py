"""Filling in a downloaded workbook, as a person would in Excel."""

from pathlib import Path
from typing import Any

import openpyxl

Rows = list[dict[str, Any]]
_HEAD = 3  # the template's row of headings; the worked example is below it


def fill(path: Path, rows: Rows) -> Path:
    """Overwrite the rows below the headings, column by heading without * and unit."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    places = {_bare(cell.value): cell.column for cell in sheet[_HEAD] if cell.value}
    for column in places.values():
        for line in range(_HEAD + 1, sheet.max_row + 1):
            sheet.cell(line, column).value = None
    for line, row in enumerate(rows, _HEAD + 1):
        for title, value in row.items():
            sheet.cell(line, places[title]).value = value
    book.save(path)
    return path


def read(path: Path) -> Rows:
    """The rows below the headings."""
    book = openpyxl.load_workbook(path)
    lines = list(book.worksheets[0].iter_rows(min_row=_HEAD, values_only=True))
    titles = [_bare(value) for value in lines[0]]
    return [
        {t: v for t, v in zip(titles, line, strict=True) if t and v is not None}
        for line in lines[1:]
        if any(value is not None for value in line)
    ]


def _bare(heading: Any) -> str:
    return str(heading or "").rstrip("*").partition("（")[0]
