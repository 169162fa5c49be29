"""The monthly rhythm: which months a task owes a report for, and by when."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from chanjiao.kernel.clock import day_of
from chanjiao.plans.enums import TASK_LIVE, TaskState
from chanjiao.plans.models import Plan, Task


def month_of(day: date) -> str:
    """2026-03."""
    return f"{day:%Y-%m}"


def read_month(text: str) -> date:
    """The first day of a month written 2026-03; ValueError otherwise."""
    year, dash, month = text.partition("-")
    if len(year) != 4 or len(month) != 2 or not (year + month).isascii() or not dash:
        raise ValueError("月份写作 2026-03。")
    return date(int(year), int(month), 1)


def following(first: date) -> date:
    """The first day of the next month."""
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


def report_due(plan: Plan, month: str) -> date:
    """The last day on which a month's progress is on time."""
    return following(read_month(month)).replace(day=plan.report_day)


def is_late(plan: Plan, month: str, on: date) -> bool:
    """Whether a report made on a day is late; the due day itself is on time."""
    return on > report_due(plan, month)


@dataclass(frozen=True, slots=True)
class Owed:
    """A month a task has not reported, with its due day."""

    task: Task
    month: str
    due_on: date


def owed(task: Task, plan: Plan, reported: Collection[str], *, on: date) -> list[Owed]:
    """Months that have ended without a report, oldest first. Split and stopped tasks owe none."""
    if task.state not in TASK_LIVE or task.assigned_at is None:
        return []
    return [
        Owed(task, month, report_due(plan, month))
        for month in _months(task, on)
        if month not in reported
    ]


def reportable(task: Task, *, on: date) -> list[str]:
    """The months a report may be about, newest first: from the assignment to the current month."""
    if task.assigned_at is None:
        return []
    months = list(_all_months(task, following(on.replace(day=1))))
    return months[::-1]


def _months(task: Task, on: date) -> Iterator[str]:
    yield from _all_months(task, on.replace(day=1))


def _all_months(task: Task, until: date) -> Iterator[str]:
    """From the month of assignment or start, up to a first day (exclusive).

    A live task past its due day goes on owing: it is not finished.
    """
    assert task.assigned_at is not None
    first = max(task.starts_on, day_of(task.assigned_at)).replace(day=1)
    if task.state in {TaskState.DONE, TaskState.REVIEWED} and task.done_at is not None:
        until = min(until, following(day_of(task.done_at).replace(day=1)))
    while first < until:
        yield month_of(first)
        first = following(first)
