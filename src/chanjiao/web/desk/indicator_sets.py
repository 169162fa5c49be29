"""Indicator sets: versions in and out, compared, and each formula with a trial run."""

import time
from typing import Any

from django import forms
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from chanjiao.indicators import rules, sets
from chanjiao.indicators.bridge import facts_of
from chanjiao.indicators.computing import set_of_text, span_of
from chanjiao.indicators.models import Period, SetVersion
from chanjiao.indicators.queries import current_period, sets_visible_to
from chanjiao.indicators.wording import in_words
from chanjiao.kernel.verdict import Refused
from chanjiao.web.account.imports import start
from chanjiao.web.desk.indicators import own_periods
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.lists import ListAction, ListColumn, ListPage
from chanjiao.web.parts.page import Answer, PageRequest, Primary, page
from chanjiao.web.parts.typed import whole
from chanjiao_engine.indicators.checking import formulas_of
from chanjiao_engine.indicators.compute import compute
from chanjiao_engine.indicators.definitions import (
    CATEGORY_LABELS,
    SOURCE_LABELS,
    Indicator,
    IndicatorSet,
    SetRefused,
)

SETS = ListPage(
    key="desk.sets",
    title="指标集",
    columns=(
        ListColumn("title", "名称", sort="title"),
        ListColumn("version", "版本", kind="code", sort="version"),
        ListColumn("label", "标注"),
        ListColumn("digest", "摘要", lambda row: row.digest[:12], kind="code"),
        ListColumn("made_by", "导入人", lambda row: row.made_by.name if row.made_by else ""),
        ListColumn("made_at", "导入时间", kind="moment", sort="made_at"),
    ),
    search=("title", "code", "version"),
    actions=(ListAction("采用演示指标集", "desk:set_demo"),),
    link="desk:set_detail",
    empty="还没有指标集。可以采用演示指标集，也可以导入文本。",
)


class TextForm(forms.Form):
    """A set as text, pasted or as a file."""

    text = forms.CharField(
        label="指标集文本（TOML）", max_length=sets.MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 18, "spellcheck": "false", "class": "code"}),
    )  # fmt: skip
    note = forms.CharField(label="说明", max_length=300, required=False)


def _version(request: PageRequest, pk: int) -> SetVersion:
    rows = sets_visible_to(request.actor).filter(consortium=request.consortium)
    return get_object_or_404(rows, pk=pk)


@page("desk")
def set_list(request: PageRequest) -> HttpResponseBase:
    rows = sets_visible_to(request.actor).filter(consortium=request.consortium)
    verdict = rules.may_import_set(request.actor, request.consortium)
    primary = Primary("导入指标集", reverse("desk:set_import"), verdict)
    return SETS.respond(request, rows.order_by("-made_at", "-pk"), primary=primary)


@page("desk", writes=True, template="parts/form_page.html")
def set_import(request: PageRequest) -> Answer:
    """A text pasted here; every fault is named, nothing half-saved."""
    base = sets_visible_to(request.actor).filter(pk=whole(request.GET.get("base", ""))).first()
    form = TextForm(request.POST or None, initial={"text": base.text if base else ""})
    return _import_page(
        request,
        form,
        "导入指标集",
        "从文本导入一个版本。内容不同而版本号相同的会被拒绝，请先改 version。",
    )


@page("desk", writes=True, template="parts/form_page.html")
def set_demo(request: PageRequest) -> Answer:
    """The shipped demonstration set, for review before it is taken over."""
    form = TextForm(request.POST or None, initial={"text": sets.demo_text()})
    return _import_page(
        request,
        form,
        "采用演示指标集",
        "演示指标集按公开结构重建，非官方文本；可在下面修改后保存。",
    )


def _import_page(request: PageRequest, form: TextForm, title: str, intro: str) -> Answer:
    home = reverse("desk:set_list")
    done = submit(
        request, form,
        lambda: sets.import_set(
            request.consortium, form.cleaned_data["text"], note=form.cleaned_data["note"],
            by=request.actor, at=request.at,
        ),
        then=lambda row: reverse("desk:set_detail", args=[row.pk]), said="已保存为一个版本。",
    )  # fmt: skip
    return done or {
        "title": title, "form": form, "label": "检查并保存", "cancel": home,
        "crumbs": [("指标集", home)], "intro": intro,
    }  # fmt: skip


