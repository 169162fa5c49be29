"""实习备案名单: the list's rows in the layout of a province's system."""

from io import BytesIO
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Invalid
from chanjiao.sheets.foreign import Outline
from chanjiao.training import filing, filing_actions
from chanjiao.training.enums import PlacementState
from chanjiao.training.models import RosterLayout
from chanjiao.web.member.placements import PLACEMENTS, crumbs, own_rows
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.listings import download
from chanjiao.web.parts.page import Answer, PageRequest, page
from chanjiao.web.parts.typed import whole

FILTERS = ("q", "state", "starts_from", "starts_to")


class TemplateForm(forms.Form):
    """The province's template."""

    file = forms.FileField(
        label="模板", help_text=".xlsx 或 .csv。只读取表头，表里的数据不保存。",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )  # fmt: skip


def _layouts(request: PageRequest) -> Any:
    return filing_actions.roster_layouts(request.consortium, request.unit)


@page("member", writes=True, template="training/filing.html")
def placement_filing(request: PageRequest) -> Answer | HttpResponseBase:
    """The rows as the list narrows them, in a layout; a new template goes on to be mapped."""
    shown = PLACEMENTS.read(request, own_rows(request).order_by("-starts_on", "number"))
    wanted = request.GET.get("layout", "")
    if wanted:
        return _download(request, shown.rows.distinct(), wanted)
    form = TemplateForm(request.POST or None, request.FILES or None)
    done = submit(
        request, form,
        lambda: filing_actions.bring_template(
            form.cleaned_data["file"], form.cleaned_data["file"].name, request.consortium,
            request.unit, by=request.actor, at=request.at,
        ),
        then=lambda row: reverse("member:placement_layout", args=[row.pk]),
    )  # fmt: skip
    kept = request.GET.copy()
    for name in set(kept) - set(FILTERS):
        del kept[name]
    return done or {
        "title": "备案名单", "crumbs": crumbs(), "form": form, "level": filing.LEVEL,
        "count": shown.rows.distinct().count(), "kept": kept.urlencode(),
        "given": {name: request.GET.get(name, "") for name in FILTERS},
        "states": PlacementState.choices, "shipped": filing.shipped().values(),
        "layouts": _layouts(request).order_by("title", "pk"), "unit": request.unit,
    }  # fmt: skip


def _download(request: PageRequest, rows: Any, wanted: str) -> HttpResponseBase:
    found = filing.shipped().get(wanted)
    if found is not None:
        name, arrangement, words = found.name, found.arrangement, found.words
    else:
        row = get_object_or_404(_layouts(request), pk=whole(wanted), confirmed_at__isnull=False)
        name, arrangement = row.title, filing.own_arrangement(row)
        words = filing.words_of(row)
    content = filing.roster(rows, arrangement, words)
    return download(BytesIO(content), f"实习备案名单-{name}-{day_of(request.at):%Y%m%d}.xlsx")


def _own(request: PageRequest, pk: int) -> RosterLayout:
    if not request.unit.is_school:
        raise Http404
    found: RosterLayout = get_object_or_404(_layouts(request).filter(unit=request.unit), pk=pk)
    return found


@page("member", writes=True, template="training/filing_layout.html")
def placement_layout(request: PageRequest, pk: int) -> Answer | HttpResponseBase:
    """Which column of the template is which fact: suggestions to confirm, once."""
    row = _own(request, pk)
    problems: dict[str, list[str]] = {}
    chosen: dict[str, int] = row.mapping
    if request.method == "POST":
        chosen = _sent(request)
        try:
            return _confirmed(request, row, chosen)
        except Invalid as invalid:
            request.page_status = 422
            problems = invalid.problems
    outline = Outline.from_dict(row.outline)
    return {
        "title": "对应各列", "crumbs": [*crumbs(), ("备案名单", reverse("member:placement_filing"))],
        "row": row, "outline": outline, "columns": outline.columns(),
        "lines": [
            (c.key, c.title, c.required, chosen.get(c.key), problems.get(c.key, []))
            for c in filing.FACTS.columns
        ],
        "top": [text for key in ("", "words") for text in problems.get(key, [])],
        "shipped": [one for one in filing.shipped().values() if one.words],
        "revision": request.POST.get("revision", row.revision),
        "words": request.POST.get("words", row.words),
    }  # fmt: skip


def _sent(request: PageRequest) -> dict[str, int]:
    texts = {c.key: request.POST.get(f"column-{c.key}", "") for c in filing.FACTS.columns}
    return {key: whole(text, default=-1) for key, text in texts.items() if text}


def _confirmed(request: PageRequest, row: RosterLayout, chosen: dict[str, int]) -> HttpResponseBase:
    filing_actions.map_template(
        row, chosen, title=request.POST.get("title", ""), words=request.POST.get("words", ""),
        revision=whole(request.POST.get("revision", "")), by=request.actor, at=request.at,
    )  # fmt: skip
    messages.success(request, "对应关系已保存，可以按这种版式导出了。")
    return redirect("member:placement_filing")


@page("member", writes=True)
def placement_layout_forget(request: PageRequest, pk: int) -> HttpResponseBase:
    row = _own(request, pk)
    if request.method != "POST":
        raise Http404
    filing_actions.forget_template(row, by=request.actor, at=request.at)
    messages.success(request, "版式已删除。")
    return redirect("member:placement_filing")


def urls() -> list[URLPattern]:
    base = "placements/filing/"
    return [
        path(base, placement_filing, name="placement_filing"),
        path(f"{base}<int:pk>/", placement_layout, name="placement_layout"),
        path(f"{base}<int:pk>/forget/", placement_layout_forget, name="placement_layout_forget"),
    ]
