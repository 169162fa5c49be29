"""Writing plans and tasks: made, edited, put in force, split, stopped, finished."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from chanjiao.council.models import Resolution
from chanjiao.kernel.clock import day_of
from chanjiao.kernel.period import Quarter
from chanjiao.kernel.verdict import Conflict, Invalid, Refused, require
from chanjiao.members.models import Consortium
from chanjiao.notices.actions import tell
from chanjiao.people.access import Actor
from chanjiao.people.checks import check_row
from chanjiao.people.models import Unit
from chanjiao.people.queries import people_of
from chanjiao.plans import rules
from chanjiao.plans.checks import FIELDS, require_valid
from chanjiao.plans.codes import part_code, place_of, read_code
from chanjiao.plans.enums import TASK_LIVE, PlanState, Stage, TaskState
from chanjiao.plans.models import Milestone, Plan, ProgressReport, Review, Task, TaskGroup
from chanjiao.plans.queries import members_by_pk, tasks_of
from chanjiao.plans.results import effective_weights
from chanjiao.plans.values import changed, held_values, plain, tidied
from chanjiao.trail.actions import record

CHANGED = "刚刚已被他人修改，请核对最新内容后再保存。"


# Plans -----------------------------------------------------------------------------------------
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
        _need_revision(held, revision, "计划")
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
        _assign(task, at)
    _tell_assigned(plan, tasks, at)


def _assign(task: Task, at: datetime) -> None:
    task.state, task.assigned_at = TaskState.ASSIGNED, at
    save(task, "state", "assigned_at")


def _tell_assigned(plan: Plan, tasks: Sequence[Task], at: datetime) -> None:
    by_unit: dict[int, list[Task]] = {}
    for task in tasks:
        by_unit.setdefault(task.unit_id, []).append(task)
    for own in by_unit.values():
        what = f"“{own[0].code} {own[0].name}”" if len(own) == 1 else f" {len(own)} 项任务"
        text = f"{plan.title}已下达，本单位有{what}，请按月报送进展。"
        tell(people_of(own[0].unit, day_of(at)), text, at=at, link="/member/tasks/")


def _need_all_judged(plan: Plan) -> None:
    weights = effective_weights(tasks_of(plan))
    judged = set(
        Review.objects.filter(plan=plan, stage=Stage.YEAREND).values_list("task", flat=True)
    )
    if missing := weights.keys() - judged:
        raise Refused(f"还有 {len(missing)} 项任务没有年终评价，不能归档。")


def name_group(plan: Plan, code: str, name: str, *, by: Actor, at: datetime) -> TaskGroup | None:
    """Name a field of work or a group of tasks; an empty name takes the name away."""
    with transaction.atomic():
        held = locked_plan(plan)
        require(rules.may_edit_plan(by, held))
        row = put_group(held, _group_code(code), name)
        record("plan.group", held, by=by, at=at, data={"code": code, "name": name.strip()})
    return row


def _group_code(code: str) -> str:
    try:
        plain_code = read_code(code)
    except ValueError as error:
        raise Invalid({"code": [f"{error}。"]}) from error
    if plain_code.count("-") > 1 or "." in plain_code:
        raise Invalid({"code": ["任务组编号写成 1 或 1-1。"]})
    return plain_code


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


# Tasks -----------------------------------------------------------------------------------------
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
            _tell_assigned(held, [task], at)
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
        _need_revision(held, revision, "任务")
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
        _tell_assigned(task.plan, [task], at)


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
            _tell_assigned(held.plan, made, at)
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


# States of tasks -----------------------------------------------------------------------------
def suspend_task(task: Task, reason: str, *, by: Actor, at: datetime) -> Task:
    """No reports are owed until it is resumed."""
    return _stop(task, TaskState.SUSPENDED, "plan.task_suspend", reason, by=by, at=at)


def cancel_task(task: Task, reason: str, *, by: Actor, at: datetime) -> Task:
    """It counts no longer; its parts go with it."""
    return _stop(task, TaskState.CANCELLED, "plan.task_cancel", reason, by=by, at=at)


def _stop(task: Task, state: TaskState, word: str, reason: str, *, by: Actor, at: datetime) -> Task:
    with transaction.atomic():
        held = locked_task(task)
        require(rules.may_move_task(by, held, state))
        why = _stated(reason)
        stopped = [held, *_movable_parts(held, by, state)]
        for row in stopped:
            row.state, row.state_reason = state, why
            save(row, "state", "state_reason")
        follow_parts(held.parent)
        text = f"任务“{held.code} {held.name}”{held.get_state_display()}：{why}"
        for unit in {row.unit for row in stopped}:
            tell(people_of(unit, day_of(at)), text, at=at, link=f"/member/tasks/{held.pk}/")
        record(word, held, by=by, at=at, reason=why, data={"tasks": [row.pk for row in stopped]})
    return held


def _movable_parts(task: Task, by: Actor, state: TaskState) -> list[Task]:
    parts = task.parts.select_related("plan__consortium", "unit").order_by("pk")
    return [part for part in parts if rules.may_move_task(by, part, state)]


def resume_task(task: Task, *, by: Actor, at: datetime) -> Task:
    """Under way again after a suspension; parts suspended with it too."""
    with transaction.atomic():
        held = locked_task(task)
        if held.state != TaskState.SUSPENDED:
            raise Refused("只有已暂停的任务可以恢复。")
        require(rules.may_move_task(by, held, TaskState.UNDER_WAY))
        parts = [p for p in held.parts.order_by("pk") if p.state == TaskState.SUSPENDED]
        for row in [held, *parts]:
            row.state, row.state_reason = TaskState.UNDER_WAY, ""
            save(row, "state", "state_reason")
        follow_parts(held.parent)
        record("plan.task_resume", held, by=by, at=at)
    return held


def finish_task(task: Task, *, by: Actor, at: datetime) -> Task:
    """Done; the last part done finishes the whole."""
    with transaction.atomic():
        held = locked_task(task)
        require(rules.may_finish(by, held, has_parts=held.parts.exists()))
        set_done(held, at)
        follow_parts(held.parent, at=at)
        record("plan.task_finish", held, by=by, at=at)
    return held


def set_done(task: Task, at: datetime) -> None:
    """Inside a caller's transaction, which records it."""
    task.state, task.progress, task.done_at = TaskState.DONE, 100, at
    save(task, "state", "progress", "done_at")


