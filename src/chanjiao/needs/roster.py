"""The roster as Excel: students keyed by 学号, tied to a cohort that exists."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from chanjiao.kernel.verdict import Conflict
from chanjiao.needs.bulk import insert_many, update_many
from chanjiao.needs.checks import student_findings
from chanjiao.needs.columns import STUDENTS
from chanjiao.needs.enums import ListingState
from chanjiao.needs.models import Cohort, Student
from chanjiao.needs.queries import students_visible_to
from chanjiao.needs.sheets import WRITTEN, Desk, fit_layout, load_desk, may_use, pieces
from chanjiao.people.models import Unit
from chanjiao.sheets.binding import Binding, Committed
from chanjiao.sheets.checking import CheckedRow
from chanjiao.sheets.problems import Fault

PERSONAL = ("name", "sex", "birth_date", "grade_points", "skill_points")


class Roster:
    """A desk with the schools' open cohorts, found by number or by major and entry year.

    `known`: (school, 学号) → (pk, revision, whether the sheet changes it). `placed`: spreadsheet
    row → cohort.
    """

    def __init__(self, desk: Desk) -> None:
        self.desk, self.unit, self.book = desk, desk.unit, desk.book
        self.known: dict[tuple[int, str], tuple[int, int, bool]] = {}
        self.placed: dict[int, Cohort] = {}
        schools = [desk.unit] if desk.unit else list(desk.members.values())
        rows = Cohort.objects.filter(consortium=desk.consortium, unit__in=schools)
        cohorts = list(rows.exclude(state=ListingState.CLOSED).order_by("number"))
        self._by_number = {(cohort.unit_id, cohort.number): cohort for cohort in cohorts}
        self._by_major: dict[tuple[int, str, int], list[Cohort]] = {}
        for cohort in cohorts:
            key = (cohort.unit_id, cohort.major_code, cohort.entry_year)
            self._by_major.setdefault(key, []).append(cohort)

    def cohort_of(self, school: Unit, values: Mapping[str, Any]) -> Cohort | Fault:
        """The cohort a row speaks of, or what is wrong."""
        number, major, year = (
            values[name] for name in ("cohort_number", "major_code", "entry_year")
        )
        if number:
            found = self._by_number.get((school.pk, number))
            advice = "请填学生批次清单里的编号"
            return found or Fault("cohort", f"没有编号 {number} 的批次", advice, "cohort_number")
        if not major or not year:
            return Fault(
                "cohort", "没有写明批次", "请填批次编号，或填专业代码和入学年份", "cohort_number"
            )
        several = self._by_major.get((school.pk, major, year), [])
        if len(several) == 1:
            return several[0]
        if not several:
            message = f"没有专业 {major}、{year} 级的批次"
            return Fault("cohort", message, "请先导入学生批次清单", "major_code")
        numbers = "、".join(cohort.number for cohort in several[:5])
        return Fault(
            "cohort", f"{year} 级该专业有多个批次（{numbers}）", "请填批次编号", "cohort_number"
        )


def load_roster(*, user: Any, scope: Any, at: datetime) -> Roster:
    """The desk and the cohorts, read once."""
    return Roster(load_desk(None, user=user, scope=scope, at=at))


def check_roster(rows: Sequence[CheckedRow], context: Any) -> Iterator[Fault]:
    """Every problem of every row: its school, its cohort, the student's age."""
    roster: Roster = context
    for piece in pieces(rows):
        existing = _existing(roster, piece)
        for row in piece:
            for fault in _faults(roster, row, existing):
                yield Fault(fault.code, fault.message, fault.advice, fault.key, row.number)


def _existing(roster: Roster, rows: Sequence[CheckedRow]) -> dict[tuple[int, str], Student]:
    numbers = {str(row.values["student_number"]) for row in rows if row.values["student_number"]}
    schools = [roster.unit.pk] if roster.unit else list(roster.desk.members)
    found = Student.objects.filter(school__in=schools, student_number__in=numbers)
    return {
        (student.school_id, student.student_number): student for student in found.order_by("pk")
    }


