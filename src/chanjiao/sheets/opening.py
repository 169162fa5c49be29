"""What every reader of a workbook does first: which sheets are visible, and rows from column A."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta

from python_calamine import CalamineWorkbook, SheetVisibleEnum

from chanjiao.sheets.cells import Cell
from chanjiao.sheets.scanning import Place

_Read = int | float | str | bool | time | date | datetime | timedelta


def visible(book: CalamineWorkbook) -> list[str]:
    """The names of the sheets a person sees."""
    return [item.name for item in book.sheets_metadata if item.visible == SheetVisibleEnum.Visible]


def from_left(rows: Iterator[list[_Read]], start: Place | None) -> Iterator[Sequence[Cell]]:
    """Rows from column A on: the reader begins at row 1, but at the first column that is used."""
    skipped: list[_Read] = [""] * (start[1] if start else 0)
    return (skipped + row for row in rows) if skipped else rows
