"""One task on the secretariat's side: everything on one page, edit, split, stop, finish."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse

from chanjiao.council.models import Resolution
from chanjiao.kernel.clock import day_of
from chanjiao.plans import actions, rules, task_states
from chanjiao.plans.enums import TaskState
from chanjiao.plans.models import Plan, Task
from chanjiao.plans.queries import (
    has_parts,
    responsible_units,
    tasks_visible_to,
    values_from_resolution,
)
from chanjiao.web.desk.plans import plan_crumbs, plan_of
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.listings import Button
from chanjiao.web.parts.page import Answer, PageRequest, page
from chanjiao.web.parts.plan_forms import SplitForm, TaskForm, task_initial
from chanjiao.web.parts.plan_pages import task_context
from chanjiao.web.parts.typed import whole

_PLAIN: dict[str, tuple[Callable[..., Any], str]] = {
    "resume": (task_states.resume_task, "已恢复。"),
    "finish": (task_states.finish_task, "已标为完成。"),
}
_EXPLAINED: dict[str, tuple[Callable[..., Any], str]] = {
    "suspend": (task_states.suspend_task, "已暂停。"),
    "cancel": (task_states.cancel_task, "已取消。"),
    "reopen": (task_states.reopen_task, "已重新打开。"),
}


def _task(request: PageRequest, pk: int) -> Task:
    rows = tasks_visible_to(request.actor).filter(plan__consortium=request.consortium)
    return get_object_or_404(rows, pk=pk)


def _here(pk: int) -> str:
    return reverse("desk:task_detail", args=[pk])


@page("desk", template="plans/task.html")
def task_detail(request: PageRequest, pk: int) -> Answer:
    task = _task(request, pk)
    context = task_context(task, request.actor, "desk", on=day_of(request.at))
    context |= {"crumbs": plan_crumbs(task.plan), "buttons": _buttons(request, task, context)}
    return context


def _buttons(request: PageRequest, task: Task, context: dict[str, Any]) -> list[Button]:
    actor, parts = request.actor, bool(context["parts"])

    def to(name: str) -> str:
        return reverse(f"desk:task_{name}", args=[task.pk])

    def moving(state: TaskState) -> Any:
        return rules.may_move_task(actor, task, state)

    splitting = rules.may_split(actor, task, has_parts=parts, reported=bool(context["reports"]))
    found = [
        Button("修改", to("edit"), rules.may_edit_task(actor, task), leads=True),
        Button("拆分给多个单位", to("split"), splitting, leads=True),
    ]
    if task.state == TaskState.DRAFT:
        delete = rules.may_delete_task(actor, task)
        found.append(Button("删除", to("delete"), delete, "outline-danger", ask="删除这项任务？"))
        return found
    if task.state in {TaskState.ASSIGNED, TaskState.UNDER_WAY}:
        finish = rules.may_finish(actor, task, has_parts=parts)
        found.append(Button("标为完成", to("finish"), finish, ask="确认任务已完成？"))
        found.append(Button("暂停", to("suspend"), moving(TaskState.SUSPENDED), note="暂停原因"))
    if task.state == TaskState.SUSPENDED:
        found.append(Button("恢复", to("resume"), moving(TaskState.UNDER_WAY), "primary"))
    if task.state == TaskState.DONE:
        found.append(Button("重新打开", to("reopen"), moving(TaskState.UNDER_WAY), note="原因"))
    if task.state not in {TaskState.DONE, TaskState.REVIEWED, TaskState.CANCELLED}:
        cancel = moving(TaskState.CANCELLED)
        found.append(Button("取消", to("cancel"), cancel, "outline-danger", note="取消原因"))
    return found


def _form(
    request: PageRequest, plan: Plan, initial: dict[str, Any], task: Task | None = None
) -> TaskForm:
    units = responsible_units(plan.consortium, on=day_of(request.at))
    if task is not None:
        kept = {task.unit_id, *(unit.pk for unit in task.partners.all())}
        units = units | type(task.unit)._default_manager.filter(pk__in=kept)
    resolutions = Resolution.objects.filter(
        passed=True, motion__meeting__body__consortium=plan.consortium_id
    ).order_by("-pk")
    return TaskForm(
        plan, units.distinct(), resolutions, request.POST or None, initial=initial,
        explained=rules.needs_reason(plan),
    )  # fmt: skip


@page("desk", writes=True, template="plans/task_form.html")
def task_new(request: PageRequest, pk: int) -> Answer:
    """A new task; `?resolution=` fills what a resolution already says."""
    plan = plan_of(request, pk)
    initial: dict[str, Any] = {
        "starts_on": f"{plan.year}-01-01", "due_on": f"{plan.year}-12-31",
        "code": request.GET.get("code", ""),
    }  # fmt: skip
    resolution = Resolution.objects.filter(
        pk=whole(request.GET.get("resolution", "")), passed=True,
        motion__meeting__body__consortium=request.consortium,
    ).first()  # fmt: skip
    if resolution is not None:
        initial |= values_from_resolution(resolution)
    form = _form(request, plan, initial)
    done = submit(
        request, form,
        lambda: actions.create_task(
            plan, form.values(), reason=form.reason, by=request.actor, at=request.at
        ),
        then=lambda task: _here(task.pk), said="任务已新增。",
    )  # fmt: skip
    return done or {
        "title": "新增任务",
        "crumbs": plan_crumbs(plan),
        "form": form,
        "verdict": rules.may_change_tasks(request.actor, plan),
        "cancel": reverse("desk:plan_detail", args=[pk]),
        "revision": "",
    }


@page("desk", writes=True, template="plans/task_form.html")
def task_edit(request: PageRequest, pk: int) -> Answer:
    task = _task(request, pk)
    form = _form(request, task.plan, task_initial(task), task)
    revision = whole(request.POST.get("revision", ""))
    done = submit(
        request, form,
        lambda: actions.update_task(
            task, form.values(), reason=form.reason, revision=revision, by=request.actor,
            at=request.at,
        ),
        then=_here(pk), said="已保存。",
    )  # fmt: skip
    task.refresh_from_db()
    return done or {
        "title": f"修改任务 {task.code}",
        "crumbs": [*plan_crumbs(task.plan), (str(task), _here(pk))],
        "form": form,
        "verdict": rules.may_edit_task(request.actor, task),
        "cancel": _here(pk),
        "revision": request.POST.get("revision") or task.revision,
    }


@page("desk", writes=True, template="plans/split.html")
def task_split(request: PageRequest, pk: int) -> Answer:
    task = _task(request, pk)
    units = responsible_units(task.plan.consortium, on=day_of(request.at))
    form = SplitForm(units, request.POST or None, explained=rules.needs_reason(task.plan))
    done = submit(
        request, form,
        lambda: actions.split_task(
            task, form.parts(), reason=form.cleaned_data.get("reason", ""), by=request.actor,
            at=request.at,
        ),
        then=_here(pk), said="已拆分为子任务。",
    )  # fmt: skip
    verdict = rules.may_split(
        request.actor, task, has_parts=has_parts(task), reported=task.reports.exists()
    )
    return done or {
        "title": f"拆分任务 {task.code}",
        "crumbs": [*plan_crumbs(task.plan), (str(task), _here(pk))],
        "task": task,
        "form": form,
        "verdict": verdict,
        "cancel": _here(pk),
    }


@page("desk", writes=True)
def task_act(request: PageRequest, pk: int, verb: str) -> Answer:
    """Resume, finish; suspend, cancel, reopen with a reason."""
    task = _task(request, pk)
    if request.method == "POST":
        if verb in _PLAIN:
            act, said = _PLAIN[verb]
            act(task, by=request.actor, at=request.at)
        else:
            act, said = _EXPLAINED[verb]
            act(task, request.POST.get("reason", ""), by=request.actor, at=request.at)
        messages.success(request, said)
    return redirect("desk:task_detail", pk)


@page("desk", writes=True)
def task_delete(request: PageRequest, pk: int) -> Answer:
    task = _task(request, pk)
    if request.method != "POST":
        return redirect("desk:task_detail", pk)
    actions.delete_task(task, by=request.actor, at=request.at)
    messages.success(request, "任务已删除。")
    return redirect("desk:plan_detail", task.plan_id)


def urls() -> list[URLPattern]:
    return [
        path("plans/<int:pk>/tasks/new/", task_new, name="task_new"),
        path("tasks/<int:pk>/", task_detail, name="task_detail"),
        path("tasks/<int:pk>/edit/", task_edit, name="task_edit"),
        path("tasks/<int:pk>/split/", task_split, name="task_split"),
        path("tasks/<int:pk>/delete/", task_delete, name="task_delete"),
        *(
            path(f"tasks/<int:pk>/{verb}/", task_act, {"verb": verb}, name=f"task_{verb}")
            for verb in (*_PLAIN, *_EXPLAINED)
        ),
    ]
