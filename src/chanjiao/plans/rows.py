"""Rows of plans and tasks as actions write them: inside the caller's transaction, which records."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.period import Quarter
from chanjiao.kernel.verdict import Conflict, Invalid
from chanjiao.notices.actions import tell
from chanjiao.people.checks import check_row
from chanjiao.people.queries import people_of
from chanjiao.plans import rules
from chanjiao.plans.checks import FIELDS
from chanjiao.plans.codes import place_of
from chanjiao.plans.enums import TASK_LIVE, PlanState, TaskState
from chanjiao.plans.models import Milestone, Plan, Task, TaskGroup

CHANGED = "刚刚已被他人修改，请核对最新内容后再保存。"


def put_group(plan: Plan, code: str, name: str) -> TaskGroup | None:
    """Write a group's name (inside a caller's transaction, which records it)."""
    row = TaskGroup.objects.filter(plan=plan, code=code).first()
    text = name.strip()
    if not text:
        if row is not None:
            row.delete()
        return None
    row = row or TaskGroup(plan=plan, code=code)
    row.name = text
    check_row(row)
    row.save()
    return row


def insert_task(plan: Plan, given: Mapping[str, Any], *, at: datetime) -> Task:
    """Write a new row of checked values (inside a caller's transaction, which records it)."""
    task = Task(plan=plan, created_at=at, **{name: given[name] for name in FIELDS})
    task.place = place_of(task.code)
    if plan.state != PlanState.DRAFT:
        task.state, task.assigned_at = TaskState.ASSIGNED, at
    check_row(task)
    task.save(force_insert=True)
    task.partners.set(given.get("partners") or ())
    task.resolutions.set(given.get("resolutions") or ())
    put_milestones(task, given.get("milestones") or {})
    return task


def write_task(task: Task, differing: Mapping[str, Any]) -> None:
    """Write checked values (inside a caller's transaction, which records it)."""
    names = [name for name in differing if name in FIELDS]
    for name in names:
        setattr(task, name, differing[name])
    task.place = place_of(task.code)
    check_row(task)
    save(task, "place", *names)
    if "partners" in differing:
        task.partners.set(differing["partners"])
    if "resolutions" in differing:
        task.resolutions.set(differing["resolutions"])
    if "milestones" in differing:
        put_milestones(task, differing["milestones"])


def put_milestones(task: Task, texts: Mapping[str, str]) -> None:
    """Milestones by quarter; one that is new is due on the quarter's last day."""
    held = {row.quarter: row for row in task.milestones.order_by("pk")}
    for quarter, row in held.items():
        if quarter not in texts:
            row.delete()
    for quarter, text in texts.items():
        known = held.get(quarter)
        if known is not None and known.text == text:
            continue
        row = known or Milestone(task=task, quarter=quarter, due_on=Quarter.parse(quarter).last_day)
        row.text = text
        check_row(row)
        row.save()


def assign(task: Task, at: datetime) -> None:
    task.state, task.assigned_at = TaskState.ASSIGNED, at
    save(task, "state", "assigned_at")


def tell_assigned(plan: Plan, tasks: Sequence[Task], at: datetime) -> None:
    by_unit: dict[int, list[Task]] = {}
    for task in tasks:
        by_unit.setdefault(task.unit_id, []).append(task)
    for own in by_unit.values():
        what = f"“{own[0].code} {own[0].name}”" if len(own) == 1 else f" {len(own)} 项任务"
        text = f"{plan.title}已下达，本单位有{what}，请按月报送进展。"
        tell(people_of(own[0].unit, day_of(at)), text, at=at, link="/member/tasks/")


def set_done(task: Task, at: datetime) -> None:
    """Inside a caller's transaction, which records it."""
    task.state, task.progress, task.done_at = TaskState.DONE, 100, at
    save(task, "state", "progress", "done_at")


def follow_parts(whole: Task | None, *, at: datetime | None = None) -> None:
    """A split task's progress is its parts' by weight; with `at`, all parts done finish it."""
    if whole is None:
        return
    held = locked_task(whole)
    parts = [part for part in held.parts.order_by("pk") if part.counts]
    if not parts:
        return
    total = sum(part.weight for part in parts)
    weighted = sum(part.weight * part.progress for part in parts)
    mean = weighted / total if total else sum(Decimal(p.progress) for p in parts) / len(parts)
    held.progress = int(mean)
    finished = all(part.state in {TaskState.DONE, TaskState.REVIEWED} for part in parts)
    if finished and at is not None and held.state in TASK_LIVE:
        set_done(held, at)
        return
    if held.state == TaskState.ASSIGNED and held.progress:
        held.state = TaskState.UNDER_WAY
    elif held.state == TaskState.DONE and not finished:
        held.state, held.done_at = TaskState.UNDER_WAY, None
    save(held, "state", "progress", "done_at")


def locked_plan(plan: Plan) -> Plan:
    rows = Plan.objects.select_related("consortium").select_for_update(of=("self",))
    return rows.get(pk=plan.pk)


def locked_task(task: Task) -> Task:
    rows = Task.objects.select_related("plan", "plan__consortium", "unit", "parent")
    try:
        return rows.select_for_update(of=("self",)).get(pk=task.pk)
    except Task.DoesNotExist:
        raise Conflict("任务已不存在。") from None


def save(row: Plan | Task, *fields: str) -> None:
    """These fields, and one revision more."""
    row.revision += 1
    row.save(update_fields=[*fields, "revision"])


def need_revision(row: Plan | Task, revision: int, what: str) -> None:
    if row.revision != revision:
        raise Conflict(f"{what}{CHANGED}")


def stated_reason(plan: Plan, reason: str) -> str:
    """The reason of a change; Invalid where the plan is in force and none is given."""
    why = reason.strip()[:200]
    if rules.needs_reason(plan) and not why:
        raise Invalid({"reason": ["计划已下达，修改须写明原因。"]})
    return why
