"""The queue of values entered by hand: enter, approve by another person, history, Excel."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse

from chanjiao.indicators import rules, typed
from chanjiao.indicators.computing import set_of
from chanjiao.indicators.models import TypedValue
from chanjiao.indicators.queries import approved_values, typed_visible_to, waiting_values
from chanjiao.indicators.values import number_shown
from chanjiao.web.account.imports import start
from chanjiao.web.desk.indicators import period_of
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.page import Answer, PageRequest, page
from chanjiao_engine.indicators.definitions import Indicator, Source


class ValueForm(forms.Form):
    """A value with what it rests on."""

    value = forms.DecimalField(label="数值", max_digits=18, decimal_places=4)
    reason = forms.CharField(
        label="填报依据", max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
    evidence = forms.CharField(
        label="佐证编号", max_length=400,
        help_text="年度计划中的佐证编号，如 2-1-1-1；多个用顿号隔开。",
    )  # fmt: skip

    def codes(self) -> list[str]:
        text: str = self.cleaned_data["evidence"]
        for mark in ("，", ",", "；", ";", " "):
            text = text.replace(mark, "、")
        return [code for code in text.split("、") if code]


@page("desk", template="indicators/typed.html")
def typed_list(request: PageRequest, pk: int) -> Answer:
    """Every indicator by hand: approved, waiting, missing."""
    period = period_of(request, pk)
    approved, waiting = approved_values(period), waiting_values(period)
    lines = [
        _line(request, one, approved.get(one.code), waiting.get(one.code))
        for one in set_of(period).indicators
        if one.source is Source.TYPED
    ]
    history = typed_visible_to(request.actor).filter(period=period).order_by("-entered_at", "-pk")
    return {
        "title": f"{period.year} 年度人工填报",
        "crumbs": [(f"{period.year} 年度", reverse("desk:period_detail", args=[pk]))],
        "period": period,
        "lines": lines,
        "history": history[:100],
        "may_enter": rules.may_enter(request.actor, period),
    }


def _line(
    request: PageRequest, one: Indicator, held: TypedValue | None, waiting: TypedValue | None
) -> dict[str, Any]:
    actor = request.actor
    return {
        "one": one,
        "held": held,
        "held_value": number_shown(one, held.value) if held else "",
        "waiting": waiting,
        "waiting_value": number_shown(one, waiting.value) if waiting else "",
        "may_approve": rules.may_approve(actor, waiting) if waiting else None,
        "may_refuse": rules.may_refuse(actor, waiting) if waiting else None,
        "may_withdraw": rules.may_withdraw(actor, waiting) if waiting else None,
        "own": waiting is not None and waiting.entered_by_id == actor.pk,
    }


@page("desk", writes=True, template="parts/form_page.html")
def typed_enter(request: PageRequest, pk: int, code: str) -> Answer:
    period = period_of(request, pk)
    one = next((i for i in set_of(period).indicators if i.code == code), None)
    if one is None:
        raise Http404
    held = approved_values(period).get(code)
    initial: dict[str, Any] = {}
    if held:
        initial = {
            "value": held.value.normalize(), "reason": held.reason,
            "evidence": "、".join(held.evidence),
        }  # fmt: skip
    form = ValueForm(request.POST or None, initial=initial)
    form.fields["value"].label = f"数值（{one.unit}）" if one.unit else "数值（1 为是，0 为否）"
    home = reverse("desk:typed_list", args=[pk])
    done = submit(
        request, form,
        lambda: typed.enter_value(
            period, code, Decimal(form.cleaned_data["value"]), form.cleaned_data["reason"],
            form.codes(), by=request.actor, at=request.at,
        ),
        then=home, said="已填报，等待另一位人员批准。",
    )  # fmt: skip
    return done or {
        "title": f"填报 {one.code} {one.name}", "form": form, "label": "提交批准", "cancel": home,
        "crumbs": [(f"{period.year} 年度人工填报", home)], "intro": one.observation,
    }  # fmt: skip


@page("desk", writes=True)
def typed_decide(request: PageRequest, pk: int, step: str) -> HttpResponseBase:
    rows = typed_visible_to(request.actor).filter(period__consortium=request.consortium)
    row = get_object_or_404(rows, pk=pk)
    if request.method == "POST":
        by, at = request.actor, request.at
        if step == "approve":
            typed.approve_value(row, by=by, at=at)
            messages.success(request, "已批准，重新计算后计入指标。")
        elif step == "refuse":
            typed.refuse_value(row, request.POST.get("reason", ""), by=by, at=at)
            messages.success(request, "已退回填报人。")
        elif step == "withdraw":
            typed.withdraw_value(row, by=by, at=at)
            messages.success(request, "已撤回。")
        else:
            raise Http404
    return redirect("desk:typed_list", row.period_id)


@page("desk", writes=True)
def typed_import(request: PageRequest, pk: int) -> HttpResponseBase:
    """The values as Excel: template, export, upload."""
    period = period_of(request, pk)
    scope = {"period": period.pk}
    return start(request, "typed_values", scope, reverse("desk:typed_list", args=[pk]))


def urls() -> list[URLPattern]:
    """Addresses below /desk/."""
    return [
        path("periods/<int:pk>/typed/", typed_list, name="typed_list"),
        path("periods/<int:pk>/typed/import/", typed_import, name="typed_import"),
        path("periods/<int:pk>/typed/<slug:code>/", typed_enter, name="typed_enter"),
        path("typed/<int:pk>/<slug:step>/", typed_decide, name="typed_decide"),
    ]