def _faults(
    roster: Roster, row: CheckedRow, existing: Mapping[tuple[int, str], Student]
) -> Iterator[Fault]:
    school = roster.desk.unit_of(row.values)
    if isinstance(school, str):
        yield Fault("unit", school, "请核对单位", "unit_code")
        return
    if not school.is_school:
        yield Fault(
            "wrong_side",
            f"{school.name}不是学校，没有学生名册",
            "请核对单位",
            "unit_code" if roster.unit is None else "",
        )
        return
    cohort = roster.cohort_of(school, row.values)
    if isinstance(cohort, Fault):
        yield cohort
        return
    roster.placed[row.number] = cohort
    number = row.values["student_number"]
    held = existing.get((school.pk, str(number))) if number else None
    if held is not None:
        changed = held.cohort_id != cohort.pk or any(
            getattr(held, name) != row.values[name] for name in PERSONAL
        )
        roster.known[school.pk, str(number)] = (held.pk, held.revision, changed)
    for finding in student_findings(row.values, kind=cohort.kind, starts=cohort.available_from):
        yield Fault(finding.code, finding.message, finding.advice, finding.field)


def commit_roster(rows: Sequence[CheckedRow], *, by: Any, at: datetime, context: Any) -> Committed:
    """Write checked rows; inside the caller's transaction."""
    roster: Roster = context
    new: list[CheckedRow] = []
    change: list[CheckedRow] = []
    for row in rows:
        known = roster.known.get(_key(roster, row))
        if known is None:
            new.append(row)
        elif known[2]:
            change.append(row)
    names = ("created_at", "school", "cohort", "student_number", *PERSONAL)
    for piece in pieces(new, WRITTEN):
        insert_many(Student, names, ((at, *_new_values(roster, row)) for row in piece))
    for piece in pieces(change):
        _update(roster, piece)
    unchanged = len(rows) - len(new) - len(change)
    return Committed(created=len(new), updated=len(change), unchanged=unchanged)


def _key(roster: Roster, row: CheckedRow) -> tuple[int, str]:
    return roster.placed[row.number].unit_id, str(row.values["student_number"])


def _new_values(roster: Roster, row: CheckedRow) -> tuple[Any, ...]:
    cohort = roster.placed[row.number]
    return (cohort.unit_id, cohort.pk, row.values["student_number"], *_personal(row))


def _personal(row: CheckedRow) -> tuple[Any, ...]:
    return tuple(row.values[name] for name in PERSONAL)


def _update(roster: Roster, rows: Sequence[CheckedRow]) -> None:
    wanted = {roster.known[_key(roster, row)][0]: row for row in rows}
    held = Student.objects.select_for_update().filter(pk__in=wanted).order_by("pk")
    revisions = dict(held.values_list("pk", "revision"))
    for pk, row in wanted.items():
        if revisions.get(pk) != roster.known[_key(roster, row)][1]:
            number = row.values["student_number"]
            raise Conflict(f"检查之后有人修改了学号 {number}，没有写入任何数据，请重新导入。")
    update_many(
        Student,
        ("cohort", *PERSONAL, "revision"),
        (
            (roster.placed[row.number].pk, *_personal(row), revisions[pk] + 1, pk)
            for pk, row in wanted.items()
        ),
    )


def export_roster(context: Any) -> Iterator[dict[str, object]]:
    """The school's own students only: the secretariat may bring a roster in, not take one out."""
    roster: Roster = context
    rows = students_visible_to(roster.desk.actor).filter(cohort__consortium=roster.desk.consortium)
    rows = rows.filter(**roster.desk.filters).order_by("school", "student_number")
    for student in rows.iterator(chunk_size=2000):
        yield exported_student(student)


def exported_student(student: Student) -> dict[str, object]:
    """One student as values by column key."""
    cohort, school = student.cohort, student.school
    return {
        **{name: getattr(student, name) for name in ("student_number", *PERSONAL)},
        "cohort_number": cohort.number,
        "major_code": cohort.major_code,
        "entry_year": cohort.entry_year,
        "unit_code": school.credit_code or "",
        "unit_name": school.name,
    }


BINDING = Binding(
    layout=STUDENTS,
    may=partial(may_use, None),
    load=load_roster,
    fit=fit_layout,
    check_rows=check_roster,
    commit=commit_roster,
    export_rows=export_roster,
)
