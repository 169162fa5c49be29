"""Where graduates went as Excel, by school."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import ALLOWED, Verdict, refuse
from chanjiao.members.models import Consortium
from chanjiao.needs.models import Student
from chanjiao.needs.queries import students_visible_to
from chanjiao.needs.sheets import parties
from chanjiao.people.access import Actor
from chanjiao.people.models import Unit
from chanjiao.reference.queries import Book, book
from chanjiao.sheets.binding import Binding, Committed
from chanjiao.sheets.checking import CheckedRow
from chanjiao.sheets.layout import Column, Kind, Layout
from chanjiao.sheets.problems import Fault
from chanjiao.training.enums import Destination, Where
from chanjiao.training.models import Outcome
from chanjiao.training.outcome_actions import (
    POINTS,
    OutcomeFields,
    given_of,
    outcome_problems,
    point_problems,
    record_outcome,
)
from chanjiao.training.retention import outcomes_visible_to

POINT_NAMES = {0: "毕业时", 6: "6 个月", 12: "12 个月"}

OUTCOMES = Layout(
    key="training_outcomes",
    title="毕业去向",
    sheet_name="毕业去向",
    columns=(
        Column("student_number", "学号", required=True, max_length=30, example="20240101"),
        Column("name", "姓名", required=True, max_length=60, example="张三", help="用于核对学号。"),
        Column("graduated_on", "毕业日期", Kind.DATE, required=True, example=date(2026, 6, 30)),
        Column("months", "时点", Kind.CHOICE, required=True, example=0,
               choices=[(months, POINT_NAMES[months]) for months in POINTS]),
        Column("destination", "去向", Kind.CHOICE, required=True, choices=Destination.choices, example="employed"),
        Column("employer", "单位名称", max_length=120, example="示例机床有限公司", width=26,
               help="就业的须填写；成员单位请填全称。"),
        Column("where", "地区", Kind.CHOICE, choices=Where.choices, example="park", help="就业和创业的须填写。"),
        Column("occupation_code", "职业代码", max_length=16, example="6-18-01-01",
               help="填职业细类代码，或中类代码如 6-18。"),
        Column("wage_fen", "月收入", Kind.MONEY, unit="元", minimum=0),
        Column("relevant", "本校认定对口", Kind.BOOLEAN,
               help="留空由平台按专业与职业对应表判定；与之不同的填“是”或“否”并写明理由。"),
        Column("relevance_reason", "认定理由", max_length=200),
    ),
    notes=("同一学生同一时点一行；已登记的行按表中内容更正。", "没有联系上的请如实填写“未联系上”。"),
    unique=(("student_number", "months"),),
)  # fmt: skip


@dataclass
class Desk:
    """The school's students by 学号 and what is recorded of them."""

    actor: Actor
    consortium: Consortium
    unit: Unit
    students: Mapping[str, Student]
    known: Mapping[tuple[str, int], Outcome]
    book: Book
    on: date


def may_outcomes(user: Any, scope: Any) -> Verdict:
    _, unit = parties(scope)
    if unit is None or not unit.is_school:
        return refuse("毕业去向由学校登记。")
    if user is None or not user.acts_for(unit.pk):
        return refuse("只能为本单位导入和导出。")
    return ALLOWED


def load_outcomes(*, user: Any, scope: Any, at: datetime) -> Desk:
    consortium, unit = parties(scope)
    assert unit is not None  # `may` was asked
    students = students_visible_to(user).filter(school=unit, cohort__consortium=consortium)
    rows = outcomes_visible_to(user).filter(student__in=students.values("pk"))
    known = {(r.student.student_number, r.months): r for r in rows.order_by("student", "months")}
    by_number = {s.student_number: s for s in students.order_by("student_number")}
    return Desk(user, consortium, unit, by_number, known, book(), day_of(at))


def check_outcomes(rows: Sequence[CheckedRow], context: Any) -> Iterator[Fault]:
    desk: Desk = context
    for row in rows:
        for fault in _faults(desk, row.values):
            yield Fault(fault.code, fault.message, fault.advice, fault.key, row.number)


def _faults(desk: Desk, values: Mapping[str, Any]) -> Iterator[Fault]:
    number = str(values["student_number"] or "")
    student = desk.students.get(number)
    if student is None:
        if number:
            yield Fault("student", f"学生名册里没有学号 {number}", "请核对学号", "student_number")
        return
    if values["name"] and values["name"] != student.name:
        yield Fault(
            "name", f"学号 {number} 的学生不叫“{values['name']}”", "请核对学号和姓名", "name"
        )
    problems: dict[str, list[str]] = {}
    if values["graduated_on"] and values["months"] is not None:
        problems |= point_problems(values["months"], values["graduated_on"], desk.on)
    if values["destination"]:
        problems |= outcome_problems(_given(values), desk.book)
    for key, messages in problems.items():
        yield Fault("value", messages[0].rstrip("。"), "", key)


def _given(values: Mapping[str, Any]) -> OutcomeFields:
    return OutcomeFields(
        destination=values["destination"], employer=values["employer"] or "",
        where=values["where"] or "", occupation_code=values["occupation_code"] or "",
        wage_fen=values["wage_fen"], relevant=values["relevant"],
        relevance_reason=values["relevance_reason"] or "",
    )  # fmt: skip


def commit_outcomes(
    rows: Sequence[CheckedRow], *, by: Any, at: datetime, context: Any
) -> Committed:
    """New points in time recorded, known ones corrected."""
    desk: Desk = context
    created = updated = 0
    for row in rows:
        values = row.values
        number, months = str(values["student_number"]), values["months"]
        assert isinstance(months, int)
        held, given = desk.known.get((number, months)), _given(values)
        graduated_on = values["graduated_on"]
        assert isinstance(graduated_on, date)
        if held and given_of(held) == given and held.graduated_on == graduated_on:
            continue
        record_outcome(desk.students[number], months, graduated_on, given, by=by, at=at)
        created, updated = created + (held is None), updated + (held is not None)
    return Committed(created, updated, len(rows) - created - updated)


def export_outcomes(context: Any) -> Iterable[Mapping[str, object]]:
    desk: Desk = context
    for (number, months), row in desk.known.items():
        given = given_of(row)
        yield {
            "student_number": number, "name": row.student.name, "graduated_on": row.graduated_on,
            "months": months, "destination": row.destination, "employer": row.employer or None,
            "where": row.where or None, "occupation_code": row.occupation_code or None,
            "wage_fen": row.wage_fen, "relevant": given.relevant,
            "relevance_reason": row.relevance_reason or None,
        }  # fmt: skip


BINDING = Binding(
    layout=OUTCOMES, may=may_outcomes, load=load_outcomes, check_rows=check_outcomes,
    commit=commit_outcomes, export_rows=export_outcomes,
)  # fmt: skip
