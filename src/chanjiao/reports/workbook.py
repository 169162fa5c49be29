"""All indicators as one workbook: the list first, then one sheet for each with the rows behind it.

Where a number is one COUNT or SUM, its cell on the first sheet adds up the rows of the sheet behind
it: who opens the file in Excel can follow every figure to its rows, change nothing, and get the
same. The last column compares what Excel gets with the value of the report.
"""

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import xlsxwriter

from chanjiao.documents.package import EPOCH, canonical, legal
from chanjiao.indicators.drilling import heading_of
from chanjiao.reports.figures import indicator_row
from chanjiao_engine.indicators.checking import formulas_of
from chanjiao_engine.indicators.definitions import Indicator, IndicatorSet, Period, Shape
from chanjiao_engine.indicators.expressions import references
from chanjiao_engine.indicators.formulas import is_select
from chanjiao_engine.indicators.outcomes import Outcome, State
from chanjiao_engine.indicators.rows import COUNTED, Rows, rows_behind
from chanjiao_engine.indicators.schema import BY_NAME
from chanjiao_engine.indicators.units import divisor
from chanjiao_engine.indicators.workspace import Workspace, open_workspace

LIMIT = 5_000
_DISTINCT_LIMIT = 2_000  # COUNTIF over a column is quadratic in Excel
LIST = "指标总表"
_HEAD_ROW = 4
_PARTS = {"numerator": "分子", "denominator": "分母"}
_HEADS = (
    ("编号", 8), ("类别", 12), ("二级", 14), ("名称", 26), ("数值", 14), ("单位", 8), ("界限", 12),
    ("结论", 12), ("来源", 16), ("口径", 8), ("分子", 14), ("分母", 14), ("换算", 10),
    ("由明细重算", 14), ("核对", 10), ("分组", 40), ("说明", 50),
)  # fmt: skip
_COLUMN = {name: at for at, (name, _) in enumerate(_HEADS)}
_ILLEGAL = re.compile(r"[\[\]:*?/\\']")


@dataclass(frozen=True, slots=True)
class Source:
    """What a workbook is made from. `narrowed`: the facts are some unit's, so rows do not add up."""

    title: str
    found: IndicatorSet
    outcomes: Mapping[str, Outcome]
    facts: Mapping[str, pa.Table]
    span: Period
    notes: Sequence[str] = ()
    narrowed: bool = False


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One sheet behind a number, and how the first sheet adds it up (empty if it cannot)."""

    name: str
    part: str
    rows: Rows
    formula: str
    total: Decimal | None


def write_workbook(source: Source) -> bytes:
    """The .xlsx; same content, same bytes."""
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True, "strings_to_formulas": False,
                                      "strings_to_urls": False})  # fmt: skip
    book.set_properties({"title": legal(source.title), "created": EPOCH.replace(tzinfo=None)})
    book.set_calc_mode("auto")
    looks = _Looks(book)
    sheet = book.add_worksheet(LIST)
    with open_workspace(dict(source.facts)) as workspace:
        behind = {one.code: _behind(source, one, workspace) for one in source.found.indicators}
    _write_list(sheet, source, behind, looks)
    for one in source.found.indicators:
        for held in (held for held in behind[one.code] if held.rows.columns):
            _write_rows(book.add_worksheet(held.name), one, held, source, looks)
    book.close()
    return canonical(made.getvalue())


class _Looks:
    """The formats of the workbook."""

    def __init__(self, book: Any) -> None:
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.note = book.add_format({"font_color": "#5B6673"})
        self.head = book.add_format(
            {
                "bold": True,
                "bg_color": "#EEF2F7",
                "border": 1,
                "text_wrap": True,
                "valign": "vcenter",
            }
        )
        self.cell = book.add_format({"border": 1, "valign": "vcenter", "text_wrap": True})
        self.typed = book.add_format({"border": 1, "font_color": "#B45309", "valign": "vcenter"})
        self.link = book.add_format(
            {"border": 1, "font_color": "#1F4E9A", "underline": 1, "valign": "vcenter"}
        )
        self.numbers = {
            places: book.add_format(
                {"border": 1, "valign": "vcenter", "num_format": "#,##0" + ("." + "0" * places if places else "")}
            )
            for places in range(7)
        }  # fmt: skip
        self.exact = book.add_format({"border": 1, "valign": "vcenter", "num_format": "#,##0.####"})
        self.day = book.add_format({"border": 1, "num_format": "yyyy-mm-dd", "valign": "vcenter"})


# The rows behind -----------------------------------------------------------------------------
def _behind(source: Source, one: Indicator, workspace: Workspace) -> list[_Sheet]:
    formulas = formulas_of(one)
    made = []
    for part, formula in formulas:
        rows = rows_behind(workspace, formula, source.span, limit=LIMIT)
        title = _PARTS[part] if len(formulas) > 1 else ""
        name = _sheet_name(one, title)
        made.append(_Sheet(name, part, rows, *_added(name, rows, source.narrowed)))
    return made


def _sheet_name(one: Indicator, part: str) -> str:
    room = 31 - len(part) - bool(part)
    return (
        f"{_ILLEGAL.sub('_', f'{one.code} {one.name}')[:room].rstrip()}{' ' if part else ''}{part}"
    )


def _added(name: str, rows: Rows, narrowed: bool) -> tuple[str, Decimal | None]:
    """The formula over the sheet's last column, and what it gives; nothing where rows are left out."""
    whole = rows.total == len(rows.rows) and not narrowed and COUNTED in rows.columns
    if not whole or (rows.distinct and rows.total > _DISTINCT_LIMIT):
        return "", None
    if not rows.rows:
        return "0", Decimal(0)
    column = _letter(len(rows.columns) - 1)
    cells = f"'{name}'!${column}${_HEAD_ROW + 1}:${column}${_HEAD_ROW + len(rows.rows)}"
    values = [row[-1] for row in rows.rows if row[-1] is not None]
    if rows.distinct:
        if not values:
            return "0", Decimal(0)
        return (
            f'SUMPRODUCT(({cells}<>"")/COUNTIF({cells},{cells}&""))',
            Decimal(len(set(values))),
        )
    return f"SUM({cells})", sum((Decimal(value) for value in values), Decimal(0))


