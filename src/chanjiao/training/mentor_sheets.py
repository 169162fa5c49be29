"""The register of mentors, their hours and teachers' stays as Excel."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import partial
from typing import Any

from django.db.models import Q

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Verdict, refuse
from chanjiao.members.models import Consortium, Membership
from chanjiao.members.queries import member_on
from chanjiao.needs.sheets import parties
from chanjiao.people.access import Actor
from chanjiao.people.models import Unit
from chanjiao.sheets.binding import Binding, Committed
from chanjiao.sheets.checking import CheckedRow
from chanjiao.sheets.layout import Column, Kind, Layout
from chanjiao.sheets.problems import Fault
from chanjiao.training import mentor_rules as rules
from chanjiao.training.enums import MentorKind
from chanjiao.training.mentors import stays_visible_to, work_visible_to
from chanjiao.training.models import Mentor
from chanjiao.training.queries import mentors_visible_to
from chanjiao.training.register_actions import (
    MentorFields,
    add_mentor,
    change_mentor,
    mentor_problems,
    record_stay,
    record_work,
    stay_problems,
    work_problems,
)

Scope = Mapping[str, Any]
_NUMBER = Column(
    "number", "导师编号", required=True, max_length=24, example="DS-2026-0001", width=16
)
_NAME = Column(
    "name", "姓名", required=True, max_length=60, example="王师傅", help="用于核对编号。"
)

MENTORS = Layout(
    key="training_mentors",
    title="导师名册",
    sheet_name="导师名册",
    max_rows=5_000,
    columns=(
        Column("number", "导师编号", max_length=24, help="新增时留空，由平台编号。", width=16),
        Column("name", "姓名", required=True, max_length=60, example="王师傅"),
        Column("position", "岗位或职务", max_length=80, example="数控车间班组长"),
        Column("qualification", "职业资格或职称", max_length=80, example="数控车工高级技师", width=20,
               help="企业导师须填写。"),
        Column("certificate", "证书编号", max_length=60),
        Column("years", "从业年限", Kind.INTEGER, minimum=0, maximum=60, example=15),
        Column("contact", "联系方式", max_length=120),
        Column("allowance_fen", "月津贴", Kind.MONEY, unit="元", minimum=0),
        Column("at_most", "带徒上限", Kind.INTEGER, minimum=1, maximum=50, example=5, help="留空为 5 人。"),
        Column("dual_level", "双师型等级", max_length=20, help="仅学校教师填写，如初级、中级、高级。"),
        Column("dual_until", "双师型有效期至", Kind.DATE),
        Column("starts_on", "聘任开始", Kind.DATE, required=True, example=date(2026, 9, 1)),
        Column("ends_on", "聘任结束", Kind.DATE, help="当日不再聘任；留空为未定。"),
    ),
    notes=("有编号的行修改该导师，编号留空的行新增。", "聘任协议在导师页选择，不从这张表导入。"),
    unique=(("number",),),
)  # fmt: skip
WORK = Layout(
    key="training_mentor_work",
    title="导师课时",
    sheet_name="导师课时",
    columns=(
        _NUMBER, _NAME,
        Column("day", "日期", Kind.DATE, required=True, example=date(2026, 11, 2)),
        Column("minutes", "时长", Kind.INTEGER, unit="分钟", required=True, minimum=1, maximum=1440, example=90),
        Column("what", "内容", required=True, max_length=200, example="讲授《数控编程》第三单元", width=32),
        Column("is_here", "在本校授课", Kind.BOOLEAN, example=True, help="由学校登记企业导师的授课时填“是”。"),
    ),
    notes=("一行是一天的一项内容；已登记的不重复登记。", "学生记录里经导师确认的时长由平台统计，不在这里填写。"),
    unique=(("number", "day", "what"),),
)  # fmt: skip
STAYS = Layout(
    key="training_stays",
    title="教师企业实践",
    sheet_name="企业实践",
    columns=(
        _NUMBER, _NAME,
        Column("host", "实践单位", required=True, max_length=120, example="示例机床有限公司", width=26),
        Column("starts_on", "开始日期", Kind.DATE, required=True, example=date(2026, 7, 6)),
        Column("ends_on", "结束日期", Kind.DATE, required=True, example=date(2026, 8, 1), help="当日不再实践。"),
        Column("days", "实践天数", Kind.INTEGER, required=True, minimum=1, example=20),
        Column("what", "内容", required=True, max_length=200, example="参与主轴装配工艺改进", width=32),
    ),
    notes=("同一教师的实践日期不能重叠；已登记的不重复登记。", "证明材料在平台上逐条上传。"),
    unique=(("number", "starts_on"),),
)  # fmt: skip


@dataclass
class Register:
    """A unit's register: mentors it may write for by number; members by name."""

    actor: Actor
    consortium: Consortium
    unit: Unit
    mentors: Mapping[str, Mentor]
    units: Mapping[str, Unit]
    done: frozenset[tuple[Any, ...]]
    at: datetime

    @property
    def on(self) -> date:
        return day_of(self.at)

    @property
    def kind(self) -> str:
        return MentorKind.SCHOOL if self.unit.is_school else MentorKind.ENTERPRISE


