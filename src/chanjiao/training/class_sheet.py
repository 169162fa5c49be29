"""A class's roster as Excel: students of the school by 学号, from a day to a day."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Refused, Verdict
from chanjiao.needs.models import Student
from chanjiao.people.access import Actor
from chanjiao.sheets.binding import Binding, Committed
from chanjiao.sheets.checking import CheckedRow
from chanjiao.sheets.layout import Column, Kind, Layout
from chanjiao.sheets.problems import Fault
from chanjiao.training import programme_rules as rules
from chanjiao.training.class_actions import enrol, leave_class
from chanjiao.training.models import Enrolment, TrainingClass
from chanjiao.training.programme_queries import enrolments_visible_to
from chanjiao.training.queries import programmes_visible_to

Scope = Mapping[str, Any]

ROSTER = Layout(
    key="training_class",
    title="班级名单",
    sheet_name="班级名单",
    max_rows=2_000,
    columns=(
        Column("student_number", "学号", required=True, max_length=30, example="20240101"),
        Column("name", "姓名", required=True, max_length=60, example="张三",
               help="须与学生名册一致，用于核对。"),
        Column("starts_on", "入班日期", Kind.DATE, example=date(2026, 9, 1), help="留空为导入当天。"),
        Column("ends_on", "离班日期", Kind.DATE),
        Column("reason", "离班原因", max_length=200, help="填写离班日期时须写明。"),
    ),
    notes=("只能编入本校学生名册里的学生；已在班的行不重复编入。", "填写离班日期的行，学生自该日起不在班。"),
    unique=(("student_number",),),
)  # fmt: skip


@dataclass
class Desk:
    """The class, the school's students by 学号, and who is in the class."""

    actor: Actor
    one: TrainingClass
    students: Mapping[str, Student]
    inside: Mapping[str, Enrolment]
    on: date


def _class(actor: Actor, scope: Scope) -> TrainingClass:
    rows = TrainingClass.objects.select_related("programme", "cohort__unit")
    rows = rows.filter(programme__in=programmes_visible_to(actor).values("pk"))
    found = rows.filter(pk=int(scope.get("class") or 0)).first()
    if found is None:
        raise Refused("班级不存在。")
    return found


def may_roster(user: Any, scope: Any) -> Verdict:
    return rules.may_keep_class(user, _class(user, scope))


def load_roster(*, user: Any, scope: Any, at: datetime) -> Desk:
    one = _class(user, scope)
    students = Student.objects.filter(school=one.cohort.unit_id).order_by("pk")
    rows = enrolments_visible_to(user).filter(training_class=one)
    inside = {row.student.student_number: row for row in rows.order_by("student__student_number")}
    return Desk(user, one, {s.student_number: s for s in students}, inside, day_of(at))


def check_roster(rows: Sequence[CheckedRow], context: Any) -> Iterator[Fault]:
    desk: Desk = context
    for row in rows:
        for fault in _faults(desk, row.values):
            yield Fault(fault.code, fault.message, fault.advice, fault.key, row.number)


def _faults(desk: Desk, values: Mapping[str, Any]) -> Iterator[Fault]:
    number = str(values["student_number"] or "")
    found = desk.students.get(number)
    if number and found is None:
        yield Fault("student", f"学生名册里没有学号 {number}", "请先导入学生名册", "student_number")
        return
    if found is not None and values["name"] and found.name != values["name"]:
        yield Fault(
            "name", f"学号 {number} 的学生不叫“{values['name']}”", "请核对学号和姓名", "name"
        )
    held = desk.inside.get(number)
    begun = held.starts_on if held else values["starts_on"] or desk.on
    ends = values["ends_on"]
    if ends and not values["reason"] and not (held and held.ends_on):
        yield Fault("reason", "填写了离班日期，没有写明原因", "", "reason")
    if ends and (ends < begun or ends > desk.on):
        yield Fault("dates", "离班日期应在入班日期之后、今天之前或今天", "", "ends_on")


def commit_roster(rows: Sequence[CheckedRow], *, by: Any, at: datetime, context: Any) -> Committed:
    """New students come in, day by day of coming; those with a day of leaving leave."""
    desk: Desk = context
    new = [row.values for row in rows if row.values["student_number"] not in desk.inside]
    days = sorted({_begins(values, desk) for values in new})
    for day in days:
        students = [desk.students[str(v["student_number"])] for v in new if _begins(v, desk) == day]
        enrol(desk.one, students, starts_on=day, by=by, at=at)
    left = sum(_leaves(row.values, desk, by=by, at=at) for row in rows)
    return Committed(len(new), left, len(rows) - len(new) - left)


def _begins(values: Mapping[str, Any], desk: Desk) -> date:
    found: date = values["starts_on"] or desk.on
    return found


def _leaves(values: Mapping[str, Any], desk: Desk, *, by: Any, at: datetime) -> bool:
    """Whether a row that was in the class takes its student out."""
    held = desk.inside.get(str(values["student_number"]))
    if held is None:
        held = desk.one.enrolments.filter(student__student_number=values["student_number"]).first()
    if held is None or values["ends_on"] is None or held.ends_on is not None:
        return False
    leave_class(held, ends_on=values["ends_on"], reason=values["reason"] or "", by=by, at=at)
    return str(values["student_number"]) in desk.inside


def export_roster(context: Any) -> Iterable[Mapping[str, object]]:
    desk: Desk = context
    return [
        {
            "student_number": number, "name": row.student.name, "starts_on": row.starts_on,
            "ends_on": row.ends_on, "reason": row.reason or None,
        }
        for number, row in desk.inside.items()
    ]  # fmt: skip


BINDING = Binding(
    layout=ROSTER, may=may_roster, load=load_roster, check_rows=check_roster,
    commit=commit_roster, export_rows=export_roster,
)  # fmt: skip
