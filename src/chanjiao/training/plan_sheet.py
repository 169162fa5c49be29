"""The joint plan as Excel, in and out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from chanjiao.kernel.verdict import Refused, Verdict
from chanjiao.people.access import Actor
from chanjiao.people.models import Unit
from chanjiao.sheets.binding import Binding, Committed
from chanjiao.sheets.checking import CheckedRow
from chanjiao.sheets.layout import Column, Kind, Layout
from chanjiao.sheets.problems import Fault
from chanjiao.training import programme_rules as rules
from chanjiao.training.enums import Site, Teacher
from chanjiao.training.models import PlanItem, Programme
from chanjiao.training.plan_actions import ItemFields, fields_of, item_problems, write_plan
from chanjiao.training.programme_queries import units_of
from chanjiao.training.queries import programmes_visible_to

Scope = Mapping[str, Any]
PERIOD = 45  # minutes of a lesson where a sheet does not say

PLAN = Layout(
    key="training_plan",
    title="联合培养计划",
    sheet_name="培养计划",
    max_rows=2_000,
    columns=(
        Column("code", "编号", required=True, max_length=12, pattern=r"[1-9][0-9.\-]*", example="1.1",
               help="写成 1、1.2 或 1.2.3；本表内唯一。", width=10),
        Column("course", "课程或模块", required=True, max_length=80, example="数控加工", width=20,
               aliases=("课程", "课程名称", "模块")),
        Column("title", "内容与要求", required=True, max_length=200, example="轴类零件车削", width=32,
               aliases=("内容", "教学内容")),
        Column("periods", "学时", Kind.DECIMAL, required=True, places=2, minimum=0, example=Decimal(16),
               aliases=("课时", "学时数")),
        Column("period_minutes", "每学时分钟", Kind.INTEGER, minimum=1, maximum=480, example=45,
               help="留空按 45 分钟；企业现场按小时计的填 60。"),
        Column("site", "实施地点", Kind.CHOICE, required=True, choices=Site.choices, example="enterprise",
               aliases=("地点", "教学地点")),
        Column("host", "承担单位", max_length=120, example="示例机床有限公司", width=26,
               help="校中厂、厂中校和企业现场须填写；填单位全称或简称。", aliases=("企业",)),
        Column("teacher", "授课方", Kind.CHOICE, required=True, choices=Teacher.choices, example="enterprise"),
        Column("is_core", "核心课程", Kind.BOOLEAN, example=True),
        Column("is_real_project", "真实项目", Kind.BOOLEAN, example=True,
               help="以企业真实生产或研发任务为内容的，填“是”。"),
        Column("reason", "变更原因", max_length=200, help="项目培养中时，修改或新增的行须填写。"),
    ),
    notes=(
        "编号已有的行修改该条，编号新的行新增；表里没有的条目保持不变。",
        "企业场所占比 =（校中厂 + 厂中校 + 企业现场）学时 ÷ 总学时，由平台计算，不用填写。",
        "真实项目学时占比按核心课程计算。",
    ),
    unique=(("code",),),
)  # fmt: skip


@dataclass
class Plan:
    """The programme with its items by number and its units by name."""

    actor: Actor
    programme: Programme
    items: Mapping[str, PlanItem]
    units: Mapping[str, Unit]

    @property
    def allowed(self) -> set[int]:
        return {unit.pk for unit in self.units.values()}


def _programme(actor: Actor, scope: Scope) -> Programme:
    found = programmes_visible_to(actor).filter(pk=int(scope.get("programme") or 0)).first()
    if found is None:
        raise Refused("培养项目不存在。")
    return found


def may_plan(user: Any, scope: Any) -> Verdict:
    return rules.may_edit(user, _programme(user, scope))


def load_plan(*, user: Any, scope: Any, at: datetime) -> Plan:
    programme = _programme(user, scope)
    rows = programme.items.select_related("host").order_by("place")
    units = units_of(programme)
    named = {unit.short_name: unit for unit in units if unit.short_name}
    named |= {unit.name: unit for unit in units}
    return Plan(user, programme, {row.code: row for row in rows}, named)


def check_plan(rows: Sequence[CheckedRow], context: Any) -> Iterator[Fault]:
    """Each row as an item; of a running programme a change without a reason is a problem."""
    plan: Plan = context
    for row in rows:
        for fault in _faults(plan, row.values):
            yield Fault(fault.code, fault.message, fault.advice, fault.key, row.number)


def _faults(plan: Plan, values: Mapping[str, Any]) -> Iterator[Fault]:
    if any(
        values[key] is None for key in ("code", "course", "title", "periods", "site", "teacher")
    ):
        return  # the cells' own problems say it
    name = values["host"]
    if name and name not in plan.units:
        units = "、".join(
            sorted(unit.name for unit in {u.pk: u for u in plan.units.values()}.values())
        )
        yield Fault("unit", f"“{name}”不在本项目的合作单位中", f"可填：{units}", "host")
        return
    minutes = _minutes(values)
    if minutes is None:
        yield Fault("not_whole", "学时折算后不是整分钟", "请核对学时和每学时分钟", "periods")
        return
    if minutes < 1:
        yield Fault("too_small", "学时应大于 0", "", "periods")
        return
    one = item_of(plan, values)
    for key, messages in item_problems(one, plan.allowed).items():
        yield Fault("plan_item", messages[0].rstrip("。"), "", key)
    changed = fields_of(plan.items.get(one.code)) != one
    if changed and rules.needs_reason(plan.programme) and not values["reason"]:
        yield Fault("reason", "项目正在培养中，修改培养计划须写明原因", "请填写变更原因", "reason")


def _minutes(values: Mapping[str, Any]) -> int | None:
    """Whole minutes, None where the lessons do not come to any."""
    found = values["periods"] * (values["period_minutes"] or PERIOD)
    return int(found) if found == int(found) else None


def item_of(plan: Plan, values: Mapping[str, Any]) -> ItemFields:
    """A checked row as an item."""
    return ItemFields(
        code=values["code"], course=values["course"], title=values["title"],
        minutes=_minutes(values) or 0, site=values["site"], teacher=values["teacher"],
        host=plan.units.get(values["host"] or ""), is_core=bool(values["is_core"]),
        is_real_project=bool(values["is_real_project"]),
    )  # fmt: skip


def commit_plan(rows: Sequence[CheckedRow], *, by: Any, at: datetime, context: Any) -> Committed:
    """All rows in one change of the plan, with the reasons that were given."""
    plan: Plan = context
    items = [item_of(plan, row.values) for row in rows]
    reasons = dict.fromkeys(str(row.values["reason"]) for row in rows if row.values["reason"])
    done = write_plan(plan.programme, items, reason="；".join(reasons), by=by, at=at)
    return Committed(done.created, done.updated, done.unchanged)


def export_plan(context: Any) -> Iterable[Mapping[str, object]]:
    plan: Plan = context
    return [row_of(item) for item in plan.items.values()]


def row_of(item: PlanItem) -> dict[str, object]:
    """An item as values by column key; the lesson's length is the usual one that divides it."""
    usual = (PERIOD, 60) if item.site == Site.SCHOOL else (60, PERIOD)
    length = next((minutes for minutes in usual if item.minutes % minutes == 0), 1)
    return {
        "code": item.code, "course": item.course, "title": item.title,
        "periods": Decimal(item.minutes // length), "period_minutes": length, "site": item.site,
        "host": item.host.name if item.host else None, "teacher": item.teacher,
        "is_core": item.is_core, "is_real_project": item.is_real_project, "reason": None,
    }  # fmt: skip


BINDING = Binding(
    layout=PLAN, may=may_plan, load=load_plan, check_rows=check_plan, commit=commit_plan,
    export_rows=export_plan,
)  # fmt: skip
