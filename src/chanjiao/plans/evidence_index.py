"""The index of a bundle of evidence as Excel, with a link to every file in the zip."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

import xlsxwriter

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.money import yuan
from chanjiao.plans.models import Evidence

if TYPE_CHECKING:
    from chanjiao.plans.evidence_bundle import Entry

COLUMNS: tuple[tuple[str, int], ...] = (
    ("任务编号", 10), ("任务名称", 28), ("佐证编号", 12), ("佐证名称", 32), ("种类", 11), ("单位", 24),
    ("状态", 9), ("文号或编号", 18), ("日期", 11), ("出具单位", 20), ("金额（元）", 14), ("人数", 8),
    ("网址", 24), ("说明", 30), ("提交期限", 11), ("提交日期", 11), ("验收日期", 11), ("验收人", 10),
    ("用于任务", 18), ("用于指标", 18), ("校验值（SHA-256）", 68), ("文件", 40),
)  # fmt: skip
_FILE = len(COLUMNS) - 1


def _cells(row: Evidence) -> list[Any]:
    """Everything known of a piece, but for its files; money in 元 as text is for people only."""
    uses = list(row.uses.all())
    return [
        row.task.code, row.task.name, row.code, row.title, row.get_kind_display(), row.unit.name,
        row.get_state_display(), row.document_number, _day(row.dated_on), row.issuer,
        yuan(row.amount_fen) if row.amount_fen is not None else "",
        row.people if row.people is not None else "", row.link, _note(row), _day(row.due_on),
        _day(row.submitted_at and day_of(row.submitted_at)),
        _day(row.accepted_at and day_of(row.accepted_at)),
        row.accepted_by.name if row.accepted_by else "",
        "、".join(sorted(use.task.code for use in uses if use.task)),
        "、".join(sorted(use.indicator for use in uses if use.indicator)),
        row.digest,
    ]  # fmt: skip


def _note(row: Evidence) -> str:
    if row.same_as is not None:
        return f"引用 {row.same_as.code}《{row.same_as.title}》"
    return row.note


def _day(day: Any) -> str:
    return str(day) if day else ""


def index_as_excel(title: str, entries: Sequence[Entry]) -> bytes:
    """One row for each file (a piece without files has one row); links lead into the folders."""
    target = BytesIO()
    book = xlsxwriter.Workbook(
        target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet("索引")
    head = book.add_format({"bold": True, "bg_color": "#E8EDF3", "border": 1, "text_wrap": True})
    text = book.add_format({"border": 1, "text_wrap": True, "valign": "top"})
    linked = book.add_format(
        {"border": 1, "font_color": "#0B57A4", "underline": 1, "text_wrap": True, "valign": "top"}
    )
    for at, (name, width) in enumerate(COLUMNS):
        sheet.set_column(at, at, width)
        sheet.write_string(0, at, name, head)
    line = 1
    for entry in entries:
        for shown, path in entry.paths or [("", "")]:
            for at, value in enumerate(_cells(entry.row)):
                if isinstance(value, int):
                    sheet.write_number(line, at, value, text)
                else:
                    sheet.write_string(line, at, value, text)
            if path:
                sheet.write_url(line, _FILE, f"external:{path}", linked, string=shown)
            else:
                sheet.write_string(line, _FILE, "", text)
            line += 1
    sheet.freeze_panes(1, 4)
    sheet.autofilter(0, 0, max(1, line - 1), len(COLUMNS) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer("&C第 &P 页，共 &N 页")
    book.set_properties({"title": title})
    book.close()
    return target.getvalue()
