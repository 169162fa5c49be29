"""A unit's evidence: what is wanted by when, handed in from a desk or a phone, why it came back."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse

from chanjiao.kernel.clock import day_of
from chanjiao.plans import evidence_actions as actions
from chanjiao.plans import evidence_rules as rules
from chanjiao.plans import records
from chanjiao.plans.enums import EvidenceState, TaskState
from chanjiao.plans.evidence_bundle import ask_bundle
from chanjiao.plans.evidence_files import add_files, remove_file
from chanjiao.plans.evidence_queries import (
    bundles_visible_to,
    files_visible_to,
    late,
    usable,
    visible_to,
)
from chanjiao.plans.models import Evidence, Task
from chanjiao.web.parts.evidence import detail, evidence_page, listed, plans_of
from chanjiao.web.parts.evidence_bundles import BUNDLES, bundle_response
from chanjiao.web.parts.evidence_forms import EvidenceForm, OfferForm
from chanjiao.web.parts.files import file_response
from chanjiao.web.parts.filters import search
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.listings import Button
from chanjiao.web.parts.lists import ListAction
from chanjiao.web.parts.page import Answer, PageRequest, Primary, page
from chanjiao.web.parts.typed import whole
from chanjiao.web.parts.uploads import uploads

SHOWN_RECORDS = 50


def _rows(request: PageRequest) -> QuerySet[Evidence]:
    rows = visible_to(request.actor)
    return rows.filter(unit=request.unit, plan__consortium=request.consortium)


def _row(request: PageRequest, pk: int) -> Evidence:
    return get_object_or_404(_rows(request), pk=pk)


def _here(row: Evidence) -> str:
    return reverse("member:evidence_detail", args=[row.pk])


def _own_tasks(request: PageRequest) -> QuerySet[Task]:
    rows = Task.objects.filter(unit=request.unit, plan__consortium=request.consortium)
    rows = rows.exclude(state__in=[TaskState.DRAFT, TaskState.CANCELLED])
    return rows.select_related("plan", "unit").order_by("-plan__year", "place", "pk")


@page("member")
def evidence_list(request: PageRequest) -> HttpResponseBase:
    rows = _rows(request)
    today = day_of(request.at)
    shown = evidence_page(
        "member", rows, on=today, actions=(ListAction("导出佐证材料", "member:evidence_bundles"),)
    )
    wanted = rows.filter(state=EvidenceState.WANTED).count()
    back = rows.filter(state=EvidenceState.RETURNED).count()
    intro = f"待提交 {wanted} 份，被退回 {back} 份，逾期 {late(rows, on=today).count()} 份。"
    primary = Primary("主动提交佐证", reverse("member:evidence_new"))
    return shown.respond(request, listed(rows), primary=primary, intro=intro)


@page("member", writes=True, template="parts/form_page.html")
def evidence_new(request: PageRequest) -> Answer:
    """A piece nobody asked for, under a task of one's own."""
    tasks = _own_tasks(request)
    form = OfferForm(
        tasks, request.POST or None, initial={"task": whole(request.GET.get("task", "0"))}
    )
    url = reverse("member:evidence_list")
    done = submit(
        request, form,
        lambda: actions.offer_evidence(
            form.cleaned_data["task"], form.cleaned_data["kind"], form.cleaned_data["title"],
            by=request.actor, at=request.at,
        ),
        then=_here, said="已编号，请上传文件并提交。",
    )  # fmt: skip
    intro = "" if tasks.exists() else "本单位没有承担任务，不能主动提交；秘书处索取的佐证见列表。"
    return done or {
        "title": "主动提交佐证", "crumbs": [("佐证材料", url)], "form": form, "label": "下一步",
        "cancel": url, "intro": intro,
    }  # fmt: skip


# One piece -----------------------------------------------------------------------------------
@page("member", template="evidence/member.html")
def evidence_detail(request: PageRequest, pk: int) -> Answer:
    row = _row(request, pk)
    return _detail(request, row, EvidenceForm(row))