@page("desk", template="indicators/set.html")
def set_detail(request: PageRequest, pk: int) -> Answer:
    row = _version(request, pk)
    found = set_of_text(row.text)
    others = sets_visible_to(request.actor).filter(consortium=request.consortium)
    return {
        "title": str(row),
        "crumbs": [("指标集", reverse("desk:set_list"))],
        "row": row,
        "lines": [
            (one, CATEGORY_LABELS[one.category], SOURCE_LABELS[one.source])
            for one in found.indicators
        ],
        "counts": (
            len({one.category for one in found.indicators}), len(found.seconds),
            len(found.indicators),
        ),
        "others": others.exclude(pk=row.pk),
        "periods": row.periods.order_by("-year"),
    }  # fmt: skip


@page("desk")
def set_text(request: PageRequest, pk: int) -> HttpResponseBase:
    """The canonical text, for git."""
    row = _version(request, pk)
    answer = HttpResponse(row.text, content_type="application/toml; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{row.code}-{row.version}.toml"'
    return answer


@page("desk", writes=True)
def set_sheet(request: PageRequest, pk: int) -> HttpResponseBase:
    """The version as Excel; what comes back becomes the next version."""
    row = _version(request, pk)
    back = reverse("desk:set_detail", args=[pk])
    return start(request, "indicator_set", {"version": row.pk}, back)


@page("desk", template="indicators/compare.html")
def set_compare(request: PageRequest, pk: int) -> Answer:
    new = _version(request, pk)
    old = _version(request, whole(request.GET.get("with", "")))
    return {
        "title": f"比较：{old.version} 与 {new.version}",
        "crumbs": [
            ("指标集", reverse("desk:set_list")),
            (str(new), reverse("desk:set_detail", args=[pk])),
        ],
        "old": old,
        "new": new,
        "differences": sets.differences(set_of_text(old.text), set_of_text(new.text)),
    }


# A formula -----------------------------------------------------------------------------------------
@page("desk", template="indicators/formula.html")
def set_formula(request: PageRequest, pk: int, code: str) -> Answer:
    """In words, as SQL, and run on the live facts with its time."""
    row = _version(request, pk)
    found = set_of_text(row.text)
    one = next((i for i in found.indicators if i.code == code), None)
    if one is None:
        raise Http404
    period = current_period(own_periods(request))
    return {
        "title": f"{one.code} {one.name}：公式",
        "crumbs": [(str(row), reverse("desk:set_detail", args=[pk]))],
        "row": row,
        "one": one,
        "source": SOURCE_LABELS[one.source],
        "formulas": [
            ("分子" if field == "numerator" else "分母", in_words(formula), formula.text.strip())
            for field, formula in formulas_of(one)
        ],
        "period": period,
        "trial": _trial(period, found, one) if period and request.GET.get("trial") else None,
    }


def _trial(period: Period, found: IndicatorSet, one: Indicator) -> dict[str, Any]:
    """One run on the facts of the running year; nothing is kept."""
    began = time.monotonic()
    facts = facts_of(period)
    read = time.monotonic()
    try:
        outcome = compute(found, facts, span_of(period))[one.code]
    except SetRefused as refused:
        raise Refused("；".join(sets.fault_line(fault) for fault in refused.faults)) from refused
    return {
        "outcome": outcome,
        "read": round((read - began) * 1000),
        "computed": round((time.monotonic() - read) * 1000),
        "rows": sum(facts[name].num_rows for _, f in formulas_of(one) for name in set(f.tables)),
    }


def urls() -> list[URLPattern]:
    """Addresses below /desk/."""
    one = "sets/<int:pk>/"
    return [
        path("sets/", set_list, name="set_list"),
        path("sets/import/", set_import, name="set_import"),
        path("sets/demo/", set_demo, name="set_demo"),
        path(one, set_detail, name="set_detail"),
        path(f"{one}text/", set_text, name="set_text"),
        path(f"{one}sheet/", set_sheet, name="set_sheet"),
        path(f"{one}compare/", set_compare, name="set_compare"),
        path(f"{one}formulas/<slug:code>/", set_formula, name="set_formula"),
    ]
