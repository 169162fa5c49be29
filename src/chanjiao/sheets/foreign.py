"""A customer's own layout: find the header of any sheet, know it again, read it as one of ours.

`survey` says what a workbook's sheets look like (`Outline`), `suggest` which of its columns are
which of a layout's; a person confirms that once. An `Arrangement` (outline and mapping) then goes to
`check_file`, which reads the sheet through it. Merged cells are understood: a header of several
rows is joined, a cell merged downwards holds for each row, a heading across the sheet is passed
over; what cannot be understood is a problem with its place.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any, Final

from python_calamine import CalamineError, CalamineWorkbook

from chanjiao.sheets.cells import Cell, displayed, is_blank
from chanjiao.sheets.guard import LIMITS, Inspected, Limits, inspect
from chanjiao.sheets.heading import SEARCHED_ROWS, Heading, Numbered, plain_title
from chanjiao.sheets.layout import Layout
from chanjiao.sheets.opening import from_left, visible
from chanjiao.sheets.problems import column_letter
from chanjiao.sheets.refusals import Damaged, RefusedFile, WrongSheet
from chanjiao.sheets.scanning import SheetFacts
from chanjiao.sheets.table import Range, RawSheet
from chanjiao.sheets.texts import csv_rows, decoded

HEADER_ROWS: Final = 4  # a header of more rows is no header
COLUMNS: Final = 120
_SAMPLES: Final = 3
_LEAST_TITLES: Final = 3
_LONGEST_TITLE: Final = 60
_MOST_FILLED: Final = 200_000
_SECTION: Final = 3  # a range across this many of the columns read is a heading, not a value
_FOOTERS: Final = ("合计", "小计", "总计", "注：", "备注：", "填表人", "审核人", "说明：")
_CSV: Final = "CSV"


@dataclass(frozen=True, slots=True)
class Outline:
    """A sheet's head. Rows are 1-based; `titles` one per column, joined over the header's rows.

    `above` are the cells before the header, `head` those of the header as they stand, `merges` the
    merged ranges among both (rows from the sheet's first, all from 0).
    """

    sheet: str
    first_row: int
    last_row: int
    titles: tuple[str, ...]
    above: tuple[tuple[str, ...], ...] = ()
    head: tuple[tuple[str, ...], ...] = ()
    merges: tuple[tuple[int, int, int, int], ...] = ()
    samples: tuple[tuple[str, ...], ...] = ()

    @property
    def fingerprint(self) -> str:
        """The same for the same titles in the same order, wherever they stand."""
        return hashlib.sha256("\x1f".join(map(plain_title, self.titles)).encode()).hexdigest()

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; `Outline.from_dict` gives them back."""
        return {name: _listed(getattr(self, name)) for name in self.__slots__}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Outline:
        return cls(**{name: _tupled(value) for name, value in data.items()})

    def columns(self) -> list[tuple[int, str, str, list[str]]]:
        """Index, letter, title and sample cells of each column that has a title."""
        return [
            (index, column_letter(index), title, [_at(row, index) for row in self.samples])
            for index, title in enumerate(self.titles)
            if title
        ]


def _listed(value: Any) -> Any:
    return [_listed(item) for item in value] if isinstance(value, tuple) else value


def _tupled(value: Any) -> Any:
    return tuple(_tupled(item) for item in value) if isinstance(value, list) else value


def _at(row: Sequence[str], index: int) -> str:
    return row[index] if index < len(row) else ""


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Which column (index) of a customer's sheet holds which of ours (key)."""

    outline: Outline
    mapping: Mapping[str, int] = field(default_factory=dict)


# Looking -------------------------------------------------------------------------------------
@dataclass(slots=True)
class _Open:
    """A sheet's first rows, the rest, its merged ranges and what the scan knows."""

    name: str
    head: list[Numbered]
    rest: Iterator[Numbered]
    merged: Sequence[Range]
    facts: SheetFacts


def survey(
    source: Path | bytes, layout: Layout, *, name: str = "", limits: Limits = LIMITS
) -> list[Outline]:
    """The visible sheets that have a header, the likeliest first; RefusedFile if none has."""
    found = [
        (outline, sheet.name)
        for sheet in _sheets(inspect(source, name=name, limits=limits))
        if (outline := outline_of(sheet, layout)) is not None
    ]
    if not found:
        raise WrongSheet(
            "没有找到表头",
            f"前 {SEARCHED_ROWS} 行内要有一行（或几行合并成的）表头，至少 {_LEAST_TITLES} 列有标题",
        )
    found.sort(key=lambda one: -len(suggest(one[0], layout)))
    return [outline for outline, _ in found]


def _sheets(inspected: Inspected) -> list[_Open]:
    if inspected.kind == "csv":
        rows: Iterator[Numbered] = enumerate(csv_rows(decoded(inspected.data).text), 1)
        return [_Open(_CSV, list(islice(rows, SEARCHED_ROWS)), rows, (), SheetFacts())]
    try:
        with CalamineWorkbook.from_filelike(BytesIO(inspected.data)) as book:
            return list(_of_book(book, inspected))
    except RefusedFile:
        raise
    except (CalamineError, OSError) as error:
        advice = "请用 Excel 或 WPS 打开后另存为 .xlsx 再上传"
        raise Damaged(f"工作簿读不出来（{error}）", advice) from error


def _of_book(book: CalamineWorkbook, inspected: Inspected) -> Iterator[_Open]:
    for name in visible(book):
        facts = inspected.sheets.get(name)
        if facts is None:
            raise Damaged(f"工作表“{name}”的内容找不到", "请用 Excel 打开后另存为 .xlsx 再上传")
        if not facts.rows:
            continue
        loaded = book.get_sheet_by_name(name)
        rows = enumerate(from_left(loaded.iter_rows(), loaded.start), 1)
        merged = loaded.merged_cell_ranges or ()
        yield _Open(name, list(islice(rows, SEARCHED_ROWS)), rows, merged, facts)


def outline_of(sheet: _Open, layout: Layout) -> Outline | None:
    """The likeliest header of a sheet: most titles of ours, then most titles at all."""
    ranges = _covering(sheet.merged)
    cells = {number - 1: row for number, row in sheet.head}
    titles = _known(layout)
    best: tuple[tuple[int, int, int], int, int, list[str]] | None = None
    for top in range(len(sheet.head)):
        bottom = _bottom(top, sheet.merged, cells)
        if bottom is None:
            continue
        joined = _joined(cells, ranges, top, bottom)
        different = {title for title in joined if title}
        if len(different) < _LEAST_TITLES or any(len(t) > _LONGEST_TITLE for t in different):
            continue
        known = sum(_key_of(title, titles) is not None for title in different)
        score = (known, len(different), -top)
        if best is None or score > best[0]:
            best = (score, top, bottom, joined)
    if best is None:
        return None
    _, top, bottom, joined = best
    return _outline(sheet, cells, ranges, top, bottom, joined)


def _outline(
    sheet: _Open, cells: Mapping[int, Sequence[Cell]], ranges: Mapping[tuple[int, int], Range],
    top: int, bottom: int, joined: list[str],
) -> Outline:  # fmt: skip
    def shown(row: int) -> tuple[str, ...]:
        return tuple(displayed(cell) for cell in cells.get(row, ())[:COLUMNS])

    merges = sorted(
        (first[0], first[1], last[0], last[1])
        for first, last in sheet.merged
        if last[0] <= bottom and last[1] < COLUMNS
    )
    return Outline(
        sheet.name, top + 1, bottom + 1, tuple(joined),
        tuple(shown(row) for row in range(top)),
        tuple(shown(row) for row in range(top, bottom + 1)), tuple(merges),
        tuple(shown(row) for row in range(bottom + 1, bottom + 1 + _SAMPLES)),
    )  # fmt: skip


def _covering(merged: Iterable[Range]) -> dict[tuple[int, int], Range]:
    """Each cell of the searched rows that a merged range covers."""
    return {
        (row, column): item
        for item in merged
        for row in range(item[0][0], min(item[1][0] + 1, SEARCHED_ROWS + HEADER_ROWS))
        for column in range(item[0][1], min(item[1][1] + 1, COLUMNS))
    }


def _bottom(top: int, merged: Sequence[Range], cells: Mapping[int, Sequence[Cell]]) -> int | None:
    """The last row of a header that begins in a row; None where it begins inside a merged cell."""
    bottom = top
    for (first, left), (last, right) in merged:
        if first < top <= last:
            return None
        if first == top:
            bottom = max(bottom, last)
            if right > left and last == top and not _is_whole(left, right, cells.get(top, ())):
                bottom = max(bottom, top + 1)
    return bottom if bottom - top < HEADER_ROWS and bottom in cells else None


def _is_whole(left: int, right: int, row: Sequence[Cell]) -> bool:
    """Whether nothing else stands in the row: then it is a title, not a group of columns."""
    return all(is_blank(cell) for i, cell in enumerate(row) if not left <= i <= right)


def _joined(
    cells: Mapping[int, Sequence[Cell]],
    ranges: Mapping[tuple[int, int], Range],
    top: int,
    bottom: int,
) -> list[str]:
    """One title per column: the different texts down the header's rows."""
    width = min(
        COLUMNS, max((len(cells.get(row, ())) for row in range(top, bottom + 1)), default=0)
    )
    return [
        "/".join(
            dict.fromkeys(
                text
                for row in range(top, bottom + 1)
                if (text := _title(cells, ranges, row, column))
            )
        )
        for column in range(width)
    ]


def _title(
    cells: Mapping[int, Sequence[Cell]],
    ranges: Mapping[tuple[int, int], Range],
    row: int,
    column: int,
) -> str:
    item = ranges.get((row, column))
    if item is not None:
        row, column = item[0]
    line = cells.get(row, ())
    cell = line[column] if column < len(line) else None
    return "".join(displayed(cell).split()) if isinstance(cell, str) else ""


# Suggesting ----------------------------------------------------------------------------------
def _known(layout: Layout) -> dict[str, str]:
    titles: dict[str, str] = {}
    for column in layout.columns:
        for name in (column.title, column.heading, *column.aliases):
            titles.setdefault(_bare(name), column.key)
    return titles


def _bare(title: str) -> str:
    """Without what brackets add: 目标值（万元） is 目标值."""
    return plain_title(title).partition("(")[0]


def _key_of(title: str, titles: Mapping[str, str]) -> str | None:
    """By the whole title, then by its last part (of 目标/数值: 数值), then by its first."""
    parts = title.split("/")
    for name in (title, "".join(parts), parts[-1], parts[0]):
        if key := titles.get(_bare(name)):
            return key
    return None


def suggest(outline: Outline, layout: Layout) -> dict[str, int]:
    """Column index by key, by title or alias; each key and each column once."""
    titles, found = _known(layout), dict[str, int]()
    for exact in (True, False):
        for index, title in enumerate(outline.titles):
            if not title or index in found.values():
                continue
            key = titles.get(_bare(title)) if exact else _key_of(title, titles)
            if key is not None:
                found.setdefault(key, index)
    return found


# Reading -------------------------------------------------------------------------------------
def arranged_sheet(
    inspected: Inspected, layout: Layout, arrangement: Arrangement, notices: list[str]
) -> RawSheet:
    """The sheet with the arrangement's header, its merged cells made plain; WrongSheet if none."""
    for sheet in _sheets(inspected):
        outline = outline_of(sheet, layout)
        if outline is not None and outline.fingerprint == arrangement.outline.fingerprint:
            return _plain(sheet, outline, arrangement.mapping, notices)
    titles = "、".join(title for title in arrangement.outline.titles if title)[:200]
    raise WrongSheet("表头与记住的版式不同", f"记住的表头是：{titles}；版式改了请重新对应各列")


def _plain(
    sheet: _Open, outline: Outline, mapping: Mapping[str, int], notices: list[str]
) -> RawSheet:
    places = {key: index for key, index in mapping.items() if index < len(outline.titles)}
    used = set(places.values())
    unknown = tuple(t for i, t in enumerate(outline.titles) if t and i not in used)
    heading = Heading(outline.last_row, places, (), unknown, None)
    body = [item for item in sheet.merged if item[0][0] >= outline.last_row]
    down, across, sections = _sorted_out(body, used)
    rows = _filled(_below(sheet, outline), down, sections, used, notices)
    return RawSheet(sheet.name, rows, heading, sheet.facts, across)


def _below(sheet: _Open, outline: Outline) -> Iterator[Numbered]:
    yield from (item for item in sheet.head if item[0] > outline.last_row)
    yield from sheet.rest


def _sorted_out(
    body: Iterable[Range], used: set[int]
) -> tuple[dict[int, list[Range]], list[Range], dict[int, Range]]:
    """Ranges that hold for each row (by their first row), that cannot be read, that are headings."""
    down: dict[int, list[Range]] = {}
    across: list[Range] = []
    sections: dict[int, Range] = {}
    for item in body:
        (top, left), (bottom, right) = item
        columns = sum(left <= index <= right for index in used)
        if columns == 1:
            down.setdefault(top, []).append(item)
        elif columns >= min(_SECTION, len(used)) and top == bottom:
            sections[top] = item
        elif columns:
            across.append(item)
    return down, across, sections


def _filled(
    rows: Iterator[Numbered],
    down: Mapping[int, list[Range]],
    sections: Mapping[int, Range],
    used: set[int],
    notices: list[str],
) -> Iterator[Numbered]:
    """The rows with merged values repeated; headings and sums are passed over, and said so."""
    active: list[tuple[Range, Cell]] = []
    filled = 0
    for number, cells in rows:
        row = number - 1
        active = [(item, value) for item, value in active if item[1][0] >= row]
        for item in down.get(row, ()):
            left = item[0][1]
            active.append((item, cells[left] if left < len(cells) else None))
        if row in sections or _is_footer(cells, used):
            text = next((displayed(cell) for cell in cells if not is_blank(cell)), "")
            notices.append(f"第 {number} 行“{text}”是标题、合计或说明，没有当作数据读取")
            continue
        if active:
            filled += len(active)
            if filled > _MOST_FILLED:
                raise Damaged("合并单元格太多", "请全选→取消合并单元格，逐格填写后再上传")
            cells = _repeated(cells, active, used)
        yield number, cells


def _repeated(
    cells: Sequence[Cell], active: Sequence[tuple[Range, Cell]], used: set[int]
) -> Sequence[Cell]:
    made = list(cells)
    for item, value in active:
        column = next(index for index in used if item[0][1] <= index <= item[1][1])
        made += [None] * (column + 1 - len(made))
        made[column] = value
    return made


def _is_footer(cells: Sequence[Cell], used: set[int]) -> bool:
    first = next((cell for cell in cells if not is_blank(cell)), None)
    return isinstance(first, str) and _written(first).startswith(_FOOTERS)


def _written(text: str) -> str:
    """Without blanks, its colon full-width."""
    return "".join(text.split()).replace(":", "\uff1a")
