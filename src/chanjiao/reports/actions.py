"""Making a report, and what happens to templates."""

import io
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from chanjiao.documents.filling import TemplateProblem, check_template
from chanjiao.files.actions import store_file
from chanjiao.files.models import StoredFile
from chanjiao.indicators.models import Period, Snapshot
from chanjiao.indicators.queries import published_snapshot, snapshot_of
from chanjiao.indicators.rules import is_live
from chanjiao.jobs.actions import start_job
from chanjiao.kernel.verdict import Conflict, Invalid, Refused, require
from chanjiao.members.models import Consortium
from chanjiao.people.access import Actor
from chanjiao.reports import rules
from chanjiao.reports.enums import ReportState
from chanjiao.reports.models import Report, ReportTemplate
from chanjiao.reports.names import NAMES
from chanjiao.trail.actions import record

JOB = "reports.make"


class BrokenTemplate(Refused):
    """A template was refused; `problems` are all of them. Nothing was saved."""

    def __init__(self, problems: list[TemplateProblem]) -> None:
        super().__init__(f"模板有 {len(problems)} 处不对，没有保存。请按下表修改后重新上传。")
        self.problems = tuple(problems)


# Reports -------------------------------------------------------------------------------------
def ask_report(
    period: Period,
    template: ReportTemplate | None,
    *,
    public: bool = False,
    by: Actor,
    at: datetime,
) -> Report:
    """Queue the next edition. Of a locked year from its snapshot, else as a draft.

    `public`: what everybody may read of the edition published last, by the shipped template.
    """
    with transaction.atomic():
        held = (
            Period.objects.select_for_update(of=("self",))
            .select_related("consortium")
            .get(pk=period.pk)
        )
        require(rules.may_make_public(by, held) if public else rules.may_make(by, held))
        if public and template is not None:
            raise Refused("公开版只用自带的公开版模板，请不要另选模板。")
        if template is not None and (
            template.consortium_id != held.consortium_id or template.retired_at
        ):
            raise Refused("这个模板已停用，请另选一个。")
        last = Report.objects.filter(period=held).aggregate(last=Max("edition"))["last"] or 0
        report = Report.objects.create(
            period=held, edition=last + 1, template=template, made_by=by.user, made_at=at,
            snapshot=_edition_of(held, public), is_public=public,
        )  # fmt: skip
        start_job(
            JOB, f"生成{report}", {"report": report.pk}, by=by, at=at,
            link=f"/desk/reports/{report.pk}/",
        )  # fmt: skip
        data = {
            "edition": report.edition, "template": template.pk if template else None,
            "public": public,
        }  # fmt: skip
        record("report.make", report, by=by, at=at, data=data)
    return report


def _edition_of(period: Period, public: bool) -> Snapshot | None:
    """What a report is made of; None for the live figures."""
    if public:
        return published_snapshot(period)
    return None if is_live(period) else snapshot_of(period)


def keep_report(
    report: Report, *, word: bytes, pdf: bytes | None, excel: bytes | None, content_digest: str,
    said: dict[str, Any], pdf_problem: str, at: datetime,
) -> Report:  # fmt: skip
    """The files of a report that was made; all of them or none. `said` only for the public."""
    with transaction.atomic():
        held = (
            Report.objects.select_for_update(of=("self",))
            .select_related("period__consortium")
            .get(pk=report.pk)
        )
        if held.state != ReportState.MAKING:
            raise Conflict("这份报告已经有结果。")
        name = f"{held.period.consortium.short_name}{held}"

        def kept(content: bytes, suffix: str) -> StoredFile:
            return store_file(io.BytesIO(content), f"{name}.{suffix}", by=None, at=at)

        held.word, held.said = kept(word, "docx"), said
        held.excel = kept(excel, "xlsx") if excel is not None else None
        held.pdf = kept(pdf, "pdf") if pdf is not None else None
        held.pdf_problem, held.content_digest = pdf_problem[:300], content_digest
        held.state = ReportState.READY
        held.save()
        data = {"content": content_digest, "word": held.word.digest}
        record("report.made", held, by=None, at=at, data=data)
    return held


def fail_report(report_pk: int, problem: str, *, at: datetime) -> None:
    """The report could not be made; the reason stays with it."""
    with transaction.atomic():
        held = Report.objects.select_for_update(of=("self",)).get(pk=report_pk)
        if held.state != ReportState.MAKING:
            return
        held.state, held.problem = ReportState.FAILED, problem[:300]
        held.save(update_fields=["state", "problem"])
        record("report.failed", held, by=None, at=at, reason=held.problem)


# Templates -----------------------------------------------------------------------------------
def upload_template(
    consortium: Consortium, name: str, content: bytes, file_name: str, *, by: Actor, at: datetime
) -> ReportTemplate:
    """Keep a template that passes every check; BrokenTemplate or UnsafeDocument else."""
    require(rules.may_upload(by, consortium))
    name = name.strip()
    if not name:
        raise Invalid({"name": ["请填写模板名称。"]})
    problems = check_template(content, NAMES)
    if problems:
        raise BrokenTemplate(problems)
    with transaction.atomic():
        Consortium.objects.select_for_update(of=("self",)).get(pk=consortium.pk)
        rows = ReportTemplate.objects.filter(consortium=consortium, retired_at__isnull=True)
        if rows.filter(name=name).exists():
            raise Invalid({"name": ["已有同名的模板。"]})
        stored = store_file(io.BytesIO(content), file_name, by=by, at=at)
        template = ReportTemplate.objects.create(
            consortium=consortium, name=name, file=stored, uploaded_by=by.user, uploaded_at=at
        )
        record("report.template_upload", template, by=by, at=at, data={"sha256": stored.digest})
    return template


def make_default(template: ReportTemplate, *, by: Actor, at: datetime) -> ReportTemplate:
    """Reports are made with this template unless another is chosen."""
    with transaction.atomic():
        held = _held(template)
        require(rules.may_make_default(by, held))
        others = ReportTemplate.objects.filter(consortium=held.consortium_id, is_default=True)
        others.update(is_default=False)
        held.is_default = True
        held.revision += 1
        held.save(update_fields=["is_default", "revision"])
        record("report.template_default", held, by=by, at=at)
    return held


def use_shipped(consortium: Consortium, *, by: Actor, at: datetime) -> None:
    """Back to the template the project ships."""
    with transaction.atomic():
        held = Consortium.objects.select_for_update(of=("self",)).get(pk=consortium.pk)
        require(rules.may_upload(by, held))
        ReportTemplate.objects.filter(consortium=held, is_default=True).update(is_default=False)
        record("report.template_shipped", held, by=by, at=at)


def retire_template(template: ReportTemplate, *, by: Actor, at: datetime) -> ReportTemplate:
    """No longer offered; the reports made with it keep it."""
    with transaction.atomic():
        held = _held(template)
        require(rules.may_retire(by, held))
        held.retired_at, held.is_default = at, False
        held.revision += 1
        try:
            held.save(update_fields=["retired_at", "is_default", "revision"])
        except IntegrityError as error:
            raise Conflict("模板已被他人修改，请刷新后再试。") from error
        record("report.template_retire", held, by=by, at=at)
    return held


def _held(template: ReportTemplate) -> ReportTemplate:
    Consortium.objects.select_for_update(of=("self",)).get(pk=template.consortium_id)
    rows = ReportTemplate.objects.select_for_update(of=("self",)).select_related("consortium")
    return rows.get(pk=template.pk)
