"""The task book in and out: our layout, and those of customers that are remembered."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Invalid
from chanjiao.plans import rules
from chanjiao.plans.book_actions import (
    confirm_layout,
    forget_layout,
    import_sample,
    receive_book,
)
from chanjiao.plans.book_columns import LAYOUT, NUMBERED
from chanjiao.plans.models import BookLayout, Plan
from chanjiao.plans.queries import layouts_visible_to
from chanjiao.plans.sheets import BINDING, arrangement_of
from chanjiao.sheets.foreign import Outline
from chanjiao.sheets.foreign_writing import export_into
from chanjiao.sheets.models import Import
from chanjiao.sheets.queries import visible_to as imports_visible_to
from chanjiao.sheets.writing import export, template
from chanjiao.web.desk.plans import plan_crumbs, plan_of
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.listings import download
from chanjiao.web.parts.page import Answer, PageRequest, page
from chanjiao.web.parts.plan_forms import reason_field
from chanjiao.web.parts.typed import whole

_SHOWN_SAMPLE = 24


class BookForm(forms.Form):
    """The workbook, and once in force why."""

    file = forms.FileField(
        label="任务书", help_text=".xlsx 或 .csv，任何版式，不超过 50 MB。",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )  # fmt: skip

    def __init__(self, *args: Any, explained: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if explained:
            self.fields["reason"] = reason_field()


def _layouts(request: PageRequest) -> Any:
    return layouts_visible_to(request.actor).filter(consortium=request.consortium)


@page("desk", writes=True, template="plans/book.html")
def plan_book(request: PageRequest, pk: int) -> Answer:
    """Download and upload; a header not seen before goes on to the mapping page."""
    plan = plan_of(request, pk)
    if wanted := request.GET.get("file"):
        return _download(request, plan, wanted)
    form = BookForm(request.POST or None, request.FILES or None, explained=rules.needs_reason(plan))
    done = submit(
        request, form,
        lambda: receive_book(
            form.cleaned_data["file"], form.cleaned_data["file"].name, plan,
            reason=form.cleaned_data.get("reason", ""), by=request.actor, at=request.at,
        ),
        then=lambda made: _next(request, plan, made, form.cleaned_data.get("reason", "")),
    )  # fmt: skip
    earlier = imports_visible_to(request.actor).filter(layout=LAYOUT.key, context__plan=plan.pk)
    return done or {
        "title": "任务书",
        "crumbs": plan_crumbs(plan),
        "plan": plan,
        "form": form,
        "verdict": rules.may_change_tasks(request.actor, plan),
        "layouts": list(_layouts(request).order_by("-used_at", "-pk")),
        "earlier": list(earlier.order_by("-at", "-pk")[:5]),
    }


def _next(request: PageRequest, plan: Plan, made: Import | BookLayout, reason: str) -> str:
    if isinstance(made, Import):
        return reverse("account_import", args=[made.pk])
    request.session["book_reason"] = reason
    return reverse("desk:plan_book_layout", args=[plan.pk, made.pk])


def _download(request: PageRequest, plan: Plan, wanted: str) -> HttpResponseBase:
    """Template, tasks in our layout, or in a remembered one (its number)."""
    context = BINDING.load(user=request.actor, scope={"plan": plan.pk}, at=request.at)
    layout = BINDING.fit(LAYOUT, context)
    if wanted == "template":
        return download(BytesIO(template(layout)), "任务书模板.xlsx")
    name = f"{plan.title}任务书{day_of(request.at):%Y%m%d}.xlsx"
    if wanted == "export":
        target = BytesIO()
        export(layout, BINDING.export_rows(context), target)
        return download(target, name)
    book = get_object_or_404(_layouts(request), pk=whole(wanted), confirmed_at__isnull=False)
    content = export_into(arrangement_of(book), LAYOUT, BINDING.export_rows(context))
    return download(BytesIO(content), name)


# The mapping -----------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class MapLine:
    """One column of ours and which of the book's it is."""

    key: str
    title: str
    required: bool
    chosen: int | None
    problems: tuple[str, ...]


@page("desk", writes=True, template="plans/book_layout.html")
def plan_book_layout(request: PageRequest, pk: int, book_pk: int) -> Answer:
    """Which column is which: suggestions to confirm, once for every book with this header."""
    plan = plan_of(request, pk)
    book = get_object_or_404(_layouts(request), pk=book_pk)
    problems: dict[str, list[str]] = {}
    if request.method == "POST":
        try:
            return _confirmed(request, plan, book)
        except Invalid as invalid:
            request.page_status = 422
            problems = invalid.problems
    outline = Outline.from_dict(book.outline)
    chosen = _sent_mapping(request) if request.method == "POST" else book.mapping
    return {
        "title": "对应各列",
        "crumbs": [*plan_crumbs(plan), ("任务书", reverse("desk:plan_book", args=[pk]))],
        "plan": plan,
        "book": book,
        "outline": outline,
        "columns": [
            (index, letter, title, [text[:_SHOWN_SAMPLE] for text in samples if text])
            for index, letter, title, samples in outline.columns()
        ],
        "lines": [
            MapLine(
                c.key,
                c.title,
                c.required and c.key not in NUMBERED,
                chosen.get(c.key),
                tuple(problems.get(c.key, ())),
            )
            for c in LAYOUT.columns
            if not c.locked or c.key in chosen
        ],
        "top": [text for key in ("", "reason") for text in problems.get(key, ())],
        "may": rules.may_change_tasks(request.actor, plan),
        "explained": rules.needs_reason(plan),
        "reason": request.POST.get("reason", request.session.get("book_reason", "")),
        "revision": request.POST.get("revision", book.revision),
    }


def _sent_mapping(request: PageRequest) -> dict[str, int]:
    found = {}
    for column in LAYOUT.columns:
        text = request.POST.get(f"column-{column.key}", "")
        if text:
            found[column.key] = whole(text, default=-1)
    return found


def _confirmed(request: PageRequest, plan: Plan, book: BookLayout) -> HttpResponseBase:
    """Remember the mapping, then check the workbook it was learnt from."""
    reason = request.POST.get("reason", "")
    if rules.needs_reason(plan) and not reason.strip():
        raise Invalid({"reason": ["计划已下达，导入任务书须写明修改原因。"]})
    held = confirm_layout(
        book, _sent_mapping(request), title=request.POST.get("title", ""),
        revision=whole(request.POST.get("revision", "")), by=request.actor, at=request.at,
    )  # fmt: skip
    made = import_sample(held, plan, reason=reason, by=request.actor, at=request.at)
    messages.success(request, "对应关系已保存，今后同样表头的任务书会自动识别。")
    return redirect("account_import", made.pk)


@page("desk", writes=True)
def plan_book_forget(request: PageRequest, pk: int, book_pk: int) -> Answer:
    plan = plan_of(request, pk)
    book = get_object_or_404(_layouts(request), pk=book_pk)
    if request.method == "POST":
        forget_layout(book, by=request.actor, at=request.at)
        messages.success(request, "版式已删除。")
    return redirect("desk:plan_book", plan.pk)


def urls() -> list[URLPattern]:
    base = "plans/<int:pk>/book/"
    return [
        path(base, plan_book, name="plan_book"),
        path(f"{base}<int:book_pk>/", plan_book_layout, name="plan_book_layout"),
        path(f"{base}<int:book_pk>/forget/", plan_book_forget, name="plan_book_forget"),
    ]
