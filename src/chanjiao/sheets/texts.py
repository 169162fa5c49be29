"""CSV in and out: encodings told apart without guessing, formulas made harmless and restored."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from chanjiao.sheets.kinds import writer
from chanjiao.sheets.layout import Column
from chanjiao.sheets.refusals import UnreadableText

BOM: Final = "\ufeff"
_ESCAPED: Final = re.compile(r"'+[=+\-@\t\r]")
_RISKY: Final = re.compile(r"'*[=+\-@\t\r]")
_UTF8_ADVICE: Final = "请在 Excel 中另存为“CSV UTF-8（逗号分隔）”，或直接上传 .xlsx"
_LONGEST_FIELD: Final = 131_072
_ODD: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ue000-\uf8ff\ufffd]")


@dataclass(frozen=True, slots=True)
class Text:
    """A text file decoded, with a notice where the encoding was not UTF-8."""

    text: str
    notice: str = ""


def decoded(data: bytes) -> Text:
    """UTF-8 (with or without BOM), UTF-16 with BOM, or GB18030; UnreadableText otherwise.

    GB18030 is taken only where every byte decodes and nothing odd comes out, and said so.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Text(_strict(data, "utf-16"), "文件编码是 UTF-16，已正确读取")
    try:
        return Text(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        text = _strict(data, "gb18030")
    return Text(text, "文件编码是 GBK/GB18030，已按中文正确读取；建议另存为 CSV UTF-8")


def _strict(data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableText(
            f"CSV 的编码无法识别（第 {error.start + 1} 个字节起读不通），强读会变成乱码",
            _UTF8_ADVICE,
        ) from None
    if odd := _ODD.search(text):
        raise UnreadableText(
            f"CSV 按 {encoding} 读出了异常字符（U+{ord(odd[0]):04X}）", _UTF8_ADVICE
        )
    return text


def csv_rows(text: str) -> Iterator[list[str]]:
    """The records of a CSV, separated by comma, tab or semicolon, our own escapes undone."""
    csv.field_size_limit(_LONGEST_FIELD)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)):
            yield [cell[1:] if cell[:1] == "'" and _ESCAPED.match(cell) else cell for cell in row]
    except csv.Error as error:
        raise UnreadableText(f"CSV 的引号或分隔符不配对（{error}）", _UTF8_ADVICE) from None


def _delimiter(text: str) -> str:
    head = text[:4000]
    return max(",\t;", key=head.count)


def escaped(text: str) -> str:
    """The text with an apostrophe in front where a spreadsheet would take it for a formula."""
    return f"'{text}" if _RISKY.match(text) else text


def csv_lines(rows: Iterable[Mapping[str, object]], columns: Sequence[Column]) -> Iterator[str]:
    """A CSV for Chinese Excel, line by line: BOM, headings, rows; for a streamed response."""
    writers = [(column.key, writer(column)) for column in columns]
    yield BOM + _line([column.heading for column in columns])
    for row in rows:
        cells = [
            write(value) if (value := row.get(key)) is not None else None for key, write in writers
        ]
        yield _line([escaped(c) if isinstance(c, str) else _bare(c) for c in cells])


def to_csv(rows: Iterable[Mapping[str, object]], columns: Sequence[Column]) -> bytes:
    """The same as one piece of UTF-8."""
    return "".join(csv_lines(rows, columns)).encode()


def _bare(cell: object) -> str:
    if cell is None:
        return ""
    return f"{cell:f}" if isinstance(cell, Decimal) else str(cell)


def _line(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()
