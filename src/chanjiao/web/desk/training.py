"""The secretariat's view of dual training: programmes side by side, mentors, stays, graduates.

Figures of people, never names of students; small groups of graduates are folded together.
"""

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from chanjiao.kernel.clock import day_of
from chanjiao.reference.queries import book
from chanjiao.training.mentors import alerts, stays_visible_to
from chanjiao.training.models import Mentor, Programme
from chanjiao.training.outcome_actions import POINTS
from chanjiao.training.queries import mentors_visible_to, programmes_visible_to
from chanjiao.training.retention import LEAST, Cells, counted, folded, of_consortium
from chanjiao.web.parts import mentors as parts
from chanjiao.web.parts.charts import Chart, download
from chanjiao.web.parts.council import send
from chanjiao.web.parts.lists import ListPage
from chanjiao.web.parts.outcomes import lines, outcome_chart
from chanjiao.web.parts.page import Answer, PageRequest, page
from chanjiao.web.parts.programmes import COLUMNS, FILTERS, listed, programme_page, side_by_side

PROGRAMMES = ListPage(
    key="desk.programmes",
    title="培养项目",
    columns=COLUMNS,
    search=("name", "number", "unit__name"),
    filters=FILTERS,
    link="desk:programme_detail",
    empty="各校还没有建立培养项目。学校建立后自动列在这里，占比由培养计划计算。",
    template="training/list_with_charts.html",
)
MENTORS = ListPage(
    key="desk.mentors",
    title="导师名册",
    columns=parts.COLUMNS,
    search=("name", "number", "qualification", "unit__name"),
    filters=parts.FILTERS,
    link="desk:mentor_detail",
    empty="各单位还没有登记导师。",
    template="training/mentors.html",
)
STAYS = ListPage(
    key="desk.stays",
    title="教师企业实践",
    columns=parts.STAY_COLUMNS,
    search=("mentor__name", "mentor__unit__name", "host__name", "what"),
    link=lambda row: reverse("desk:mentor_detail", args=[row.mentor_id]),
    empty="各校还没有登记教师企业实践。",
    template="training/list_with_charts.html",
)


def _programmes(request: PageRequest) -> QuerySet[Programme]:
    rows = programmes_visible_to(request.actor).filter(consortium=request.consortium)
    return rows.filter(consortium__secretariat__in=request.actor.units)


@page("desk")
def programme_list(request: PageRequest) -> HttpResponseBase:
    rows = _programmes(request)
    chart = side_by_side(rows, request.at)
    return download(request, chart) or PROGRAMMES.respond(request, listed(rows), charts=[chart])


@page("desk", template="training/programme.html")
def programme_detail(request: PageRequest, pk: int) -> Answer:
    shown = programme_page(request, get_object_or_404(_programmes(request), pk=pk))
    shown |= {"crumbs": [(PROGRAMMES.title, reverse("desk:programme_list"))]}
    return download(request, shown["site_chart"]) or shown


@page("desk")
def programme_report_file(request: PageRequest, pk: int, report_pk: int) -> HttpResponseBase:
    row = get_object_or_404(_programmes(request), pk=pk)
    return send(get_object_or_404(row.reports.select_related("file"), pk=report_pk).file)


# Mentors and stays -----------------------------------------------------------------------------
def _mentors(request: PageRequest) -> QuerySet[Mentor]:
    rows = mentors_visible_to(request.actor).filter(consortium=request.consortium)
    return Mentor.objects.filter(pk__in=rows.values("pk")).select_related("unit", "agreement")


@page("desk")
def mentor_list(request: PageRequest) -> HttpResponseBase:
    on, rows = day_of(request.at), _mentors(request)
    chart = parts.dual_chart(rows, request.at)
    return download(request, chart) or MENTORS.respond(
        request, parts.listed(rows, on), alerts=alerts(rows, on=on), base="desk", charts=[chart]
    )


@page("desk", template="training/mentor.html")
def mentor_detail(request: PageRequest, pk: int) -> Answer:
    crumbs = [(MENTORS.title, reverse("desk:mentor_list"))]
    return parts.mentor_page(request, get_object_or_404(_mentors(request), pk=pk)) | {
        "crumbs": crumbs
    }


@page("desk")
def stay_list(request: PageRequest) -> HttpResponseBase:
    rows = stays_visible_to(request.actor).filter(mentor__consortium=request.consortium)
    chart = parts.stay_chart(rows, request.at)
    return download(request, chart) or STAYS.respond(request, rows, charts=[chart])


@page("desk")
def stay_proof(request: PageRequest, pk: int) -> HttpResponseBase:
    rows = stays_visible_to(request.actor).filter(mentor__consortium=request.consortium)
    return send(get_object_or_404(rows, pk=pk).proof)


# Graduates -------------------------------------------------------------------------------------
@page("desk", template="training/retention.html")
def retention(request: PageRequest) -> Answer:
    """By school, and below each school that stands alone by major."""
    cells, known = counted(of_consortium(request.consortium)), book()
    charts, tables = [], []
    for months in POINTS:
        schools = folded(cells.schools(months))
        charts.append(_chart(request, cells, months))
        for group in schools:
            if group.is_folded:
                continue
            majors = folded(cells.majors(int(group.key[0]), months))
            tables.append((months, group.names[0], lines(majors, known)))
    return download(request, *charts) or {
        "title": "毕业去向",
        "charts": charts,
        "tables": [(months, [(n, m) for p, n, m in tables if p == months]) for months in POINTS],
        "least": LEAST,
    }


def _chart(request: PageRequest, cells: Cells, months: int) -> Chart:
    source = f"各校登记和毕业生填报的去向；少于 {LEAST} 人的合并，不单独显示"
    return outcome_chart(lines(folded(cells.schools(months))), months, source, request.at)


def urls() -> list[URLPattern]:
    """Addresses below /desk/."""
    return [
        path("programmes/", programme_list, name="programme_list"),
        path("programmes/<int:pk>/", programme_detail, name="programme_detail"),
        path(
            "programmes/<int:pk>/reports/<int:report_pk>/",
            programme_report_file,
            name="programme_report_file",
        ),
        path("mentors/", mentor_list, name="mentor_list"),
        path("mentors/<int:pk>/", mentor_detail, name="mentor_detail"),
        path("stays/", stay_list, name="stay_list"),
        path("stays/<int:pk>/proof/", stay_proof, name="stay_proof"),
        path("retention/", retention, name="retention"),
    ]
