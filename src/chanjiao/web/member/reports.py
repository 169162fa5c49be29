"""Annual reports as members read them: made of a published edition."""

from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from chanjiao.reports.models import Report
from chanjiao.reports.queries import visible_to
from chanjiao.web.parts.lists import ListColumn, ListPage
from chanjiao.web.parts.page import PageRequest, page
from chanjiao.web.parts.reports import COLUMNS, file_response


def _address(report: Report, kind: str) -> str:
    return reverse("member:report_file", args=[report.pk, kind])


REPORTS = ListPage(
    key="member.reports",
    title="年度报告",
    columns=(
        *COLUMNS,
        ListColumn("word", "Word", lambda row: "下载", kind="link", export=False,
                   link=lambda row: _address(row, "word")),
        ListColumn("pdf", "PDF", lambda row: "下载" if row.pdf_id else "", kind="link", export=False,
                   link=lambda row: _address(row, "pdf") if row.pdf_id else ""),
    ),
    empty="联合体还没有发布年度报告。年度发布后可以在这里下载。",
)  # fmt: skip


@page("member")
def report_list(request: PageRequest) -> HttpResponseBase:
    rows = visible_to(request.actor).filter(period__consortium=request.consortium)
    return REPORTS.respond(request, rows.filter(snapshot__published_at__isnull=False))


@page("member")
def report_file(request: PageRequest, pk: int, kind: str) -> HttpResponseBase:
    """Word and PDF; the workbook holds every member's rows and stays with the secretariat."""
    rows = visible_to(request.actor).filter(
        period__consortium=request.consortium, snapshot__published_at__isnull=False
    )
    report = get_object_or_404(rows, pk=pk)
    if kind == "excel":
        raise Http404
    return file_response(report, kind)


def urls() -> list[URLPattern]:
    return [
        path("reports/", report_list, name="report_list"),
        path("reports/<int:pk>/<slug:kind>/", report_file, name="report_file"),
    ]
