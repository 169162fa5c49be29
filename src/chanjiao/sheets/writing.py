"""Workbooks out: template, export and returned rows, all in the layout that import reads.

XlsxWriter makes the frame (styles, drop-downs, notes); the rows are then written straight into
its sheet as XML, which is several times faster than cell by cell and keeps memory flat.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from io import BytesIO
from typing import IO, TYPE_CHECKING, Final, TypeVar

from chanjiao.sheets.cells import EXACT_LIMIT, Cell, displayed, exact
from chanjiao.sheets.frame import MARKER_SHEET, frame
from chanjiao.sheets.kinds import Written, writer
from chanjiao.sheets.layout import (
    EXAMPLE_MARK,
    NOTE_TITLE,
    REASON_TITLE,
    Column,
    Kind,
    Layout,
)
from chanjiao.sheets.problems import Problem
from chanjiao.sheets.splicing import spliced

if TYPE_CHECKING:
    from chanjiao.sheets.checking import CheckedFile

__all__ = ["MARKER_SHEET", "example_cells", "export", "returned", "template"]

_T = TypeVar("_T")
_LONGEST_REASON: Final = 2_000
_Writers = Sequence[tuple[str, Callable[[object], Written]]]


def template(layout: Layout) -> bytes:
    """The workbook people fill in: drop-downs, notes and one worked row marked as example."""
    target = BytesIO()
    made = frame(layout, "template", extra=NOTE_TITLE)
    example: list[Written] = [_example(column) for column in layout.columns]
    spliced(made, [([*example, EXAMPLE_MARK], frozenset())], target)
    return target.getvalue()


def export(layout: Layout, rows: Iterable[Mapping[str, object]], to: IO[bytes]) -> int:
    """Write rows (values by column key) to a workbook that imports back; return their number."""
    made = frame(layout, "export")
    counter = _Counter()
    spliced(made, counter(_export_cells(layout, rows)), to)
    return counter.count


def returned(checked: CheckedFile, to: IO[bytes]) -> int:
    """Write the bad rows as they came, with 退回原因 and the wrong cells marked; return how many.

    The file can be mended and uploaded again: the column of reasons is passed over.
    """
    made = frame(checked.layout, "returned", extra=REASON_TITLE)
    counter = _Counter()
    spliced(made, counter(_returned_cells(checked)), to)
    return counter.count


def example_cells(layout: Layout) -> tuple[str, ...]:
    """The worked row as import sees it, to recognise it when nobody has touched it."""
    return tuple(displayed(_as_read(_example(column))) for column in layout.columns)


def _example(column: Column) -> Written:
    return None if column.example is None else writer(column)(column.example)


def _as_read(cell: Written) -> Cell:
    return float(cell) if isinstance(cell, Decimal) else cell


class _Counter:
    def __init__(self) -> None:
        self.count = 0

    def __call__(self, rows: Iterable[_T]) -> Iterator[_T]:
        for row in rows:
            self.count += 1
            yield row


def _export_cells(
    layout: Layout, rows: Iterable[Mapping[str, object]]
) -> Iterator[tuple[list[Written], frozenset[int]]]:
    writers: _Writers = [(column.key, writer(column)) for column in layout.columns]
    nothing: frozenset[int] = frozenset()
    for row in rows:
        get = row.get
        cells = [
            None if (value := get(key)) is None or value == "" else write(value)
            for key, write in writers
        ]
        yield cells, nothing


def _returned_cells(checked: CheckedFile) -> Iterator[tuple[list[Written], frozenset[int]]]:
    columns = checked.layout.columns
    letters = {checked.letters.get(column.key): index for index, column in enumerate(columns)}
    by_row: dict[int, list[Problem]] = {}
    for problem in checked.problems:
        by_row.setdefault(problem.row, []).append(problem)
    for row in checked.bad_rows():
        problems = by_row.get(row.number, [])
        wrong = frozenset(letters[p.column] for p in problems if p.column in letters)
        cells = [_raw(cell, column) for cell, column in zip(row.cells, columns, strict=True)]
        yield [*cells, _reason(problems)[:_LONGEST_REASON]], wrong


def _reason(problems: Sequence[Problem]) -> str:
    if not problems:
        return "表头有误，整表未导入"
    return "\n".join(f"“{p.title}”:{p.text}" if p.title else p.text for p in problems)


def _raw(cell: Cell, column: Column) -> Written:
    """A cell as it came; dates outside date columns, times and long numbers as text."""
    if cell is None or isinstance(cell, str | bool):
        return cell
    if isinstance(cell, int | float):
        return exact(cell) if abs(cell) < EXACT_LIMIT else str(cell)
    if isinstance(cell, datetime) and cell.time() != time():
        return f"{cell:%Y-%m-%d %H:%M:%S}"
    day = cell.date() if isinstance(cell, datetime) else cell
    return day if isinstance(day, date) and column.kind is Kind.DATE else str(day)
