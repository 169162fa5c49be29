"""Excel both ways: a whole indicator set, and the values entered by hand of a period."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from chanjiao.indicators import rules
from chanjiao.indicators.computing import set_of, set_of_text
from chanjiao.indicators.models import Period, SetVersion
from chanjiao.indicators.queries import (
    approved_values,
    periods_visible_to,
    sets_visible_to,
    waiting_values,
)
from chanjiao.indicators.sets import keep_set
from chanjiao.indicators.typed import enter_value, unknown_evidence, value_problem
from chanjiao.kernel.verdict import Refused, Verdict
from chanjiao.people.access import Actor
from chanjiao.sheets.binding import Binding, Committed
from chanjiao.sheets.checking import CheckedRow
from chanjiao.sheets.layout import Column, Kind, Layout
from chanjiao.sheets.problems import Fault
from chanjiao_engine.indicators.checking import checked
from chanjiao_engine.indicators.compute import check_results
from chanjiao_engine.indicators.definitions import (
    CATEGORY_LABELS,
    SOURCE_LABELS,
    Band,
    Category,
    Direction,
    Indicator,
    IndicatorSet,
    SetRefused,
    Shape,
    Source,
    Span,
)
from chanjiao_engine.indicators.definitions import Period as EnginePeriod

Scope = Mapping[str, Any]
SHAPE_LABELS = {
    Shape.NUMBER: "数值", Shape.RATIO: "比率", Shape.GROUPS: "分组", Shape.FLAG: "是否",
}  # fmt: skip
SPAN_LABELS = {Span.YEAR: "年度内", Span.CUMULATIVE: "累计", Span.MOMENT: "期末"}
DIRECTION_LABELS = {
    Direction.HIGHER: "越高越好", Direction.LOWER: "越低越好", Direction.NEITHER: "不分高低",
}  # fmt: skip


def _choices(labels: Mapping[Any, str]) -> list[tuple[object, str]]:
    return [(key.value, label) for key, label in labels.items()]


# A whole set -----------------------------------------------------------------------------------
SET = Layout(
    key="indicator_set",
    title="指标集",
    sheet_name="指标",
    columns=(
        Column("code", "编号", required=True, max_length=20, example="45"),
        Column("category", "一级", Kind.CHOICE, required=True, choices=_choices(CATEGORY_LABELS),
               example=Category.BASIC.value, width=14),
        Column("second", "二级", required=True, max_length=40, example="园区与产业", width=14),
        Column("name", "名称", required=True, max_length=60, example="参与的园区企业", width=22),
        Column("observation", "观测点", max_length=300, example="期末在任的企业成员", width=30),
        Column("unit", "单位", max_length=10, example="家"),
        Column("shape", "形态", Kind.CHOICE, required=True, choices=_choices(SHAPE_LABELS),
               example=Shape.NUMBER.value),
        Column("span", "时间口径", Kind.CHOICE, required=True, choices=_choices(SPAN_LABELS),
               example=Span.MOMENT.value),
        Column("source", "取值方式", Kind.CHOICE, required=True, choices=_choices(SOURCE_LABELS),
               example=Source.COMPUTED.value, width=16),
        Column("numerator", "公式（分子）", max_length=4000, width=50,
               example="SELECT COUNT(DISTINCT unit) FROM member WHERE joined_on < :until"),
        Column("denominator", "分母", max_length=4000, width=30),
        Column("scale", "倍数", Kind.INTEGER, minimum=1, maximum=1_000_000, example=1),
        Column("places", "小数位", Kind.INTEGER, minimum=0, maximum=6, example=0),
        Column("direction", "方向", Kind.CHOICE, required=True,
               choices=_choices(DIRECTION_LABELS), example=Direction.HIGHER.value),
        Column("threshold", "界限", max_length=30, help="数字，可留空", example="20"),
        Column("bands", "分档", many=True, help="下限与名称，如 0起偏低、60起良好", width=24,
               example=("0起偏低", "60起良好")),
        Column("evidence", "所需佐证", many=True, example=("会议纪要",), width=20),
        Column("document", "依据", max_length=200),
        Column("valid_from", "生效日期", Kind.DATE),
        Column("valid_until", "失效日期", Kind.DATE),
    ),
    notes=(
        "一行是一项三级指标；公式是对事实数据表的一条 SELECT，见“事实数据”说明。",
        "请整份导入：系统按全部行组成一个新版本，有一行不合格就不能导入。",
        "比率分别写分子和分母，由系统相除；其他形态分母留空。",
    ),
    unique=(("code",),),
    max_rows=500,
)  # fmt: skip


@dataclass
class SetDesk:
    """On which version a workbook builds, and what came of checking it."""

    actor: Actor
    base: SetVersion
    at: datetime
    total: int = 0
    found: IndicatorSet | None = None


def _base(scope: Scope, actor: Actor | None) -> SetVersion:
    row = sets_visible_to(actor).filter(pk=int(scope.get("version") or 0)).first()
    if row is None:
        raise Refused("没有这个指标集版本。")
    return row


def may_use_set(user: Any, scope: Any) -> Verdict:
    """The secretariat."""
    return rules.may_import_set(user, _base(scope, user).consortium)


def load_set(*, user: Any, scope: Any, at: datetime) -> SetDesk:
    return SetDesk(user, _base(scope, user), at)


def next_version(base: SetVersion) -> str:
    """The first free number behind the base's."""
    taken = set(
        SetVersion.objects.filter(consortium=base.consortium_id, code=base.code)
        .order_by("pk")
        .values_list("version", flat=True)
    )
    stem, _, last = base.version.rpartition(".")
    number = int(last) if last.isdecimal() else 1
    prefix = (
        f"{stem}." if last.isdecimal() and stem else "" if last.isdecimal() else f"{base.version}."
    )
    while f"{prefix}{number}" in taken:
        number += 1
    return f"{prefix}{number}"


