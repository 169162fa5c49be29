"""A member's programmes: the school keeps them, the enterprise sees those it takes part in."""

from dataclasses import fields
from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse

from chanjiao.agreements.queries import agreements_visible_to
from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Verdict, require
from chanjiao.people.models import Unit
from chanjiao.training import plan_actions, plan_sheet, programme_actions
from chanjiao.training import programme_rules as rules
from chanjiao.training.models import PlanItem, Programme
from chanjiao.training.plan_actions import ItemFields
from chanjiao.training.programme_actions import ProgrammeFields
from chanjiao.training.programme_queries import units_of
from chanjiao.training.queries import programmes_visible_to
from chanjiao.web.account.imports import start
from chanjiao.web.parts.charts import download
from chanjiao.web.parts.council import member_units, send
from chanjiao.web.parts.council_forms import upload_of
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.lists import ListPage
from chanjiao.web.parts.page import Answer, PageRequest, Primary, page
from chanjiao.web.parts.programme_forms import (
    ItemForm,
    PartnerForm,
    ProgrammeForm,
    ReportForm,
    agreements_of,
)
from chanjiao.web.parts.programmes import COLUMNS, FILTERS, listed, programme_page

PROGRAMMES = ListPage(
    key="member.programmes",
    title="培养项目",
    columns=COLUMNS,
    search=("name", "number", "unit__name"),
    filters=FILTERS,
    link="member:programme_detail",
    empty="还没有本单位参加的培养项目。学校建立订单班、学徒制等项目并添加合作企业后，在这里查看。",
)


def rows_of(request: PageRequest) -> QuerySet[Programme]:
    """Those the unit keeps or takes part in."""
    rows = programmes_visible_to(request.actor).filter(consortium=request.consortium)
    return rows.filter(Q(unit=request.unit) | Q(partners__unit=request.unit)).distinct()


def programme_of(request: PageRequest, pk: int) -> Programme:
    return get_object_or_404(rows_of(request), pk=pk)


def _may_create(request: PageRequest) -> Verdict:
    return rules.may_create(request.actor, request.consortium, request.unit, on=day_of(request.at))


def crumbs(row: Programme | None = None) -> list[tuple[str, str]]:
    """The list, and the programme."""
    found = [(PROGRAMMES.title, reverse("member:programme_list"))]
    return [*found, (row.name, reverse("member:programme_detail", args=[row.pk]))] if row else found


@page("member")
def programme_list(request: PageRequest) -> HttpResponseBase:
    primary = Primary("建立培养项目", reverse("member:programme_new"), _may_create(request))
    return PROGRAMMES.respond(
        request, listed(rows_of(request)), primary=primary if request.unit.is_school else None
    )


@page("member", template="training/programme.html")
def programme_detail(request: PageRequest, pk: int) -> Answer:
    shown = programme_page(request, programme_of(request, pk)) | {"crumbs": crumbs()}
    return download(request, shown["site_chart"]) or shown


# Making and changing ---------------------------------------------------------------------------
@page("member", writes=True, template="parts/form_page.html")
def programme_new(request: PageRequest) -> Answer:
    if request.method != "POST":
        require(_may_create(request))
    form = ProgrammeForm(
        request.POST or None, agreements=agreements_of(agreements_visible_to(request.actor))
    )
    done = submit(
        request, form,
        lambda: programme_actions.create_programme(
            request.consortium, request.unit, _fields(form), by=request.actor, at=request.at
        ),
        then=lambda row: reverse("member:programme_detail", args=[row.pk]),
        said="培养项目已建立，请继续添加合作单位、班级和培养计划。",
    )  # fmt: skip
    return done or {"title": "建立培养项目", "crumbs": crumbs(), "form": form}


def _fields(form: ProgrammeForm) -> ProgrammeFields:
    return ProgrammeFields(**{f.name: form.cleaned_data[f.name] for f in fields(ProgrammeFields)})


