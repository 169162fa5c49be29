"""Checking evidence: one after the other, many at once, suspicions, and who is late."""

from collections.abc import Callable
from typing import Any

from csp.constants import SELF
from csp.decorators import csp_update
from django.contrib import messages
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse

from chanjiao.kernel.clock import day_of
from chanjiao.people.models import Unit
from chanjiao.plans import evidence_check_actions as actions
from chanjiao.plans import evidence_rules as rules
from chanjiao.plans.evidence_actions import reschedule
from chanjiao.plans.evidence_chasing import remind_of_evidence
from chanjiao.plans.evidence_queries import flags_visible_to, owing_units, to_check, visible_to
from chanjiao.plans.models import Evidence, Plan
from chanjiao.web.parts.evidence import detail, plans_of
from chanjiao.web.parts.evidence_forms import DayForm, ReasonForm, ReturnForm
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.lists import BulkAction, ListColumn, ListPage, picked
from chanjiao.web.parts.page import Answer, PageRequest, next_url, page
from chanjiao.web.parts.typed import whole


def _rows(request: PageRequest) -> QuerySet[Evidence]:
    return visible_to(request.actor).filter(plan__consortium=request.consortium)


def _row(request: PageRequest, pk: int) -> Evidence:
    return get_object_or_404(_rows(request), pk=pk)


def _seen(request: PageRequest) -> int | None:
    """The revision the person saw, if the form said."""
    return whole(request.POST["revision"]) if request.POST.get("revision") else None


# One after the other -------------------------------------------------------------------------
@page("desk")
def check(request: PageRequest) -> Answer:
    """To the one that has waited longest; nothing waits: says so."""
    first = to_check(_rows(request)).values_list("pk", flat=True).first()
    if first is not None:
        return redirect("desk:evidence_check_one", first)
    crumbs = [("佐证材料", reverse("desk:evidence_list"))]
    return render(request, "evidence/nothing.html", {"title": "逐份验收", "crumbs": crumbs})


@csp_update({"frame-src": [SELF]})
@page("desk", template="evidence/check.html")
def check_one(request: PageRequest, pk: int) -> Answer:
    """One piece with its files beside the buttons; J, K, A and R on the keyboard."""
    row = _row(request, pk)
    waiting = list(to_check(_rows(request)).values_list("pk", flat=True))
    before, after = _around(waiting, pk)
    verdict = rules.may_accept(request.actor, row)
    shown = detail(row, "desk")
    return shown | {
        "previewed": any(one.image or one.pdf for one in shown["files"]),
        "crumbs": [
            ("佐证材料", reverse("desk:evidence_list")),
            ("逐份验收", reverse("desk:evidence_check")),
        ],
        "may_accept": verdict,
        "may_return": rules.may_return(request.actor, row),
        "flags": flags_visible_to(request.actor).filter(evidence=row),
        "form": ReturnForm(row),
        "position": waiting.index(pk) + 1 if pk in waiting else 0,
        "count": len(waiting),
        "previous": reverse("desk:evidence_check_one", args=[before]) if before else "",
        "following": reverse("desk:evidence_check_one", args=[after]) if after else "",
        "then": reverse("desk:evidence_check_one", args=[after or before])
        if after or before
        else reverse("desk:evidence_check"),
    }


def _around(waiting: list[int], pk: int) -> tuple[int, int]:
    """The ones before and after in the queue, 0 for none."""
    if pk not in waiting:
        return 0, waiting[0] if waiting else 0
    at = waiting.index(pk)
    return waiting[at - 1] if at else 0, waiting[at + 1] if at + 1 < len(waiting) else 0


@page("desk", writes=True)
def accept(request: PageRequest, pk: int) -> Answer:
    row = _row(request, pk)
    if request.method == "POST":
        actions.accept_evidence(row, by=request.actor, at=request.at, revision=_seen(request))
        messages.success(request, f"已验收 {row.code}《{row.title}》。")
    return redirect(next_url(request, reverse("desk:evidence_detail", args=[pk])))


@page("desk", writes=True, template="evidence/return.html")
def hand_back(request: PageRequest, pk: int) -> Answer:
    """Each field with its value and a place for what is wrong with it."""
    row = _row(request, pk)
    form = ReturnForm(row, request.POST or None)
    here = reverse("desk:evidence_detail", args=[pk])
    done = submit(
        request, form,
        lambda: actions.return_evidence(
            row, form.reasons(), by=request.actor, at=request.at, due_on=form.due_on,
            revision=_seen(request),
        ),
        then=next_url(request, here), said=f"已退回 {row.code}，单位会收到通知。",
    )  # fmt: skip
    return done or detail(row, "desk") | {
        "title": f"退回：{row.code} {row.title}",
        "crumbs": [("佐证材料", reverse("desk:evidence_list")), (row.code, here)],
        "form": form,
        "verdict": rules.may_return(request.actor, row),
        "cancel": here,
        "then": next_url(request, here),
    }


# Many at once --------------------------------------------------------------------------------
@page("desk", writes=True)
def accept_many(request: PageRequest) -> Answer:
    if request.method == "POST":
        rows = picked(request, _rows(request))
        done = actions.accept_many(rows, by=request.actor, at=request.at)
        messages.success(request, f"已验收 {len(done)} 份。")
    return redirect("desk:evidence_list")


