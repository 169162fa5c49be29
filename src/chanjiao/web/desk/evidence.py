"""The secretariat's evidence: what is wanted, what came, what is late; the zip of everything."""

from typing import Any

from csp.constants import SELF
from csp.decorators import csp_update
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse

from chanjiao.indicators.computing import set_of_text
from chanjiao.indicators.queries import set_in_force
from chanjiao.kernel.clock import day_of
from chanjiao.plans import evidence_actions as actions
from chanjiao.plans import evidence_rules as rules
from chanjiao.plans.evidence_bundle import ask_bundle
from chanjiao.plans.evidence_check_actions import add_use, remove_use
from chanjiao.plans.evidence_queries import (
    bundles_visible_to,
    files_visible_to,
    flags_visible_to,
    punctuality,
    visible_to,
)
from chanjiao.plans.models import Evidence, EvidenceUse, Plan, Task
from chanjiao.web.desk import evidence_check
from chanjiao.web.parts.evidence import (
    detail,
    evidence_page,
    listed,
    pictures,
    plans_of,
)
from chanjiao.web.parts.evidence_bundles import BUNDLES, bundle_response
from chanjiao.web.parts.evidence_forms import AskForm, DayForm, RepeatForm, UseForm
from chanjiao.web.parts.files import file_response
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.listings import Button
from chanjiao.web.parts.lists import BulkAction, ListAction
from chanjiao.web.parts.page import Answer, PageRequest, Primary, page
from chanjiao.web.parts.typed import whole


def _rows(request: PageRequest) -> QuerySet[Evidence]:
    return visible_to(request.actor).filter(plan__consortium=request.consortium)


def _row(request: PageRequest, pk: int) -> Evidence:
    return get_object_or_404(_rows(request), pk=pk)


def _here(row: Evidence) -> str:
    return reverse("desk:evidence_detail", args=[row.pk])


@page("desk")
def evidence_list(request: PageRequest) -> HttpResponseBase:
    rows = _rows(request)
    shown = evidence_page(
        "desk", rows, on=day_of(request.at),
        actions=(
            ListAction("索取佐证", "desk:evidence_ask"),
            ListAction("沿用往年清单", "desk:evidence_repeat"),
            ListAction("催交", "desk:evidence_owing"),
            ListAction("及时情况", "desk:evidence_punctuality"),
            ListAction("导出佐证材料", "desk:evidence_bundles"),
        ),
        bulk=(
            BulkAction("验收所选", "desk:evidence_accept_many", "验收所选佐证？"),
            BulkAction("退回所选", "desk:evidence_return_many"),
            BulkAction("改期限", "desk:evidence_reschedule"),
        ),
    )  # fmt: skip
    primary = Primary("逐份验收", reverse("desk:evidence_check"))
    return shown.respond(request, listed(rows), primary=primary)


@csp_update({"frame-src": [SELF]})
@page("desk", template="evidence/desk.html")
def evidence_detail(request: PageRequest, pk: int) -> Answer:
    return _detail(request, _row(request, pk))


def _detail(request: PageRequest, row: Evidence, form: UseForm | None = None) -> dict[str, Any]:
    actor = request.actor
    flags = flags_visible_to(actor).filter(evidence=row)
    against = flags_visible_to(actor).filter(other=row)
    return detail(row, "desk") | {
        "buttons": _buttons(request, row),
        "flags": [
            (flag, rules.may_judge(actor, flag), pictures(flag.other, "desk")) for flag in flags
        ],
        "against": against,
        "references": row.references.select_related("task"),
        "may_use": rules.may_use(actor, row),
        "use_form": form or _use_form(row, None),
    }  # fmt: skip


def _use_form(row: Evidence, data: Any) -> UseForm:
    """With the tasks of the plan and the indicators of the year's set."""
    version = set_in_force(row.plan.consortium, row.plan.year)
    known = set_of_text(version.text).indicators if version is not None else ()
    return UseForm(_tasks(row.plan), {one.code: one.name for one in known}, data)


def _tasks(plan: Plan) -> QuerySet[Task]:
    return Task.objects.filter(plan=plan).select_related("unit").order_by("place", "pk")


