"""Who may do what with plans, tasks, reports, reviews and rectifications, and why not."""

from chanjiao.council.enums import ResolutionState
from chanjiao.council.models import Resolution
from chanjiao.kernel.moves import may_move
from chanjiao.kernel.verdict import ALLOWED, Verdict, all_of, refuse
from chanjiao.members.models import Consortium
from chanjiao.people.access import Actor
from chanjiao.plans.enums import (
    PLAN_LABELS,
    PLAN_MOVES,
    PLAN_RUNNING,
    RECTIFICATION_LABELS,
    RECTIFICATION_MOVES,
    RECTIFICATION_OWED,
    TASK_LABELS,
    TASK_LIVE,
    TASK_MOVES,
    PlanState,
    RectificationState,
    Stage,
    TaskState,
)
from chanjiao.plans.models import Plan, Rectification, Task

_OFFICE_ONLY = refuse("只有秘书处可以办理。")
_OWN_ONLY = refuse("只有责任单位的人员可以办理。")
_FINAL = frozenset({TaskState.REVIEWED, TaskState.CANCELLED})
_REVIEW_STATE = {Stage.MIDYEAR: PlanState.MIDYEAR, Stage.YEAREND: PlanState.YEAREND}


def is_office(actor: Actor | None, plan: Plan) -> bool:
    """Whether the person is of the secretariat of the plan's consortium."""
    return actor is not None and actor.acts_for(plan.consortium.secretariat_id)


def _office(actor: Actor | None, plan: Plan) -> Verdict:
    return ALLOWED if is_office(actor, plan) else _OFFICE_ONLY


def _own(actor: Actor | None, unit_id: int) -> Verdict:
    return ALLOWED if actor is not None and actor.acts_for(unit_id) else _OWN_ONLY


def needs_reason(plan: Plan) -> bool:
    """Once the plan is in force every change of it is explained."""
    return plan.state != PlanState.DRAFT


def may_make_plan(actor: Actor | None, consortium: Consortium) -> Verdict:
    if actor is not None and actor.acts_for(consortium.secretariat_id):
        return ALLOWED
    return _OFFICE_ONLY


def may_edit_plan(actor: Actor | None, plan: Plan) -> Verdict:
    """Title and reporting day: the secretariat, until it is closed."""
    return all_of(_office(actor, plan), _not_closed(plan))


def _not_closed(plan: Plan) -> Verdict:
    return refuse("计划已归档。") if plan.state == PlanState.CLOSED else ALLOWED


def may_move_plan(actor: Actor | None, plan: Plan, target: str) -> Verdict:
    """To the next stage; to be in force it needs a task, to be closed no task without a verdict."""
    return all_of(_office(actor, plan), may_move(PLAN_MOVES, PLAN_LABELS, plan.state, target))


def may_change_tasks(actor: Actor | None, plan: Plan) -> Verdict:
    """Add, edit, split or import tasks: until the year-end review begins."""
    if plan.state in {PlanState.YEAREND, PlanState.CLOSED}:
        return all_of(_office(actor, plan), refuse(f"计划已进入“{plan.get_state_display()}”阶段。"))
    return _office(actor, plan)


def may_make_task_of(
    actor: Actor | None, resolution: Resolution, consortium: Consortium, plan: Plan | None
) -> Verdict:
    """A task that carries a resolution out, in a plan that still takes tasks."""
    office = may_make_plan(actor, consortium)
    if not resolution.passed:
        return all_of(office, refuse("决议未通过，不用落实。"))
    if resolution.state == ResolutionState.CARRIED_OUT:
        return all_of(office, refuse("决议已办结。"))
    if plan is None:
        return all_of(office, refuse("没有可以新增任务的年度计划，请先新建年度计划。"))
    return all_of(office, may_change_tasks(actor, plan))


def may_edit_task(actor: Actor | None, task: Task) -> Verdict:
    if task.state in _FINAL:
        final = refuse(f"任务{task.get_state_display()}，不能再修改。")
        return all_of(_office(actor, task.plan), final)
    return may_change_tasks(actor, task.plan)


def may_delete_task(actor: Actor | None, task: Task) -> Verdict:
    """Only while nobody has been told of it."""
    if task.state != TaskState.DRAFT:
        return all_of(_office(actor, task.plan), refuse("已下达的任务不能删除，可以取消。"))
    return may_change_tasks(actor, task.plan)


