"""Monthly progress by the responsible unit, and reminding those that are late."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Conflict, Invalid, Refused, require
from chanjiao.members.reminding import Reminder as Told
from chanjiao.members.reminding import remind
from chanjiao.people.access import Actor
from chanjiao.people.checks import check_row
from chanjiao.people.models import Unit
from chanjiao.people.queries import people_of
from chanjiao.plans import rules
from chanjiao.plans.enums import TaskState
from chanjiao.plans.lateness import late_units, owed_among
from chanjiao.plans.models import Plan, ProgressReport, Reminder, Task
from chanjiao.plans.months import is_late, month_of, report_due, reportable
from chanjiao.plans.resolution_reports import report_resolutions
from chanjiao.plans.rows import CHANGED, follow_parts, locked_task, save, set_done
from chanjiao.trail.actions import record


def report_progress(
    task: Task,
    *,
    month: str,
    percent: int,
    current: Decimal | None = None,
    text: str,
    difficulties: str = "",
    milestones: Iterable[int] = (),
    finished: bool = False,
    revision: int = 0,
    by: Actor,
    at: datetime,
) -> ProgressReport:
    """The report of a month (2026-03), or its correction if `revision` is that of the one held.

    `milestones` are those reached (pk). Lateness is decided by the first report of the month.
    The newest month's figures become the task's. `finished` also says that the task is done.
    """
    on = day_of(at)
    with transaction.atomic():
        held = locked_task(task)
        require(rules.may_report(by, held, has_parts=held.parts.exists()))
        if month not in reportable(held, on=on):
            raise Invalid({"month": ["不能报送这个月份的进展。"]})
        row = _report(held, month, revision, at)
        row.percent, row.current = percent, current
        row.text, row.difficulties = text.strip(), difficulties.strip()
        row.reported_at, row.reported_by = at, by.user
        check_row(row)
        row.save()
        _reach(held, set(milestones), on)
        _take_figures(held, row, finished=finished, at=at)
        _answer_reminders(held, at)
        if finished:
            report_resolutions(held, by=by, at=at)
        data = {
            "month": month, "percent": percent, "late": row.is_late, "finished": finished,
            "current": None if current is None else f"{current:f}", "revision": row.revision,
        }  # fmt: skip
        record("plan.report", held, by=by, at=at, data=data)
    return row


def _report(task: Task, month: str, revision: int, at: datetime) -> ProgressReport:
    found = ProgressReport.objects.select_for_update(of=("self",)).filter(task=task, month=month)
    row = found.first()
    if row is None:
        if revision:
            raise Conflict(f"进展{CHANGED}")
        on = day_of(at)
        return ProgressReport(
            task=task, month=month, due_on=report_due(task.plan, month),
            is_late=is_late(task.plan, month, on), first_reported_at=at,
        )  # fmt: skip
    if row.revision != revision:
        raise Conflict("这个月的进展已报送，请核对最新内容后再修改。")
    row.revision += 1
    return row


def _reach(task: Task, wanted: set[int], on: date) -> None:
    """Milestones ticked are reached today; ticks taken away are forgotten."""
    for row in task.milestones.order_by("pk"):
        reached = row.pk in wanted
        if reached != (row.done_on is not None):
            row.done_on = on if reached else None
            row.save(update_fields=["done_on"])


def _take_figures(task: Task, row: ProgressReport, *, finished: bool, at: datetime) -> None:
    newer = ProgressReport.objects.filter(task=task, month__gt=row.month).exists()
    if not newer:
        task.progress = row.percent
        if row.current is not None:
            task.current = row.current
        if task.state == TaskState.ASSIGNED:
            task.state = TaskState.UNDER_WAY
        save(task, "progress", "current", "state")
    if finished:
        set_done(task, at)
    follow_parts(task.parent, at=at)


def _answer_reminders(task: Task, at: datetime) -> None:
    """A reminder is answered when the unit owes none of the months it was about."""
    waiting = list(
        Reminder.objects.select_for_update(of=("self",))
        .filter(plan=task.plan, unit=task.unit, answered_at=None)
        .order_by("pk")
    )
    if not waiting:
        return
    own = list(Task.objects.filter(plan=task.plan, unit=task.unit).order_by("pk"))
    for one in own:
        one.plan = task.plan
    split = Task.objects.filter(parent__in=own).values_list("parent", flat=True)
    left = {
        item.month
        for item in owed_among(own, on=day_of(at), split=frozenset(p for p in split if p))
    }
    for reminder in waiting:
        if not any(month <= reminder.month for month in left):
            reminder.answered_at = at
            reminder.save(update_fields=["answered_at"])


def remind_late(
    plan: Plan, units: Iterable[Unit], due_on: date, *, by: Actor, at: datetime
) -> list[Unit]:
    """Ask late units for what they owe, by a day; those nobody acts for are returned.

    `Refused` when none of the units is late (any more).
    """
    require(rules.may_remind(by, plan))
    on = day_of(at)
    if due_on < on:
        raise Invalid({"due_on": ["期限不能早于今天。"]})
    wanted = {unit.pk for unit in units}
    late = [row for row in late_units(plan, at=at) if row.unit.pk in wanted]
    if not late:
        raise Refused("所选单位没有逾期未报的进展，不必催办。")
    told = [
        Told(row.unit, _reminder_text(plan, len(row.owed), due_on), "/member/tasks/", due_on)
        for row in late
    ]
    with transaction.atomic():
        for row in late:
            Reminder.objects.create(
                plan=plan, unit=row.unit, month=max(item.month for item in row.owed),
                owed=len(row.owed), due_on=due_on, sent_at=at, sent_by=by.user,
                reached=people_of(row.unit, on).count(),
            )  # fmt: skip
        return remind(plan.consortium, told, word="plan.remind", by=by, at=at)


def _reminder_text(plan: Plan, count: int, due_on: date) -> str:
    day = f"{due_on.month} 月 {due_on.day} 日"
    return f"{plan.consortium.short_name}秘书处提醒：{plan.title}有 {count} 份进展逾期未报，请在{day}前报送。"


def month_to_report(task: Task, reported: Iterable[str], *, on: date) -> str:
    """The oldest month owed, else the current one."""
    known = set(reported)
    ended = [month for month in reversed(reportable(task, on=on)) if month < month_of(on)]
    return next((month for month in ended if month not in known), month_of(on))