def _buttons(request: PageRequest, row: Evidence) -> list[Button]:
    actor = request.actor

    def to(name: str) -> str:
        return reverse(f"desk:evidence_{name}", args=[row.pk])

    found = [
        Button("验收", to("accept"), rules.may_accept(actor, row), "primary"),
        Button("退回", to("return"), rules.may_return(actor, row), leads=True),
        Button("不再需要", to("drop"), rules.may_drop(actor, row), "outline-danger", note="原因"),
    ]
    if rules.may_want_again(actor, row):
        again = rules.may_want_again(actor, row)
        found.append(Button("重新索取", to("want_again"), again, leads=True))
    return found


@page("desk", writes=True)
def evidence_drop(request: PageRequest, pk: int) -> Answer:
    row = _row(request, pk)
    if request.method == "POST":
        reason = request.POST.get("reason", "")
        actions.drop_evidence(row, reason, by=request.actor, at=request.at)
        messages.success(request, "已标为不再需要，单位会收到通知。")
    return redirect(_here(row))


@page("desk", writes=True, template="parts/form_page.html")
def evidence_want_again(request: PageRequest, pk: int) -> Answer:
    row = _row(request, pk)
    form = DayForm(request.POST or None)
    done = submit(
        request, form,
        lambda: actions.want_again(
            row, form.cleaned_data["due_on"], by=request.actor, at=request.at
        ),
        then=_here(row), said="已重新索取。",
    )  # fmt: skip
    return done or {
        "title": f"重新索取：{row.code} {row.title}",
        "crumbs": [("佐证材料", reverse("desk:evidence_list")), (row.code, _here(row))],
        "form": form, "label": "重新索取", "cancel": _here(row),
    }  # fmt: skip


# Asking --------------------------------------------------------------------------------------
@page("desk", writes=True, template="evidence/ask.html")
def evidence_ask(request: PageRequest) -> Answer:
    """Wishes for many tasks at once. `?plan=` and `?task=` say where it was asked from."""
    plans = list(plans_of(request.consortium.pk))
    plan = _plan(request, plans)
    tasks = _tasks(plan) if plan else Task.objects.none()
    initial = {"tasks": [whole(request.GET.get("task", "0"))]}
    form = AskForm(tasks, request.POST or None, initial=initial)

    def act() -> list[Evidence]:
        if plan is None:
            raise Http404
        return actions.ask_evidence(plan, form.wishes(), by=request.actor, at=request.at)

    url = reverse("desk:evidence_list")
    done = submit(
        request, form, act, said="已索取，单位会收到通知。",
        then=lambda made: f"{url}?state=wanted&year={made[0].plan.year}",
    )  # fmt: skip
    return done or {
        "title": "索取佐证", "crumbs": [("佐证材料", url)], "form": form, "plans": plans,
        "plan": plan, "cancel": url,
    }  # fmt: skip


def _plan(request: PageRequest, plans: list[Plan]) -> Plan | None:
    wanted = whole(request.GET.get("plan", "0"))
    return next((one for one in plans if one.pk == wanted), plans[0] if plans else None)


@page("desk", writes=True, template="parts/form_page.html")
def evidence_repeat(request: PageRequest) -> Answer:
    plans = {plan.pk: plan for plan in plans_of(request.consortium.pk)}
    ordered = list(plans.values())
    initial = {"plan": ordered[0].pk, "earlier": ordered[1].pk} if len(ordered) > 1 else {}
    form = RepeatForm(ordered, request.POST or None, initial=initial)

    def act() -> None:
        chosen = [plans[int(form.cleaned_data[name])] for name in ("earlier", "plan")]
        made, homeless = actions.repeat_evidence(*chosen, by=request.actor, at=request.at)
        messages.success(request, f"已按往年清单索取 {len(made)} 份佐证。")
        if homeless:
            messages.warning(request, f"{homeless} 份在新计划中没有同编号的任务，未复制。")

    url = reverse("desk:evidence_list")
    return submit(request, form, act, then=url) or {
        "title": "沿用往年清单", "crumbs": [("佐证材料", url)], "form": form, "label": "复制",
        "cancel": url,
        "intro": "把往年索取过的佐证按任务编号复制到新计划，期限顺延到新年度；已有的不会重复。"
        if len(ordered) > 1 else "至少要有两个年度的计划才能沿用。",
    }  # fmt: skip


