"""Check a file against a layout: every problem with its place, and the rows that are good."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Final, NamedTuple

from chanjiao.sheets.cells import Cell, CellError, displayed, is_blank
from chanjiao.sheets.foreign import Arrangement
from chanjiao.sheets.guard import LIMITS, Limits
from chanjiao.sheets.kinds import Reader, reader
from chanjiao.sheets.layout import Column, Layout
from chanjiao.sheets.problems import Fault, Problem, column_letter, ordered
from chanjiao.sheets.reading import read_table
from chanjiao.sheets.table import Table

Progress = Callable[[int, int], None]
_CHUNK = 2_000
_CACHED_VALUES = 50_000


class CheckedRow(NamedTuple):
    """A row: its spreadsheet number (1-based), its values by column key, its cells as they came.

    `values` has every key of the layout; None where the cell was empty or refused, () for an
    empty list. `cells` follow the layout's columns and go back to the person if a check fails.
    """

    number: int
    values: dict[str, object]
    cells: tuple[Cell, ...]


@dataclass(slots=True)
class CheckedFile:
    """What a file holds. `blocked` means its header is wrong: no row of it may be committed."""

    layout: Layout
    sheet: str
    rows: list[CheckedRow]
    problems: list[Problem]
    notices: list[str]
    blocked: bool
    letters: Mapping[str, str]
    _bad: set[int] = field(init=False)

    def __post_init__(self) -> None:
        self.problems = ordered(self.problems)
        self._bad = {problem.row for problem in self.problems}

    def add(self, faults: Iterable[Fault]) -> None:
        """Add what further checks found (each Fault with its row) and keep problems in order."""
        faults = list(faults)
        if not faults:
            return
        cells = {row.number: row for row in self.rows}
        found = [self._placed(fault, cells[fault.row]) for fault in faults]
        self.problems = ordered([*self.problems, *found])
        self._bad |= {problem.row for problem in found}

    def good_rows(self) -> list[CheckedRow]:
        """Rows without a problem; none at all if the file is blocked."""
        return [] if self.blocked else [row for row in self.rows if row.number not in self._bad]

    def bad_rows(self) -> list[CheckedRow]:
        """The other rows."""
        return [row for row in self.rows if self.blocked or row.number in self._bad]

    @property
    def absent(self) -> frozenset[str]:
        """Keys of columns the file does not have: an update must leave those values alone."""
        return frozenset(self.layout.by_key) - frozenset(self.letters)

    @property
    def clean(self) -> bool:
        """Whether everything may be committed."""
        return not self.problems

    def _placed(self, fault: Fault, row: CheckedRow) -> Problem:
        column = self.layout.by_key[fault.key] if fault.key else None
        value = ""
        if column is not None:
            value = displayed(row.cells[self.layout.columns.index(column)])
        return Problem(
            sheet=self.sheet,
            row=fault.row or row.number,
            column=self.letters.get(fault.key, "") if fault.key else "",
            title=column.title if column else "",
            value=value,
            code=fault.code,
            message=fault.message,
            advice=fault.advice,
        )


def check_file(
    source: Path | bytes,
    layout: Layout,
    *,
    name: str = "",
    progress: Progress | None = None,
    limits: Limits = LIMITS,
    arrangement: Arrangement | None = None,
) -> CheckedFile:
    """Read and check a .xlsx or .csv file; raises RefusedFile where it may not be read at all.

    `name` is the file's name as uploaded. `progress(done, total)` is called every few thousand
    rows. Checks that need a database come after, through `CheckedFile.add`. An `arrangement` says
    that the sheet is in a customer's own layout.
    """
    table = read_table(source, layout, name=name, limits=limits, arrangement=arrangement)
    rows, problems = _parsed(table, layout, progress)
    letters = {key: column_letter(index) for key, index in table.places.items()}
    checked = CheckedFile(
        layout=layout,
        sheet=table.sheet,
        rows=rows,
        problems=table.problems + problems,
        notices=table.notices,
        blocked=table.blocked,
        letters=letters,
    )
    checked.add([*_row_faults(rows, layout), *_repeats(rows, layout)])
    return checked


def _parsed(
    table: Table, layout: Layout, progress: Progress | None
) -> tuple[list[CheckedRow], list[Problem]]:
    columns = [_ColumnCheck(table, column) for column in layout.columns]
    keys = [column.key for column in layout.columns]
    rows: list[CheckedRow] = []
    total = len(table.rows)
    for start in range(0, total, _CHUNK):
        numbers = table.numbers[start : start + _CHUNK]
        chunk = table.rows[start : start + _CHUNK]
        values = [
            column.values(cells, numbers)
            for column, cells in zip(columns, zip(*chunk, strict=True), strict=True)
        ]
        rows += [
            CheckedRow(number, dict(zip(keys, row, strict=True)), cells)
            for number, row, cells in zip(numbers, zip(*values, strict=True), chunk, strict=True)
        ]
        if progress:
            progress(len(rows), total)
    return rows, [problem for column in columns for problem in column.problems]


class _Flag(Enum):
    TRUE = True
    FALSE = False


_FLAGS: Final = {True: _Flag.TRUE, False: _Flag.FALSE}


class _ColumnCheck:
    """Reads one column; equal cells are parsed once, since most columns repeat themselves."""

    def __init__(self, table: Table, column: Column) -> None:
        self.problems: list[Problem] = []
        self._column = column
        self._read: Reader = reader(column)
        self._sheet = table.sheet
        self._place = table.places.get(column.key)
        self._skip: Set[int] = table.marked.get(column.key, set())
        self._values: dict[Cell | _Flag, object] = {}
        self._errors: dict[Cell | _Flag, CellError] = {}

    def values(self, cells: Sequence[Cell], numbers: Sequence[int]) -> list[object]:
        """The values of some rows' cells; problems are kept."""
        keys: Sequence[Cell | _Flag] = cells
        if bool in set(map(type, cells)):  # True and 1 are one key of a dict, but not one cell
            keys = [_FLAGS[cell] if isinstance(cell, bool) else cell for cell in cells]
        different = set(keys)
        if len(self._values) > _CACHED_VALUES:
            self._values.clear()
            self._errors.clear()
        for key in different - self._values.keys():
            self._parse(key)
        if not self._errors.keys().isdisjoint(different):
            for number, key, cell in zip(numbers, keys, cells, strict=True):
                if key in self._errors:
                    self._report(number, cell, self._errors[key])
        found = [*map(self._values.__getitem__, keys)]
        if self._skip:  # a formula's or an error's value is not taken, however good it looks
            nothing = () if self._column.many else None
            pairs = zip(numbers, found, strict=True)
            return [nothing if number in self._skip else value for number, value in pairs]
        return found

    def _parse(self, key: Cell | _Flag) -> None:
        column, cell = self._column, key.value if isinstance(key, _Flag) else key
        self._values[key] = () if column.many else None
        if is_blank(cell):
            if column.required and self._place is not None:
                self._errors[key] = CellError("required", f"“{column.title}”必填", "请填写")
            return
        try:
            self._values[key] = self._read(cell)
        except CellError as error:
            self._errors[key] = error

    def _report(self, row: int, cell: Cell, error: CellError) -> None:
        if row in self._skip:  # already reported as a formula or an error value
            return
        self.problems.append(
            Problem(
                sheet=self._sheet,
                row=row,
                column="" if self._place is None else column_letter(self._place),
                title=self._column.title,
                value=displayed(cell),
                code=error.code,
                message=error.message,
                advice=error.advice,
            )
        )


def _row_faults(rows: Sequence[CheckedRow], layout: Layout) -> Iterable[Fault]:
    if layout.row_check is None:
        return
    for row in rows:
        for fault in layout.row_check(row.values):
            yield Fault(fault.code, fault.message, fault.advice, fault.key, row.number)


def _repeats(rows: Sequence[CheckedRow], layout: Layout) -> Iterable[Fault]:
    for group in layout.unique:
        titles = "、".join(layout.by_key[key].title for key in group)
        first: dict[tuple[object, ...], int] = {}
        for row in rows:
            values = tuple(row.values[key] for key in group)
            if None in values or () in values:
                continue
            earlier = first.setdefault(values, row.number)
            if earlier != row.number:
                yield Fault(
                    "repeated",
                    f"“{titles}”与第 {earlier} 行重复",
                    "同一项只留一行",
                    group[-1] if len(group) == 1 else "",
                    row.number,
                )
