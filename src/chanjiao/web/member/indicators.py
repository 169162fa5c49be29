"""The consortium's indicators as a member sees them: every value, and what counts of its own rows."""

from io import BytesIO
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse

from chanjiao.indicators.computing import standing_of
from chanjiao.indicators.drilling import indicator_of, rows_of
from chanjiao.indicators.models import Period
from chanjiao.indicators.queries import current_period, periods_visible_to
from chanjiao.reports.own import own_workbook
from chanjiao.web.parts import indicators as parts
from chanjiao.web.parts.page import Answer, PageRequest, page
from chanjiao.web.parts.reports import EXCEL
from chanjiao_engine.indicators.definitions import SOURCE_LABELS, Indicator


def _periods(request: PageRequest) -> QuerySet[Period]:
    return periods_visible_to(request.actor).filter(consortium=request.consortium)


def _period(request: PageRequest, pk: int) -> Period:
    return get_object_or_404(_periods(request), pk=pk)


def _address(period: Period) -> Any:
    return lambda code: reverse("member:indicator_detail", args=[period.pk, code])


def _own_code(request: PageRequest) -> str:
    """How the asker's unit is named among the facts; never empty, so never everybody's."""
    return request.unit.credit_code or f"U{request.unit.pk}"


@page("member", template="indicators/none.html")
def indicator_home(request: PageRequest) -> Answer:
    period = current_period(_periods(request))
    if period is not None:
        return redirect("member:indicator_list", period.pk)
    return {"title": "指标", "text": "秘书处还没有建立年度。"}


@page("member", template="indicators/member_list.html")
def indicator_list(request: PageRequest, pk: int) -> Answer:
    period = _period(request, pk)
    standing = standing_of(period)
    lines = parts.lines_of(standing, _address(period))
    return {
        "title": f"{period.year} 年度指标",
        "period": period,
        "standing": standing,
        "levels": parts.levels_of(lines),
        "lights": parts.lights_of(lines),
        "years": _periods(request).order_by("-year"),
    }


@page("member", template="indicators/member_detail.html")
def indicator_detail(request: PageRequest, pk: int, code: str) -> Answer:
    period = _period(request, pk)
    one = _known(period, code)
    standing = standing_of(period)
    group = request.GET.get("group") or None
    behind = rows_of(period, one, unit_code=_own_code(request), group=group)
    here = reverse("member:indicator_detail", args=[period.pk, code])
    return {
        "title": f"{one.code} {one.name}",
        "crumbs": [(f"{period.year} 年度指标", reverse("member:indicator_list", args=[period.pk]))],
        "period": period,
        "standing": standing,
        "line": parts.line_of(one, standing.outcomes.get(code), here),
        "source": SOURCE_LABELS[one.source],
        "group": group,
        "parts": parts.drilled(behind, "member"),
        "references": [(ref, _address(period)(ref)) for ref in behind.references],
        "history": parts.history_of(period, one),
        "rows_url": reverse("member:indicator_rows", args=[period.pk, code]),
    }


@page("member")
def indicator_workbook(request: PageRequest, pk: int) -> HttpResponseBase:
    """Of every indicator the rows that count the unit, as one Excel."""
    period = _period(request, pk)
    content = own_workbook(period, _own_code(request), request.unit.called)
    return FileResponse(
        BytesIO(content), as_attachment=True, content_type=EXCEL,
        filename=f"{request.unit.called}{period.year}年度指标明细.xlsx",
    )  # fmt: skip


@page("member")
def indicator_rows(request: PageRequest, pk: int, code: str) -> HttpResponseBase:
    """The rows the unit may see, as a file."""
    period = _period(request, pk)
    return parts.rows_file(request, period, _known(period, code), _own_code(request))


def _known(period: Period, code: str) -> Indicator:
    one = indicator_of(period, code)
    if one is None:
        raise Http404
    return one


def urls() -> list[URLPattern]:
    """Addresses below /member/."""
    one = "indicators/<int:pk>/<slug:code>/"
    return [
        path("indicators/", indicator_home, name="indicator_home"),
        path("indicators/<int:pk>/", indicator_list, name="indicator_list"),
        path("indicators/<int:pk>/workbook/", indicator_workbook, name="indicator_workbook"),
        path(one, indicator_detail, name="indicator_detail"),
        path(f"{one}rows/", indicator_rows, name="indicator_rows"),
    ]
