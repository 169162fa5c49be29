"""Whether a task's values are valid: shared by forms, the task book and the demonstration."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from chanjiao.kernel.verdict import Invalid
from chanjiao.plans.codes import read_code
from chanjiao.plans.enums import SCORE_BANDS, Direction, VerdictKind

FIELDS = (
    "code", "name", "goal", "unit", "person", "leader", "direction", "target", "measure",
    "baseline", "weight", "starts_on", "due_on", "indicators",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a field, and what to do (Chinese)."""

    field: str
    code: str
    message: str
    advice: str = ""


def findings(values: Mapping[str, Any], year: int, members: Mapping[int, Any]) -> Iterator[Finding]:
    """Every fault of a task's values. `members` are the units that may have tasks, by pk."""
    yield from _code(values)
    if not values.get("name"):
        yield Finding("name", "required", "任务名称必填", "请填写")
    yield from _unit(values, members)
    yield from _dates(values, year)
    yield from _target(values)
    weight = values.get("weight")
    if weight is None or weight < 0:
        yield Finding("weight", "weight", "权重应为不小于 0 的数", "请填数字")


def _code(values: Mapping[str, Any]) -> Iterator[Finding]:
    try:
        if read_code(str(values.get("code") or "")) != values["code"]:
            yield Finding("code", "code", "任务编号写法不规范", "请写成 2-1-1")
    except ValueError as error:
        yield Finding("code", "code", str(error), "请写成 2-1-1")


def _unit(values: Mapping[str, Any], members: Mapping[int, Any]) -> Iterator[Finding]:
    unit = values.get("unit")
    if unit is None:
        yield Finding("unit", "required", "责任单位必填", "请填写成员单位名称")
    elif unit.pk not in members:
        yield Finding("unit", "not_member", f"{unit.name}不是在任成员", "请核对单位")
    for partner in values.get("partners") or ():
        if partner.pk not in members:
            yield Finding("partners", "not_member", f"{partner.name}不是在任成员", "请核对单位")
        elif unit is not None and partner.pk == unit.pk:
            yield Finding("partners", "same_unit", "协同单位不能是责任单位自己", "请删去")


def _dates(values: Mapping[str, Any], year: int) -> Iterator[Finding]:
    starts, due = values.get("starts_on"), values.get("due_on")
    if not isinstance(starts, date) or not isinstance(due, date):
        field = "due_on" if isinstance(starts, date) else "starts_on"
        yield Finding(field, "required", "开始日期和完成期限必填", "请填写")
    elif due < starts:
        yield Finding("due_on", "dates", f"完成期限早于开始日期（{starts}）", "请核对日期")
    elif starts.year > year or due.year < year:
        yield Finding("due_on", "year", f"任务不在 {year} 年度内", "请核对日期")


def _target(values: Mapping[str, Any]) -> Iterator[Finding]:
    if values.get("direction") not in Direction.values:
        yield Finding("direction", "choice", "目标方向不在可选项中", "请选择")
        return
    if values["direction"] == Direction.YES_NO:
        for field in ("target", "baseline"):
            if values.get(field) not in {None, Decimal(0), Decimal(1)}:
                yield Finding(
                    field, "yes_no", "“是否完成”的任务只能填 0 或 1", "请留空，或改目标方向"
                )
    elif values.get("target") is not None and not values.get("measure"):
        yield Finding("measure", "required", "有目标值时计量单位必填", "如：家、万元、%")


def require_valid(values: Mapping[str, Any], year: int, members: Mapping[int, Any]) -> None:
    """Invalid, by field."""
    problems: dict[str, list[str]] = {}
    for finding in findings(values, year, members):
        text = (
            f"{finding.message}，{finding.advice}。" if finding.advice else f"{finding.message}。"
        )
        problems.setdefault(finding.field, []).append(text)
    if problems:
        raise Invalid(problems)


def score_problem(verdict: str, score: Decimal | None) -> str:
    """What is wrong with a score under a verdict (Chinese); empty if nothing."""
    band = SCORE_BANDS[verdict]
    label = VerdictKind(verdict).label
    if band is None:
        return f"“{label}”不打分" if score is not None else ""
    if score is None:
        return f"“{label}”须打分"
    if not band[0] <= score <= band[1]:
        return f"“{label}”的得分应在 {band[0]} 到 {band[1]} 之间"
    if score != score.quantize(Decimal("0.01")):
        return "得分最多两位小数"
    return ""
