"""What everybody may see of a published year: chosen indicators, the report, the pack if allowed."""

from django.http import FileResponse, Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from chanjiao.indicators.computing import frozen_standing
from chanjiao.indicators.models import Period
from chanjiao.indicators.queries import periods_published, published_snapshot
from chanjiao.reports.models import Report
from chanjiao.reports.queries import latest_published
from chanjiao.web.parts import indicators as parts
from chanjiao.web.parts.charts import download
from chanjiao.web.parts.lists import ListColumn, ListPage
from chanjiao.web.parts.page import Answer, PageRequest, page
from chanjiao.web.parts.reports import file_response

PERIODS = ListPage(
    key="portal.periods",
    title="年度指标",
    columns=(
        ListColumn("year", "年度", sort="year"),
        ListColumn("consortium", "联合体", "consortium.short_name"),
        ListColumn("published_at", "发布时间", kind="moment", sort="published_at"),
    ),
    link=lambda row: reverse("portal:period", args=[row.pk]),
    empty="还没有公布的年度指标。",
)


@page("portal")
def period_list(request: PageRequest) -> HttpResponseBase:
    return PERIODS.respond(
        request, periods_published(), intro="公开了证据包的年度，任何人都能独立重算。"
    )


@page("portal", template="indicators/public.html")
def period_detail(request: PageRequest, pk: int) -> Answer:
    period = get_object_or_404(periods_published(), pk=pk)
    snapshot = published_snapshot(period)
    assert snapshot is not None and snapshot.published_at is not None  # published
    chosen = set(snapshot.public_codes)
    standing = frozen_standing(snapshot)
    lines = [line for line in parts.lines_of(standing, lambda code: "") if line.one.code in chosen]
    source = f"{period.consortium.short_name} {period.year} 年度指标（第 {snapshot.edition} 版）"
    chart = parts.by_second(lines, source, snapshot.published_at)
    return download(request, chart) or {
        "title": f"{period.consortium.short_name} {period.year} 年度指标",
        "crumbs": [("年度指标", reverse("portal:period_list"))],
        "period": period,
        "standing": standing,
        "snapshot": snapshot,
        "levels": parts.levels_of(lines),
        "lights": parts.lights_of(lines),
        "chart": chart,
        "pack": snapshot.pack if period.public_pack and snapshot.pack.public_file else None,
        "report": latest_published(period),
    }


@page("portal", template="reports/public.html")
def period_report(request: PageRequest, pk: int) -> Answer:
    """The annual report as the public reads it: what the file says, and the file."""
    period = get_object_or_404(periods_published(), pk=pk)
    report = _report(period)
    here = reverse("portal:period", args=[pk])
    return {
        "title": f"{period.consortium.short_name} {period.year} 年度报告",
        "crumbs": [("年度指标", reverse("portal:period_list")), (f"{period.year} 年度指标", here)],
        "period": period,
        "report": report,
        "said": report.said,
        "pack": report.said["证据包摘要"] != "",
    }


@page("portal")
def period_report_file(request: PageRequest, pk: int, kind: str) -> HttpResponseBase:
    """The public edition's Word or PDF."""
    return file_response(_report(get_object_or_404(periods_published(), pk=pk)), kind)


def _report(period: Period) -> Report:
    report = latest_published(period)
    if report is None:
        raise Http404
    return report


@page("portal")
def period_pack(request: PageRequest, pk: int) -> HttpResponseBase:
    """The public edition of the pack: no person can be told from it."""
    period: Period = get_object_or_404(periods_published(), pk=pk)
    snapshot = published_snapshot(period)
    assert snapshot is not None  # published
    file = snapshot.pack.public_file
    if not period.public_pack or file is None:
        raise Http404
    return FileResponse(
        file.file.open("rb"), as_attachment=True, filename=file.name,
        content_type="application/octet-stream",
    )  # fmt: skip


def urls() -> list[URLPattern]:
    """Addresses below /portal/."""
    return [
        path("years/", period_list, name="period_list"),
        path("years/<int:pk>/", period_detail, name="period"),
        path("years/<int:pk>/pack/", period_pack, name="period_pack"),
        path("years/<int:pk>/report/", period_report, name="period_report"),
        path("years/<int:pk>/report/<slug:kind>/", period_report_file, name="period_report_file"),
    ]