@page("member", writes=True, template="evidence/member.html")
def evidence_edit(request: PageRequest, pk: int) -> Answer:
    """Files and fields; “提交” hands in what is then there. Good files stay when another is refused."""
    row = _row(request, pk)
    if request.method != "POST":
        return redirect(_here(row))
    form = EvidenceForm(row, request.POST, request.FILES)
    revision = whole(request.POST.get("revision", "0"))

    def act() -> Evidence:
        made = add_files(
            row, uploads(form), by=request.actor, at=request.at, revision=revision
        ) if uploads(form) else []  # fmt: skip
        seen = revision + bool(made)
        saved = actions.update_evidence(
            row, form.values(), revision=seen, by=request.actor, at=request.at
        )
        if "submit" in request.POST:
            return actions.submit_evidence(saved, by=request.actor, at=request.at)
        return saved

    said = "已提交，等待秘书处验收。" if "submit" in request.POST else "已保存，尚未提交。"
    done = submit(request, form, act, then=_here(row), said=said)
    return done or _detail(request, _row(request, pk), form)


def _detail(request: PageRequest, row: Evidence, form: EvidenceForm) -> dict[str, Any]:
    actor = request.actor

    def to(name: str) -> str:
        return reverse(f"member:evidence_{name}", args=[row.pk])

    return detail(row, "member") | {
        "form": form,
        "may_edit": rules.may_edit(actor, row),
        "may_submit": rules.may_submit(actor, row),
        "buttons": [
            Button("撤回修改", to("take_back"), rules.may_take_back(actor, row)),
            Button(
                "放弃这份佐证", to("withdraw"), rules.may_withdraw(actor, row), "outline-danger",
                ask="放弃后编号不再使用，确定放弃？",
            ),
        ],
        "late": bool(row.answer_due_on and row.answer_due_on < day_of(request.at)),
    }  # fmt: skip


@page("member", writes=True)
def evidence_act(request: PageRequest, pk: int, verb: str) -> Answer:
    """Take back, give up, or forget what was referred to."""
    act, said = _DONE[verb]
    row = _row(request, pk)
    if request.method == "POST":
        act(row, by=request.actor, at=request.at)
        messages.success(request, said)
    return redirect(_here(row))


_DONE = {
    "take_back": (actions.take_back, "已撤回，修改后请重新提交。"),
    "withdraw": (actions.withdraw_evidence, "已放弃。"),
    "forget": (actions.forget_reference, "已取消引用，可以上传文件。"),
}


@page("member", writes=True)
def evidence_remove_file(request: PageRequest, pk: int, file_pk: int) -> Answer:
    row = _row(request, pk)
    one = get_object_or_404(row.files.select_related("evidence", "file"), pk=file_pk)
    if request.method == "POST":
        remove_file(one, by=request.actor, at=request.at)
        messages.success(request, f"已移除“{one.file.name}”。")
    return redirect(_here(row))


# Instead of a file ---------------------------------------------------------------------------
@page("member", writes=True, template="evidence/records.html")
def evidence_record(request: PageRequest, pk: int) -> Answer:
    """A live record of the platform: choose its kind, find it, refer to it."""
    row = _row(request, pk)
    offered = records.kinds()
    wanted = request.POST.get("kind") or request.GET.get("kind", "")
    kind = records.kind_called(wanted) or offered[0]
    if request.method == "POST":
        record = whole(request.POST.get("record", "0"))
        actions.refer_to_record(row, kind, record, by=request.actor, at=request.at)
        messages.success(request, "已引用平台记录，请核对后提交。")
        return redirect(_here(row))
    found = records.offered(
        kind, request.actor, request.consortium.pk, row.unit_id, on=day_of(request.at)
    )
    text = request.GET.get("q", "")
    shown = list(search(found, text, kind.search).order_by("-pk")[: SHOWN_RECORDS + 1])
    return {
        "title": f"引用平台记录：{row.code}",
        "crumbs": [("佐证材料", reverse("member:evidence_list")), (row.code, _here(row))],
        "row": row, "kinds": offered, "kind": kind, "q": text,
        "lines": [(one, str(one), kind.link(one, "member")) for one in shown[:SHOWN_RECORDS]],
        "more": len(shown) > SHOWN_RECORDS, "verdict": rules.may_edit(request.actor, row),
    }  # fmt: skip


