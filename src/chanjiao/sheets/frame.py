"""The workbook around the rows: title, header, formats, drop-downs, 填写说明, hidden marks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any, Final

import xlsxwriter  # type: ignore[import-untyped, unused-ignore]

from chanjiao.sheets.layout import Column, Kind, Layout

MARKER_SHEET: Final = "_chanjiao"
CHOICES_SHEET: Final = "选项"
HELP_SHEET: Final = "填写说明"
STYLES: Final = 4  # sentinel rows: plain, quoted, wrong, wrong and quoted
_MADE: Final = datetime(2026, 1, 1)  # noqa: DTZ001 - XlsxWriter wants it naive; fixed: the same rows give the same bytes
_INLINE_LIST: Final = 200  # Excel refuses a list of more than 255 characters in place
_GUIDE: Final = "带 * 的列必填；各列的填法见“填写说明”。请勿合并单元格，不要用公式。"
_GREY, _WRONG = "#F2F2F2", "#FFD9D9"
_NUMBER_FORMATS: Final = {
    Kind.TEXT: "@",
    Kind.CODE: "@",
    Kind.CHOICE: "@",
    Kind.QUARTER: "@",
    Kind.BOOLEAN: "@",
    Kind.INTEGER: "0",
    Kind.DATE: "yyyy-mm-dd",
    Kind.DECIMAL: "General",
    Kind.MONEY: "General",
}
_HINTS: Final = {
    Kind.INTEGER: "整数",
    Kind.DECIMAL: "数字",
    Kind.MONEY: "金额",
    Kind.DATE: "日期，如 2026-11-23",
    Kind.BOOLEAN: "是 或 否",
    Kind.CHOICE: "从下拉中选择",
    Kind.CODE: "代码（文本格式）",
    Kind.QUARTER: "季度，如 2026Q4",
    Kind.TEXT: "文字",
}


@dataclass(frozen=True, slots=True)
class Frame:
    """A workbook whose data rows are sentinels: their cells carry the styles rows will use."""

    data: bytes
    layout: Layout
    first_row: int
    width: int


def frame(layout: Layout, kind: str, *, extra: str = "") -> Frame:
    """The workbook without rows. `extra` is the title of one more column (示例, 退回原因)."""
    target = BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    book.set_properties({"created": _MADE, "title": layout.title})
    sheet = book.add_worksheet(layout.sheet_name)
    headings = [(c.heading + ("*" if c.required else "")) for c in layout.columns]
    headings += [extra] if extra else []
    _write_head(book, sheet, layout, headings)
    _write_columns(book, sheet, layout, extra)
    _write_help(book, layout)
    _write_choices(book, sheet, layout)
    marks = book.add_worksheet(MARKER_SHEET)
    marks.write_column(0, 0, [layout.key, layout.version, kind, layout.title])
    marks.very_hidden()
    book.close()
    return Frame(target.getvalue(), layout, layout.header_row + 1, len(headings))


def _write_head(book: Any, sheet: Any, layout: Layout, headings: list[str]) -> None:
    top = layout.header_row - 1
    bold = book.add_format({"bold": True, "font_size": 14})
    grey = book.add_format({"font_color": "#666666"})
    look = {"bold": True, "bg_color": "#DCE6F1", "border": 1, "text_wrap": True, "valign": "top"}
    header, needed = book.add_format(look), book.add_format(look | {"font_color": "#C00000"})
    sheet.write_string(0, 0, layout.title, bold)
    sheet.write_string(1, 0, _GUIDE, grey)
    for index, heading in enumerate(headings):
        sheet.write_string(top, index, heading, needed if heading.endswith("*") else header)
    sheet.freeze_panes(top + 1, 1)


def _write_columns(book: Any, sheet: Any, layout: Layout, extra: str) -> None:
    """Column formats for the rows people add, and the sentinel rows for those we write."""
    for index, column in enumerate(layout.columns):
        look = {"num_format": _NUMBER_FORMATS[column.kind]}
        if column.many:
            look["num_format"] = "@"
        if column.locked:
            look["bg_color"] = _GREY
        wrong = look | {"bg_color": _WRONG}
        looks = [look, look | {"quote_prefix": True}, wrong, wrong | {"quote_prefix": True}]
        formats = [book.add_format(item) for item in looks]
        sheet.set_column(index, index, column.width or _width(column), formats[0])
        for row, item in enumerate(formats):
            sheet.write_blank(layout.header_row + row, index, None, item)
    if extra:
        index, look = len(layout.columns), book.add_format({"num_format": "@", "text_wrap": True})
        sheet.set_column(index, index, 40, look)
        for row in range(STYLES):
            sheet.write_blank(layout.header_row + row, index, None, look)


def _width(column: Column) -> int:
    return max(10, min(40, 2 * len(column.heading) + 4))


def _write_help(book: Any, layout: Layout) -> None:
    sheet = book.add_worksheet(HELP_SHEET)
    bold, wrap = (
        book.add_format({"bold": True}),
        book.add_format({"text_wrap": True, "valign": "top"}),
    )
    sheet.set_column(0, 0, 24, wrap)
    sheet.set_column(1, 3, 36, wrap)
    sheet.write_string(0, 0, f"{layout.title}：填写说明", bold)
    row = 1
    for row, note in enumerate(layout.notes, 1):
        sheet.write_string(row, 0, note)
    row += 2
    for index, title in enumerate(("列", "填什么", "说明")):
        sheet.write_string(row, index, title, bold)
    for place, column in enumerate(layout.columns, row + 1):
        sheet.write_string(place, 0, column.heading + ("*" if column.required else ""))
        sheet.write_string(place, 1, hint(column))
        sheet.write_string(place, 2, column.help)


def hint(column: Column) -> str:
    """What to type, in a few words, from the column's declaration."""
    words = [_HINTS[column.kind]]
    if column.unit:
        words.append(f"单位：{column.unit}")
    if column.max_length:
        words.append(f"最多 {column.max_length} 字")
    if column.minimum is not None:
        words.append(f"不小于 {column.minimum}")
    if column.maximum is not None:
        words.append(f"不大于 {column.maximum}")
    if column.many:
        words.append("可填多个，用“、”隔开")
    if column.locked:
        words.append("由平台填写，请勿改动")
    return "；".join(words)


