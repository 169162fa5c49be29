"""What desk and member pages of tasks share: facts, history, lists."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse

from chanjiao.people.access import Actor
from chanjiao.people.models import Unit
from chanjiao.plans.enums import RECTIFICATION_OWED, RectificationState, TaskState
from chanjiao.plans.models import ProgressReport, Rectification, Task
from chanjiao.plans.queries import rectifications_visible_to
from chanjiao.plans.results import shown
from chanjiao.trail.models import Entry
from chanjiao.trail.words import word
from chanjiao.web.parts.evidence import task_evidence
from chanjiao.web.parts.lists import ChoiceFilter, ListColumn, ListPage
from chanjiao.web.parts.plan_tree import TONES

RECTIFICATION_TONES: dict[str, str] = {
    RectificationState.OPEN: "warn", RectificationState.SUBMITTED: "wait",
    RectificationState.RETURNED: "bad", RectificationState.ACCEPTED: "good",
    RectificationState.CANCELLED: "idle",
}  # fmt: skip
_FIELDS = {
    "code": "任务编号", "name": "任务名称", "goal": "目标内容", "unit": "责任单位",
    "partners": "协同单位", "person": "责任人", "leader": "分管领导", "direction": "目标方向",
    "target": "目标值", "measure": "计量单位", "baseline": "基期值", "weight": "权重",
    "starts_on": "开始日期", "due_on": "完成期限", "indicators": "关联指标",
    "resolutions": "来源决议", "milestones": "里程碑",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a task's history."""

    at: datetime
    who: str
    what: str
    reason: str
    details: tuple[str, ...]


def history(task: Task) -> list[Event]:
    """What the trail holds of a task, the newest first; old and new of each changed field."""
    rows = Entry.objects.filter(subject="plans.task", subject_id=str(task.pk))
    entries = list(rows.order_by("-sequence")[:50])
    names = _unit_names(entries)
    return [
        Event(e.at, e.actor_name, word(e.action), e.reason, _details(e.data, names))
        for e in entries
    ]


def _unit_names(entries: list[Entry]) -> dict[int, str]:
    wanted: set[int] = set()
    for entry in entries:
        for side in ("before", "after"):
            values = entry.data.get(side) or {}
            if isinstance(values, dict):
                wanted |= {values["unit"]} if "unit" in values else set()
                wanted |= set(values.get("partners", ()))
    return dict(Unit.objects.filter(pk__in=wanted).order_by("pk").values_list("pk", "name"))


def _details(data: Mapping[str, Any], names: Mapping[int, str]) -> tuple[str, ...]:
    before, after = data.get("before"), data.get("after")
    if not isinstance(before, dict) or not isinstance(after, dict):
        return ()
    return tuple(
        f"{_FIELDS[key]}：{_said(key, before.get(key), names)} → {_said(key, value, names)}"
        for key, value in after.items()
        if key in _FIELDS
    )


def _said(key: str, value: Any, names: Mapping[int, str]) -> str:
    if value in (None, "", [], {}):
        return "（空）"
    if key == "unit":
        return names.get(value, str(value))
    if key == "partners":
        return "、".join(names.get(pk, str(pk)) for pk in value)
    if isinstance(value, dict):
        return "；".join(f"{quarter} {text}" for quarter, text in value.items())
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)


def task_context(task: Task, actor: Actor, audience: str, *, on: date) -> dict[str, Any]:
    """Everything of a task for its one page."""
    reports = list(ProgressReport.objects.filter(task=task).select_related("reported_by"))
    rectified = rectifications_visible_to(actor).filter(task=task)
    return {
        "title": f"{task.code} {task.name}",
        "task": task,
        "tone": TONES[TaskState(task.state)],
        "target": _target(task),
        "milestones": list(task.milestones.order_by("due_on", "pk")),
        "partners": list(task.partners.order_by("name", "pk")),
        "parts": list(task.parts.select_related("unit").order_by("place", "pk")),
        "resolutions": list(task.resolutions.order_by("pk")),
        "reports": reports,
        "reviews": list(task.reviews.select_related("reviewed_by").order_by("stage", "pk")),
        "rectifications": list(rectified.order_by("due_on", "pk")),
        "rectification_tones": RECTIFICATION_TONES,
        "events": history(task) if audience == "desk" else [],
        "evidence": task_evidence(task, actor, audience),
        "audience": audience,
        "today": on,
        "overdue": task.state in {TaskState.ASSIGNED, TaskState.UNDER_WAY} and task.due_on < on,
    }


def _target(task: Task) -> str:
    if task.target is None:
        return task.get_direction_display()
    text = f"{shown(task.target)} {task.measure}（{task.get_direction_display()}）"
    return text if task.baseline is None else f"{text}，基期 {shown(task.baseline)}"


def rectification_list(audience: str, *, on: date) -> ListPage:
    """整改 as a list page of one audience."""

    def late(row: Rectification) -> str:
        if row.state not in RECTIFICATION_OWED or row.due_on >= on:
            return ""
        return f"逾期 {(on - row.due_on).days} 天"

    return ListPage(
        key=f"{audience}.rectifications",
        title="整改",
        columns=(
            ListColumn(
                "task", "任务", lambda row: f"{row.task.code} {row.task.name}", sort="task__place"
            ),
            ListColumn("what", "整改要求"),
            ListColumn("unit", "整改单位", "unit.called", sort="unit__name"),
            ListColumn("due_on", "期限", kind="date", sort="due_on"),
            ListColumn("late", "逾期", late),
            ListColumn("state", "状态", kind="state", sort="state", tones=RECTIFICATION_TONES),
            ListColumn("turn", "提交次数", kind="number", sort="turn"),
        ),
        filters=(ChoiceFilter(key="state", title="状态", choices=RectificationState.choices),),
        search=("task__code", "task__name", "what", "unit__name"),
        link=f"{audience}:rectification_detail",
        empty="没有整改事项。评审中给出“未完成”评价时会自动提出。"
        if audience == "desk"
        else "没有需要整改的事项。",
    )


def rectification_context(row: Rectification, audience: str, *, on: date) -> dict[str, Any]:
    """One rectification's page."""
    return {
        "title": f"整改：{row.task.code} {row.task.name}",
        "crumbs": [("整改", reverse(f"{audience}:rectification_list"))],
        "row": row,
        "tone": RECTIFICATION_TONES[RectificationState(row.state)],
        "audience": audience,
        "days_late": (on - row.due_on).days if row.state in RECTIFICATION_OWED else 0,
    }
