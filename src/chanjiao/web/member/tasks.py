"""A member's tasks: what is to do, the month's progress from a phone, rectifications owed."""

from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse

from chanjiao.kernel.clock import day_of
from chanjiao.plans import reviewing, rules, task_states
from chanjiao.plans.enums import TaskState
from chanjiao.plans.lateness import owed_among, reported_months
from chanjiao.plans.models import Rectification, Task
from chanjiao.plans.months import Owed, read_month, report_due, reportable
from chanjiao.plans.progress import month_to_report, report_progress
from chanjiao.plans.queries import (
    has_parts,
    rectifications_visible_to,
    split_among,
    tasks_visible_to,
)
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.listings import Button
from chanjiao.web.parts.page import Answer, PageRequest, page
from chanjiao.web.parts.plan_forms import ExplanationForm, ReportForm
from chanjiao.web.parts.plan_pages import (
    rectification_context,
    rectification_list,
    task_context,
)
from chanjiao.web.parts.plan_tree import TONES


@dataclass(frozen=True, slots=True)
class OwnLine:
    """A task of one's own with the months owed."""

    task: Task
    owed: tuple[Owed, ...]
    split: bool
    today: date

    @property
    def tone(self) -> str:
        return TONES[TaskState(self.task.state)]

    @property
    def is_late(self) -> bool:
        return any(item.due_on < self.today for item in self.owed)

    @property
    def next_due(self) -> date | None:
        return min((item.due_on for item in self.owed), default=None)


def tasks(request: PageRequest) -> QuerySet[Task]:
    return tasks_visible_to(request.actor).filter(plan__consortium=request.consortium)


def own_lines(request: PageRequest) -> list[OwnLine]:
    """The unit's own tasks, the newest plan first, with what it owes."""
    today = day_of(request.at)
    rows = list(tasks(request).filter(unit=request.unit).order_by("-plan__year", "place", "pk"))
    parts = Task.objects.filter(parent__in=rows).order_by("pk")
    split = split_among(parts)
    owed: dict[int, list[Owed]] = {}
    for item in owed_among(rows, on=today, split=split):
        owed.setdefault(item.task.pk, []).append(item)
    return [OwnLine(t, tuple(owed.get(t.pk, ())), t.pk in split, today) for t in rows]


@page("member", template="plans/own.html")
def task_list(request: PageRequest) -> Answer:
    lines = own_lines(request)
    others = tasks(request).exclude(unit=request.unit).order_by("-plan__year", "place", "pk")
    return {
        "title": "本单位任务",
        "years": [
            (year, list(found)) for year, found in groupby(lines, lambda line: line.task.plan.year)
        ],
        "late": sum(line.is_late for line in lines),
        "others": list(others),
        "today": day_of(request.at),
    }


def _task(request: PageRequest, pk: int) -> Task:
    return get_object_or_404(tasks(request), pk=pk)


@page("member", template="plans/task.html")
def task_detail(request: PageRequest, pk: int) -> Answer:
    task, today = _task(request, pk), day_of(request.at)
    context = task_context(task, request.actor, "member", on=today)
    buttons = []
    if task.unit_id == request.unit.pk:
        parts = bool(context["parts"])
        report = rules.may_report(request.actor, task, has_parts=parts)
        finish = rules.may_finish(request.actor, task, has_parts=parts)
        at = reverse("member:task_report", args=[pk])
        done = reverse("member:task_finish", args=[pk])
        buttons = [
            Button("报送进展", at, report, "primary", leads=True),
            Button("标为完成", done, finish, ask="确认任务已全部完成？"),
        ]
    return context | {
        "crumbs": [("本单位任务", reverse("member:task_list"))],
        "buttons": buttons,
    }


@page("member", writes=True, template="plans/report.html")
def task_report(request: PageRequest, pk: int) -> Answer:
    """The month's progress: the oldest month owed first, another by ?month=."""
    task, today = _task(request, pk), day_of(request.at)
    reported = reported_months([task.pk])[task.pk]
    months = reportable(task, on=today)
    month = request.GET.get("month", "")
    if month not in months:
        month = month_to_report(task, reported, on=today)
    row = task.reports.filter(month=month).first()
    form = ReportForm(task, row, request.POST or None)
    done = submit(
        request, form,
        lambda: report_progress(
            task, month=month, **form.cleaned_data, by=request.actor, at=request.at
        ),
        then=reverse("member:task_detail", args=[pk]), said="进展已报送。",
    )  # fmt: skip
    return done or {
        "title": f"报送进展：{task.code}",
        "crumbs": [("本单位任务", reverse("member:task_list")), (str(task), reverse("member:task_detail", args=[pk]))],
        "task": task,
        "form": form,
        "month": read_month(month),
        "due": report_due(task.plan, month),
        "today": today,
        "months": [(m, read_month(m), m in reported, m == month) for m in months],
        "verdict": rules.may_report(request.actor, task, has_parts=has_parts(task)),
        "held": row,
    }  # fmt: skip


@page("member", writes=True)
def task_finish(request: PageRequest, pk: int) -> Answer:
    task = _task(request, pk)
    if request.method == "POST":
        task_states.finish_task(task, by=request.actor, at=request.at)
        messages.success(request, "已标为完成。")
    return redirect("member:task_detail", pk)


# Rectifications --------------------------------------------------------------------------------
def own_rectifications(request: PageRequest) -> QuerySet[Rectification]:
    rows = rectifications_visible_to(request.actor).filter(plan__consortium=request.consortium)
    return rows.filter(unit=request.unit).order_by("due_on", "pk")


@page("member")
def rectifications(request: PageRequest) -> HttpResponseBase:
    shown = rectification_list("member", on=day_of(request.at))
    return shown.respond(request, own_rectifications(request))


@page("member", writes=True, template="plans/rectification.html")
def rectification_detail(request: PageRequest, pk: int) -> Answer:
    """What to mend; and the form that says it is mended."""
    row = get_object_or_404(own_rectifications(request), pk=pk)
    initial = {"explanation": row.explanation, "revision": row.revision}
    form = ExplanationForm(request.POST or None, initial=initial)

    def act() -> Any:
        return reviewing.submit_rectification(
            row, **form.cleaned_data, by=request.actor, at=request.at
        )

    here = reverse("member:rectification_detail", args=[pk])
    done = submit(request, form, act, then=here, said="整改情况已提交，等待秘书处复核。")
    return done or rectification_context(row, "member", on=day_of(request.at)) | {
        "form": form,
        "may": rules.may_submit_rectification(request.actor, row),
    }


def urls() -> list[URLPattern]:
    return [
        path("tasks/", task_list, name="task_list"),
        path("tasks/<int:pk>/", task_detail, name="task_detail"),
        path("tasks/<int:pk>/report/", task_report, name="task_report"),
        path("tasks/<int:pk>/finish/", task_finish, name="task_finish"),
        path("rectifications/", rectifications, name="rectification_list"),
        path("rectifications/<int:pk>/", rectification_detail, name="rectification_detail"),
    ]