def check_set(rows: Sequence[CheckedRow], context: Any) -> Iterator[Fault]:
    """The rows together as a set, every fault at its row and column."""
    desk: SetDesk = context
    desk.total = len(rows)
    made, wrong = [], False
    for row in rows:
        try:
            made.append(indicator_of(row.values))
        except ValueError as error:
            wrong = True
            yield Fault("set", str(error), "请修改", _blamed(error), row.number)
    if wrong or any(_incomplete(row) for row in rows):
        return
    head = set_of_text(desk.base.text)
    found = replace(head, indicators=tuple(_as_it_was(one, head) for one in made))
    if found.indicators != head.indicators:
        found = replace(found, version=next_version(desk.base))
    numbers = {str(row.values["code"]): row.number for row in rows}
    try:
        checked(found)
        year = desk.at.year
        check_results(found, EnginePeriod(date(year, 1, 1), date(year + 1, 1, 1)))
    except SetRefused as refused:
        for one in refused.faults:
            key = one.field if one.field in SET.by_key else ""
            number = numbers.get(one.code, rows[0].number if rows else 0)
            yield Fault("set", one.message.rstrip("。"), "请修改", key, number)
        return
    desk.found = found


def _as_it_was(one: Indicator, head: IndicatorSet) -> Indicator:
    """The indicator of the base where a row says the same: a cell holds no line end after a formula."""
    was = next((old for old in head.indicators if old.code == one.code), None)
    return was if was is not None and row_of(was) == row_of(one) else one


def _incomplete(row: CheckedRow) -> bool:
    return any(row.values[c.key] in (None, "") for c in SET.columns if c.required)


