"""A school's classes: the roster, the notice, the evidence set."""

from io import BytesIO

from django.db.models import QuerySet
from django.http import FileResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from chanjiao.files.archive_names import safe_name
from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import require
from chanjiao.training import class_actions
from chanjiao.training import programme_rules as rules
from chanjiao.training.class_evidence import pieces_of, write_class_evidence
from chanjiao.training.enums import GradePart
from chanjiao.training.models import TrainingClass
from chanjiao.training.programme_queries import enrolments_visible_to
from chanjiao.web.account.imports import start
from chanjiao.web.member.programmes import crumbs, programme_of, rows_of
from chanjiao.web.parts.council import send
from chanjiao.web.parts.council_forms import ReasonForm, upload_of
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.page import Answer, PageRequest, page
from chanjiao.web.parts.programme_forms import ClassForm


def _classes(request: PageRequest) -> QuerySet[TrainingClass]:
    rows = TrainingClass.objects.select_related(
        "programme__unit", "programme__agreement", "cohort__unit", "notice"
    )
    return rows.filter(programme__in=rows_of(request).values("pk"))


def _class(request: PageRequest, pk: int) -> TrainingClass:
    return get_object_or_404(_classes(request), pk=pk)


@page("member", writes=True, template="parts/form_page.html")
def class_new(request: PageRequest, pk: int) -> Answer:
    row = programme_of(request, pk)
    cohorts = ClassForm.offered(request.unit, request.consortium)
    form = ClassForm(request.POST or None, request.FILES or None, cohorts=cohorts)

    def act() -> TrainingClass:
        given = form.cleaned_data
        return class_actions.open_class(
            row, given["cohort"], name=given["name"], opened_on=given["opened_on"],
            notice=upload_of(form, "notice"), by=request.actor, at=request.at,
        )  # fmt: skip

    done = submit(
        request, form, act, then=lambda made: reverse("member:class_detail", args=[made.pk]),
        said="班级已设立，请导入名单。",
    )  # fmt: skip
    return done or {"title": "设立班级", "crumbs": crumbs(row), "form": form}


@page("member", template="training/class.html")
def class_detail(request: PageRequest, pk: int) -> Answer:
    one = _class(request, pk)
    require(rules.may_see_roster(request.actor, one))
    rows = enrolments_visible_to(request.actor).filter(training_class=one)
    found = list(rows.order_by("student__student_number"))
    may_keep = rules.may_keep_class(request.actor, one)
    return {
        "title": one.name,
        "crumbs": crumbs(one.programme),
        "one": one,
        "enrolments": found,
        "present": sum(row.ends_on is None for row in found),
        "weights": [(part.label, one.weights.get(part.value, 0)) for part in GradePart],
        "pieces": list(pieces_of(one, by=request.actor, at=request.at)),
        "may_keep": may_keep,
    }


@page("member", writes=True, template="parts/form_page.html")
def class_edit(request: PageRequest, pk: int) -> Answer:
    one = _class(request, pk)
    if request.method != "POST":
        require(rules.may_keep_class(request.actor, one))
    form = ClassForm(request.POST or None, request.FILES or None, row=one)

    def act() -> TrainingClass:
        given = form.cleaned_data
        return class_actions.change_class(
            one, name=given["name"], opened_on=given["opened_on"], weights=form.weights,
            journals_due=given["journals_due"], notice=upload_of(form, "notice"),
            revision=given["revision"] or 0, by=request.actor, at=request.at,
        )  # fmt: skip

    back = reverse("member:class_detail", args=[pk])
    done = submit(request, form, act, then=back, said="已保存。")
    return done or {
        "title": "修改班级",
        "crumbs": [*crumbs(one.programme), (one.name, back)],
        "form": form,
    }


@page("member", writes=True)
def class_import(request: PageRequest, pk: int) -> HttpResponseBase:
    one = _class(request, pk)
    return start(
        request, "training_class", {"class": one.pk}, reverse("member:class_detail", args=[pk])
    )


@page("member")
def class_notice(request: PageRequest, pk: int) -> HttpResponseBase:
    """The notice may list students: to their school only, as the roster."""
    one = _class(request, pk)
    require(rules.may_see_roster(request.actor, one))
    return send(one.notice)


@page("member")
def class_evidence(request: PageRequest, pk: int) -> HttpResponseBase:
    """The set as one zip, made at once: it is a handful of files."""
    one, target = _class(request, pk), BytesIO()
    write_class_evidence(one, target, by=request.actor, at=request.at)
    target.seek(0)
    name = f"{safe_name(one.programme.name)}{safe_name(one.name)}佐证材料.zip"
    return FileResponse(target, as_attachment=True, filename=name, content_type="application/zip")


@page("member", writes=True, template="parts/form_page.html")
def class_leave(request: PageRequest, pk: int, enrolment_pk: int) -> Answer:
    one = _class(request, pk)
    rows = enrolments_visible_to(request.actor).filter(training_class=one)
    row = get_object_or_404(rows, pk=enrolment_pk)
    form = ReasonForm(request.POST or None, initial={"on": day_of(request.at)})
    back = reverse("member:class_detail", args=[pk])
    done = submit(
        request, form,
        lambda: class_actions.leave_class(
            row, ends_on=form.cleaned_data["on"], reason=form.cleaned_data["reason"],
            by=request.actor, at=request.at,
        ),
        then=back, said=f"{row.student.name}已离班。",
    )  # fmt: skip
    return done or {
        "title": f"{row.student.name}离班", "crumbs": [*crumbs(one.programme), (one.name, back)],
        "form": form,
    }  # fmt: skip


def urls() -> list[URLPattern]:
    """Addresses below /member/."""
    one = "programmes/classes/<int:pk>/"
    return [
        path("programmes/<int:pk>/classes/new/", class_new, name="class_new"),
        path(one, class_detail, name="class_detail"),
        path(f"{one}edit/", class_edit, name="class_edit"),
        path(f"{one}import/", class_import, name="class_import"),
        path(f"{one}notice/", class_notice, name="class_notice"),
        path(f"{one}evidence/", class_evidence, name="class_evidence"),
        path(f"{one}students/<int:enrolment_pk>/leave/", class_leave, name="class_leave"),
    ]
