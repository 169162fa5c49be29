"""Rows of the placement sheet read as placements: which rows belong together, what they say."""

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from chanjiao.needs.models import Student
from chanjiao.people.access import Actor
from chanjiao.people.models import Unit
from chanjiao.sheets.cells import is_blank
from chanjiao.sheets.checking import CheckedRow
from chanjiao.sheets.problems import Fault
from chanjiao.training.enums import MentorKind, PlacementKind
from chanjiao.training.models import Mentor, Placement
from chanjiao.training.placement_columns import LAYOUT, WHOLE, conditions, exported
from chanjiao.training.placement_facts import PlacementFacts, StintFacts
from chanjiao_engine.codes import normalise


@dataclass
class Desk:
    """A school's students by 学号, members by name and code, mentors and placements by number."""

    actor: Actor
    school: Unit
    students: Mapping[str, Student]
    hosts: Mapping[str, Unit]
    mentors: Mapping[str, Mentor]
    placements: Mapping[str, Placement]
    absent: frozenset[str] = frozenset()
    plans: list["Plan"] = field(default_factory=list)


@dataclass
class Plan:
    """The rows that are one placement, and what they say once all of it can be read."""

    rows: list[CheckedRow]
    held: Placement | None
    facts: PlacementFacts | None = None
    stints: list[StintFacts] = field(default_factory=list)
    changed: bool = True


def grouped(rows: Sequence[CheckedRow], desk: Desk, faults: list[Fault]) -> list[Plan]:
    """Rows of one number are one placement; new rows of a student that follow on each other are."""
    plans: dict[object, Plan] = {}
    new: list[CheckedRow] = []
    for row in rows:
        number = row.values["number"]
        if number is None:
            new.append(row)
        elif str(number) in desk.placements:
            plan = plans.setdefault(number, Plan([], desk.placements[str(number)]))
            _keep_absent(row, plan, desk.absent)
            plan.rows.append(row)
        else:
            told = f"本校没有编号为 {number} 的实习"
            faults.append(Fault("unknown_number", told, "新增请把编号留空", "number", row.number))
    return [*plans.values(), *_chained(new)]


def _keep_absent(row: CheckedRow, plan: Plan, absent: frozenset[str]) -> None:
    """Columns the file does not have stay as they are."""
    if plan.held is None or not absent:
        return
    lines = exported(plan.held)
    at = min(len(plan.rows), len(lines) - 1)
    same = (one for one in lines if one["starts_on"] == row.values["starts_on"])
    line = next(same, lines[at])
    row.values.update({key: line[key] for key in absent - {"number"}})


def _chained(rows: Iterable[CheckedRow]) -> list[Plan]:
    whole = [row for row in rows if is_dated(row)]
    whole.sort(key=lambda row: (str(row.values["student_number"]), row.values["starts_on"]))
    plans: list[Plan] = []
    for row in whole:
        last = plans[-1].rows[-1] if plans else None
        if last is not None and _follows(last, row):
            plans[-1].rows.append(row)
        else:
            plans.append(Plan([row], None))
    return plans


def _follows(before: CheckedRow, after: CheckedRow) -> bool:
    ends: Any = before.values["last_on"]
    starts: Any = after.values["starts_on"]
    same = all(before.values[key] == after.values[key] for key in ("student_number", "kind"))
    return same and (starts - ends).days == 1


def read(plan: Plan, desk: Desk) -> Iterator[Fault]:
    """The rows as facts; what cannot be found is a fault at its cell."""
    first = plan.rows[0]
    student = desk.students.get(str(first.values["student_number"]))
    for row in plan.rows:
        yield from _who(row, plan, student)
        for key in WHOLE:
            if row.values[key] != first.values[key]:
                told = f"与第 {first.number} 行不同，它们是同一次实习"
                yield Fault("differs", told, "请填成一致", key, row.number)
    missing = [row for row in plan.rows if not _is_whole(row)]
    if student is None or missing:
        return
    tutor = yield from _mentor(first, "tutor", desk.school, MentorKind.SCHOOL, desk)
    stints = []
    for row in plan.rows:
        stint = yield from _stint(row, plan.held, desk)
        if stint is not None:
            stints.append(stint)
    if len(stints) == len(plan.rows):
        plan.stints = sorted(stints, key=lambda one: one.starts_on)
        plan.facts = _facts(student, first.values, tutor, plan)


