"""The year's plan: about sixty tasks, reported month by month, judged at mid-year, mended."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

from chanjiao.demo.cast import Cast
from chanjiao.demo.catalogue import Row, rows
from chanjiao.demo.pupils import person_name
from chanjiao.kernel.clock import day_of
from chanjiao.plans import actions
from chanjiao.plans.enums import TASK_LIVE, Direction, PlanState, Stage, VerdictKind
from chanjiao.plans.lateness import late_units
from chanjiao.plans.models import Plan, Rectification, Task
from chanjiao.plans.progress import remind_late, report_progress
from chanjiao.plans.queries import proven_by_task, tasks_of
from chanjiao.plans.results import Proven, propose
from chanjiao.plans.reviewing import (
    Given,
    accept_rectification,
    return_rectification,
    review_tasks,
    submit_rectification,
)

_SLOW = {"done": 100, "on": 100, "slow": 55, "late": 70}
_LEADERS = ("管委会分管领导", "学校分管校长", "企业分管副总")
_TEXTS = {
    "done": "按计划推进。", "on": "按计划推进，本月任务已完成。", "slow": "进度偏慢，正在加快。",
    "late": "受协作单位安排影响，进度滞后。",
}  # fmt: skip


def month_end(year: int, month: int) -> date:
    return date(year, month, monthrange(year, month)[1])


def rows_of_year(cast: Cast, year: int) -> Sequence[Row]:
    """All sixty tasks in the year in progress; in the years before some of them, all done.

    Each group's first in the closed year, each direction's first in the first.
    """
    if year == cast.season.plan_year:
        return rows("tasks")
    ending = "-1" if year == cast.season.closed_year else "-1-1"
    return [row | {"course": "done"} for row in rows("tasks") if row["code"].endswith(ending)]


def begin_plan(cast: Cast, year: int) -> None:
    """Made in December and put in force in January; reports, the mid-year review and reminders follow."""
    season = cast.season
    plan = actions.create_plan(
        cast.consortium, year=year, title=f"{year} 年度建设任务计划", by=cast.secretary,
        at=season.tick(),
    )  # fmt: skip
    names = {group["code"]: group["name"] for group in rows("groups")}
    actions.name_groups(plan, names, revision=plan.revision, by=cast.secretary, at=season.tick())
    for row in rows_of_year(cast, year):
        actions.create_task(plan, _values(cast, row, year), by=cast.secretary, at=season.tick())
    season.book(date(year, 1, 12), lambda: _move(cast, year, PlanState.IN_FORCE))
    for month in range(1, 13):
        day = month_end(year, month) + timedelta(days=3)
        season.book(day, partial(_report, cast, year, month))
        season.book(day + timedelta(days=6), partial(_remind, cast, year))
    season.book(date(year, 7, 10), partial(_review, cast, year, Stage.MIDYEAR))
    season.book(date(year, 7, 20), lambda: _move(cast, year, PlanState.IN_FORCE, "年中评审结束。"))
    season.book(date(year, 8, 6), partial(_mend, cast, year))
    season.book(date(year + 1, 1, 12), partial(_review, cast, year, Stage.YEAREND))
    season.book(date(year + 1, 3, 2), lambda: _move(cast, year, PlanState.CLOSED))


def plan_of(cast: Cast, year: int) -> Plan:
    """A year's plan as it stands now."""
    return Plan.objects.select_related("consortium").get(consortium=cast.consortium, year=year)


def _move(cast: Cast, year: int, state: PlanState, reason: str = "") -> None:
    actions.move_plan(
        plan_of(cast, year), state, reason=reason, by=cast.secretary, at=cast.season.tick()
    )


def _values(cast: Cast, row: Row, year: int) -> dict[str, object]:
    number = {name: Decimal(row[name]) if row[name] else None for name in ("baseline", "target")}
    last = int(row["due"])
    half = min(last, 6)
    milestones = {
        f"{year}Q{(half + 2) // 3}": row["midway"],
        f"{year}Q{(last + 2) // 3}": row["finish"],
    }
    return {
        "code": row["code"], "name": row["name"], "goal": row["goal"],
        "unit": cast.units[row["unit"]], "person": person_name("task", row["code"]),
        "leader": _LEADERS[int(row["code"][0]) % len(_LEADERS)], "direction": row["direction"],
        "measure": row["measure"], "weight": Decimal(row["weight"]), **number,
        "starts_on": date(year, int(row["start"]) + 1, 1), "due_on": month_end(year, last),
        "indicators": [row["indicators"]], "milestones": milestones,
    }  # fmt: skip