@page("member", writes=True, template="parts/form_page.html")
def programme_edit(request: PageRequest, pk: int) -> Answer:
    row = programme_of(request, pk)
    if request.method != "POST":
        require(rules.may_edit(request.actor, row))
    form = ProgrammeForm(
        request.POST or None,
        row=row,
        agreements=agreements_of(agreements_visible_to(request.actor)),
    )
    done = submit(
        request, form,
        lambda: programme_actions.change_programme(
            row, _fields(form), revision=form.cleaned_data["revision"] or 0,
            by=request.actor, at=request.at,
        ),
        then=reverse("member:programme_detail", args=[pk]), said="已保存。",
    )  # fmt: skip
    return done or {"title": "修改培养项目", "crumbs": crumbs(row), "form": form}


@page("member", writes=True)
def programme_step(request: PageRequest, pk: int, step: str) -> HttpResponseBase:
    row = programme_of(request, pk)
    steps: dict[str, tuple[Any, dict[str, str], str]] = {
        "start": (programme_actions.start_programme, {}, "已启动培养。"),
        "end": (programme_actions.end_programme, {"reason": ""}, "已结业。"),
        "cancel": (programme_actions.cancel_programme, {"reason": ""}, "已取消。"),
    }
    if request.method != "POST" or step not in steps:
        raise Http404
    act, asked, said = steps[step]
    given = {name: request.POST.get(name, "") for name in asked}
    act(row, **given, by=request.actor, at=request.at)
    messages.success(request, said)
    return redirect("member:programme_detail", pk)


# Partners and reports --------------------------------------------------------------------------
@page("member", writes=True, template="parts/form_page.html")
def programme_partner(request: PageRequest, pk: int) -> Answer:
    row = programme_of(request, pk)
    if request.method != "POST":
        require(rules.may_edit(request.actor, row))
    inside = {unit.pk for unit in units_of(row)}
    units = [u for u in member_units(row.consortium, day_of(request.at)) if u.pk not in inside]
    form = PartnerForm(request.POST or None, units=units)

    def act() -> Any:
        unit = next(u for u in units if u.pk == form.cleaned_data["unit"])
        duty = form.cleaned_data["duty"]
        return programme_actions.add_partner(row, unit, duty=duty, by=request.actor, at=request.at)

    back = reverse("member:programme_detail", args=[pk])
    done = submit(request, form, act, then=back, said="已添加合作单位，并通知其人员。")
    return done or {"title": "添加合作单位", "crumbs": crumbs(row), "form": form}


@page("member", writes=True)
def programme_partner_remove(request: PageRequest, pk: int, partner_pk: int) -> HttpResponseBase:
    row = programme_of(request, pk)
    if request.method == "POST":
        partner = get_object_or_404(row.partners, pk=partner_pk)
        programme_actions.remove_partner(partner, by=request.actor, at=request.at)
        messages.success(request, "已移除合作单位。")
    return redirect("member:programme_detail", pk)


@page("member", writes=True, template="parts/form_page.html")
def programme_report(request: PageRequest, pk: int) -> Answer:
    row = programme_of(request, pk)
    if request.method != "POST":
        require(rules.may_report(request.actor, row))
    initial = {"year": day_of(request.at).year}
    form = ReportForm(request.POST or None, request.FILES or None, initial=initial)

    def act() -> Any:
        file = upload_of(form)
        assert file is not None  # the field is required
        year, summary = form.cleaned_data["year"], form.cleaned_data["summary"]
        return programme_actions.file_report(
            row, year=year, file=file, summary=summary, by=request.actor, at=request.at
        )

    back = reverse("member:programme_detail", args=[pk])
    done = submit(request, form, act, then=back, said="年度报告已提交。")
    return done or {"title": "提交年度报告", "crumbs": crumbs(row), "form": form}


