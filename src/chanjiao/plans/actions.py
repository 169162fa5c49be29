"""Writing plans and tasks: made, edited, put in force, split."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from chanjiao.council.models import Resolution
from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Invalid, Refused, require
from chanjiao.members.models import Consortium
from chanjiao.people.access import Actor
from chanjiao.people.checks import check_row
from chanjiao.people.models import Unit
from chanjiao.plans import rules
from chanjiao.plans.checks import require_valid
from chanjiao.plans.codes import part_code, place_of, read_code
from chanjiao.plans.enums import TASK_LIVE, PlanState, Stage, TaskState
from chanjiao.plans.models import Plan, ProgressReport, Review, Task
from chanjiao.plans.queries import groups_of_plan, members_by_pk, tasks_of
from chanjiao.plans.results import effective_weights
from chanjiao.plans.rows import (
    assign,
    insert_task,
    locked_plan,
    locked_task,
    need_revision,
    put_group,
    save,
    stated_reason,
    tell_assigned,
    write_task,
)
from chanjiao.plans.values import changed, held_values, plain, tidied
from chanjiao.trail.actions import record


def create_plan(
    consortium: Consortium,
    *,
    year: int,
    title: str,
    report_day: int = 5,
    by: Actor,
    at: datetime,
) -> Plan:
    """A draft; each consortium has one plan a year."""
    with transaction.atomic():
        require(rules.may_make_plan(by, consortium))
        plan = Plan(
            consortium=consortium, year=year, title=title.strip(), report_day=report_day,
            created_at=at,
        )  # fmt: skip
        check_row(plan)
        plan.save(force_insert=True)
        record("plan.create", plan, by=by, at=at, data={"year": year, "title": plan.title})
    return plan


def update_plan(
    plan: Plan,
    *,
    title: str,
    report_day: int,
    reason: str = "",
    revision: int,
    by: Actor,
    at: datetime,
) -> Plan:
    """Title and reporting day; once in force with a reason."""
    with transaction.atomic():
        held = locked_plan(plan)
        require(rules.may_edit_plan(by, held))
        need_revision(held, revision, "计划")
        why = stated_reason(held, reason)
        before = {"title": held.title, "report_day": held.report_day}
        held.title, held.report_day = title.strip(), report_day
        check_row(held)
        save(held, "title", "report_day")
        after = {"title": held.title, "report_day": held.report_day}
        data = {"before": before, "after": after}
        record("plan.update", held, by=by, at=at, reason=why, data=data)
    return held


def move_plan(plan: Plan, target: str, *, reason: str = "", by: Actor, at: datetime) -> Plan:
    """To its next stage, or one back. Put in force, all tasks are assigned and the units told."""
    with transaction.atomic():
        held = locked_plan(plan)
        require(rules.may_move_plan(by, held, target))
        before = held.state
        why = reason.strip()
        if _is_back(before, target) and not why:
            raise Invalid({"reason": ["退回上一阶段须写明原因。"]})
        if before == PlanState.DRAFT:
            _put_in_force(held, at)
        if target == PlanState.CLOSED:
            _need_all_judged(held)
        held.state = PlanState(target)
        held.closed_at = at if target == PlanState.CLOSED else None
        save(held, "state", "in_force_at", "closed_at")
        data = {"before": before, "after": target}
        record("plan.move", held, by=by, at=at, reason=why, data=data)
    return held


def _is_back(before: str, target: str) -> bool:
    order = list(PlanState.values)
    return order.index(target) < order.index(before)


def _put_in_force(plan: Plan, at: datetime) -> None:
    tasks = [task for task in tasks_of(plan) if task.state == TaskState.DRAFT]
    if not tasks:
        raise Refused("计划里还没有任务，不能下达。")
    plan.in_force_at = at
    for task in tasks:
        assign(task, at)
    tell_assigned(plan, tasks, at)


def _need_all_judged(plan: Plan) -> None:
    weights = effective_weights(tasks_of(plan))
    judged = set(
        Review.objects.filter(plan=plan, stage=Stage.YEAREND).values_list("task", flat=True)
    )
    if missing := weights.keys() - judged:
        raise Refused(f"还有 {len(missing)} 项任务没有年终评价，不能归档。")


def name_groups(
    plan: Plan, names: Mapping[str, str], *, revision: int, by: Actor, at: datetime
) -> dict[str, str]:
    """Name fields of work and groups of tasks, all or none; an empty name takes the name away.

    Returns what changed, by code. Nothing is written or recorded where nothing did.
    """
    with transaction.atomic():
        held = locked_plan(plan)
        require(rules.may_edit_plan(by, held))
        need_revision(held, revision, "任务组名称")
        known = groups_of_plan(held)
        wanted = {_group_code(code): name.strip() for code, name in names.items()}
        fresh = {code: name for code, name in wanted.items() if known.get(code, "") != name}
        for code, name in fresh.items():
            put_group(held, code, name)
        if fresh:
            save(held)
            record("plan.group", held, by=by, at=at, data={"names": fresh})
    return fresh


def _group_code(code: str) -> str:
    try:
        plain_code = read_code(code)
    except ValueError as error:
        raise Invalid({"code": [f"{error}。"]}) from error
    if plain_code.count("-") > 1 or "." in plain_code:
        raise Invalid({"code": ["任务组编号写成 1 或 1-1。"]})
    return plain_code


def create_task(
    plan: Plan, values: Mapping[str, Any], *, reason: str = "", by: Actor, at: datetime
) -> Task:
    """A task by `checks.FIELDS`, `partners` (units), `milestones` (text by quarter, 2026Q1)
    and `resolutions`.

    In a plan in force it is assigned at once, with a reason. Invalid lists what to mend.
    """
    with transaction.atomic():
        held = locked_plan(plan)
        require(rules.may_change_tasks(by, held))
        why = stated_reason(held, reason)
        given = tidied(_with_defaults(held, values))
        require_valid(given, held.year, members_by_pk(held.consortium, on=day_of(at)))
        _need_own_resolutions(held, given["resolutions"])
        task = insert_task(held, given, at=at)
        if held.state != PlanState.DRAFT:
            tell_assigned(held, [task], at)
        record("plan.task_create", task, by=by, at=at, reason=why, data={"values": plain(given)})
    return task


def _with_defaults(plan: Plan, values: Mapping[str, Any]) -> dict[str, Any]:
    known: dict[str, Any] = {
        "goal": "", "person": "", "leader": "", "direction": "higher", "target": None,
        "measure": "", "baseline": None, "weight": Decimal(1), "indicators": [], "partners": [],
        "milestones": {}, "resolutions": [], "starts_on": datetime(plan.year, 1, 1).date(),  # noqa: DTZ001 - a day
        "due_on": datetime(plan.year, 12, 31).date(),  # noqa: DTZ001 - a day
    }  # fmt: skip
    return known | dict(values)


def _need_own_resolutions(plan: Plan, resolutions: Sequence[Resolution]) -> None:
    wanted = {row.pk for row in resolutions}
    own = Resolution.objects.filter(
        pk__in=wanted, passed=True, motion__meeting__body__consortium=plan.consortium_id
    )
    if own.count() != len(wanted):
        raise Invalid({"resolutions": ["只能关联本联合体已通过的决议。"]})


def update_task(
    task: Task,
    values: Mapping[str, Any],
    *,
    reason: str = "",
    revision: int,
    by: Actor,
    at: datetime,
) -> Task:
    """The task with these values changed; old and new stay in the trail. In force, with a reason."""
    with transaction.atomic():
        held = locked_task(task)
        require(rules.may_edit_task(by, held))
        need_revision(held, revision, "任务")
        before = held_values(held)
        given = tidied(before | dict(values))
        require_valid(given, held.plan.year, _allowed_units(held, day_of(at)))
        _need_code_of_part(held, given["code"])
        _need_own_resolutions(held.plan, given["resolutions"])
        differing = changed(before, given)
        if not differing:
            return held
        why = stated_reason(held.plan, reason)
        write_task(held, differing)
        _follow_code(held, differing)
        _tell_new_unit(held, differing, at)
        old = plain({name: before[name] for name in differing})
        data = {"before": old, "after": plain(differing), "revision": held.revision}
        record("plan.task_update", held, by=by, at=at, reason=why, data=data)
    return held


def _allowed_units(task: Task, on: Any) -> dict[int, Unit]:
    """Present members, and the units the task has already: one that has left may be kept."""
    known = dict(members_by_pk(task.plan.consortium, on=on))
    return known | {task.unit_id: task.unit} | {unit.pk: unit for unit in task.partners.all()}


def _need_code_of_part(task: Task, code: str) -> None:
    if task.parent is not None and not code.startswith(f"{task.parent.code}."):
        raise Invalid({"code": [f"子任务的编号应以“{task.parent.code}.”开头。"]})
    if task.parent is None and "." in code:
        raise Invalid({"code": ["带“.”的编号只用于拆分出来的子任务。"]})


def _follow_code(task: Task, differing: Mapping[str, Any]) -> None:
    """Parts carry the code of their whole."""
    if "code" not in differing:
        return
    for part in task.parts.order_by("pk"):
        part.code = f"{task.code}.{part.code.rpartition('.')[2]}"
        part.place = place_of(part.code)
        save(part, "code", "place")


def _tell_new_unit(task: Task, differing: Mapping[str, Any], at: datetime) -> None:
    if "unit" in differing and task.state in TASK_LIVE:
        tell_assigned(task.plan, [task], at)


def delete_task(task: Task, *, by: Actor, at: datetime) -> None:
    """A task nobody has been told of disappears; the trail keeps what it held."""
    with transaction.atomic():
        held = locked_task(task)
        require(rules.may_delete_task(by, held))
        if held.parts.exists():
            raise Refused("请先删除子任务。")
        if held.evidence.exists():
            raise Refused("任务下已有佐证，不能删除。")
        record("plan.task_delete", held, by=by, at=at, data={"values": plain(held_values(held))})
        held.milestones.all().delete()
        held.delete()


def split_task(
    task: Task,
    parts: Sequence[Mapping[str, Any]],
    *,
    reason: str = "",
    by: Actor,
    at: datetime,
) -> list[Task]:
    """Child tasks for several units. Each part: `unit`, and where it differs name, target, weight…

    Dates, measure and direction are the whole's; the whole's weight is divided by the parts'.
    """
    if len(parts) < 2:
        raise Invalid({"": ["至少拆分给两个单位。"]})
    with transaction.atomic():
        held = locked_task(task)
        reported = ProgressReport.objects.filter(task=held).exists()
        has = held.parts.exists()
        require(rules.may_split(by, held, has_parts=has, reported=reported))
        why = stated_reason(held.plan, reason)
        made = [_part(held, number, values, at) for number, values in enumerate(parts, 1)]
        if held.plan.state != PlanState.DRAFT:
            tell_assigned(held.plan, made, at)
        save(held)
        data = {"parts": [{"code": part.code, "unit": part.unit_id} for part in made]}
        record("plan.task_split", held, by=by, at=at, reason=why, data=data)
    return made


def _part(whole: Task, number: int, values: Mapping[str, Any], at: datetime) -> Task:
    base = held_values(whole) | {
        "partners": [], "milestones": {}, "resolutions": [], "person": "", "target": None, "baseline": None,
        "weight": Decimal(1),
    }  # fmt: skip
    given = tidied(base | dict(values) | {"code": part_code(whole.code, number)})
    require_valid(given, whole.plan.year, members_by_pk(whole.plan.consortium, on=day_of(at)))
    part = insert_task(whole.plan, given, at=at)
    part.parent = whole
    save(part, "parent")
    return part
