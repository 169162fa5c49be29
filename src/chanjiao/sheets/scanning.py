"""One pass over a sheet's XML: how far its cells reach, where formulas and error values are.

Ordinary files (what Excel, WPS, openpyxl and XlsxWriter write) are scanned as bytes. Anything
written in another way, or reaching far, is scanned again by a real parser, which decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final
from xml.parsers import expat

from chanjiao.sheets.problems import column_letter
from chanjiao.sheets.refusals import Damaged, TooManyFormulas, TooWide
from chanjiao.sheets.workbook_parts import guarded_parser

Place = tuple[int, int]  # row and column, both from 0

MAX_COLUMNS: Final = 512
MAX_AREA: Final = 8_000_000  # the reader keeps the rectangle from A1 to the last cell in memory
MAX_FORMULAS: Final = 50_000
_LONGEST_CELL: Final = 4 * 2**20
_LETTERS: Final = re.compile(rb'<c r="([A-Z]{1,3})[0-9]{1,7}"')
_DIGITS: Final = re.compile(rb'<c r="[A-Z]{1,3}([0-9]{1,7})"')
_FORMULA: Final = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"[^<>]*>\s*<f[\s/>]')
_FORMULA_TAG: Final = re.compile(rb"<f[\s/>]")
_ERROR: Final = re.compile(rb'<c r="([A-Z]{1,3})([0-9]{1,7})"[^<>]*? t="e"')
_UNUSUAL_TAG: Final = re.compile(rb"<(?:!|c[>/\t\n\r])")
_PREFIXED_TAG: Final = re.compile(rb":[cf][\s/>]")
_STRING_START: Final = re.compile(rb"<(?:[\w.-]+:)?si[\s/>]")
_STRING_USE: Final = re.compile(rb"""\st=["']s["'][^<>]*>\s*<(?:[\w.-]+:)?v>([0-9]{1,9})<""")
_ROW: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_REFERENCE: Final = re.compile(r"([A-Z]{1,7})([0-9]{1,9})")


@dataclass(slots=True)
class SheetFacts:
    """Rows and columns a sheet's cells reach (counts), and the places of formulas and errors."""

    rows: int = 0
    columns: int = 0
    cells: int = 0
    formulas: list[Place] = field(default_factory=list)
    errors: list[Place] = field(default_factory=list)


class _Unusual(Exception):
    """The bytes are not in the form the fast scan knows."""


def scan_sheet(chunks: Callable[[], Iterator[bytes]]) -> SheetFacts:
    """The facts of one sheet; `chunks()` gives its XML from the start, each time it is called.

    Raises TooWide, TooManyFormulas, Damaged, HostileXml.
    """
    try:
        facts = _fast(chunks())
        if _reaches_too_far(facts):  # perhaps only empty formatted cells: look closer
            raise _Unusual
    except _Unusual:
        facts = _thorough(chunks())
    if _reaches_too_far(facts):
        raise TooWide(
            f"工作表的内容一直到第 {facts.rows} 行、{column_letter(facts.columns - 1)} 列，"
            "远超一张名单",
            "请删去数据右侧和下方多余的列和行（选中→右键删除），或把数据粘贴到新模板",
        )
    return facts


def _reaches_too_far(facts: SheetFacts) -> bool:
    return facts.columns > MAX_COLUMNS or facts.rows * facts.columns > MAX_AREA


def _fast(chunks: Iterator[bytes]) -> SheetFacts:
    facts, letters, digits = SheetFacts(), set[bytes](), set[bytes]()
    for block in _whole_cells(chunks):
        if _UNUSUAL_TAG.search(block) or _PREFIXED_TAG.search(block):
            raise _Unusual
        found = _LETTERS.findall(block)
        if len(found) != block.count(b"<c "):
            raise _Unusual
        facts.cells += len(found)
        letters.update(found)
        digits.update(_last_rows(block))
        _fast_marks(block, facts)
    facts.columns = max((_column_number(name.decode()) for name in letters), default=0)
    facts.rows = max(map(int, digits), default=0)
    return facts


def _last_rows(block: bytes) -> set[bytes]:
    rows = set(_DIGITS.findall(block))
    longest = max(map(len, rows), default=0)
    return {max(row for row in rows if len(row) == longest)} if rows else set()


def _fast_marks(block: bytes, facts: SheetFacts) -> None:
    if b"<f" in block:
        found = _FORMULA.findall(block)
        if len(found) != len(_FORMULA_TAG.findall(block)):
            raise _Unusual
        facts.formulas += (_place(letters.decode(), int(digits)) for letters, digits in found)
        _check_formulas(facts)
    if b't="e"' in block:
        errors = _ERROR.findall(block)
        facts.errors += (_place(letters.decode(), int(digits)) for letters, digits in errors)


def _check_formulas(facts: SheetFacts) -> None:
    if len(facts.formulas) > MAX_FORMULAS:
        raise TooManyFormulas(
            f"工作表里有超过 {MAX_FORMULAS:,} 个公式", "请全选→复制→选择性粘贴为“数值”后再上传"
        )


def _whole_cells(chunks: Iterator[bytes]) -> Iterator[bytes]:
    return _cut(chunks, b"<c ")


def _cut(chunks: Iterator[bytes], before: bytes) -> Iterator[bytes]:
    """The same bytes cut only before such a tag or, where none begins, before any tag."""
    carry = b""
    for chunk in chunks:
        block = carry + chunk
        cut = block.rfind(before)
        cut = block.rfind(b"<") if cut <= 0 else cut
        if cut > 0:
            yield block[:cut]
            block = block[cut:]
        carry = block
        if len(carry) > _LONGEST_CELL:
            raise _Unusual
    yield carry


def _thorough(chunks: Iterator[bytes]) -> SheetFacts:
    """The same facts by a parser; cells that are only formatted do not count."""
    parser, scan = guarded_parser(), _Cells()
    parser.StartElementHandler = scan.start
    parser.EndElementHandler = scan.end
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise Damaged("工作表已损坏", "请用 Excel 或 WPS 打开后另存为 .xlsx 再上传") from error
    return scan.facts


class _Cells:
    """Follows cells through parser events. A cell without a reference stands right of the last."""

    def __init__(self) -> None:
        self.facts = SheetFacts()
        self._row = self._column = -1
        self._open = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """A tag opens: a row, a cell, or something inside a cell."""
        local = name.rpartition(" ")[2]
        if local == "row":
            self._row, self._column = self._row_number(attributes.get("r")) - 1, -1
        elif local == "c":
            self._cell(attributes)
        elif self._open and local in ("v", "is", "f"):
            self._filled(local)

    def end(self, name: str) -> None:
        """A tag closes."""
        if name.rpartition(" ")[2] == "c":
            self._open = False

    def _row_number(self, text: str | None) -> int:
        if text is None:
            return self._row + 2
        if not _ROW.fullmatch(text):
            raise Damaged(f"工作表里有不合规的行号“{text[:20]}”", "请另存为 .xlsx 再上传")
        return int(text)

    def _cell(self, attributes: dict[str, str]) -> None:
        self._open = True
        reference = attributes.get("r")
        if reference is None:
            self._column += 1
        elif found := _REFERENCE.fullmatch(reference):
            self._row, self._column = _place(found[1], int(found[2]))
        else:
            raise Damaged(
                f"工作表里有不合规的单元格编号“{reference[:20]}”", "请另存为 .xlsx 再上传"
            )
        if attributes.get("t") == "e":
            self.facts.errors.append((self._row, self._column))

    def _filled(self, local: str) -> None:
        facts = self.facts
        facts.cells += 1
        facts.rows = max(facts.rows, self._row + 1)
        facts.columns = max(facts.columns, self._column + 1)
        if local == "f":
            facts.formulas.append((self._row, self._column))
            _check_formulas(facts)


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _place(letters: str, row: int) -> Place:
    return row - 1, _column_number(letters) - 1


def string_sizes(chunks: Iterator[bytes]) -> list[int]:
    """About how many bytes each shared string of a workbook takes, by its index."""
    sizes: list[int] = []
    for block in _cut(chunks, b"<si"):
        starts = [found.start() for found in _STRING_START.finditer(block)]
        if sizes:  # what stands before the first start belongs to the string begun earlier
            sizes[-1] += starts[0] if starts else len(block)
        sizes += (end - start for start, end in pairwise([*starts, len(block)]))
    return sizes


def expanded(chunks: Iterator[bytes], sizes: list[int]) -> int:
    """The bytes a sheet's shared strings take once each cell holds its own copy."""
    longest, known, total = max(sizes, default=0), len(sizes), 0
    for block in _whole_cells(chunks):
        uses = map(int, _STRING_USE.findall(block))
        total += sum(sizes[use] if use < known else longest for use in uses)
    return total
