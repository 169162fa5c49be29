"""The secretariat's annual reports: make, look, fetch; and the templates they are made with."""

import io
from typing import Any

from csp.constants import SELF
from csp.decorators import csp_update
from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse

from chanjiao.documents.filling import TemplateProblem
from chanjiao.documents.names import walk
from chanjiao.documents.safety import LARGEST
from chanjiao.indicators.models import Period
from chanjiao.indicators.queries import periods_visible_to
from chanjiao.jobs.models import Job
from chanjiao.kernel.verdict import ALLOWED, refuse
from chanjiao.reports import actions, rules
from chanjiao.reports.enums import ReportState
from chanjiao.reports.models import Report, ReportTemplate
from chanjiao.reports.names import NAMES
from chanjiao.reports.public_template import NAME as PUBLIC_NAME
from chanjiao.reports.queries import default_of, templates_visible_to, visible_to
from chanjiao.reports.template import FILE_NAME, default_template
from chanjiao.reports.template import NAME as SHIPPED
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.lists import ChoiceFilter, ListAction, ListColumn, ListPage
from chanjiao.web.parts.page import Answer, PageRequest, Primary, page
from chanjiao.web.parts.reports import COLUMNS, TONES, file_response

_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

REPORTS = ListPage(
    key="desk.reports",
    title="年度报告",
    columns=(
        *COLUMNS,
        ListColumn("state", "状态", kind="state", sort="state", tones=TONES),
        ListColumn("template", "模板", lambda row: row.template.name if row.template else SHIPPED),
        ListColumn("made_by", "生成人", "made_by.name"),
    ),
    filters=(ChoiceFilter(key="state", title="状态", choices=ReportState.choices),),
    actions=(ListAction("报告模板", "desk:report_templates"),),
    link="desk:report_detail",
    empty="还没有年度报告。年度锁定前可以先生成草稿；锁定后生成定稿。",
)


def _crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [("年度报告", reverse("desk:report_list")), *more]


@page("desk")
def report_list(request: PageRequest) -> HttpResponseBase:
    rows = visible_to(request.actor).filter(period__consortium=request.consortium)
    ready = Period.objects.filter(consortium=request.consortium).exists()
    verdict = ALLOWED if ready else refuse("还没有年度。请先在“指标”中建立年度。")
    primary = Primary("生成报告", reverse("desk:report_new"), verdict)
    return REPORTS.respond(request, rows, primary=primary)


