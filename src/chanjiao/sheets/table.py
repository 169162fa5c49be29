"""One sheet's rows in the layout's order of columns, and what its header and marks tell."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Final

from chanjiao.sheets.cells import Cell, displayed, is_blank
from chanjiao.sheets.heading import Heading, Numbered
from chanjiao.sheets.layout import EXAMPLE_MARK, Column, Layout
from chanjiao.sheets.problems import Problem, column_letter
from chanjiao.sheets.refusals import Damaged, TooManyRows
from chanjiao.sheets.scanning import Place, SheetFacts
from chanjiao.sheets.writing import example_cells

Range = tuple[Place, Place]  # a merged range: first and last cell, from 0
Words = tuple[str, str, str]  # a problem's code, message and advice

_MAX_MERGED_ROWS: Final = 200_000
_FORMULA: Final = ("formula", "这一格是公式，算出的值不作数", "请复制→选择性粘贴为“数值”")
_ERROR: Final = ("error_value", "这一格是错误值（如 #N/A、#REF！）", "请改填正确的值")
_CHANGED: Final = (
    "changed_example",
    "这一行仍标着“示例”，内容却改过了",
    "若是真实数据，请清空“系统说明”一格；否则删除整行",
)


@dataclass(slots=True)
class RawSheet:
    """A sheet as its file gives it: the rows below the header, and what the scan knows."""

    name: str
    rows: Iterator[Numbered]
    heading: Heading
    facts: SheetFacts = field(default_factory=SheetFacts)
    merged: Sequence[Range] = ()
    may_hold_example: bool = False


@dataclass(slots=True)
class Table:
    """`numbers` and `rows` run in parallel; an absent column gives None.

    `marked` are rows by key whose cell may not be trusted and was already reported. `blocked`
    means the header is wrong.
    """

    sheet: str
    heading: Heading
    notices: list[str]
    numbers: list[int] = field(default_factory=list)
    rows: list[tuple[Cell, ...]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    marked: dict[str, set[int]] = field(default_factory=dict)
    blocked: bool = False

    @property
    def places(self) -> dict[str, int]:
        """Column index by key."""
        return self.heading.places

    def report(self, row: int, index: int | None, title: str, words: Words) -> None:
        """Add a problem at a spreadsheet row and a column index (None: the whole row)."""
        letter = "" if index is None else column_letter(index)
        self.problems.append(Problem(self.sheet, row, letter, title, "", *words))

    def block(self, index: int | None, title: str, words: Words) -> None:
        """Add a problem of the header: no row of the file may be committed."""
        self.blocked = True
        self.report(self.heading.row, index, title, words)


def build_table(sheet: RawSheet, layout: Layout, notices: list[str]) -> Table:
    """Take the rows and report the header's faults, formulas, error values and merged cells.

    Raises TooManyRows, and Damaged for an absurd number of merged cells.
    """
    table = Table(sheet.name, sheet.heading, notices)
    _check_absent(table, layout)
    _check_titles(table, sheet, layout)
    _take_rows(table, sheet, layout)
    _mark(table, sheet.facts.formulas, layout, _FORMULA)
    _mark(table, sheet.facts.errors, layout, _ERROR)
    _check_merged(table, sheet.merged, layout)
    return table


def _check_absent(table: Table, layout: Layout) -> None:
    absent = [column for column in layout.columns if column.key not in table.places]
    for column in absent:
        if column.required:
            words = ("missing_column", f"缺少必填列“{column.heading}”", _near(column, table))
            table.block(None, column.heading, words)
    optional = "、".join(column.heading for column in absent if not column.required)
    if optional:
        table.notices.append(f"表中没有这些选填列，按未填处理：{optional}")


def _near(column: Column, table: Table) -> str:
    near = difflib.get_close_matches(column.heading, table.heading.unknown[:500], n=1, cutoff=0.5)
    if near:
        return f"表中有“{near[0]}”，是否写法或单位不同？"
    return "请从模板复制这一列的表头"


def _check_titles(table: Table, sheet: RawSheet, layout: Layout) -> None:
    heading = sheet.heading
    if heading.unknown:
        table.notices.append("这些列不在模板中，没有读取：" + "、".join(heading.unknown[:50]))
    for key, index in heading.repeated:
        title = layout.by_key[key].title
        table.block(index, title, ("repeated_column", f"表头“{title}”出现了两次", "请只留一列"))
    for item in sheet.merged:
        if item[0][0] < heading.row <= item[1][0] + 1:
            message = f"表头 {range_name(item)} 是合并单元格，分不清各列"
            words = ("merged_header", message, "请取消合并，每列写一个标题")
            table.block(item[0][1], "表头", words)


def range_name(item: Range) -> str:
    """The range as people write it: A1:C2."""
    (top, left), (bottom, right) = item
    return f"{column_letter(left)}{top + 1}:{column_letter(right)}{bottom + 1}"


def _take_rows(table: Table, sheet: RawSheet, layout: Layout) -> None:
    pick = _picker([table.places.get(column.key) for column in layout.columns])
    example, note = example_cells(layout), table.heading.note
    first = sheet.may_hold_example
    for number, cells in sheet.rows:
        row = pick(cells)
        if all(map(is_blank, row)):
            continue
        mark = cells[note] if note is not None and note < len(cells) else ""
        skip = (mark or first) and _is_example(table, number, row, example, str(mark))
        first = False
        if skip:
            continue
        if len(table.rows) >= layout.max_rows:
            raise TooManyRows(f"超过 {layout.max_rows:,} 行", "请分成几个文件上传")
        table.numbers.append(number)
        table.rows.append(row)


def _picker(
    places: Sequence[int | None],
) -> Callable[[Sequence[Cell]], tuple[Cell, ...]]:
    """A function that brings a sheet's row into the layout's order; None where nothing stands."""

    def careful(cells: Sequence[Cell]) -> tuple[Cell, ...]:
        width = len(cells)
        return tuple(
            [None if place is None or place >= width else cells[place] for place in places]
        )

    known = [place for place in places if place is not None]
    if len(known) < len(places) or len(known) < 2:
        return careful
    quick, needed = itemgetter(*known), max(known) + 1
    return lambda cells: quick(cells) if len(cells) >= needed else careful(cells)


def _is_example(
    table: Table, number: int, row: tuple[Cell, ...], example: tuple[str, ...], mark: str
) -> bool:
    """Whether this is our own worked row, untouched. One written over keeps its mark: say so."""
    same = tuple(map(displayed, row)) == example
    marked = mark.strip().startswith(EXAMPLE_MARK[:2])
    if same and not marked:
        table.notices.append(f"第 {number} 行与模板的示例完全相同，已当作示例跳过")
    if marked and not same:
        table.report(number, None, "", _CHANGED)
    return same


def _mark(table: Table, found: Sequence[Place], layout: Layout, words: Words) -> None:
    keys = {index: key for key, index in table.places.items()}
    code, message, advice = words
    for row, index in found:
        key, number = keys.get(index), row + 1
        if key is None or number < table.heading.row:
            continue
        table.blocked |= number == table.heading.row
        table.marked.setdefault(key, set()).add(number)
        place = f"{column_letter(index)}{number}："
        title = layout.by_key[key].title
        table.report(number, index, title, (code, place + message, advice))


def _check_merged(table: Table, merged: Sequence[Range], layout: Layout) -> None:
    """A merged body cell keeps its value in one row only: every row it covers is reported."""
    numbers, covered = set(table.numbers), 0
    for item in merged:
        (top, left), (bottom, right) = item
        keys = [key for key, index in table.places.items() if left <= index <= right]
        if not keys or top + 1 <= table.heading.row:
            continue
        covered += bottom - top + 1
        if covered > _MAX_MERGED_ROWS:
            raise Damaged("合并单元格太多", "请全选→取消合并单元格，逐格填写后再上传")
        first = min(keys, key=table.places.__getitem__)
        message = f"{range_name(item)} 是合并单元格，只有第一格有值"
        words = ("merged", message, "请取消合并，逐格填写")
        for number in numbers.intersection(range(top + 1, bottom + 2)):
            table.report(number, table.places[first], layout.by_key[first].title, words)
