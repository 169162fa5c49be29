"""A layout with every kind of column, and workbooks made as people make them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import openpyxl

from chanjiao.sheets.layout import Column, Kind, Layout
from chanjiao_engine.codes import parse_credit_code

LAYOUT = Layout(
    "units",
    "成员单位名册",
    "成员单位",
    (
        Column("name", "单位名称", required=True, max_length=60, example="示例机床有限公司"),
        Column(
            "code",
            "统一社会信用代码",
            Kind.CODE,
            required=True,
            parser=lambda text: parse_credit_code(text).code,
            example="91350100M000100Y43",
        ),
        Column(
            "role",
            "角色",
            Kind.CHOICE,
            choices=[("lead", "牵头"), ("member", "成员")],
            example="member",
        ),
        Column("joined", "加入日期", Kind.DATE, example=date(2026, 11, 23)),
        Column("money", "投入", Kind.MONEY, unit="万元", example=120_000),
        Column("people", "人数", Kind.INTEGER, unit="人", minimum=0, example=12),
        Column("share", "比例", Kind.DECIMAL, example=Decimal("0.25")),
        Column("listed", "是否上市", Kind.BOOLEAN, example=False),
        Column("quarter", "季度", Kind.QUARTER, example="2026Q4"),
        Column(
            "industries",
            "行业",
            Kind.CHOICE,
            many=True,
            choices=[("A", "农、林、牧、渔业"), ("C", "制造业"), ("I", "信息传输、软件业")],
            example=("A", "C"),
        ),
        Column("remark", "备注", aliases=("说明",)),
    ),
    notes=("每个单位一行。",),
    unique=(("code",),),
)
HEADINGS = [column.heading for column in LAYOUT.columns]
ROW: dict[str, object] = {"name": "甲厂", "code": "91350100M000100Y43"} | dict.fromkeys(
    (column.key for column in LAYOUT.columns[2:]), None
)


def workbook(
    rows: Sequence[Sequence[object]],
    *,
    headings: Sequence[object] | None = None,
    above: Sequence[Sequence[object]] = (),
    name: str = "成员单位",
    merged: str = "",
) -> bytes:
    """A plain workbook as openpyxl writes it: lines above, header, rows."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = name
    for row in (*above, HEADINGS if headings is None else headings, *rows):
        sheet.append(list(row))
    if merged:
        sheet.merge_cells(merged)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