def _is_whole(row: CheckedRow) -> bool:
    """Whether every cell that must be there could be read; if not, the cell has its problem."""
    return all(row.values[column.key] is not None for column in LAYOUT.columns if column.required)


def _who(row: CheckedRow, plan: Plan, student: Student | None) -> Iterator[Fault]:
    number, name = row.values["student_number"], row.values["name"]
    if number is None:
        return
    if student is None:
        told = f"本校学生名册里没有学号 {number}"
        yield Fault("student", told, "请先导入学生名册，或核对学号", "student_number", row.number)
    elif plan.held is not None and plan.held.student_id != student.pk:
        told = "这个实习编号是另一名学生的"
        yield Fault(
            "student", told, "换学生请取消原来的实习，另行新增", "student_number", row.number
        )
    elif name and name != student.name:
        told = f"学号 {number} 是“{student.name}”"
        yield Fault("name", told, "请核对学号和姓名", "name", row.number)


def _stint(
    row: CheckedRow, held: Placement | None, desk: Desk
) -> Generator[Fault, None, StintFacts | None]:
    host = desk.hosts.get(normalise(str(row.values["host"])))
    if host is None:
        told = f"“{row.values['host']}”不是本联合体接收实习的在任成员"
        yield Fault("unit", told, "请填成员单位的全称或信用代码", "host", row.number)
        return None
    master = yield from _mentor(row, "master", host, MentorKind.ENTERPRISE, desk)
    second = yield from _mentor(row, "second_master", host, MentorKind.ENTERPRISE, desk)
    if master is not None and master == second:
        told = "第二导师不能与企业导师是同一人"
        yield Fault("mentor", told, "请改填或清空", "second_master", row.number)
    facts = StintFacts(host=host, master=master, second_master=second, **conditions(row.values))
    before = [] if held is None else list(held.stints.all())
    same = (one for one in before if (one.host_id, one.position) == (host.pk, facts.position))
    kept = next(same, None)
    return replace(facts, post=kept.post if kept else None)


def _mentor(
    row: CheckedRow, key: str, unit: Unit, kind: str, desk: Desk
) -> Generator[Fault, None, Mentor | None]:
    number = row.values[key]
    if number is None:
        return None
    found = desk.mentors.get(str(number))
    if found is None or found.unit_id != unit.pk or found.kind != kind:
        told = f"{unit.called}的导师名册里没有编号 {number}"
        yield Fault("mentor", told, "请核对编号，或留空以后再定", key, row.number)
        return None
    return found


def _facts(
    student: Student, values: Mapping[str, Any], tutor: Mentor | None, plan: Plan
) -> PlacementFacts:
    return PlacementFacts(
        student, plan.stints[0].starts_on, plan.stints[-1].ends_on,
        kind=values["kind"] or PlacementKind.POST.value, profile=values["profile"] or "全国",
        tutor=tutor, self_chosen=bool(values["self_chosen"]),
        training_class=plan.held.training_class if plan.held else None,
    )  # fmt: skip


def is_broken(row: CheckedRow) -> bool:
    """Whether a cell was refused or one that must be there is not."""
    return any(
        row.values[column.key] in (None, ()) and (column.required or not is_blank(cell))
        for column, cell in zip(LAYOUT.columns, row.cells, strict=True)
    )


def is_dated(row: CheckedRow) -> bool:
    return bool(row.values["starts_on"] and row.values["last_on"])