@page("member")
def programme_report_file(request: PageRequest, pk: int, report_pk: int) -> HttpResponseBase:
    reports = programme_of(request, pk).reports.select_related("file")
    return send(get_object_or_404(reports, pk=report_pk).file)


# The plan --------------------------------------------------------------------------------------
@page("member", writes=True)
def programme_plan_import(request: PageRequest, pk: int) -> HttpResponseBase:
    row = programme_of(request, pk)
    back = reverse("member:programme_detail", args=[pk])
    return start(request, "training_plan", {"programme": row.pk}, back)


@page("member", writes=True, template="parts/form_page.html")
def programme_item_new(request: PageRequest, pk: int) -> Answer:
    return _item_page(request, programme_of(request, pk), None)


@page("member", writes=True, template="parts/form_page.html")
def programme_item_edit(request: PageRequest, pk: int, item_pk: int) -> Answer:
    row = programme_of(request, pk)
    return _item_page(request, row, get_object_or_404(row.items.select_related("host"), pk=item_pk))


def _item_page(request: PageRequest, row: Programme, item: PlanItem | None) -> Answer:
    if request.method != "POST":
        require(rules.may_edit(request.actor, row))
    units = Unit.objects.filter(pk__in=[unit.pk for unit in units_of(row)]).order_by("name")
    initial = {"revision": row.revision}
    initial |= plan_sheet.row_of(item) | {"host": item.host} if item else {}  # type: ignore[arg-type]
    form = ItemForm(request.POST or None, initial=initial, programme=row, units=units, row=item)

    def act() -> Any:
        given = form.cleaned_data
        names = [f.name for f in fields(ItemFields) if f.name != "code"]
        one = ItemFields(item.code if item else given["code"], **{n: given[n] for n in names})
        return plan_actions.write_plan(
            row, [one], reason=given.get("reason", ""), revision=given["revision"] or 0,
            by=request.actor, at=request.at,
        )  # fmt: skip

    back = reverse("member:programme_detail", args=[row.pk]) + "#plan"
    done = submit(request, form, act, then=back, said="已保存，占比已重新计算。")
    title = f"修改 {item.code} {item.course}" if item else "添加计划条目"
    return done or {"title": title, "crumbs": crumbs(row), "form": form}


@page("member", writes=True)
def programme_item_remove(request: PageRequest, pk: int, item_pk: int) -> HttpResponseBase:
    row = programme_of(request, pk)
    if request.method == "POST":
        item = get_object_or_404(row.items.select_related("programme"), pk=item_pk)
        reason = request.POST.get("reason", "")
        plan_actions.remove_item(item, reason=reason, by=request.actor, at=request.at)
        messages.success(request, f"已删除 {item.code}。")
    return redirect(reverse("member:programme_detail", args=[pk]) + "#plan")


def urls() -> list[URLPattern]:
    """Addresses below /member/."""
    one = "programmes/<int:pk>/"
    return [
        path("programmes/", programme_list, name="programme_list"),
        path("programmes/new/", programme_new, name="programme_new"),
        path(one, programme_detail, name="programme_detail"),
        path(f"{one}edit/", programme_edit, name="programme_edit"),
        path(f"{one}partners/", programme_partner, name="programme_partner"),
        path(
            f"{one}partners/<int:partner_pk>/remove/",
            programme_partner_remove,
            name="programme_partner_remove",
        ),
        path(f"{one}reports/", programme_report, name="programme_report"),
        path(f"{one}reports/<int:report_pk>/", programme_report_file, name="programme_report_file"),
        path(f"{one}plan/import/", programme_plan_import, name="programme_plan_import"),
        path(f"{one}plan/new/", programme_item_new, name="programme_item_new"),
        path(f"{one}plan/<int:item_pk>/", programme_item_edit, name="programme_item_edit"),
        path(
            f"{one}plan/<int:item_pk>/remove/", programme_item_remove, name="programme_item_remove"
        ),
        path(f"{one}<slug:step>/", programme_step, name="programme_step"),
    ]