@page("member", writes=True, template="evidence/reuse.html")
def evidence_reuse(request: PageRequest, pk: int) -> Answer:
    """Evidence of one's own that proves this too."""
    row = _row(request, pk)
    found = usable(row, request.actor)
    if request.method == "POST":
        other = get_object_or_404(found, pk=whole(request.POST.get("evidence", "0")))
        actions.refer_to_evidence(row, other, by=request.actor, at=request.at)
        messages.success(request, f"已引用 {other.code}，请核对后提交。")
        return redirect(_here(row))
    text = request.GET.get("q", "")
    shown = search(found, text, ("code", "title", "task__name")).order_by("code", "pk")
    return {
        "title": f"引用已有佐证：{row.code}",
        "crumbs": [("佐证材料", reverse("member:evidence_list")), (row.code, _here(row))],
        "row": row, "q": text, "lines": shown[:SHOWN_RECORDS],
        "verdict": rules.may_edit(request.actor, row),
    }  # fmt: skip


# Files ---------------------------------------------------------------------------------------
@page("member")
def evidence_file(request: PageRequest, pk: int) -> HttpResponseBase:
    rows = files_visible_to(request.actor).filter(
        evidence__unit=request.unit, evidence__plan__consortium=request.consortium
    )
    one = get_object_or_404(rows, pk=pk)
    return file_response(one.file, one.content_type)


@page("member", writes=True)
def evidence_bundles(request: PageRequest) -> HttpResponseBase:
    """Zips of the unit's own evidence; a POST asks for a new one."""
    plans = plans_of(request.consortium.pk)
    if request.method == "POST":
        plan = get_object_or_404(plans, pk=whole(request.POST.get("plan", "")))
        made = ask_bundle(plan, request.unit, by=request.actor, at=request.at)
        assert made.job is not None  # just started
        return redirect("account_job", made.job.pk)
    return BUNDLES("member").respond(
        request, _bundles(request), plans=list(plans),
        crumbs=[("佐证材料", reverse("member:evidence_list"))],
    )  # fmt: skip


def _bundles(request: PageRequest) -> QuerySet[Any]:
    rows = bundles_visible_to(request.actor)
    return rows.filter(unit=request.unit, plan__consortium=request.consortium)


@page("member")
def evidence_bundle(request: PageRequest, pk: int) -> HttpResponseBase:
    return bundle_response(get_object_or_404(_bundles(request), pk=pk))


def urls() -> list[URLPattern]:
    one = "evidence/<int:pk>/"
    return [
        path("evidence/", evidence_list, name="evidence_list"),
        path("evidence/new/", evidence_new, name="evidence_new"),
        path("evidence/bundles/", evidence_bundles, name="evidence_bundles"),
        path("evidence/bundles/<int:pk>/", evidence_bundle, name="evidence_bundle"),
        path("evidence/files/<int:pk>/", evidence_file, name="evidence_file"),
        path(one, evidence_detail, name="evidence_detail"),
        path(f"{one}edit/", evidence_edit, name="evidence_edit"),
        path(f"{one}record/", evidence_record, name="evidence_record"),
        path(f"{one}reuse/", evidence_reuse, name="evidence_reuse"),
        path(
            f"{one}files/<int:file_pk>/remove/", evidence_remove_file, name="evidence_remove_file"
        ),
        *(
            path(
                f"{one}{verb.replace('_', '-')}/", evidence_act, {"verb": verb},
                name=f"evidence_{verb}",
            )
            for verb in _DONE
        ),
    ]  # fmt: skip