class BadCell(ValueError):
    """A cell of a set's row that is not what its column holds."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


def _blamed(error: ValueError) -> str:
    return error.key if isinstance(error, BadCell) else ""


def indicator_of(values: Mapping[str, Any]) -> Indicator:
    """A row as an indicator; BadCell says what is wrong. Empty cells are the defaults."""
    return Indicator(
        code=str(values["code"] or ""),
        category=Category(values["category"] or Category.BASIC),
        second=str(values["second"] or ""),
        name=str(values["name"] or ""),
        observation=str(values["observation"] or ""),
        unit=str(values["unit"] or ""),
        shape=Shape(values["shape"] or Shape.NUMBER),
        span=Span(values["span"] or Span.YEAR),
        source=Source(values["source"] or Source.COMPUTED),
        numerator=_formula(values["numerator"]),
        denominator=_formula(values["denominator"]),
        scale=int(values["scale"] or 1),
        places=int(values["places"] or 0),
        direction=Direction(values["direction"] or Direction.HIGHER),
        threshold=_number("threshold", values["threshold"]),
        bands=tuple(_band(one) for one in values["bands"] or ()),
        evidence=tuple(values["evidence"] or ()),
        document=str(values["document"] or ""),
        valid_from=values["valid_from"],
        valid_until=values["valid_until"],
    )


def _formula(value: Any) -> str:
    """As it stands in a text: lines kept, one at the end where there are several."""
    text = str(value or "").strip()
    return f"{text}\n" if "\n" in text else text


def _number(key: str, value: Any) -> Decimal | None:
    if value in (None, ""):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise BadCell(key, f"“{value}”不是数字") from None
    if not number.is_finite():
        raise BadCell(key, f"“{value}”不是数字")
    return number


def _band(text: str) -> Band:
    floor, mark, label = text.partition("起")
    number = _number("bands", floor.strip())
    if not mark or number is None or not label.strip():
        raise BadCell("bands", f"“{text}”应写作“60起良好”的样子")
    return Band(number, label.strip())


def row_of(one: Indicator) -> dict[str, object]:
    """An indicator as a row; `indicator_of` reads the same one back."""
    return {
        "code": one.code, "category": one.category.value, "second": one.second, "name": one.name,
        "observation": one.observation, "unit": one.unit, "shape": one.shape.value,
        "span": one.span.value, "source": one.source.value,
        "numerator": one.numerator.strip(), "denominator": one.denominator.strip(),
        "scale": one.scale, "places": one.places, "direction": one.direction.value,
        "threshold": None if one.threshold is None else format(one.threshold, "f"),
        "bands": tuple(f"{format(b.floor, 'f')}起{b.label}" for b in one.bands),
        "evidence": one.evidence, "document": one.document, "valid_from": one.valid_from,
        "valid_until": one.valid_until,
    }  # fmt: skip


def commit_set(rows: Sequence[CheckedRow], *, by: Any, at: datetime, context: Any) -> Committed:
    """A new version of the whole; nothing where nothing differs."""
    desk: SetDesk = context
    if desk.found is None or len(rows) != desk.total:
        raise Refused("指标集须整份导入：请改正全部问题后重新上传。")
    if desk.found == set_of_text(desk.base.text):
        return Committed(unchanged=len(rows))
    keep_set(desk.base.consortium, desk.found, note="由 Excel 导入", by=by, at=at)
    return Committed(created=len(rows))


def export_set(context: Any) -> Iterator[dict[str, object]]:
    """The base version, row by row."""
    desk: SetDesk = context
    for one in set_of_text(desk.base.text).indicators:
        yield row_of(one)


# Values by hand ----------------------------------------------------------------------------------
TYPED = Layout(
    key="typed_values",
    title="人工填报数值",
    sheet_name="填报",
    columns=(
        Column("code", "指标编号", required=True, example="1"),
        Column("name", "指标", locked=True, example="园区产值（示例）", width=24),
        Column("unit", "单位", locked=True, example="亿元"),
        Column("value", "数值", Kind.DECIMAL, places=4, example=Decimal("1.5")),
        Column("reason", "填报依据", max_length=500, example="统计年报第 3 页", width=40),
        Column("evidence", "佐证编号", many=True, example=("1-1-1-1",), width=24),
        Column("state", "状态", locked=True, width=14),
    ),
    notes=(
        "先下载：表中已列出需要人工填报的指标和现有数值。",
        "数值留空、或与已批准的数值相同的行不作改动。",
        "导入后由秘书处另一位人员批准才生效。",
    ),
    unique=(("code",),),
    max_rows=500,
)  # fmt: skip


@dataclass
class TypedDesk:
    """A period's indicators by hand, with what is approved and what waits."""

    actor: Actor
    period: Period
    indicators: dict[str, Indicator]
    at: datetime
    changed: set[str] = field(default_factory=set)


