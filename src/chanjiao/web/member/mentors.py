"""A member's mentors: the register, hours, teachers' stays; partners' mentors to read."""

from dataclasses import fields
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse

from chanjiao.agreements.queries import agreements_visible_to
from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import require
from chanjiao.people.models import Unit
from chanjiao.training import mentor_rules as rules
from chanjiao.training import register_actions
from chanjiao.training.mentors import alerts, stays_visible_to, work_visible_to
from chanjiao.training.models import Mentor
from chanjiao.training.queries import mentors_visible_to
from chanjiao.training.register_actions import MentorFields
from chanjiao.web.account.imports import start
from chanjiao.web.parts.council import member_units, send
from chanjiao.web.parts.council_forms import upload_of
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.lists import ListAction, ListPage
from chanjiao.web.parts.mentor_forms import MentorForm, StayForm, WorkForm
from chanjiao.web.parts.mentors import COLUMNS, FILTERS, STAY_COLUMNS, listed, mentor_page
from chanjiao.web.parts.page import Answer, PageRequest, Primary, page
from chanjiao.web.parts.programme_forms import agreements_of

MENTORS = ListPage(
    key="member.mentors",
    title="导师",
    columns=COLUMNS,
    search=("name", "number", "qualification", "unit__name"),
    filters=FILTERS,
    actions=(
        ListAction("导入名册", "member:mentor_import"),
        ListAction("导入课时", "member:mentor_work_import"),
    ),
    link="member:mentor_detail",
    empty="还没有导师。请逐人登记，或下载模板填好后导入。",
    template="training/mentors.html",
)  # fmt: skip
STAYS = ListPage(
    key="member.stays",
    title="教师企业实践",
    columns=STAY_COLUMNS,
    search=("mentor__name", "host__name", "what"),
    actions=(ListAction("导入与模板", "member:stay_import"),),
    link=lambda row: reverse("member:stay_proof", args=[row.pk]) if row.proof_id else "",
    empty="还没有登记教师企业实践。学校可逐条登记或导入。",
)


def _rows(request: PageRequest) -> QuerySet[Mentor]:
    return mentors_visible_to(request.actor).filter(consortium=request.consortium)


def _mentor(request: PageRequest, pk: int) -> Mentor:
    return get_object_or_404(_rows(request).select_related("agreement").distinct(), pk=pk)


def _crumbs(row: Mentor | None = None) -> list[tuple[str, str]]:
    found = [(MENTORS.title, reverse("member:mentor_list"))]
    return [*found, (row.name, reverse("member:mentor_detail", args=[row.pk]))] if row else found


@page("member")
def mentor_list(request: PageRequest) -> HttpResponseBase:
    on = day_of(request.at)
    own = Mentor.objects.filter(consortium=request.consortium, unit=request.unit)
    return MENTORS.respond(
        request, listed(Mentor.objects.filter(pk__in=_rows(request).values("pk")), on),
        primary=Primary(
            "登记导师", reverse("member:mentor_new"),
            rules.may_add_mentor(request.actor, request.consortium, request.unit),
        ),
        alerts=alerts(own, on=on), base="member", charts=[],
    )  # fmt: skip


@page("member", template="training/mentor.html")
def mentor_detail(request: PageRequest, pk: int) -> Answer:
    return mentor_page(request, _mentor(request, pk)) | {"crumbs": _crumbs()}


@page("member", writes=True, template="parts/form_page.html")
def mentor_new(request: PageRequest) -> Answer:
    if request.method != "POST":
        require(rules.may_add_mentor(request.actor, request.consortium, request.unit))
    agreements = agreements_of(agreements_visible_to(request.actor))
    form = MentorForm(request.POST or None, unit=request.unit, agreements=agreements)
    done = submit(
        request, form,
        lambda: register_actions.add_mentor(
            request.consortium, request.unit, _fields(form), by=request.actor, at=request.at
        ),
        then=lambda row: reverse("member:mentor_detail", args=[row.pk]), said="导师已登记。",
    )  # fmt: skip
    return done or {"title": "登记导师", "crumbs": _crumbs(), "form": form}


@page("member", writes=True, template="parts/form_page.html")
def mentor_edit(request: PageRequest, pk: int) -> Answer:
    row = _mentor(request, pk)
    if request.method != "POST":
        require(rules.may_change_mentor(request.actor, row))
    agreements = agreements_of(agreements_visible_to(request.actor))
    form = MentorForm(request.POST or None, unit=row.unit, agreements=agreements, row=row)
    done = submit(
        request, form,
        lambda: register_actions.change_mentor(
            row, _fields(form), revision=form.cleaned_data["revision"] or 0,
            by=request.actor, at=request.at,
        ),
        then=reverse("member:mentor_detail", args=[pk]), said="已保存。",
    )  # fmt: skip
    return done or {"title": "修改导师资料", "crumbs": _crumbs(row), "form": form}


def _fields(form: MentorForm) -> MentorFields:
    given = form.cleaned_data
    return MentorFields(**{f.name: given[f.name] for f in fields(MentorFields) if f.name in given})