def _write_choices(book: Any, sheet: Any, layout: Layout) -> None:
    hidden = book.add_worksheet(CHOICES_SHEET)
    hidden.hide()
    for index, column in enumerate(layout.columns):
        labels = ["是", "否"] if column.kind is Kind.BOOLEAN else [p[1] for p in column.pairs()]
        hidden.write_string(0, index, column.title)
        for row, label in enumerate(labels, 1):
            hidden.write_string(row, index, label)
        rule = _rule(column, labels, index)
        last = layout.header_row + layout.max_rows - 1
        sheet.data_validation(layout.header_row, index, last, index, rule)


def _rule(column: Column, labels: list[str], index: int) -> dict[str, Any]:
    message = f"{hint(column)}。{column.help}" if column.help else hint(column)
    rule: dict[str, Any] = {
        "validate": "any",
        "input_title": column.title[:32],
        "input_message": message[:255],
    }
    if not labels:
        return rule
    source: Any = labels
    if len(",".join(labels)) > _INLINE_LIST or any("," in label for label in labels):
        letter = xlsxwriter.utility.xl_col_to_name(index)
        source = f"='{CHOICES_SHEET}'!${letter}$2:${letter}${len(labels) + 1}"
    error = {
        "error_type": "information" if column.many else "stop",
        "error_title": "不在可选项中",
        "error_message": "请从下拉中选择" + ("（多个用“、”隔开）" if column.many else ""),
    }
    return rule | {"validate": "list", "source": source} | error