def _letter(column: int) -> str:
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


# The first sheet -----------------------------------------------------------------------------
def _write_list(
    sheet: Any, source: Source, behind: Mapping[str, list[_Sheet]], looks: _Looks
) -> None:
    sheet.write_string(0, 0, legal(source.title), looks.title)
    sheet.write_string(1, 0, legal(source.found.label), looks.title)
    sheet.write_string(2, 0, legal("　".join(source.notes)), looks.note)
    for name, at in _COLUMN.items():
        sheet.write_string(_HEAD_ROW - 1, at, name, looks.head)
        sheet.set_column(at, at, dict(_HEADS)[name])
    sheet.freeze_panes(_HEAD_ROW, 4)
    sheet.set_landscape()
    sheet.repeat_rows(_HEAD_ROW - 1)
    sheet.fit_to_pages(1, 0)
    sheet.set_header(f"&C{legal(source.found.label)}")
    sheet.set_footer("&C第 &P 页，共 &N 页")
    for at, one in enumerate(source.found.indicators, _HEAD_ROW):
        _ListRow(sheet, at, one, source, behind[one.code], looks).write()
    sheet.autofilter(
        _HEAD_ROW - 1, 0, _HEAD_ROW - 1 + len(source.found.indicators), len(_HEADS) - 1
    )