# Hours and stays -------------------------------------------------------------------------------
@page("member", writes=True, template="parts/form_page.html")
def mentor_work(request: PageRequest, pk: int) -> Answer:
    row = _mentor(request, pk)
    school = request.unit if request.unit.is_school else None
    if request.method != "POST":
        require(rules.may_record_work(request.actor, row, school))
    form = WorkForm(request.POST or None, initial={"day": day_of(request.at)})
    done = submit(
        request, form,
        lambda: register_actions.record_work(
            row, **form.cleaned_data, school=school, by=request.actor, at=request.at
        ),
        then=reverse("member:mentor_detail", args=[pk]), said="课时已登记。",
    )  # fmt: skip
    return done or {"title": "登记课时", "crumbs": _crumbs(row), "form": form}


@page("member", writes=True)
def mentor_work_remove(request: PageRequest, pk: int, work_pk: int) -> HttpResponseBase:
    rows = work_visible_to(request.actor).filter(mentor=_mentor(request, pk)).distinct()
    row = get_object_or_404(rows, pk=work_pk)
    if request.method == "POST":
        reason = request.POST.get("reason", "")
        register_actions.remove_work(row, reason=reason, by=request.actor, at=request.at)
        messages.success(request, "已删除这条课时。")
    return redirect("member:mentor_detail", pk)


@page("member", writes=True, template="parts/form_page.html")
def mentor_stay(request: PageRequest, pk: int) -> Answer:
    row = _mentor(request, pk)
    if request.method != "POST":
        require(rules.may_record_stay(request.actor, row))
    units = member_units(request.consortium, day_of(request.at))
    hosts = Unit.objects.filter(pk__in=[u.pk for u in units if not u.is_school]).order_by("name")
    form = StayForm(request.POST or None, request.FILES or None, hosts=hosts)

    def act() -> Any:
        given = {key: value for key, value in form.cleaned_data.items() if key != "proof"}
        proof = upload_of(form, "proof")
        return register_actions.record_stay(
            row, **given, proof=proof, by=request.actor, at=request.at
        )

    back = reverse("member:mentor_detail", args=[pk])
    done = submit(request, form, act, then=back, said="企业实践已登记。")
    return done or {"title": "登记企业实践", "crumbs": _crumbs(row), "form": form}


def _stays(request: PageRequest) -> Any:
    return stays_visible_to(request.actor).filter(mentor__consortium=request.consortium)


@page("member")
def stay_list(request: PageRequest) -> HttpResponseBase:
    return STAYS.respond(request, _stays(request))


@page("member", writes=True)
def stay_remove(request: PageRequest, pk: int) -> HttpResponseBase:
    row = get_object_or_404(_stays(request), pk=pk)
    if request.method == "POST":
        reason = request.POST.get("reason", "")
        register_actions.remove_stay(row, reason=reason, by=request.actor, at=request.at)
        messages.success(request, "已删除这条企业实践。")
    return redirect("member:mentor_detail", row.mentor_id)


@page("member")
def stay_proof(request: PageRequest, pk: int) -> HttpResponseBase:
    return send(get_object_or_404(_stays(request), pk=pk).proof)


# Excel -----------------------------------------------------------------------------------------
def _start(request: PageRequest, key: str, back: str) -> HttpResponseBase:
    scope = {"consortium": request.consortium.pk, "unit": request.unit.pk}
    return start(request, key, scope, reverse(back))


@page("member", writes=True)
def mentor_import(request: PageRequest) -> HttpResponseBase:
    return _start(request, "training_mentors", "member:mentor_list")


@page("member", writes=True)
def mentor_work_import(request: PageRequest) -> HttpResponseBase:
    return _start(request, "training_mentor_work", "member:mentor_list")


@page("member", writes=True)
def stay_import(request: PageRequest) -> HttpResponseBase:
    return _start(request, "training_stays", "member:stay_list")


def urls() -> list[URLPattern]:
    """Addresses below /member/."""
    one = "mentors/<int:pk>/"
    return [
        path("mentors/", mentor_list, name="mentor_list"),
        path("mentors/new/", mentor_new, name="mentor_new"),
        path("mentors/import/", mentor_import, name="mentor_import"),
        path("mentors/hours/import/", mentor_work_import, name="mentor_work_import"),
        path(one, mentor_detail, name="mentor_detail"),
        path(f"{one}edit/", mentor_edit, name="mentor_edit"),
        path(f"{one}hours/", mentor_work, name="mentor_work"),
        path(f"{one}hours/<int:work_pk>/remove/", mentor_work_remove, name="mentor_work_remove"),
        path(f"{one}stays/new/", mentor_stay, name="mentor_stay"),
        path("stays/", stay_list, name="stay_list"),
        path("stays/import/", stay_import, name="stay_import"),
        path("stays/<int:pk>/remove/", stay_remove, name="stay_remove"),
        path("stays/<int:pk>/proof/", stay_proof, name="stay_proof"),
    ]
