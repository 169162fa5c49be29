"""A school's graduates: where they went, by import, by hand, or asked by a link."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Refused
from chanjiao.links.enums import Purpose
from chanjiao.links.queries import living_links, token_of
from chanjiao.needs.models import Cohort
from chanjiao.needs.queries import students_visible_to
from chanjiao.reference.enums import Table
from chanjiao.reference.queries import book
from chanjiao.training import outcome_actions
from chanjiao.training.enums import Destination, Where
from chanjiao.training.models import Outcome
from chanjiao.training.outcome_actions import POINTS
from chanjiao.training.outcome_sheet import POINT_NAMES
from chanjiao.training.retention import counted, outcomes_visible_to
from chanjiao.web.account.imports import start
from chanjiao.web.parts.charts import download
from chanjiao.web.parts.export import export
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.lists import (
    BooleanFilter,
    ChoiceFilter,
    ListAction,
    ListColumn,
    ListPage,
)
from chanjiao.web.parts.mentor_forms import AskForm, OutcomeForm
from chanjiao.web.parts.outcomes import lines, outcome_chart
from chanjiao.web.parts.page import Answer, PageRequest, Primary, page
from chanjiao.web.parts.typed import whole

_RELEVANT = {True: "对口", False: "不对口", None: ""}
OUTCOMES = ListPage(
    key="member.outcomes",
    title="毕业去向",
    columns=(
        ListColumn("name", "姓名", "student.name", sort="student__name"),
        ListColumn("number", "学号", "student.student_number", kind="code", sort="student__student_number"),
        ListColumn("cohort", "批次", "student.cohort.title", sort="student__cohort__number"),
        ListColumn("months", "时点", lambda row: POINT_NAMES[row.months], sort="months"),
        ListColumn("destination", "去向", "get_destination_display", sort="destination"),
        ListColumn("employer", "单位", sort="employer"),
        ListColumn("where", "地区", "get_where_display", sort="where"),
        ListColumn("relevant", "专业对口", lambda row: _RELEVANT[row.relevant], sort="relevant"),
        ListColumn("source", "判定依据", "relevance_source"),
        ListColumn("by", "填报", lambda row: "本人" if row.by_student else "学校"),
        ListColumn("recorded_at", "登记时间", kind="moment", sort="recorded_at"),
    ),
    search=("student__name", "student__student_number", "employer"),
    filters=(
        ChoiceFilter(key="months", title="时点", choices=[(m, POINT_NAMES[m]) for m in POINTS]),
        ChoiceFilter(key="destination", title="去向", choices=Destination.choices),
        ChoiceFilter(key="where", title="地区", choices=Where.choices),
        BooleanFilter(key="relevant", title="专业对口", yes="对口", no="不对口"),
    ),
    actions=(ListAction("导入与模板", "member:outcome_import"),),
    link="member:outcome_edit",
    empty="还没有毕业去向。请导入，或发出回访由毕业生用手机填报。",
    template="training/outcomes.html",
)  # fmt: skip
_LINKS = (
    ListColumn("number", "学号"), ListColumn("name", "姓名"), ListColumn("cohort", "批次"),
    ListColumn("months", "时点"), ListColumn("state", "填报"), ListColumn("link", "回访链接"),
    ListColumn("until", "有效期至", kind="moment"),
)  # fmt: skip


def _rows(request: PageRequest) -> QuerySet[Outcome]:
    return outcomes_visible_to(request.actor).filter(
        student__school=request.unit, student__cohort__consortium=request.consortium
    )


@page("member")
def outcome_list(request: PageRequest) -> HttpResponseBase:
    rows, known = _rows(request), book()
    cells = counted(rows)
    charts = [
        outcome_chart(
            lines(cells.majors(request.unit.pk, months), known), months,
            "本校登记和毕业生填报的去向；就业含创业，未联系上的计入分母", request.at,
        )
        for months in POINTS
    ]  # fmt: skip
    return download(request, *charts) or OUTCOMES.respond(
        request,
        rows,
        charts=[chart for chart in charts if chart.rows],
        primary=Primary("发出回访", reverse("member:outcome_ask"))
        if request.unit.is_school
        else None,
    )


@page("member", writes=True)
def outcome_import(request: PageRequest) -> HttpResponseBase:
    scope = {"consortium": request.consortium.pk, "unit": request.unit.pk}
    return start(request, "training_outcomes", scope, reverse("member:outcome_list"))


@page("member", writes=True, template="parts/form_page.html")
def outcome_edit(request: PageRequest, pk: int) -> Answer:
    row = get_object_or_404(_rows(request), pk=pk)
    known = book()
    form = OutcomeForm(request.POST or None, row=row, known=known)
    done = submit(
        request, form,
        lambda: outcome_actions.record_outcome(
            row.student, row.months, row.graduated_on, form.given, by=request.actor, at=request.at
        ),
        then=reverse("member:outcome_list"), said="已保存。",
    )  # fmt: skip
    major = known.name(Table.MAJOR, row.student.cohort.major_code)
    return done or {
        "title": f"{row.student.name}：{POINT_NAMES[row.months]}",
        "crumbs": [(OUTCOMES.title, reverse("member:outcome_list"))], "form": form,
        "intro": f"{row.graduated_on} 毕业，专业：{major}。{row.relevance_source and f'对口判定依据：{row.relevance_source}。'}",
    }  # fmt: skip


# Asking ----------------------------------------------------------------------------------------
@page("member", writes=True, template="parts/form_page.html")
def outcome_ask(request: PageRequest) -> Answer:
    if not request.unit.is_school:
        raise Http404
    cohorts = Cohort.objects.filter(unit=request.unit, consortium=request.consortium)
    named = [(c.pk, f"{c.title}（{c.number}）") for c in cohorts.order_by("entry_year", "number")]
    form = AskForm(request.POST or None, cohorts=named)

    def act() -> Any:
        given = form.cleaned_data
        students = students_visible_to(request.actor).filter(
            school=request.unit, cohort=given["cohort"]
        )
        made = outcome_actions.ask_outcome(
            students.order_by("student_number"), given["months"], given["graduated_on"],
            given["closes_on"], by=request.actor, at=request.at,
        )  # fmt: skip
        if not made:
            raise Refused("这个批次没有学生，请先导入学生名册。")
        return given["months"]

    done = submit(
        request, form, act,
        then=lambda months: f"{reverse('member:outcome_list')}?months={months}",
        said="已为每名毕业生生成专用链接，可下载后发给本人。",
    )  # fmt: skip
    return done or {
        "title": "发出回访", "crumbs": [(OUTCOMES.title, reverse("member:outcome_list"))],
        "form": form, "label": "生成链接",
        "intro": "每人每个时点一条链接，用手机打开即可填报，不用登录；截止前可以反复更正。重新生成后，旧链接失效。",
    }  # fmt: skip


@page("member")
def outcome_links(request: PageRequest) -> HttpResponseBase:
    """The living links as a workbook, to be sent by whatever the school sends with."""
    if not request.unit.is_school:
        raise Http404
    rows = _rows(request).order_by("student__student_number", "months")
    months = request.GET.get("months", "")
    found = list(rows.filter(months=whole(months)) if months else rows)
    living = living_links(Purpose.SURVEY, Outcome._meta.label_lower, [row.pk for row in found])
    sent = [(row, living[row.pk]) for row in found if row.pk in living]
    usable = [(row, link) for row, link in sent if link.expires_at > request.at]
    lines_ = [
        {
            "number": row.student.student_number, "name": row.student.name,
            "cohort": row.student.cohort.title, "months": POINT_NAMES[row.months],
            "state": "已填报" if link.spent_at else "未填报",
            "link": request.build_absolute_uri(reverse("portal:survey", args=[token_of(link)])),
            "until": link.expires_at,
        }
        for row, link in usable
    ]  # fmt: skip
    return export(_LINKS, lines_, f"就业回访链接{day_of(request.at):%Y%m%d}", "xlsx")


def urls() -> list[URLPattern]:
    """Addresses below /member/."""
    return [
        path("outcomes/", outcome_list, name="outcome_list"),
        path("outcomes/import/", outcome_import, name="outcome_import"),
        path("outcomes/ask/", outcome_ask, name="outcome_ask"),
        path("outcomes/links/", outcome_links, name="outcome_links"),
        path("outcomes/<int:pk>/", outcome_edit, name="outcome_edit"),
    ]
