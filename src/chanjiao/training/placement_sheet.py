"""Placements as Excel: a school's students planned, or changed before the start, many at once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.db.models import Prefetch, QuerySet

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.period import overlaps
from chanjiao.kernel.verdict import Invalid, Refused, Verdict, refuse
from chanjiao.members.models import Consortium, Membership
from chanjiao.members.queries import member_on
from chanjiao.needs.models import Student
from chanjiao.needs.sheets import parties
from chanjiao.people.access import Actor
from chanjiao.people.enums import UnitKind
from chanjiao.people.models import Unit
from chanjiao.sheets.binding import Binding, Committed
from chanjiao.sheets.checking import CheckedRow
from chanjiao.sheets.problems import Fault
from chanjiao.training import placement_rules as rules
from chanjiao.training.mentors import Span, check_mentor
from chanjiao.training.models import Mentor, Placement, Stint
from chanjiao.training.placement_actions import change_placement, plan_placement
from chanjiao.training.placement_checks import check_placement, check_stints
from chanjiao.training.placement_columns import LAYOUT, exported
from chanjiao.training.placement_facts import facts_of_stint
from chanjiao.training.placement_reading import Desk, Plan, grouped, is_broken, is_dated, read
from chanjiao.training.placement_rows import lock_students
from chanjiao.training.queries import placements_of_school
from chanjiao_engine.codes import normalise

# Where a problem of a placement or its stints is shown.
_PLACES = {"ends_on": "last_on", "starts_on": "starts_on", "tutor": "tutor", "stints": "starts_on"}


def _school(scope: Any) -> tuple[Consortium, Unit]:
    consortium, unit = parties(scope)
    if unit is None:
        raise Refused("实习由学校安排。")
    return consortium, unit


def may_use(user: Any, scope: Any) -> Verdict:
    """A school for its own students."""
    _, unit = _school(scope)
    return rules.may_plan(user, unit) if unit.is_school else refuse("实习由学校安排。")


def load_desk(*, user: Any, scope: Any, at: datetime) -> Desk:
    consortium, school = _school(scope)
    on = day_of(at)
    rows = Student.objects.filter(school=school, cohort__consortium=consortium).order_by("pk")
    students = {
        one.student_number: one
        for one in rows.select_related("school", "cohort__consortium", "user")
    }
    placements = with_stints(
        placements_of_school(user).filter(school=school, consortium=consortium)
    )
    mentors = Mentor.objects.filter(consortium=consortium).select_related("unit").order_by("pk")
    return Desk(
        user, school, students, _hosts(consortium, school, on),
        {one.number: one for one in mentors},
        {one.number: one for one in placements.order_by("number")},
    )  # fmt: skip


def with_stints(rows: QuerySet[Placement]) -> QuerySet[Placement]:
    """Placements with what a row of the sheet shows."""
    stints = Stint.objects.select_related("host", "master", "second_master", "post")
    found = rows.select_related("student__cohort", "tutor", "training_class")
    return found.prefetch_related(None).prefetch_related(
        Prefetch("stints", stints.order_by("starts_on"))
    )


def _hosts(consortium: Consortium, school: Unit, on: date) -> dict[str, Unit]:
    rows = Membership.objects.filter(member_on(on), consortium=consortium)
    takes = {UnitKind.ENTERPRISE, UnitKind.INSTITUTE}
    units = [
        one.unit
        for one in rows.select_related("unit").order_by("pk")
        if one.unit.kind in takes or one.unit_id == school.pk
    ]
    codes = {one.credit_code: one for one in units if one.credit_code}
    short = {normalise(one.short_name): one for one in units if one.short_name}
    return codes | short | {normalise(one.name): one for one in units}


# In --------------------------------------------------------------------------------------------
def check_rows(rows: Sequence[CheckedRow], context: Any) -> Iterator[Fault]:
    """Every problem of every row: who, where, when, and whether the mentors have room for all."""
    desk: Desk = context
    desk.plans = []
    faults: list[Fault] = []
    plans = grouped(rows, desk, faults)
    for plan in plans:
        found = list(read(plan, desk))
        if not found and plan.facts is not None:
            found = list(_standing(plan, desk))
        faults += found
        if not found and plan.facts is not None:
            desk.plans.append(plan)
    faults += _crossing(desk.plans)
    faults += _full(desk.plans)
    faults += _beside_bad(rows, plans, {one.row for one in faults})
    bad = {one.row for one in faults}
    desk.plans = [plan for plan in desk.plans if bad.isdisjoint(row.number for row in plan.rows)]
    return iter(faults)


def note_absent(context: Any, keys: frozenset[str]) -> None:
    context.absent = keys


def _beside_bad(
    rows: Sequence[CheckedRow], plans: Iterable[Plan], bad: set[int]
) -> Iterator[Fault]:
    """The other rows of a placement of which one is wrong: it is written whole or not at all."""
    bad = bad | {row.number for row in rows if is_broken(row)}
    undated = {
        row.values["student_number"]: row.number
        for row in rows
        if row.values["number"] is None and not is_dated(row)
    }
    for plan in plans:
        numbers = [row.number for row in plan.rows]
        wrong = min(bad.intersection(numbers), default=0)
        if not wrong and plan.held is None:
            wrong = undated.get(plan.rows[0].values["student_number"], 0)
        for number in numbers if wrong else ():
            if number not in bad:
                told = f"与有问题的第 {wrong} 行是同一名学生的实习，一起写入"
                yield Fault("sibling", told, f"请先改好第 {wrong} 行", "", number)


def _standing(plan: Plan, desk: Desk) -> Iterator[Fault]:
    """Whether the placement may be so, asked of what is there; nothing of one that stays as it is."""
    assert plan.facts is not None
    first = plan.rows[0].number
    if plan.held is not None:
        plan.changed = not _as_it_is(plan, plan.held)
        if not plan.changed:
            return
        verdict = rules.may_change(desk.actor, plan.held)
        if not verdict:
            advice = "请删去这一行，或恢复原来的内容"
            yield Fault("not_editable", verdict.reason.rstrip("。"), advice, "number", first)
            return
        several = len(plan.held.stints.all())
        if len(plan.rows) < several:
            told = f"这次实习有 {several} 段岗位，表里只有 {len(plan.rows)} 段"
            yield Fault("stints", told, "请补上缺的各段；减少岗位请在页面上修改", "number", first)
            return
    bare = [replace(one, master=None, second_master=None) for one in plan.stints]
    try:
        check_placement(plan.facts, but=plan.held)
        check_stints(plan.facts.starts_on, plan.facts.ends_on, bare, but=plan.held)
    except Invalid as invalid:
        for name, texts in invalid.problems.items():
            for text in texts:
                yield Fault("placement", text.rstrip("。"), "", _PLACES.get(name, ""), first)


def _as_it_is(plan: Plan, held: Placement) -> bool:
    names = ("starts_on", "ends_on", "kind", "profile", "self_chosen", "tutor", "training_class")
    stints = [facts_of_stint(one) for one in held.stints.all()]
    return plan.stints == stints and all(
        getattr(plan.facts, name) == getattr(held, name) for name in names
    )


def _crossing(plans: Sequence[Plan]) -> Iterator[Fault]:
    """Two placements of one student at one time within the file."""
    seen: dict[int, list[Plan]] = {}
    for plan in plans:
        assert plan.facts is not None
        span = plan.facts.starts_on, plan.facts.ends_on
        for other in seen.setdefault(plan.facts.student.pk, []):
            assert other.facts is not None
            if overlaps(span, (other.facts.starts_on, other.facts.ends_on)):
                told = f"与第 {other.rows[0].number} 行的实习时间重叠"
                advice = "轮岗请首尾相接，否则请改日期"
                yield Fault("overlap", told, advice, "starts_on", plan.rows[0].number)
        seen[plan.facts.student.pk].append(plan)


def _full(plans: Sequence[Plan]) -> Iterator[Fault]:
    """Masters who are not in office all the while, or whom the file gives one learner too many."""
    given: dict[int, list[Span]] = {}
    for place, plan in enumerate(plans):
        if not plan.changed:
            continue
        by_start = {row.values["starts_on"]: row for row in plan.rows}
        for one in plan.stints:
            for key, mentor in (("master", one.master), ("second_master", one.second_master)):
                if mentor is None:
                    continue
                taken = given.setdefault(mentor.pk, [])
                period = one.starts_on, one.ends_on
                verdict = check_mentor(mentor, period, apart_from=plan.held, besides=taken)
                if not verdict:
                    row = by_start[one.starts_on].number
                    yield Fault("mentor", verdict.reason.rstrip("。"), "", key, row)
                taken.append((-1 - place, *period))


def commit(rows: Sequence[CheckedRow], *, by: Any, at: datetime, context: Any) -> Committed:
    """The placements without a problem, as `check_rows` found them; inside the caller's transaction."""
    desk: Desk = context
    assert {row.number for plan in desk.plans for row in plan.rows} == {row.number for row in rows}
    _lock(plan for plan in desk.plans if plan.changed)
    created = updated = unchanged = 0
    for plan in desk.plans:
        if not plan.changed:
            unchanged += len(plan.rows)
            continue
        _write(plan, by=by, at=at)
        created += len(plan.rows) if plan.held is None else 0
        updated += len(plan.rows) if plan.held is not None else 0
    return Committed(created, updated, unchanged)