def reopen_task(task: Task, reason: str, *, by: Actor, at: datetime) -> Task:
    """Said to be done, but is not."""
    with transaction.atomic():
        held = locked_task(task)
        if held.state != TaskState.DONE:
            raise Refused("只有已完成的任务可以重新打开。")
        require(rules.may_move_task(by, held, TaskState.UNDER_WAY))
        why = _stated(reason)
        held.state, held.done_at = TaskState.UNDER_WAY, None
        save(held, "state", "done_at")
        follow_parts(held.parent)
        text = f"任务“{held.code} {held.name}”重新打开：{why}"
        tell(people_of(held.unit, day_of(at)), text, at=at, link=f"/member/tasks/{held.pk}/")
        record("plan.task_reopen", held, by=by, at=at, reason=why)
    return held


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


# What every action does ------------------------------------------------------------------------
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


def _need_revision(row: Plan | Task, revision: int, what: str) -> None:
    if row.revision != revision:
        raise Conflict(f"{what}{CHANGED}")


def stated_reason(plan: Plan, reason: str) -> str:
    """The reason of a change; Invalid where the plan is in force and none is given."""
    why = reason.strip()[:200]
    if rules.needs_reason(plan) and not why:
        raise Invalid({"reason": ["计划已下达，修改须写明原因。"]})
    return why


def _stated(reason: str) -> str:
    why = reason.strip()
    if not why:
        raise Invalid({"reason": ["请写明原因。"]})
    return why[:200]
