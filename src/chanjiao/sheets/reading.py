"""Open an inspected file and choose the sheet that carries the layout's header."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import chain, islice
from pathlib import Path
from typing import Final

from python_calamine import CalamineError, CalamineWorkbook

from chanjiao.sheets.foreign import Arrangement, arranged_sheet
from chanjiao.sheets.frame import MARKER_SHEET
from chanjiao.sheets.guard import Inspected, Limits, inspect
from chanjiao.sheets.heading import SEARCHED_ROWS, Heading, Numbered, find_heading
from chanjiao.sheets.layout import Layout
from chanjiao.sheets.opening import from_left, visible
from chanjiao.sheets.refusals import Damaged, RefusedFile, WrongSheet
from chanjiao.sheets.table import RawSheet, Table, build_table, range_name
from chanjiao.sheets.texts import csv_rows, decoded

_CSV_NAME: Final = "CSV"


def read_table(
    source: Path | bytes,
    layout: Layout,
    *,
    name: str,
    limits: Limits,
    arrangement: Arrangement | None = None,
) -> Table:
    """The table of the layout's sheet, or RefusedFile. Header faults become problems.

    With an arrangement the sheet is the customer's own, read through it.
    """
    inspected = inspect(source, name=name, limits=limits)
    notices: list[str] = []
    if arrangement is not None:
        return build_table(arranged_sheet(inspected, layout, arrangement, notices), layout, notices)
    if inspected.kind == "csv":
        return build_table(_csv_sheet(inspected.data, layout, notices), layout, notices)
    try:
        with CalamineWorkbook.from_filelike(BytesIO(inspected.data)) as book:
            return build_table(_chosen(book, inspected, layout, notices), layout, notices)
    except RefusedFile:
        raise
    except (CalamineError, OSError) as error:
        advice = "请用 Excel 或 WPS 打开后另存为 .xlsx 再上传"
        raise Damaged(f"工作簿读不出来（{error}）", advice) from error


def _csv_sheet(data: bytes, layout: Layout, notices: list[str]) -> RawSheet:
    text = decoded(data)
    if text.notice:
        notices.append(text.notice)
    rows: Iterator[Numbered] = enumerate(csv_rows(text.text), 1)
    head = list(islice(rows, SEARCHED_ROWS))
    heading = find_heading(head, layout)
    if heading is None:
        raise _wrong_sheet(layout, "", ())
    return RawSheet(_CSV_NAME, _after(head, rows, heading), heading)


def _chosen(
    book: CalamineWorkbook, inspected: Inspected, layout: Layout, notices: list[str]
) -> RawSheet:
    kind = _marker(book, layout, notices)
    found = _candidates(book, inspected, layout)
    if not found:
        raise _wrong_sheet(layout, "、".join(visible(book)), _merged_heads(book))
    notices += (
        f"工作表“{other.name}”也有同样的表头，没有读取；一次只读一张" for other in found[1:]
    )
    found[0].may_hold_example = kind in ("", "template")
    return found[0]


def _candidates(book: CalamineWorkbook, inspected: Inspected, layout: Layout) -> list[RawSheet]:
    """Visible sheets with our header: the one with our name first, then by the titles found."""
    found: list[RawSheet] = []
    for name in visible(book):
        facts = inspected.sheets.get(name)
        if facts is None:
            raise Damaged(f"工作表“{name}”的内容找不到", "请用 Excel 打开后另存为 .xlsx 再上传")
        if not facts.rows:
            continue
        loaded = book.get_sheet_by_name(name)
        rows = enumerate(from_left(loaded.iter_rows(), loaded.start), 1)
        head = list(islice(rows, SEARCHED_ROWS))
        if heading := find_heading(head, layout):
            merged = loaded.merged_cell_ranges or ()
            found.append(RawSheet(name, _after(head, rows, heading), heading, facts, merged))
    found.sort(key=lambda sheet: (sheet.name != layout.sheet_name, -len(sheet.heading.places)))
    return found


def _after(
    head: Sequence[Numbered], rows: Iterator[Numbered], heading: Heading
) -> Iterator[Numbered]:
    return chain((item for item in head if item[0] > heading.row), rows)


def _marker(book: CalamineWorkbook, layout: Layout, notices: list[str]) -> str:
    """What our own hidden mark says the workbook is: template, export, returned or nothing."""
    if MARKER_SHEET not in book.sheet_names:
        return ""
    rows = book.get_sheet_by_name(MARKER_SHEET).to_python(nrows=4)
    cells = [str(row[0]) for row in rows if row]
    key, version, kind, title = (*cells, "", "", "", "")[:4]
    if key != layout.key:
        raise WrongSheet(
            f"这是“{title}”的表，这里要的是“{layout.title}”", "请到对应的页面上传，或下载本页的模板"
        )
    if version != layout.version:
        notices.append("文件来自旧版模板，已按表头读取；建议下次下载新模板")
    return kind


def _wrong_sheet(layout: Layout, names: str, merged: Sequence[str]) -> WrongSheet:
    titles = "、".join(column.heading for column in layout.columns if column.required)
    seen = f"；文件里的工作表是：{names}" if names else ""
    advice = f"请使用本页下载的模板；前 {SEARCHED_ROWS} 行内要有一行表头，至少包含：{titles}"
    if merged:
        advice += f"。表头里有合并单元格（{'、'.join(merged[:5])}），请取消合并，每列一个标题"
    return WrongSheet(
        f"没有找到“{layout.title}”（工作表“{layout.sheet_name}”）的表头{seen}", advice
    )


def _merged_heads(book: CalamineWorkbook) -> list[str]:
    found: list[str] = []
    for name in visible(book):
        ranges = book.get_sheet_by_name(name).merged_cell_ranges or ()
        found += [range_name(item) for item in ranges if item[0][0] < SEARCHED_ROWS]
    return found