class _ListRow:
    """One of the 44 rows."""

    def __init__(
        self, sheet: Any, at: int, one: Indicator, source: Source, behind: list[_Sheet],
        looks: _Looks,
    ) -> None:  # fmt: skip
        self.sheet, self.at, self.one, self.source = sheet, at, one, source
        self.behind, self.looks = behind, looks
        self.out = source.outcomes.get(one.code)

    def write(self) -> None:
        row = indicator_row(self.one, self.out)
        typed = bool(self.out and self.out.typed)
        for name in ("编号", "类别", "二级", "单位", "界限", "结论", "口径", "分组"):
            self._text(name, row[name])
        self._text("单位", self.one.unit)
        self._text("来源", row["来源"], self.looks.typed if typed else None)
        self._name(row["名称"])
        self._value(row["数值"])
        self._recomputed()
        self._text("说明", self._remark())

    def _text(self, name: str, text: str, look: Any = None) -> None:
        self.sheet.write_string(self.at, _COLUMN[name], legal(text), look or self.looks.cell)

    def _name(self, name: str) -> None:
        if not any(held.rows.columns for held in self.behind):
            self._text("名称", name)
            return
        first = next(held for held in self.behind if held.rows.columns)
        target = f"internal:'{first.name}'!A1"
        self.sheet.write_url(self.at, _COLUMN["名称"], target, self.looks.link, legal(name))

    def _value(self, shown: str) -> None:
        value = self.out.value if self.out and self.out.state is State.VALUE else None
        if value is None:
            self._text("数值", shown)
            return
        self.sheet.write_number(
            self.at, _COLUMN["数值"], value, self.looks.numbers[min(self.one.places, 6)]
        )

    def _recomputed(self) -> None:
        """Numerator and denominator from their sheets, the value from those, and the comparison."""
        by_part = {held.part: held for held in self.behind}
        exact = {
            "numerator": self.out and self.out.numerator,
            "denominator": self.out and self.out.denominator,
        }
        for part, name in _PARTS.items():
            held, value = by_part.get(part), exact[part]
            if held is not None and held.formula:
                self.sheet.write_formula(
                    self.at, _COLUMN[name], f"={held.formula}", self.looks.exact, held.total
                )
            elif value is not None:
                self.sheet.write_number(self.at, _COLUMN[name], value, self.looks.exact)
        self.sheet.write_number(self.at, _COLUMN["换算"], self._factor(), self.looks.cell)
        again = self._again(by_part)
        if again is None or self.out is None or self.out.value is None:
            return
        formula, value = again
        self.sheet.write_formula(
            self.at,
            _COLUMN["由明细重算"],
            formula,
            self.looks.numbers[min(self.one.places, 6)],
            value,
        )
        own, other = self._cell("数值"), self._cell("由明细重算")
        # Excel rounds halves up, the report to even: half a unit of the last place is no difference
        slack = Decimal(1).scaleb(-self.one.places)
        same = abs(self.out.value - value) <= slack
        self.sheet.write_formula(
            self.at, _COLUMN["核对"], f'=IF(ABS({own}-{other})<={slack},"一致","不一致")',
            self.looks.cell, "一致" if same else "不一致",
        )  # fmt: skip

    def _cell(self, name: str) -> str:
        return f"{_letter(_COLUMN[name])}{self.at + 1}"

    def _again(self, by_part: Mapping[str, _Sheet]) -> tuple[str, Decimal] | None:
        """The value's formula over this row, where every part adds up from its sheet."""
        top, under = by_part.get("numerator"), by_part.get("denominator")
        if top is None or top.total is None or (self.out and self.out.typed):
            return None
        places, factor = self.one.places, self._factor()
        over, below, times = self._cell("分子"), self._cell("分母"), self._cell("换算")
        if self.one.shape is Shape.RATIO:
            if under is None or not under.total:
                return None
            value = top.total / under.total * factor
            return f"=ROUND({over}/{below}*{times},{places})", round(value, places)
        return f"=ROUND({over}/{times},{places})", round(top.total / factor, places)

    def _factor(self) -> int:
        """A ratio is multiplied by it; an amount in 分 divided, to be in the indicator's unit."""
        return self.one.scale if self.one.shape is Shape.RATIO else divisor(self.one.unit)

    def _remark(self) -> str:
        if self.out is not None and self.out.typed is not None:
            return "人工填报" if self.source.narrowed else f"人工填报：{self.out.typed.reason}"
        if self.out is not None and self.out.message:
            return self.out.message
        parts = [part for part in (self.one.numerator, self.one.denominator) if part.strip()]
        others = [code for part in parts if not is_select(part) for code in references(part)]
        if others:
            return f"由指标 {'、'.join(dict.fromkeys(others))} 计算"
        notes = [held.rows.note for held in self.behind if held.rows.note]
        if notes:
            return notes[0]
        left = [held for held in self.behind if held.rows.total > len(held.rows.rows)]
        if left:
            return f"明细共 {left[0].rows.total:,} 行，表内列前 {LIMIT:,} 行，不在表内重算"
        if self.source.narrowed and self.behind:
            return "明细只列计入本单位的行，不在表内重算"
        return ""


# The sheets behind ---------------------------------------------------------------------------
def _write_rows(sheet: Any, one: Indicator, held: _Sheet, source: Source, looks: _Looks) -> None:
    table = BY_NAME.get(held.rows.table)
    part = _PARTS[held.part]
    sheet.write_string(0, 0, legal(f"{one.code} {one.name}（{part}）"), looks.title)
    sheet.write_url(1, 0, f"internal:'{LIST}'!A1", looks.link, "返回指标总表")
    shown = f"取自“{table.title if table else '合并的数据'}”，共 {held.rows.total:,} 行"
    if held.rows.total > len(held.rows.rows):
        shown += f"，本表列前 {LIMIT:,} 行"
    if source.narrowed:
        shown += "（只列计入本单位的行）"
    sheet.write_string(1, 1, f"{shown}。{source.found.label}", looks.note)
    sheet.write_string(2, 0, legal(getattr(one, held.part))[:2_000], looks.note)
    for at, name in enumerate(held.rows.columns):
        sheet.write_string(_HEAD_ROW - 1, at, heading_of(name, held.rows.table), looks.head)
        sheet.set_column(at, at, 16)
    sheet.freeze_panes(_HEAD_ROW, 0)
    for at, row in enumerate(held.rows.rows, _HEAD_ROW):
        for column, value in enumerate(row):
            _write_cell(sheet, at, column, value, looks)


def _write_cell(sheet: Any, at: int, column: int, value: Any, looks: _Looks) -> None:
    if value is None:
        sheet.write_blank(at, column, None, looks.cell)
    elif isinstance(value, bool):
        sheet.write_string(at, column, "是" if value else "否", looks.cell)
    elif isinstance(value, int | Decimal):
        sheet.write_number(at, column, value, looks.exact)
    elif isinstance(value, date):
        sheet.write_datetime(at, column, value, looks.day)
    else:
        sheet.write_string(at, column, legal(str(value)), looks.cell)
