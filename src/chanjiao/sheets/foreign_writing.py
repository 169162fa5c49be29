"""Rows out in a customer's own layout: its sheet name, its header with merged cells, its order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any, Final

import xlsxwriter  # type: ignore[import-untyped, unused-ignore]

from chanjiao.sheets.foreign import Arrangement, Outline
from chanjiao.sheets.kinds import writer
from chanjiao.sheets.layout import Layout

_MADE: Final = datetime(2026, 1, 1)  # noqa: DTZ001 - fixed: the same rows give the same bytes
_RISKY: Final = ("=", "+", "-", "@", "\t", "\r")
_WIDTHS: Final = (8, 40)
_LONGEST_NAME: Final = 31
_FORBIDDEN: Final = frozenset("[]:*?/\\'")


def export_into(
    arrangement: Arrangement, layout: Layout, rows: Iterable[Mapping[str, object]]
) -> bytes:
    """A workbook like the customer's, filled with rows (values by column key)."""
    target, outline = BytesIO(), arrangement.outline
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties({"created": _MADE, "title": layout.title})
    sheet = book.add_worksheet(_sheet_name(outline, layout))
    looks = _looks(book)
    _write_head(sheet, outline, looks)
    writers = [
        (index, writer(layout.by_key[key]), key)
        for key, index in sorted(arrangement.mapping.items(), key=lambda item: item[1])
        if key in layout.by_key
    ]
    for number, row in enumerate(rows, outline.last_row):
        for index in range(len(outline.titles)):
            sheet.write_blank(number, index, None, looks["cell"])
        for index, write, key in writers:
            value = row.get(key)
            if value is not None and value != "" and value != ():
                _write(sheet, number, index, write(value), looks)
    sheet.freeze_panes(outline.last_row, 0)
    book.close()
    return target.getvalue()


def _looks(book: Any) -> dict[str, Any]:
    base = {"border": 1, "valign": "vcenter", "text_wrap": True}
    return {
        "title": book.add_format({"bold": True, "font_size": 14, "align": "center"}),
        "head": book.add_format(base | {"bold": True, "align": "center", "bg_color": "#DCE6F1"}),
        "cell": book.add_format(base | {"num_format": "General"}),
        "text": book.add_format(base | {"num_format": "@"}),
        "quoted": book.add_format(base | {"num_format": "@", "quote_prefix": True}),
        "date": book.add_format(base | {"num_format": "yyyy-mm-dd"}),
    }


def _write_head(sheet: Any, outline: Outline, looks: Mapping[str, Any]) -> None:
    first = outline.first_row - 1
    lines = [*outline.above, *outline.head]
    for row, cells in enumerate(lines):
        look = looks["title" if row < first else "head"]
        for column, text in enumerate(cells):
            if text or row >= first:
                sheet.write_string(row, column, text, look)
    for top, left, bottom, right in _apart(outline.merges):
        text = lines[top][left] if top < len(lines) and left < len(lines[top]) else ""
        sheet.merge_range(top, left, bottom, right, text, looks["title" if top < first else "head"])
    for index, title in enumerate(outline.titles):
        width = max(_WIDTHS[0], min(_WIDTHS[1], 2 * len(title.rpartition("/")[2]) + 4))
        sheet.set_column(index, index, width)


def _apart(merges: Iterable[tuple[int, int, int, int]]) -> Iterator[tuple[int, int, int, int]]:
    """Ranges of more than one cell that do not overlap an earlier one: any file may say anything."""
    taken: set[tuple[int, int]] = set()
    for top, left, bottom, right in merges:
        cells = {(r, c) for r in range(top, bottom + 1) for c in range(left, right + 1)}
        if len(cells) > 1 and not cells & taken:
            taken |= cells
            yield top, left, bottom, right


def _sheet_name(outline: Outline, layout: Layout) -> str:
    name = outline.sheet
    fits = 0 < len(name) <= _LONGEST_NAME and not _FORBIDDEN & set(name)
    return name if fits else layout.sheet_name


def _write(sheet: Any, row: int, column: int, value: object, looks: Mapping[str, Any]) -> None:
    if isinstance(value, date):
        sheet.write_datetime(row, column, value, looks["date"])
    elif isinstance(value, int | Decimal):
        sheet.write_number(row, column, value, looks["cell"])
    else:
        text = str(value)
        sheet.write_string(
            row, column, text, looks["quoted" if text.startswith(_RISKY) else "text"]
        )