# Making --------------------------------------------------------------------------------------
class MakeForm(forms.Form):
    """Which year, for whom, with which template."""

    period = forms.ModelChoiceField(Period.objects.none(), label="年度", empty_label=None)
    readers = forms.ChoiceField(
        label="版本",
        choices=(("whole", "全本（秘书处；年度发布后成员）"), ("public", "公开版（公众）")),
        help_text="公开版取自已发布的定稿，只有联合体概况、会议、公开的指标及其变动和核验方法；"
        "没有任务、承诺、供需、填报依据和经办人姓名。",
    )
    template = forms.ModelChoiceField(
        ReportTemplate.objects.none(),
        label="模板（只用于全本）",
        required=False,
        empty_label=f"{SHIPPED}（自带）",
    )

    def __init__(self, request: PageRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        periods = periods_visible_to(request.actor).filter(consortium=request.consortium)
        self.fields["period"].queryset = periods  # type: ignore[attr-defined]
        used = templates_visible_to(request.actor).filter(
            consortium=request.consortium, retired_at__isnull=True
        )
        self.fields["template"].queryset = used  # type: ignore[attr-defined]
        self.fields["period"].label_from_instance = (  # type: ignore[attr-defined]
            lambda row: f"{row.year} 年度（{row.get_state_display()}）"
        )


@page("desk", writes=True, template="parts/form_page.html")
def report_new(request: PageRequest) -> Answer:
    initial = {
        "template": default_of(request.consortium), "period": request.GET.get("period"),
        "readers": request.GET.get("readers", "whole"),
    }  # fmt: skip
    form = MakeForm(request, request.POST or None, initial=initial)
    done = submit(
        request, form,
        lambda: _ask(request, form.cleaned_data),
        then=lambda made: reverse("desk:report_detail", args=[made.pk]),
    )  # fmt: skip
    return done or {
        "title": "生成年度报告", "crumbs": _crumbs(), "form": form, "label": "生成",
        "cancel": reverse("desk:report_list"),
        "intro": "年度锁定前生成的是草稿，数值随时可能变动，每页注明；锁定后取定稿的数值，"
        "并写明证据包的摘要和核验命令。每次生成一个新的版次，旧版保留。",
    }  # fmt: skip


def _ask(request: PageRequest, given: dict[str, Any]) -> Report:
    """The public edition has a template of its own, whatever the form holds for the whole one."""
    public = given["readers"] == "public"
    return actions.ask_report(
        given["period"], None if public else given["template"], public=public, by=request.actor,
        at=request.at,
    )  # fmt: skip


# One report ----------------------------------------------------------------------------------
def _report(request: PageRequest, pk: int) -> Report:
    rows = visible_to(request.actor).filter(period__consortium=request.consortium)
    return get_object_or_404(rows, pk=pk)


@csp_update({"frame-src": [SELF]})
@page("desk", template="reports/desk_report.html")
def report_detail(request: PageRequest, pk: int) -> Answer:
    report = _report(request, pk)
    job = Job.objects.filter(
        kind=actions.JOB, owner=request.actor.user, arguments__report=report.pk
    ).last()
    return {
        "title": str(report),
        "crumbs": _crumbs(),
        "report": report,
        "job": job if report.state == ReportState.MAKING else None,
        "shipped": PUBLIC_NAME if report.is_public else SHIPPED,
        "same": Report.objects.filter(
            period=report.period_id,
            content_digest=report.content_digest,
            state=ReportState.READY,
            is_public=report.is_public,
        )
        .exclude(pk=report.pk)
        .order_by("-edition")
        .first(),
        "again": rules.may_make(request.actor, report.period),
    }


@page("desk")
def report_file(request: PageRequest, pk: int, kind: str) -> HttpResponseBase:
    return file_response(_report(request, pk), kind, shown="shown" in request.GET)


# Templates -----------------------------------------------------------------------------------
class UploadForm(forms.Form):
    """A template on its way in."""

    name = forms.CharField(label="名称", max_length=80)
    file = forms.FileField(
        label="Word 模板（.docx）",
        max_length=200,
        widget=forms.FileInput(attrs={"accept": ".docx"}),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise forms.ValidationError(f"文件超过 {LARGEST // 2**20} MB。请压缩图片后再上传。")
        return file


@page("desk", writes=True, template="reports/templates.html")
def report_templates(request: PageRequest) -> Answer:
    """The templates there are, the form for another, the names it may use, and what was wrong."""
    form = UploadForm(request.POST or None, request.FILES or None)
    problems: list[TemplateProblem] = []
    done = None

    def act() -> ReportTemplate:
        file = form.cleaned_data["file"]
        try:
            return actions.upload_template(
                request.consortium, form.cleaned_data["name"], file.read(), file.name,
                by=request.actor, at=request.at,
            )  # fmt: skip
        except actions.BrokenTemplate as broken:
            problems.extend(broken.problems)
            raise

    if request.method == "POST":
        done = submit(
            request, form, act, then=reverse("desk:report_templates"), said="模板已检查并保存。"
        )
    return done or {
        "title": "报告模板",
        "crumbs": _crumbs(),
        "form": form,
        "problems": problems,
        "shipped": SHIPPED,
        "own_default": default_of(request.consortium),
        "rows": [
            (row, rules.may_make_default(request.actor, row), rules.may_retire(request.actor, row))
            for row in templates_visible_to(request.actor).filter(
                consortium=request.consortium, retired_at__isnull=True
            )
        ],
        "may_upload": rules.may_upload(request.actor, request.consortium),
        "names": [(depth, name) for depth, name in walk(NAMES)],
    }


def _template(request: PageRequest, pk: int) -> ReportTemplate:
    rows = templates_visible_to(request.actor).filter(consortium=request.consortium)
    return get_object_or_404(rows, pk=pk)


@page("desk")
def report_template_shipped(request: PageRequest) -> HttpResponseBase:
    """The template the project ships, to be edited in Word and brought back."""
    return FileResponse(
        io.BytesIO(default_template()), as_attachment=True, filename=FILE_NAME, content_type=_WORD
    )


@page("desk")
def report_template_file(request: PageRequest, pk: int) -> HttpResponseBase:
    row = _template(request, pk)
    return FileResponse(
        row.file.file.open("rb"), as_attachment=True, filename=row.file.name, content_type=_WORD
    )


@page("desk", writes=True)
def report_template_step(request: PageRequest, pk: int, step: str) -> HttpResponseBase:
    row = _template(request, pk)
    if request.method != "POST" or step not in {"default", "retire"}:
        raise Http404
    if step == "default":
        actions.make_default(row, by=request.actor, at=request.at)
        messages.success(request, f"“{row.name}”已设为默认模板。")
    else:
        actions.retire_template(row, by=request.actor, at=request.at)
        messages.success(request, f"“{row.name}”已停用。")
    return redirect("desk:report_templates")


@page("desk", writes=True)
def report_template_reset(request: PageRequest) -> HttpResponseBase:
    if request.method != "POST":
        raise Http404
    actions.use_shipped(request.consortium, by=request.actor, at=request.at)
    messages.success(request, f"默认模板已改为“{SHIPPED}”。")
    return redirect("desk:report_templates")


def urls() -> list[URLPattern]:
    return [
        path("reports/", report_list, name="report_list"),
        path("reports/new/", report_new, name="report_new"),
        path("reports/templates/", report_templates, name="report_templates"),
        path("reports/templates/shipped/", report_template_shipped, name="report_template_shipped"),
        path("reports/templates/reset/", report_template_reset, name="report_template_reset"),
        path("reports/templates/<int:pk>/", report_template_file, name="report_template_file"),
        path(
            "reports/templates/<int:pk>/<slug:step>/",
            report_template_step,
            name="report_template_step",
        ),
        path("reports/<int:pk>/", report_detail, name="report_detail"),
        path("reports/<int:pk>/<slug:kind>/", report_file, name="report_file"),
    ]