# Uses ----------------------------------------------------------------------------------------
@csp_update({"frame-src": [SELF]})
@page("desk", writes=True, template="evidence/desk.html")
def evidence_use(request: PageRequest, pk: int) -> Answer:
    row = _row(request, pk)
    form = _use_form(row, request.POST or None)
    done = submit(
        request, form,
        lambda: add_use(
            row, form.cleaned_data["task"], form.cleaned_data["indicator"], by=request.actor,
            at=request.at,
        ),
        then=_here(row), said="已添加用途。",
    )  # fmt: skip
    return done or _detail(request, row, form)


@page("desk", writes=True)
def evidence_unuse(request: PageRequest, pk: int, use_pk: int) -> Answer:
    row = _row(request, pk)
    use = get_object_or_404(
        EvidenceUse.objects.select_related("evidence", "task"), pk=use_pk, evidence=row
    )
    if request.method == "POST":
        remove_use(use, by=request.actor, at=request.at)
        messages.success(request, "已移除用途。")
    return redirect(_here(row))


# Files ---------------------------------------------------------------------------------------
@page("desk")
def evidence_file(request: PageRequest, pk: int) -> HttpResponseBase:
    rows = files_visible_to(request.actor)
    rows = rows.filter(evidence__plan__consortium=request.consortium)
    one = get_object_or_404(rows, pk=pk)
    return file_response(one.file, one.content_type)


@page("desk", writes=True)
def evidence_bundles(request: PageRequest) -> HttpResponseBase:
    """Zips made so far; a POST asks for a new one."""
    plans = list(plans_of(request.consortium.pk))
    if request.method == "POST":
        plan = get_object_or_404(
            plans_of(request.consortium.pk), pk=whole(request.POST.get("plan", ""))
        )
        made = ask_bundle(plan, None, by=request.actor, at=request.at)
        assert made.job is not None  # just started
        return redirect("account_job", made.job.pk)
    rows = bundles_visible_to(request.actor).filter(plan__consortium=request.consortium)
    return BUNDLES("desk").respond(
        request, rows, plans=plans, crumbs=[("佐证材料", reverse("desk:evidence_list"))]
    )


@page("desk")
def evidence_bundle(request: PageRequest, pk: int) -> HttpResponseBase:
    rows = bundles_visible_to(request.actor).filter(plan__consortium=request.consortium)
    return bundle_response(get_object_or_404(rows, pk=pk))


# Punctuality ---------------------------------------------------------------------------------
@page("desk", template="evidence/punctuality.html")
def evidence_punctuality(request: PageRequest) -> Answer:
    """Per unit of a plan's year: asked, in time, late, missing."""
    plans = list(plans_of(request.consortium.pk))
    plan = _plan(request, plans)
    today = day_of(request.at)
    lines = []
    if plan is not None:
        since, until = (
            today.replace(year=plan.year, month=1, day=1),
            today.replace(year=plan.year + 1, month=1, day=1),
        )
        lines = punctuality(request.consortium, since, until, on=today)
    return {
        "title": "佐证提交及时情况", "crumbs": [("佐证材料", reverse("desk:evidence_list"))],
        "plans": plans, "plan": plan, "lines": lines, "at": request.at,
    }  # fmt: skip


def urls() -> list[URLPattern]:
    one = "evidence/<int:pk>/"
    return [
        path("evidence/", evidence_list, name="evidence_list"),
        path("evidence/ask/", evidence_ask, name="evidence_ask"),
        path("evidence/repeat/", evidence_repeat, name="evidence_repeat"),
        path("evidence/punctuality/", evidence_punctuality, name="evidence_punctuality"),
        path("evidence/bundles/", evidence_bundles, name="evidence_bundles"),
        path("evidence/bundles/<int:pk>/", evidence_bundle, name="evidence_bundle"),
        path("evidence/files/<int:pk>/", evidence_file, name="evidence_file"),
        path(one, evidence_detail, name="evidence_detail"),
        path(f"{one}drop/", evidence_drop, name="evidence_drop"),
        path(f"{one}want-again/", evidence_want_again, name="evidence_want_again"),
        path(f"{one}use/", evidence_use, name="evidence_use"),
        path(f"{one}use/<int:use_pk>/remove/", evidence_unuse, name="evidence_unuse"),
        *evidence_check.urls(),
    ]