def _may(user: Any, scope: Any) -> Verdict:
    consortium, unit = parties(scope)
    if unit is None:
        return refuse("导师由各单位登记。")
    return rules.may_add_mentor(user, consortium, unit)


def _may_stays(user: Any, scope: Any) -> Verdict:
    _, unit = parties(scope)
    if unit is not None and not unit.is_school:
        return refuse("企业实践由学校登记。")
    return _may(user, scope)


def _load(which: str, *, user: Any, scope: Any, at: datetime) -> Register:
    consortium, unit = parties(scope)
    assert unit is not None  # `may` was asked
    rows = mentors_visible_to(user).filter(consortium=consortium)
    if which == "mentors" or not unit.is_school:
        rows = rows.filter(unit=unit)
    members = Membership.objects.filter(member_on(day_of(at)), consortium=consortium)
    units = [m.unit for m in members.select_related("unit").order_by("pk")]
    named = {u.short_name: u for u in units if u.short_name} | {u.name: u for u in units}
    mentors = {row.number: row for row in rows.order_by("unit__name", "name", "pk").distinct()}
    done = _DONE[which](user, list(mentors.values()))
    return Register(user, consortium, unit, mentors, named, done, at)


def _no_done(user: Actor, mentors: Sequence[Mentor]) -> frozenset[tuple[Any, ...]]:
    return frozenset()


def _work_done(user: Actor, mentors: Sequence[Mentor]) -> frozenset[tuple[Any, ...]]:
    rows = work_visible_to(user).filter(mentor__in=mentors).order_by("pk")
    return frozenset(rows.values_list("mentor__number", "day", "what"))


def _stays_done(user: Actor, mentors: Sequence[Mentor]) -> frozenset[tuple[Any, ...]]:
    rows = stays_visible_to(user).filter(mentor__in=mentors).order_by("pk")
    return frozenset(rows.values_list("mentor__number", "starts_on", "ends_on"))


_DONE = {"mentors": _no_done, "work": _work_done, "stays": _stays_done}


def _checked(check: Any, rows: Sequence[CheckedRow], context: Any) -> Iterator[Fault]:
    """A check of one row's values over all rows."""
    for row in rows:
        for fault in check(context, row.values):
            yield Fault(fault.code, fault.message, fault.advice, fault.key, row.number)


def _known(desk: Register, values: Mapping[str, Any]) -> Mentor | Fault:
    """The mentor a row of work or of a stay speaks of, or what is wrong."""
    found = desk.mentors.get(str(values["number"] or ""))
    if found is None:
        return Fault(
            "unknown_number",
            f"没有编号为 {values['number']} 的导师",
            "请用平台导出的编号",
            "number",
        )
    if values["name"] and values["name"] != found.name:
        return Fault("name", f"{found.number} 是“{found.name}”", "请核对编号和姓名", "name")
    return found


def _said(problems: Mapping[str, Sequence[str]]) -> Iterator[Fault]:
    for key, messages in problems.items():
        yield Fault("value", messages[0].rstrip("。"), "", key)


# The register ------------------------------------------------------------------------------------
def _mentor_faults(desk: Register, values: Mapping[str, Any]) -> Iterator[Fault]:
    number = values["number"]
    if number and number not in desk.mentors:
        yield Fault(
            "unknown_number", f"本单位没有编号为 {number} 的导师", "新增时请把编号留空", "number"
        )
    if values["name"] and values["starts_on"]:
        yield from _said(mentor_problems(_fields(desk, values), desk.kind))


def _fields(desk: Register, values: Mapping[str, Any]) -> MentorFields:
    held = desk.mentors.get(str(values["number"] or ""))
    given = {key: value for key, value in values.items() if key != "number"}
    for key in ("position", "qualification", "certificate", "contact", "dual_level"):
        given[key] = given[key] or ""
    given["at_most"] = given["at_most"] or 5
    return MentorFields(agreement=held.agreement if held else None, **given)


def _kept(row: Mentor) -> MentorFields:
    return MentorFields(**{f.name: getattr(row, f.name) for f in fields(MentorFields)})


def commit_mentors(rows: Sequence[CheckedRow], *, by: Any, at: datetime, context: Any) -> Committed:
    """New mentors added, known ones brought to what the row says."""
    desk: Register = context
    created = updated = 0
    for row in rows:
        given = _fields(desk, row.values)
        held = desk.mentors.get(str(row.values["number"] or ""))
        if held is None:
            add_mentor(desk.consortium, desk.unit, given, by=by, at=at)
            created += 1
        elif given != _kept(held):
            change_mentor(held, given, revision=held.revision, by=by, at=at)
            updated += 1
    return Committed(created, updated, len(rows) - created - updated)