@page("desk", writes=True, template="evidence/many.html")
def return_many(request: PageRequest) -> Answer:
    """The ticked rows first ask for one reason; then they go back together."""
    form = ReasonForm(request.POST if "reason" in request.POST else None)
    return _many(
        request, form, "退回", "已退回，单位会收到通知。",
        lambda rows: actions.return_many(
            rows, form.cleaned_data["reason"], by=request.actor, at=request.at,
            due_on=form.cleaned_data["due_on"],
        ),
    )  # fmt: skip


@page("desk", writes=True, template="evidence/many.html")
def reschedule_many(request: PageRequest) -> Answer:
    """The ticked rows first ask for a day; then all get it."""
    form = DayForm(request.POST if "due_on" in request.POST else None)
    return _many(
        request, form, "改期限", "期限已修改，单位会收到通知。",
        lambda rows: reschedule(
            rows, form.cleaned_data["due_on"], by=request.actor, at=request.at
        ),
    )  # fmt: skip


def _many(
    request: PageRequest,
    form: Form,
    label: str,
    said: str,
    act: Callable[[QuerySet[Evidence]], Any],
) -> Answer:
    """Something that needs a word more before it is done to many."""
    rows = picked(request, _rows(request)).order_by("code", "pk")
    url = reverse("desk:evidence_list")
    if not rows:
        return redirect(url)
    done = submit(request, form, lambda: act(rows), then=url, said=said) if form.is_bound else None
    return done or {
        "title": f"{label}：所选佐证", "crumbs": [("佐证材料", url)], "form": form, "rows": rows,
        "cancel": url, "label": label,
    }  # fmt: skip


# Suspicions ----------------------------------------------------------------------------------
@page("desk", writes=True)
def judge(request: PageRequest, pk: int, verb: str) -> Answer:
    flags = flags_visible_to(request.actor).filter(evidence__plan__consortium=request.consortium)
    flag = get_object_or_404(flags, pk=pk)
    if request.method == "POST":
        act = actions.clear_flag if verb == "clear" else actions.confirm_flag
        act(flag, request.POST.get("reason", ""), by=request.actor, at=request.at)
        said = "已排除疑似重复。" if verb == "clear" else "已确认重复，佐证已退回单位。"
        messages.success(request, said)
    return redirect("desk:evidence_detail", flag.evidence_id)


# Who is late ---------------------------------------------------------------------------------
OWING = ListPage(
    key="desk.evidence_owing",
    title="催交佐证",
    columns=(
        ListColumn("name", "单位", sort="name"),
        ListColumn("owing", "待提交", kind="number", unit="份", sort="owing"),
        ListColumn("overdue", "已逾期", kind="number", unit="份", sort="overdue"),
        ListColumn("first_due", "最早期限", kind="date", sort="first_due"),
        ListColumn("people", "可通知人数", kind="number", unit="人"),
    ),
    search=("name",),
    bulk=(BulkAction("提醒所选单位", "desk:evidence_remind", "向所选单位的办理人员发送提醒？"),),
    link=lambda unit: f"{reverse('desk:evidence_list')}?unit={unit.pk}&state=wanted",
    empty="没有单位欠交佐证。",
)


def _plan(request: PageRequest) -> Plan | None:
    return plans_of(request.consortium.pk).first()


@page("desk")
def owing(request: PageRequest) -> HttpResponseBase:
    plan = _plan(request)
    today = day_of(request.at)
    rows = owing_units(plan, on=today) if plan else Unit.objects.none()
    crumbs = [("佐证材料", reverse("desk:evidence_list"))]
    intro = "没有人代表的单位收不到提醒，请先邀请其管理员。"
    return OWING.respond(request, rows, crumbs=crumbs, intro=intro)


@page("desk", writes=True)
def remind(request: PageRequest) -> Answer:
    plan = _plan(request)
    if request.method == "POST" and plan is not None:
        units = picked(request, owing_units(plan, on=day_of(request.at)))
        unreached = remind_of_evidence(plan, units, by=request.actor, at=request.at)
        messages.success(request, "提醒已发送。")
        if unreached:
            names = "、".join(unit.called for unit in unreached)
            messages.warning(request, f"以下单位没有办理人员，请电话联系：{names}。")
    return redirect("desk:evidence_owing")


def urls() -> list[URLPattern]:
    one = "evidence/<int:pk>/"
    named: dict[str, Any] = {"name": "evidence_judge_clear"}
    return [
        path("evidence/check/", check, name="evidence_check"),
        path("evidence/check/<int:pk>/", check_one, name="evidence_check_one"),
        path("evidence/accept/", accept_many, name="evidence_accept_many"),
        path("evidence/return/", return_many, name="evidence_return_many"),
        path("evidence/reschedule/", reschedule_many, name="evidence_reschedule"),
        path("evidence/owing/", owing, name="evidence_owing"),
        path("evidence/remind/", remind, name="evidence_remind"),
        path("evidence/flags/<int:pk>/clear/", judge, {"verb": "clear"}, **named),
        path(
            "evidence/flags/<int:pk>/confirm/", judge, {"verb": "confirm"},
            name="evidence_judge_confirm",
        ),
        path(f"{one}accept/", accept, name="evidence_accept"),
        path(f"{one}return/", hand_back, name="evidence_return"),
    ]  # fmt: skip
