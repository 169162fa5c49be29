"""The secretariat's plans: the year at a glance, its stages, names of groups, who is late."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Count, QuerySet, Sum
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse

from chanjiao.kernel.clock import day_of
from chanjiao.plans import actions, rules
from chanjiao.plans.codes import groups_of, place_of
from chanjiao.plans.enums import PLAN_MOVES, PLAN_RUNNING, PlanState, Stage, TaskState
from chanjiao.plans.lateness import late_units, owed_of_plan
from chanjiao.plans.models import Plan
from chanjiao.plans.progress import remind_late
from chanjiao.plans.queries import current_plan, groups_of_plan, plans_visible_to
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.listings import Button
from chanjiao.web.parts.lists import ListColumn, ListPage
from chanjiao.web.parts.page import Answer, PageRequest, Primary, page
from chanjiao.web.parts.plan_forms import GroupsForm, PlanEditForm, PlanForm, RemindForm
from chanjiao.web.parts.plan_tree import tree_of
from chanjiao.web.parts.typed import whole

ANSWER_DAYS = 7
PLAN_TONES: dict[str, str] = {
    PlanState.DRAFT: "idle", PlanState.IN_FORCE: "wait", PlanState.MIDYEAR: "warn",
    PlanState.YEAREND: "warn", PlanState.CLOSED: "good",
}  # fmt: skip
PLANS = ListPage(
    key="desk.plans",
    title="年度计划",
    columns=(
        ListColumn("year", "年度", lambda plan: str(plan.year), sort="year"),
        ListColumn("title", "名称", sort="title"),
        ListColumn("state", "状态", kind="state", sort="state", tones=PLAN_TONES),
        ListColumn("task_count", "任务", kind="number", unit="项", sort="task_count"),
        ListColumn("in_force_at", "下达时间", kind="moment", sort="in_force_at"),
        ListColumn("closed_at", "归档时间", kind="moment", sort="closed_at"),
    ),
    search=("title",),
    link="desk:plan_detail",
    empty="还没有年度计划。请先新建计划，再逐项新增任务或导入任务书。",
)  # fmt: skip


def plans(request: PageRequest) -> QuerySet[Plan]:
    return plans_visible_to(request.actor).filter(consortium=request.consortium)


def plan_of(request: PageRequest, pk: int) -> Plan:
    return get_object_or_404(plans(request), pk=pk)


def plan_crumbs(plan: Plan) -> list[tuple[str, str]]:
    return [
        ("年度计划", reverse("desk:plan_list")),
        (plan.title, reverse("desk:plan_detail", args=[plan.pk])),
    ]


@page("desk")
def plan_list(request: PageRequest) -> HttpResponseBase:
    verdict = rules.may_make_plan(request.actor, request.consortium)
    primary = Primary("新建计划", reverse("desk:plan_new"), verdict)
    rows = plans(request).annotate(task_count=Count("tasks")).order_by("-year", "pk")
    return PLANS.respond(request, rows, primary=primary)


@page("desk")
def task_list(request: PageRequest) -> HttpResponseBase:
    """The plan of this year; where there is none, the list that says how to begin."""
    plan = current_plan(request.consortium, on=day_of(request.at))
    return redirect("desk:plan_detail", plan.pk) if plan else redirect("desk:plan_list")


@page("desk", writes=True, template="parts/form_page.html")
def plan_new(request: PageRequest) -> Answer:
    year = day_of(request.at).year
    initial = {"year": year, "title": f"{request.consortium.short_name} {year} 年度工作计划"}
    form = PlanForm(request.POST or None, initial=initial)
    done = submit(
        request, form,
        lambda: actions.create_plan(
            request.consortium, **form.cleaned_data, by=request.actor, at=request.at
        ),
        then=lambda plan: reverse("desk:plan_detail", args=[plan.pk]),
        said="计划已建立，请新增任务或导入任务书，核对后下达。",
    )  # fmt: skip
    crumbs = [("年度计划", reverse("desk:plan_list"))]
    return done or {"title": "新建年度计划", "crumbs": crumbs, "form": form, "label": "建立"}


@page("desk", template="plans/plan.html")
def plan_detail(request: PageRequest, pk: int) -> Answer:
    """The tree of tasks with weights, progress and what is late."""
    plan, today = plan_of(request, pk), day_of(request.at)
    owed = owed_of_plan(plan, on=today) if plan.state in PLAN_RUNNING else []
    tree = tree_of(plan, owed, request.GET, on=today)
    may_add = rules.may_change_tasks(request.actor, plan)
    return {
        "title": plan.title,
        "crumbs": [("年度计划", reverse("desk:plan_list"))],
        "primary": Primary("新增任务", reverse("desk:task_new", args=[pk]), may_add),
        "plan": plan,
        "tone": PLAN_TONES[PlanState(plan.state)],
        "tree": tree,
        "states": TaskState.choices,
        "buttons": _buttons(request, plan),
        "late": len({item.task.unit_id for item in owed if item.due_on < today}),
        "weight": plan.tasks.filter(parent=None).aggregate(n=Sum("weight"))["n"],
        "stages": [(stage, stage.label) for stage in Stage if _reached(plan, stage)],
    }


def _reached(plan: Plan, stage: Stage) -> bool:
    order = list(PlanState.values)
    return order.index(plan.state) >= order.index(stage.value)


_MOVE_WORDS = {
    PlanState.IN_FORCE: "下达计划", PlanState.MIDYEAR: "开始年中评审",
    PlanState.YEAREND: "开始年终评审", PlanState.CLOSED: "归档",
}  # fmt: skip
_BACK_WORDS = {PlanState.IN_FORCE: "回到执行中", PlanState.YEAREND: "重新打开评审"}


def _buttons(request: PageRequest, plan: Plan) -> list[Button]:
    order = list(PlanState)
    here = order.index(PlanState(plan.state))
    found = []
    for target in order:
        if target not in PLAN_MOVES[plan.state]:
            continue
        back = order.index(target) < here
        found.append(
            Button(
                (_BACK_WORDS if back else _MOVE_WORDS)[target],
                reverse("desk:plan_move", args=[plan.pk, target.value]),
                rules.may_move_plan(request.actor, plan, target),
                "outline-primary" if back else "primary",
                note="原因" if back else "",
                ask="" if back else f"确定{_MOVE_WORDS[target]}？",
            )
        )
    edit = rules.may_edit_plan(request.actor, plan)
    found.append(Button("修改计划", reverse("desk:plan_edit", args=[plan.pk]), edit, leads=True))
    return found


@page("desk", writes=True)
def plan_move(request: PageRequest, pk: int, state: str) -> Answer:
    plan = plan_of(request, pk)
    if request.method == "POST" and state in PlanState.values:
        reason = request.POST.get("reason", "")
        moved = actions.move_plan(plan, state, reason=reason, by=request.actor, at=request.at)
        messages.success(request, f"计划现为“{moved.get_state_display()}”。")
    return redirect("desk:plan_detail", pk)


@page("desk", writes=True, template="parts/form_page.html")
def plan_edit(request: PageRequest, pk: int) -> Answer:
    plan = plan_of(request, pk)
    initial = {
        "title": plan.title, "report_day": plan.report_day, "revision": plan.revision,
    }  # fmt: skip
    explained = rules.needs_reason(plan)
    form = PlanEditForm(request.POST or None, initial=initial, explained=explained)
    done = submit(
        request, form,
        lambda: actions.update_plan(
            plan, **form.cleaned_data, by=request.actor, at=request.at
        ),
        then=reverse("desk:plan_detail", args=[pk]), said="已保存。",
    )  # fmt: skip
    cancel = reverse("desk:plan_detail", args=[pk])
    return done or {
        "title": "修改计划",
        "crumbs": plan_crumbs(plan),
        "form": form,
        "cancel": cancel,
    }


@page("desk", writes=True, template="plans/groups.html")
def plan_groups(request: PageRequest, pk: int) -> Answer:
    """Names of fields of work and groups, one line for each that tasks speak of."""
    plan = plan_of(request, pk)
    names = groups_of_plan(plan)
    used = plan.tasks.order_by("pk").values_list("code", flat=True)
    wanted = {above for code in used for above in groups_of(code)} | set(names)
    codes = sorted(wanted, key=place_of)
    initial = {"revision": plan.revision}
    form = GroupsForm(codes, names, request.POST or None, initial=initial)
    done = submit(
        request, form,
        lambda: actions.name_groups(
            plan, form.names(), revision=form.cleaned_data["revision"], by=request.actor,
            at=request.at,
        ),
        then=reverse("desk:plan_detail", args=[pk]), said="名称已保存。",
    )  # fmt: skip
    return done or {
        "title": "工作领域和任务组",
        "crumbs": plan_crumbs(plan),
        "plan": plan,
        "form": form if codes else None,
        "verdict": rules.may_edit_plan(request.actor, plan),
    }


# Who is late -----------------------------------------------------------------------------------
@page("desk", writes=True, template="plans/late.html")
def plan_late(request: PageRequest, pk: int) -> Answer:
    """Units with overdue reports, and one form that reminds those ticked."""
    plan, today = plan_of(request, pk), day_of(request.at)
    late = late_units(plan, at=request.at)
    due = today + timedelta(days=ANSWER_DAYS)
    form = RemindForm([row.unit for row in late], due, request.POST or None)

    def act() -> Any:
        wanted = set(form.cleaned_data["units"])
        units = [row.unit for row in late if row.unit.pk in wanted]
        return remind_late(
            plan, units, form.cleaned_data["due_on"], by=request.actor, at=request.at
        )

    def then(unreached: list[Any]) -> str:
        if unreached:
            names = "、".join(unit.called for unit in unreached)
            messages.warning(request, f"以下单位没有办理人员，请电话联系：{names}。")
        return reverse("desk:plan_late", args=[pk])

    done = submit(request, form, act, then=then, said="催办已发送。")
    ticked = [whole(text) for text in request.POST.getlist("units")]
    return done or {
        "title": "进展逾期未报",
        "crumbs": plan_crumbs(plan),
        "plan": plan,
        "form": form,
        "verdict": rules.may_remind(request.actor, plan),
        "lines": [
            (row, row.days_late(today), request.method != "POST" or row.unit.pk in ticked)
            for row in late
        ],
    }


@page("desk")
def late_list(request: PageRequest) -> HttpResponseBase:
    """Of this year's plan."""
    plan = current_plan(request.consortium, on=day_of(request.at))
    return redirect("desk:plan_late", plan.pk) if plan else redirect("desk:plan_list")


def urls() -> list[URLPattern]:
    return [
        path("plans/", plan_list, name="plan_list"),
        path("plans/new/", plan_new, name="plan_new"),
        path("plans/late/", late_list, name="late_list"),
        path("plans/<int:pk>/", plan_detail, name="plan_detail"),
        path("plans/<int:pk>/edit/", plan_edit, name="plan_edit"),
        path("plans/<int:pk>/move/<slug:state>/", plan_move, name="plan_move"),
        path("plans/<int:pk>/groups/", plan_groups, name="plan_groups"),
        path("plans/<int:pk>/late/", plan_late, name="plan_late"),
        path("tasks/", task_list, name="task_list"),
    ]