# Month by month ------------------------------------------------------------------------------
def percent_at(row: Row, month: int) -> int:
    """How far a task is at the end of a month, by its course."""
    first, last = int(row["start"]), int(row["due"])
    elapsed = max(0, min(100, (month - first) * 100 // (last - first)))
    return elapsed * _SLOW[row["course"]] // 100


def _report(cast: Cast, year: int, month: int) -> None:
    """Units report what they have; those whose tasks are late stay silent every other month."""
    courses = {row["code"]: row for row in rows_of_year(cast, year)}
    live = plan_of(cast, year).tasks.filter(state__in=TASK_LIVE)
    for task in live.select_related("unit", "plan__consortium").order_by("place"):
        row = courses[task.code]
        silent = row["course"] == "late" and month % 2 == 0
        if int(row["start"]) < month and not silent:
            _report_one(cast, task, row, month)


def _report_one(cast: Cast, task: Task, row: Row, month: int) -> None:
    percent = percent_at(row, month)
    reached = [
        m.pk
        for m in task.milestones.all()
        if percent == 100 or (percent >= 50 and m.text == row["midway"])
    ]
    report_progress(
        task, month=f"{task.plan.year}-{month:02}", percent=percent, current=_current(task, percent),
        text=_TEXTS[row["course"]], milestones=reached, finished=percent == 100,
        difficulties="请秘书处协调协作单位。" if row["course"] == "late" else "",
        by=cast.actor(row["unit"]), at=cast.season.tick(),
    )  # fmt: skip


def _current(task: Task, percent: int) -> Decimal | None:
    if task.target is None:
        return None
    if task.direction == Direction.YES_NO:
        return Decimal(percent == 100)
    start = task.baseline or Decimal(0)
    return (start + (task.target - start) * percent / 100).quantize(Decimal(1))


def _remind(cast: Cast, year: int) -> None:
    """Whoever has not reported is reminded, if anybody."""
    plan, at = plan_of(cast, year), cast.season.tick()
    late = [row.unit for row in late_units(plan, at=at)]
    if late:
        due = day_of(at) + timedelta(days=5)
        remind_late(plan, late, due, by=cast.secretary, at=at)


# Judged and mended ---------------------------------------------------------------------------
def _review(cast: Cast, year: int, stage: Stage) -> None:
    """The secretariat follows what the system proposes; what is behind is to be mended."""
    _move(cast, year, PlanState(stage.value))
    plan = plan_of(cast, year)
    proven = proven_by_task(plan)
    given = []
    for task in tasks_of(plan):
        found = propose(task, stage, plan.year, proven.get(task.pk, Proven()))
        behind = found.verdict == VerdictKind.NOT_ACHIEVED
        comment = "进度明显滞后，请补齐进展和佐证。" if behind else ""
        given.append(Given(task, found.verdict, found.score, comment))
    review_tasks(plan, stage, given, by=cast.secretary, at=cast.season.tick(3_600))


def _mend(cast: Cast, year: int) -> None:
    """Units answer; the first is handed back once, the last has not answered yet."""
    found = list(
        Rectification.objects.filter(plan=plan_of(cast, year))
        .select_related("unit", "task", "plan__consortium")
        .order_by("task__place")
    )
    for place, row in enumerate(found[:-1]):
        row = _submit(cast, row, "已补报进展并明确责任人，附后续安排。")
        if place == 0:
            row = return_rectification(
                row, "请补充完成时间表。", revision=row.revision, by=cast.secretary,
                at=cast.season.tick(7_200),
            )  # fmt: skip
            row = _submit(cast, row, "已补充按周的完成时间表。")
        accept_rectification(
            row, "整改到位。", revision=row.revision, by=cast.secretary, at=cast.season.tick(1_800)
        )


def _submit(cast: Cast, row: Rectification, text: str) -> Rectification:
    by = cast.actor(cast.key_of(row.unit_id))
    return submit_rectification(row, text, revision=row.revision, by=by, at=cast.season.tick(3_600))