def _period_in(scope: Scope, actor: Actor | None) -> Period:
    row = periods_visible_to(actor).filter(pk=int(scope.get("period") or 0)).first()
    if row is None:
        raise Refused("没有这个年度。")
    return row


def may_use_typed(user: Any, scope: Any) -> Verdict:
    return rules.may_enter(user, _period_in(scope, user))


def load_typed(*, user: Any, scope: Any, at: datetime) -> TypedDesk:
    period = _period_in(scope, user)
    by_hand = {one.code: one for one in set_of(period).indicators if one.source is Source.TYPED}
    return TypedDesk(user, period, by_hand, at)


def check_typed(rows: Sequence[CheckedRow], context: Any) -> Iterator[Fault]:
    """Known codes, fitting numbers, reasons and evidence; only of rows that change something."""
    desk: TypedDesk = context
    approved, waiting = approved_values(desk.period), waiting_values(desk.period)
    for row in rows:
        code, value = str(row.values["code"] or ""), row.values["value"]
        one = desk.indicators.get(code)
        if one is None:
            yield Fault("code", f"没有需要填报的指标 {code}", "请核对编号", "code", row.number)
            continue
        held = approved.get(code)
        if not isinstance(value, Decimal) or (held is not None and held.value == value):
            continue
        desk.changed.add(code)
        if code in waiting:
            yield Fault("waiting", "已有待批准的数值", "请先批准或撤回", "value", row.number)
        if wrong := value_problem(one, value):
            yield Fault("value", wrong.rstrip("。"), "请修改", "value", row.number)
        yield from _proof_faults(desk, row)


def _proof_faults(desk: TypedDesk, row: CheckedRow) -> Iterator[Fault]:
    codes = row.values["evidence"]
    if not row.values["reason"]:
        yield Fault("reason", "没有写填报依据", "请写明", "reason", row.number)
    if not isinstance(codes, tuple) or not codes:
        yield Fault("evidence", "没有佐证编号", "请至少写一个", "evidence", row.number)
        return
    if unknown := unknown_evidence(desk.period, codes):
        text = f"年度计划里没有佐证 {'、'.join(unknown)}"
        yield Fault("evidence", text, "请核对编号", "evidence", row.number)


def commit_typed(rows: Sequence[CheckedRow], *, by: Any, at: datetime, context: Any) -> Committed:
    """Each changed value, to wait for approval."""
    desk: TypedDesk = context
    changed = [row for row in rows if str(row.values["code"]) in desk.changed]
    for row in changed:
        given: dict[str, Any] = row.values
        enter_value(
            desk.period, given["code"], given["value"], given["reason"], given["evidence"],
            by=by, at=at,
        )  # fmt: skip
    return Committed(created=len(changed), unchanged=len(rows) - len(changed))


def export_typed(context: Any) -> Iterator[dict[str, object]]:
    """Every indicator by hand with its approved value."""
    desk: TypedDesk = context
    approved, waiting = approved_values(desk.period), waiting_values(desk.period)
    for code, one in desk.indicators.items():
        row = approved.get(code)
        yield {
            "code": code, "name": one.name, "unit": one.unit,
            "value": row.value if row else None, "reason": row.reason if row else "",
            "evidence": tuple(row.evidence) if row else (),
            "state": "待批准" if code in waiting else "已批准" if row else "待填报",
        }  # fmt: skip


def bindings() -> list[Binding]:
    """Both sheets."""
    return [
        Binding(
            layout=SET, may=may_use_set, load=load_set, check_rows=check_set, commit=commit_set,
            export_rows=export_set,
        ),
        Binding(
            layout=TYPED, may=may_use_typed, load=load_typed, check_rows=check_typed,
            commit=commit_typed, export_rows=export_typed,
        ),
    ]  # fmt: skip