def _lock(plans: Iterable[Plan]) -> None:
    """All students, then all masters, in the order of their numbers: of two sheets written at once,
    with the same masters in another order, none waits for the other in a ring."""
    plans = list(plans)
    lock_students(plan.facts.student for plan in plans if plan.facts is not None)
    stints = [one for plan in plans for one in plan.stints]
    masters = {m.pk for one in stints for m in (one.master, one.second_master) if m is not None}
    list(Mentor.objects.select_for_update().filter(pk__in=masters).order_by("pk"))


def _write(plan: Plan, *, by: Actor, at: datetime) -> None:
    assert plan.facts is not None
    try:
        if plan.held is None:
            plan_placement(plan.facts, plan.stints, by=by, at=at)
            return
        change_placement(
            plan.held, plan.facts, plan.stints, revision=plan.held.revision, by=by, at=at
        )
    except Invalid as invalid:
        told = "".join(text for texts in invalid.problems.values() for text in texts)
        raise Refused(f"第 {plan.rows[0].number} 行：{told}没有写入任何数据。") from invalid


# Out -------------------------------------------------------------------------------------------
def export_rows(context: Any) -> Iterator[Mapping[str, object]]:
    """All placements of the school, a stint each."""
    desk: Desk = context
    for row in desk.placements.values():
        yield from exported(row)


BINDING = Binding(
    layout=LAYOUT, may=may_use, load=load_desk, check_rows=check_rows, commit=commit,
    export_rows=export_rows, note_absent=note_absent,
)  # fmt: skip
