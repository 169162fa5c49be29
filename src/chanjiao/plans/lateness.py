"""Who is late with progress, and how long units take to answer."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from statistics import median

from django.db.models import Count

from chanjiao.kernel.clock import day_of
from chanjiao.people.access import in_force_on
from chanjiao.people.models import Appointment, Unit
from chanjiao.plans.models import Plan, ProgressReport, Reminder, Task
from chanjiao.plans.months import Owed, owed
from chanjiao.plans.queries import split_among, tasks_of


@dataclass(frozen=True, slots=True)
class LateUnit:
    """A unit with overdue reports. `asked_on` is its last unanswered reminder.

    `answer_days` is the median of its answered reminders, None where there is none yet.
    """

    unit: Unit
    owed: Sequence[Owed]
    people: int
    asked_on: date | None
    asked_days: int | None
    answer_days: int | None

    @property
    def since(self) -> date:
        """The earliest day missed."""
        return min(item.due_on for item in self.owed)

    @property
    def by_task(self) -> list[tuple[Task, list[str]]]:
        """Each task with the months it owes."""
        found: dict[int, tuple[Task, list[str]]] = {}
        for item in self.owed:
            found.setdefault(item.task.pk, (item.task, []))[1].append(item.month)
        return list(found.values())

    def days_late(self, on: date) -> int:
        return (on - self.since).days


def reported_months(tasks: Iterable[int]) -> dict[int, set[str]]:
    """The months reported, by task."""
    found: dict[int, set[str]] = defaultdict(set)
    rows = ProgressReport.objects.filter(task__in=list(tasks)).order_by("pk")
    for task, month in rows.values_list("task", "month"):
        found[task].add(month)
    return found


def owed_of_plan(plan: Plan, *, on: date) -> list[Owed]:
    """Every month that has ended without a report, late or not, in the order of codes."""
    return owed_among(tasks_of(plan), on=on)


def owed_among(
    tasks: Sequence[Task], *, on: date, split: frozenset[int] | None = None
) -> list[Owed]:
    """Of these tasks (each with its plan); `split` are those with parts, if not all are given."""
    have_parts = split_among(tasks) if split is None else split
    reported = reported_months(task.pk for task in tasks)
    return [
        item
        for task in tasks
        if task.pk not in have_parts
        for item in owed(task, task.plan, reported[task.pk], on=on)
    ]


def late_units(plan: Plan, *, at: datetime) -> list[LateUnit]:
    """Units with reports overdue, the longest overdue first."""
    on = day_of(at)
    by_unit: dict[int, list[Owed]] = defaultdict(list)
    for item in owed_of_plan(plan, on=on):
        if item.due_on < on:
            by_unit[item.task.unit_id].append(item)
    people = _people(by_unit, on)
    clock = answer_clock(plan, at=at)
    rows = [
        LateUnit(
            items[0].task.unit, items, people.get(unit, 0), *clock.get(unit, (None, None, None))
        )
        for unit, items in by_unit.items()
    ]
    return sorted(rows, key=lambda row: (row.since, row.unit.name, row.unit.pk))


def _people(units: Iterable[int], on: date) -> dict[int, int]:
    rows = Appointment.objects.filter(
        in_force_on(on), unit__in=list(units), user__is_active=True
    ).order_by("unit")
    return dict(rows.values_list("unit").annotate(n=Count("user", distinct=True)))


def answer_clock(
    plan: Plan, *, at: datetime
) -> dict[int, tuple[date | None, int | None, int | None]]:
    """By unit: asked on and days since (of the oldest unanswered), median days to answer."""
    on = day_of(at)
    asked: dict[int, date] = {}
    answers: dict[int, list[int]] = defaultdict(list)
    rows = Reminder.objects.filter(plan=plan).order_by("sent_at", "pk")
    for unit, sent, answered in rows.values_list("unit", "sent_at", "answered_at"):
        if answered is None:
            asked.setdefault(unit, day_of(sent))
        else:
            answers[unit].append((day_of(answered) - day_of(sent)).days)
    return {
        unit: (
            asked.get(unit),
            (on - asked[unit]).days if unit in asked else None,
            int(median(answers[unit])) if unit in answers else None,
        )
        for unit in asked.keys() | answers.keys()
    }
