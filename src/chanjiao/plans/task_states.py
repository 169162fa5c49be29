"""Tasks suspended, resumed, cancelled, finished, opened again."""

from datetime import datetime

from django.db import transaction

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Invalid, Refused, require
from chanjiao.notices.actions import tell
from chanjiao.people.access import Actor
from chanjiao.people.queries import people_of
from chanjiao.plans import rules
from chanjiao.plans.enums import TaskState
from chanjiao.plans.models import Task
from chanjiao.plans.resolution_reports import report_resolutions
from chanjiao.plans.rows import follow_parts, locked_task, save, set_done
from chanjiao.trail.actions import record


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
        report_resolutions(held, by=by, at=at)
        record("plan.task_finish", held, by=by, at=at)
    return held


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


def _stated(reason: str) -> str:
    why = reason.strip()
    if not why:
        raise Invalid({"reason": ["请写明原因。"]})
    return why[:200]
