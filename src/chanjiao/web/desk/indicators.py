"""The secretariat's indicators: every value, what it is made of, how it came about."""

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse

from chanjiao.indicators import rules, typed
from chanjiao.indicators.actions import ask_figures
from chanjiao.indicators.changes import Change, changes_of, from_snapshot
from chanjiao.indicators.checklist import doubts_of
from chanjiao.indicators.computing import Standing, standing_of
from chanjiao.indicators.drilling import indicator_of, rows_of
from chanjiao.indicators.models import Period
from chanjiao.indicators.queries import (
    confirmations_of,
    current_period,
    notes_of,
    periods_visible_to,
    previous_snapshot,
    typed_visible_to,
    waiting_values,
)
from chanjiao.kernel.verdict import Refused
from chanjiao.plans.evidence_queries import visible_to as evidence_visible_to
from chanjiao.web.parts import indicators as parts
from chanjiao.web.parts.charts import download
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.page import Answer, PageRequest, Primary, page
from chanjiao_engine.indicators.definitions import SOURCE_LABELS, Indicator, Source
from chanjiao_engine.indicators.outcomes import State


class ExplainForm(forms.Form):
    """Why a value changed."""

    text = forms.CharField(
        label="变动原因", max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


def own_periods(request: PageRequest) -> QuerySet[Period]:
    """The years of the secretariat's consortium."""
    return periods_visible_to(request.actor).filter(consortium=request.consortium)


def period_of(request: PageRequest, pk: int) -> Period:
    """A period of the secretariat's consortium, or 404."""
    return get_object_or_404(own_periods(request), pk=pk)


@page("desk", template="indicators/none.html")
def indicator_home(request: PageRequest) -> Answer:
    """The year that is running, or how to begin."""
    period = current_period(own_periods(request))
    if period is not None:
        return redirect("desk:indicator_list", period.pk)
    return {
        "title": "指标",
        "primary": Primary("建立年度", reverse("desk:period_new")),
        "text": "还没有年度。请先导入（或采用演示）指标集，再建立年度，指标便从平台的数据算出来。",
    }


@page("desk", template="indicators/list.html")
def indicator_list(request: PageRequest, pk: int) -> Answer:
    period = period_of(request, pk)
    standing = standing_of(period)
    changes = changes_for(period, standing)
    extras = _extras(period, standing, changes)
    lines = parts.lines_of(standing, indicator_address(period), extras)
    at = standing.at or request.at
    source = f"{request.consortium.short_name} {period.year} 年度指标"
    chart = parts.by_second(lines, source, at)
    second, stand = request.GET.get("second", ""), request.GET.get("stand", "")
    kept = parts.narrowed_to(lines, second, stand)
    return download(request, chart) or {
        "title": f"{period.year} 年度指标",
        "crumbs": [("年度", reverse("desk:period_list"))],
        "period": period,
        "standing": standing,
        "levels": parts.levels_of(kept),
        "lights": parts.lights_of(lines),
        "chart": chart,
        "narrowed": [word for word in (second, parts.STANDS.get(stand, stand)) if word],
        "kept": len(kept) - len(parts.lights_of(lines)),
        "may_compute": rules.may_confirm(request.actor, period),
        "compared": bool(changes),
    }


def _extras(period: Period, standing: Standing, changes: Iterable[Change]) -> parts.Extras:
    return parts.Extras(
        {line.code: line for line in changes}, waiting_values(period), confirmations_of(period),
        doubts_of(period, standing),
    )  # fmt: skip


def indicator_address(period: Period) -> Callable[[str], str]:
    """Where an indicator of the period is shown, by code."""
    return lambda code: reverse("desk:indicator_detail", args=[period.pk, code])


def changes_for(period: Period, standing: Standing) -> list[Change]:
    """Against the year before: frozen with the period, else worked out now (without causes)."""
    if standing.snapshot is not None:
        return from_snapshot(standing.snapshot.changes)
    return changes_of(
        period, standing.found, standing.outcomes, previous_snapshot(period), notes_of(period)
    )


@page("desk", writes=True)
def indicator_compute(request: PageRequest, pk: int) -> HttpResponseBase:
    period = period_of(request, pk)
    if request.method != "POST":
        return redirect("desk:indicator_list", pk)
    job = ask_figures(period, by=request.actor, at=request.at)
    return redirect("account_job", job.pk)


# One indicator -----------------------------------------------------------------------------------
def _known(period: Period, code: str) -> Indicator:
    one = indicator_of(period, code)
    if one is None:
        raise Http404
    return one


@page("desk", writes=True, template="indicators/detail.html")
def indicator_detail(request: PageRequest, pk: int, code: str) -> Answer:
    """Definition, value, rows, history; and where it is live, the sentence on its change."""
    period = period_of(request, pk)
    one = _known(period, code)
    standing = standing_of(period)
    note = notes_of(period).get(code)
    form = ExplainForm(request.POST or None, initial={"text": note.text if note else ""})
    here = reverse("desk:indicator_detail", args=[period.pk, code])
    done = submit(
        request, form,
        lambda: typed.explain_change(
            period, code, form.cleaned_data["text"], by=request.actor, at=request.at
        ),
        then=f"{here}#change", said="变动原因已保存。",
    )  # fmt: skip
    if done:
        return done
    group = request.GET.get("group") or None
    behind = rows_of(period, one, unit_code=None, group=group)
    extras = _extras(period, standing, changes_for(period, standing))
    outcome = standing.outcomes.get(code)
    return {
        "title": f"{one.code} {one.name}",
        "crumbs": [(f"{period.year} 年度指标", reverse("desk:indicator_list", args=[period.pk]))],
        "period": period,
        "standing": standing,
        "line": parts.line_of(one, outcome, here, extras),
        "source": SOURCE_LABELS[one.source],
        "by_hand": one.source is Source.TYPED,
        "group": group,
        "parts": parts.drilled(behind, "desk"),
        "references": [(ref, indicator_address(period)(ref)) for ref in behind.references],
        "history": parts.history_of(period, one),
        "entries": typed_visible_to(request.actor).filter(period=period, code=code),
        "evidence": _evidence_for(request, period, code),
        "form": form,
        "may_explain": rules.may_explain(request.actor, period),
        "may_confirm": _may_confirm(request, period, one, outcome),
        "confirmation": confirmations_of(period).get(code),
        "rows_url": reverse("desk:indicator_rows", args=[period.pk, code]),
    }


def _may_confirm(request: PageRequest, period: Period, one: Indicator, outcome: Any) -> Any:
    """None where there is nothing to confirm."""
    if one.source is not Source.CONFIRMED or outcome is None or outcome.state is not State.VALUE:
        return None
    return rules.may_confirm(request.actor, period)


def _evidence_for(request: PageRequest, period: Period, code: str) -> Any:
    rows = evidence_visible_to(request.actor).filter(
        plan__consortium=request.consortium, plan__year=period.year, uses__indicator=code
    )
    return rows.distinct()[:50]


@page("desk")
def indicator_rows(request: PageRequest, pk: int, code: str) -> HttpResponseBase:
    """The rows behind the number as a file."""
    period = period_of(request, pk)
    return parts.rows_file(request, period, _known(period, code), None)


@page("desk", writes=True)
def indicator_confirm(request: PageRequest, pk: int, code: str) -> HttpResponseBase:
    """Stand by the value as the page showed it."""
    period = period_of(request, pk)
    _known(period, code)
    if request.method == "POST":
        outcome = standing_of(period).outcomes.get(code)
        seen = request.POST.get("value", "")
        if outcome is None or outcome.value is None or str(outcome.value) != seen:
            raise Refused("数值已经变化，请核对新的数值后再确认。")
        typed.confirm_value(
            period, code, outcome.value, request.POST.get("remark", ""),
            by=request.actor, at=request.at,
        )  # fmt: skip
        messages.success(request, "已确认。")
    return redirect("desk:indicator_detail", pk, code)


def urls() -> list[URLPattern]:
    """Addresses below /desk/."""
    one = "indicators/<int:pk>/<slug:code>/"
    return [
        path("indicators/", indicator_home, name="indicator_home"),
        path("indicators/<int:pk>/", indicator_list, name="indicator_list"),
        path("indicators/<int:pk>/compute/", indicator_compute, name="indicator_compute"),
        path(one, indicator_detail, name="indicator_detail"),
        path(f"{one}rows/", indicator_rows, name="indicator_rows"),
        path(f"{one}confirm/", indicator_confirm, name="indicator_confirm"),
    ]
