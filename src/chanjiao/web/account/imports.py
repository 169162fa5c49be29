"""Excel in: template, upload, dry run, decision. Used by members and by the secretariat."""

from io import BytesIO
from typing import Any

from django import forms
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse

from chanjiao.files.models import StoredFile
from chanjiao.kernel import clock
from chanjiao.kernel.verdict import require
from chanjiao.needs.kinds import BY_SLUG, KINDS, ListingKind
from chanjiao.people.enums import UnitKind
from chanjiao.plans.book_columns import LAYOUT as BOOK
from chanjiao.sheets import rules
from chanjiao.sheets.actions import abandon_import, commit_import, upload
from chanjiao.sheets.binding import Binding, every, get
from chanjiao.sheets.enums import ImportMode, ImportState
from chanjiao.sheets.models import Import
from chanjiao.sheets.problems import Problem
from chanjiao.sheets.queries import visible_to
from chanjiao.sheets.writing import export, template
from chanjiao.training.safeguard_sheets import PAY, SAFETY
from chanjiao.web.parts import shell
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.import_words import word_of
from chanjiao.web.parts.listings import download
from chanjiao.web.parts.lists import ChoiceFilter, ListColumn, ListPage
from chanjiao.web.parts.page import Answer, PageRequest, page

SHOWN_PROBLEMS = 500


class UploadForm(forms.Form):
    """The workbook."""

    file = forms.FileField(
        label="文件", help_text=".xlsx 或 .csv，不超过 50 MB。",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )  # fmt: skip


# Where an import begins ------------------------------------------------------------------------
def start(
    request: PageRequest, layout: str, context: dict[str, Any], back: str
) -> HttpResponseBase:
    """The page with template, export and upload of one sheet; `back` is the list it belongs to.

    `context` is the sheet's scope. Any package's page may use it.
    """
    binding = get(layout)
    verdict = binding.may(request.actor, context)
    wanted = request.GET.get("file", "")
    if wanted in {"template", "export"}:
        require(verdict)
        return _download(request, binding, context, wanted)
    form = UploadForm(request.POST or None, request.FILES or None)
    done = submit(
        request, form,
        lambda: upload(
            form.cleaned_data["file"], form.cleaned_data["file"].name, layout, context,
            unit=request.unit, by=request.actor, at=request.at,
        ),
        then=lambda made: reverse("account_import", args=[made.pk]),
    )  # fmt: skip
    if done:
        return done
    shown = {
        "title": f"导入{binding.layout.title}",
        "crumbs": [(binding.layout.title, back)],
        "form": form,
        "layout": binding.layout,
        "verdict": verdict,
        "earlier": visible_to(request.actor).filter(layout=layout, unit=request.unit)[:5],
    }
    return render(request, "imports/start.html", shown, status=getattr(request, "page_status", 200))


def _download(
    request: PageRequest, binding: Binding, scope: dict[str, Any], wanted: str
) -> HttpResponseBase:
    context = binding.load(user=request.actor, scope=scope, at=request.at)
    layout = binding.fit(binding.layout, context)
    if wanted == "template":
        return download(BytesIO(template(layout)), f"{layout.title}模板.xlsx")
    target = BytesIO()
    export(layout, binding.export_rows(context), target)
    return download(target, f"{layout.title}{clock.day_of(request.at):%Y%m%d}.xlsx")


@page("member", writes=True)
def member_listing_import(request: PageRequest, kind: ListingKind) -> HttpResponseBase:
    scope = {"consortium": request.consortium.pk, "unit": request.unit.pk}
    return start(request, kind.slug, scope, reverse(f"member:{kind.stem}_list"))


@page("desk", writes=True)
def desk_listing_import(request: PageRequest, kind: ListingKind) -> HttpResponseBase:
    scope = {"consortium": request.consortium.pk, "unit": None}
    return start(request, kind.slug, scope, reverse(f"desk:{kind.stem}_list"))


@page("member", writes=True)
def member_roster_import(request: PageRequest) -> HttpResponseBase:
    scope = {"consortium": request.consortium.pk, "unit": request.unit.pk}
    return start(request, "students", scope, reverse("member:student_list"))


@page("desk", writes=True)
def desk_roster_import(request: PageRequest) -> HttpResponseBase:
    """The secretariat may bring a roster in; what is in it, it does not see."""
    if request.GET.get("file") == "export":
        raise Http404
    scope = {"consortium": request.consortium.pk, "unit": None}
    return start(request, "students", scope, reverse("desk:cohort_list"))


# The imports of a unit -------------------------------------------------------------------------
IMPORTS = ListPage(
    key="imports",
    title="导入",
    columns=(
        ListColumn("file", "文件", "file.name", sort="file__name"),
        ListColumn("layout", "清单", lambda row: get(row.layout).layout.title, sort="layout"),
        ListColumn("state", "状态", kind="state", sort="state"),
        ListColumn("rows", "行数", lambda row: row.report.get("rows"), kind="number"),
        ListColumn("bad", "有问题", lambda row: row.report.get("bad"), kind="number"),
        ListColumn("written", "写入", kind="number", sort="written"),
        ListColumn("by", "上传人", "by.name", sort="by__name"),
        ListColumn("at", "上传时间", kind="moment", sort="at"),
    ),
    filters=(
        ChoiceFilter(key="state", title="状态", choices=ImportState.choices),
        ChoiceFilter(
            key="layout", title="清单",
            choices=lambda asker: [(b.layout.key, b.layout.title) for b in every()],
        ),
    ),
    search=("file__name", "by__name"),
    link="account_import",
    empty="还没有导入过。请到各清单页点“导入与模板”。",
)  # fmt: skip