def may_split(actor: Actor | None, task: Task, *, has_parts: bool, reported: bool) -> Verdict:
    """Once, before work is reported; a part is not split again."""
    first = may_edit_task(actor, task)
    if not first:
        return first
    if task.parent_id:
        return refuse("子任务不能再拆分。")
    if has_parts:
        return refuse("任务已拆分，请修改子任务。")
    if reported or task.state == TaskState.DONE:
        return refuse("已有进展的任务不能拆分。")
    if task.state == TaskState.SUSPENDED:
        return refuse("任务已暂停，请先恢复。")
    return ALLOWED


def may_move_task(actor: Actor | None, task: Task, target: str) -> Verdict:
    """Suspend, resume, cancel, take up again: the secretariat. Whole and parts move apart."""
    if task.plan.state == PlanState.CLOSED:
        return all_of(_office(actor, task.plan), _not_closed(task.plan))
    return all_of(_office(actor, task.plan), may_move(TASK_MOVES, TASK_LABELS, task.state, target))


def may_report(actor: Actor | None, task: Task, *, has_parts: bool) -> Verdict:
    """Progress: the responsible unit, while the task is live."""
    own = all_of(_own(actor, task.unit_id), _running(task.plan))
    if not own:
        return own
    if has_parts:
        return refuse("任务已拆分，由子任务的责任单位分别报送。")
    if task.state not in TASK_LIVE:
        return refuse(f"任务{task.get_state_display()}，不需要报送进展。")
    return ALLOWED


def _running(plan: Plan) -> Verdict:
    return ALLOWED if plan.state in PLAN_RUNNING else refuse("计划不在执行中。")


def may_finish(actor: Actor | None, task: Task, *, has_parts: bool) -> Verdict:
    """The responsible unit or the secretariat says that it is done; of a split task its parts."""
    if not is_office(actor, task.plan):
        own = _own(actor, task.unit_id)
        if not own:
            return own
    if has_parts:
        return refuse("子任务全部完成后自动完成。")
    return all_of(
        _running(task.plan), may_move(TASK_MOVES, TASK_LABELS, task.state, TaskState.DONE)
    )


def may_remind(actor: Actor | None, plan: Plan) -> Verdict:
    return all_of(_office(actor, plan), _running(plan))


def may_review(actor: Actor | None, plan: Plan, stage: str) -> Verdict:
    """Give verdicts: the secretariat, while the plan stands at that stage."""
    if plan.state != _REVIEW_STATE[Stage(stage)]:
        return all_of(_office(actor, plan), refuse(f"计划不在“{Stage(stage).label}”阶段。"))
    return _office(actor, plan)


def may_open_rectification(actor: Actor | None, plan: Plan) -> Verdict:
    return all_of(_office(actor, plan), _not_closed(plan))


def _to(row: Rectification, target: RectificationState) -> Verdict:
    return may_move(RECTIFICATION_MOVES, RECTIFICATION_LABELS, row.state, target)


def may_submit_rectification(actor: Actor | None, row: Rectification) -> Verdict:
    return all_of(_own(actor, row.unit_id), _to(row, RectificationState.SUBMITTED))


def may_recheck(actor: Actor | None, row: Rectification, target: RectificationState) -> Verdict:
    """Accept or hand back: the secretariat, but not the person who submitted it."""
    office = _office(actor, row.plan)
    if office and row.state in RECTIFICATION_OWED:
        return refuse("整改单位还没有提交整改情况。")
    first = all_of(office, _to(row, target))
    if first and actor is not None and row.submitted_by_id == actor.pk:
        return refuse("提交人不能复核自己提交的整改。")
    return first


def may_cancel_rectification(actor: Actor | None, row: Rectification) -> Verdict:
    return all_of(_office(actor, row.plan), _to(row, RectificationState.CANCELLED))


def may_change_rectification(actor: Actor | None, row: Rectification) -> Verdict:
    """What, who and by when: while it is not accepted or cancelled."""
    if row.state in {RectificationState.ACCEPTED, RectificationState.CANCELLED}:
        over = refuse(f"整改{row.get_state_display()}，不能再修改。")
        return all_of(_office(actor, row.plan), over)
    return _office(actor, row.plan)
