"""Write data rows as XML into a frame's sheet, in place of its sentinel rows."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import IO, Final

from chanjiao.sheets.frame import STYLES, Frame
from chanjiao.sheets.kinds import Written
from chanjiao.sheets.problems import column_letter

Row = tuple[list[Written], frozenset[int]]  # cells, and the indexes of those marked wrong

_SHEET: Final = "xl/worksheets/sheet1.xml"
_SENTINEL_CELL: Final = re.compile(r'<c r="[A-Z]+([0-9]+)" s="([0-9]+)"/>')
_SENTINEL_ROW: Final = re.compile(r'<row r="([0-9]+)"[^>]*>.*?</row>', re.DOTALL)
_DIMENSION: Final = re.compile(r"<dimension [^>]*/>")
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPE_LIKE: Final = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_RISKY: Final = tuple("=+-@\t\r")
_XML: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_EPOCH: Final = date(1899, 12, 30).toordinal()
_FIRST_DAY: Final = date(1900, 3, 1)  # before it Excel's calendar is a day off
_LONGEST: Final = 32_767
_BATCH: Final = 1_000
_STAMP: Final = (1980, 1, 1, 0, 0, 0)


class TooLongForExcel(ValueError):
    """A text of more than 32,767 characters, which no Excel cell holds."""


def spliced(made: Frame, rows: Iterable[Row], to: IO[bytes]) -> None:
    """Write the frame's workbook with these rows to `to`; rows are taken one batch at a time."""
    with (
        zipfile.ZipFile(BytesIO(made.data)) as source,
        zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target,
    ):
        for entry in source.infolist():
            item = zipfile.ZipInfo(entry.filename, _STAMP)
            item.compress_type = zipfile.ZIP_DEFLATED
            if entry.filename != _SHEET:
                target.writestr(item, source.read(entry))
                continue
            with target.open(item, "w", force_zip64=True) as part:
                for piece in _sheet(source.read(entry).decode(), made, rows):
                    part.write(piece.encode())


def _sheet(xml: str, made: Frame, rows: Iterable[Row]) -> Iterator[str]:
    sentinels = [m for m in _SENTINEL_ROW.finditer(xml) if int(m[1]) >= made.first_row]
    styles = [[cell[2] for cell in _SENTINEL_CELL.finditer(row[0])] for row in sentinels]
    if len(styles) != STYLES or any(len(row) != made.width for row in styles):
        raise AssertionError("the frame lost its sentinel rows")
    yield _DIMENSION.sub("", xml[: sentinels[0].start()])
    writer = RowWriter(styles)
    batch: list[str] = []
    for number, (cells, wrong) in enumerate(rows, made.first_row):
        batch.append(writer.row(number, cells, wrong))
        if len(batch) == _BATCH:
            yield "".join(batch)
            batch.clear()
    yield "".join(batch) + xml[sentinels[-1].end() :]


class RowWriter:
    """Turns a row's cells into XML with the styles of the frame's sentinel rows."""

    def __init__(self, styles: list[list[str]]) -> None:
        columns = range(len(styles[0]))
        self._starts = [
            [f'<c r="{column_letter(column)}\0" s="{row[column]}"' for column in columns]
            for row in styles
        ]

    def row(self, number: int, cells: list[Written], wrong: frozenset[int]) -> str:
        """One row element. Text is written as text: Excel runs nothing of it."""
        plain, quoted, bad, bad_quoted = self._starts
        parts = []
        for index, cell in enumerate(cells):
            if cell is None or cell == "":
                if index in wrong:
                    parts.append(bad[index] + "/>")
            elif isinstance(cell, str):
                risky = cell.startswith(_RISKY)
                if wrong and index in wrong:
                    start = bad_quoted[index] if risky else bad[index]
                else:
                    start = quoted[index] if risky else plain[index]
                parts.append(start + _text(cell))
            else:
                start = bad[index] if wrong and index in wrong else plain[index]
                parts.append(start + _number(cell))
        body = "".join(parts).replace("\0", str(number))
        return f'<row r="{number}">{body}</row>'


def _text(text: str) -> str:
    if len(text) > _LONGEST:
        raise TooLongForExcel(f"一格有 {len(text)} 个字，Excel 最多 {_LONGEST} 个")
    if not text.isalnum():
        text = _FORBIDDEN.sub("", text).translate(_XML)
        if "_x" in text:
            text = _ESCAPE_LIKE.sub("_x005F_", text)
    return f' t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _number(cell: Written) -> str:
    if isinstance(cell, bool):
        return f' t="b"><v>{int(cell)}</v></c>'
    if isinstance(cell, date):
        if cell < _FIRST_DAY:
            return _text(cell.isoformat())
        return f"><v>{cell.toordinal() - _EPOCH}</v></c>"
    if isinstance(cell, Decimal):
        digits = cell.as_tuple().digits
        return f"><v>{cell:f}</v></c>" if len(digits) <= 15 else _text(f"{cell:f}")
    number = cell if isinstance(cell, int) else 0
    return f"><v>{number}</v></c>" if abs(number) < 10**15 else _text(str(number))