@page("member")
def member_imports(request: PageRequest) -> HttpResponseBase:
    return IMPORTS.respond(request, visible_to(request.actor).filter(unit=request.unit))


@page("desk")
def desk_imports(request: PageRequest) -> HttpResponseBase:
    return IMPORTS.respond(request, visible_to(request.actor).filter(unit=request.unit))


# One import --------------------------------------------------------------------------------------
@page("account", template="imports/detail.html")
def detail(request: PageRequest, pk: int) -> Answer:
    """Progress, then the report and the decision."""
    made = get_object_or_404(visible_to(request.actor), pk=pk)
    problems = [Problem(**problem) for problem in made.report.get("problems", [])]
    working = made.state in {ImportState.CHECKING, ImportState.WRITING} and not made.is_stuck
    return {
        "title": f"导入：{made.file.name}",
        "crumbs": [(get(made.layout).layout.title, _list_of(made))],
        "made": made,
        "report": made.report,
        "job": made.job,
        "working": working,
        "failed": made.job is not None and made.job.state in {"failed", "lost"},
        "problems": problems[:SHOWN_PROBLEMS],
        "left_out": max(0, made.report.get("problem_count", 0) - SHOWN_PROBLEMS),
        "kinds": [(word_of(code), count) for code, count in made.report.get("by_code", {}).items()],
        "may_all": rules.may_commit(request.actor, made, ImportMode.ALL),
        "may_good": rules.may_commit(request.actor, made, ImportMode.GOOD),
        "may_abandon": rules.may_abandon(request.actor, made),
        "list_url": _list_of(made),
    }


# Sheet → the member's page it belongs to, and which part of the scope that page is about.
_TRAINING = {
    "training_plan": ("programme_detail", "programme"),
    "training_class": ("class_detail", "class"),
    "training_mentors": ("mentor_list", ""),
    "training_mentor_work": ("mentor_list", ""),
    "training_stays": ("stay_list", ""),
    "training_outcomes": ("outcome_list", ""),
    "placements": ("placement_list", ""),
}


def _list_of(made: Import) -> str:
    """The list page the sheet belongs to, for the uploader's audience."""
    audience = "desk" if made.unit.kind == UnitKind.OFFICE else "member"
    if made.layout == "attendance":
        return reverse("desk:meeting_detail", args=[made.context["meeting"]])
    if made.layout == "commitments":
        return reverse("desk:commitment_list")
    if made.layout == BOOK.key:
        return reverse("desk:plan_detail", args=[made.context["plan"]])
    if made.layout in _TRAINING:
        name, scope = _TRAINING[made.layout]
        return reverse(f"member:{name}", args=[made.context[scope]] if scope else [])
    if made.layout in {PAY.key, SAFETY.key}:
        return reverse("member:hosted_list")
    kind = BY_SLUG.get(made.layout)
    stem = kind.stem if kind else "cohort" if audience == "desk" else "student"
    return shell.address(f"{audience}:{stem}_list") or reverse("home")


@page("account", writes=True)
def commit(request: PageRequest, pk: int) -> Answer:
    made = get_object_or_404(visible_to(request.actor), pk=pk)
    if request.method == "POST":
        mode = request.POST.get("mode", "")
        known = mode if mode in ImportMode.values else ImportMode.ALL
        commit_import(made, mode=known, by=request.actor, at=request.at)
    return redirect("account_import", pk)


@page("account", writes=True)
def abandon(request: PageRequest, pk: int) -> Answer:
    made = get_object_or_404(visible_to(request.actor), pk=pk)
    if request.method == "POST":
        abandon_import(made, by=request.actor, at=request.at)
    return redirect("account_import", pk)


@page("account")
def file(request: PageRequest, pk: int, which: str) -> HttpResponseBase:
    """The uploaded file, or the bad rows with their reasons."""
    made = get_object_or_404(visible_to(request.actor), pk=pk)
    stored: StoredFile | None = made.returned if which == "returned" else made.file
    if stored is None:
        raise Http404
    with stored.file.open("rb") as content:
        return download(BytesIO(content.read()), stored.name)


def member_urls() -> list[URLPattern]:
    return [
        path("imports/", member_imports, name="import_list"),
        path("students/import/", member_roster_import, name="student_import"),
        *_starts(member_listing_import),
    ]


def desk_urls() -> list[URLPattern]:
    return [
        path("imports/", desk_imports, name="import_list"),
        path("students/import/", desk_roster_import, name="student_import"),
        *_starts(desk_listing_import),
    ]


def _starts(view: Any) -> list[URLPattern]:
    return [
        path(f"lists/{kind.slug}/import/", view, {"kind": kind}, name=f"{kind.stem}_import")
        for kind in KINDS
    ]


urls = [
    path("imports/<int:pk>/", detail, name="account_import"),
    path("imports/<int:pk>/commit/", commit, name="account_import_commit"),
    path("imports/<int:pk>/abandon/", abandon, name="account_import_abandon"),
    path("imports/<int:pk>/returned/", file, {"which": "returned"}, name="account_import_returned"),
    path("imports/<int:pk>/file/", file, {"which": "file"}, name="account_import_file"),
]