def export_mentors(context: Any) -> Iterable[Mapping[str, object]]:
    desk: Register = context
    keys = [column.key for column in MENTORS.columns]
    return [{key: getattr(row, key) for key in keys} for row in desk.mentors.values()]


# Hours -------------------------------------------------------------------------------------------
def _work_faults(desk: Register, values: Mapping[str, Any]) -> Iterator[Fault]:
    found = _known(desk, values)
    if isinstance(found, Fault):
        yield found
        return
    verdict = rules.may_record_work(desk.actor, found, _school(desk, values))
    if not verdict:
        yield Fault("not_own", verdict.reason.rstrip("。"), "在本校授课的请填“是”", "is_here")
    if values["day"] and values["minutes"]:
        yield from _said(
            work_problems(found, day=values["day"], minutes=values["minutes"], on=desk.on)
        )


def _school(desk: Register, values: Mapping[str, Any]) -> Unit | None:
    return desk.unit if values["is_here"] and desk.unit.is_school else None


def commit_work(rows: Sequence[CheckedRow], *, by: Any, at: datetime, context: Any) -> Committed:
    desk: Register = context
    new = [
        row.values for row in rows
        if (row.values["number"], row.values["day"], row.values["what"]) not in desk.done
    ]  # fmt: skip
    for v in new:
        record_work(
            desk.mentors[str(v["number"])], day=v["day"], minutes=v["minutes"], what=v["what"],  # type: ignore[arg-type]
            school=_school(desk, v), by=by, at=at,
        )  # fmt: skip
    return Committed(len(new), 0, len(rows) - len(new))


def export_work(context: Any) -> Iterable[Mapping[str, object]]:
    desk: Register = context
    rows = work_visible_to(desk.actor).filter(mentor__consortium=desk.consortium)
    own = rows.filter(Q(mentor__unit=desk.unit) | Q(school=desk.unit))
    return [
        {
            "number": row.mentor.number, "name": row.mentor.name, "day": row.day,
            "minutes": row.minutes, "what": row.what, "is_here": row.school_id == desk.unit.pk,
        }
        for row in own.order_by("-day", "-pk").distinct()
    ]  # fmt: skip


# Stays -------------------------------------------------------------------------------------------
def _stay_faults(desk: Register, values: Mapping[str, Any]) -> Iterator[Fault]:
    found = _known(desk, values)
    if isinstance(found, Fault):
        yield found
        return
    if found.unit_id != desk.unit.pk:
        yield Fault("not_own", f"{found.name}不是本校教师", "", "number")
    host = desk.units.get(str(values["host"] or ""))
    if host is None:
        if values["host"]:
            yield Fault("unit", f"“{values['host']}”不是本联合体的在任成员", "请填单位全称", "host")
        return
    starts, ends, days = (values[key] for key in ("starts_on", "ends_on", "days"))
    if (found.number, starts, ends) in desk.done or None in (starts, ends, days):
        return
    yield from _said(
        stay_problems(found, host=host, starts_on=starts, ends_on=ends, days=days, on=desk.on)
    )


def commit_stays(rows: Sequence[CheckedRow], *, by: Any, at: datetime, context: Any) -> Committed:
    desk: Register = context
    new = [
        row.values for row in rows
        if (row.values["number"], row.values["starts_on"], row.values["ends_on"]) not in desk.done
    ]  # fmt: skip
    for v in new:
        record_stay(
            desk.mentors[str(v["number"])], host=desk.units[str(v["host"])],
            starts_on=v["starts_on"], ends_on=v["ends_on"], days=v["days"], what=v["what"],  # type: ignore[arg-type]
            by=by, at=at,
        )  # fmt: skip
    return Committed(len(new), 0, len(rows) - len(new))


def export_stays(context: Any) -> Iterable[Mapping[str, object]]:
    desk: Register = context
    rows = stays_visible_to(desk.actor).filter(mentor__unit=desk.unit)
    return [
        {
            "number": row.mentor.number, "name": row.mentor.name, "host": row.host.name,
            "starts_on": row.starts_on, "ends_on": row.ends_on, "days": row.days, "what": row.what,
        }
        for row in rows.filter(mentor__consortium=desk.consortium).order_by("-starts_on", "-pk")
    ]  # fmt: skip


BINDINGS = (
    Binding(
        layout=MENTORS, may=_may, load=partial(_load, "mentors"),
        check_rows=partial(_checked, _mentor_faults), commit=commit_mentors,
        export_rows=export_mentors,
    ),
    Binding(
        layout=WORK, may=_may, load=partial(_load, "work"),
        check_rows=partial(_checked, _work_faults), commit=commit_work, export_rows=export_work,
    ),
    Binding(
        layout=STAYS, may=_may_stays, load=partial(_load, "stays"),
        check_rows=partial(_checked, _stay_faults), commit=commit_stays, export_rows=export_stays,
    ),
)  # fmt: skip
