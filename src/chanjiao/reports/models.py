"""Templates a consortium brought, and the editions of its annual reports."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from chanjiao.files.models import StoredFile
from chanjiao.indicators.models import Period, Snapshot
from chanjiao.members.models import Consortium
from chanjiao.reports.enums import ReportState

_PERSON = settings.AUTH_USER_MODEL


class ReportTemplate(models.Model):
    """A Word template that passed every check when it came in. Its file never changes.

    A consortium without one uses the template the project ships (`reports.template`).
    """

    consortium = models.ForeignKey(
        Consortium, on_delete=models.PROTECT, related_name="report_templates"
    )
    name = models.CharField("名称", max_length=80)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    is_default = models.BooleanField("默认模板", default=False)
    uploaded_by = models.ForeignKey(_PERSON, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField("上传时间")
    retired_at = models.DateTimeField("停用时间", null=True, blank=True)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-uploaded_at", "-pk"]
        verbose_name = "报告模板"
        constraints = [
            models.UniqueConstraint(
                fields=["consortium", "name"], condition=Q(retired_at__isnull=True),
                name="report_template_name", violation_error_message="已有同名的模板。",
            ),
            models.UniqueConstraint(
                fields=["consortium"], condition=Q(is_default=True),
                name="report_template_one_default",
                violation_error_message="只能有一个默认模板。",
            ),
            models.CheckConstraint(
                condition=Q(is_default=False) | Q(retired_at__isnull=True),
                name="report_template_default_in_use",
                violation_error_message="停用的模板不能作默认模板。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class Report(models.Model):
    """One edition of a period's annual report. Never changed once it is ready.

    Without a `snapshot` it is a draft from the live figures. `content_digest` covers everything
    the report says, whatever the template: same figures, same digest. `pdf_problem` says why there
    is no PDF.
    """

    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="reports")
    edition = models.PositiveSmallIntegerField("版次")
    snapshot = models.ForeignKey(
        Snapshot, on_delete=models.PROTECT, null=True, blank=True, related_name="reports"
    )
    is_public = models.BooleanField("公开版", default=False)
    said = models.JSONField("公开的内容", default=dict, blank=True)
    template = models.ForeignKey(
        ReportTemplate, on_delete=models.PROTECT, null=True, blank=True, related_name="reports",
        verbose_name="模板",
    )  # fmt: skip
    state = models.CharField("状态", max_length=8, choices=ReportState, default=ReportState.MAKING)
    word = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    pdf = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    excel = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    pdf_problem = models.CharField("未生成 PDF 的原因", max_length=300, blank=True)
    content_digest = models.CharField("内容摘要", max_length=64, blank=True)
    problem = models.CharField("未生成的原因", max_length=300, blank=True)
    made_by = models.ForeignKey(_PERSON, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField("生成时间")

    class Meta:
        ordering = ["-period__year", "-edition", "-pk"]
        verbose_name = "年度报告"
        constraints = [
            models.UniqueConstraint(
                fields=["period", "edition"], name="report_edition_once",
                violation_error_message="这一版报告已经在生成。",
            ),
            models.UniqueConstraint(
                fields=["period"], condition=Q(state=ReportState.MAKING), name="report_one_making",
                violation_error_message="本年度已有一份报告正在生成。",
            ),
            models.CheckConstraint(
                condition=~Q(state=ReportState.READY)
                | Q(word__isnull=False) & ~Q(content_digest="")
                & (Q(is_public=True) | Q(excel__isnull=False)),
                name="report_ready_whole",
            ),
            models.CheckConstraint(
                condition=Q(is_public=False) | Q(snapshot__isnull=False, excel__isnull=True),
                name="report_public_of_edition",
                violation_error_message="公开版须取自已发布的定稿，并且没有明细表。",
            ),
            models.CheckConstraint(
                condition=~Q(state=ReportState.FAILED) | ~Q(problem=""),
                name="report_failed_reason",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        kind = "（公开版）" if self.is_public else ""
        return f"{self.period.year} 年度报告{kind} 第 {self.edition} 版"

    @property
    def is_draft(self) -> bool:
        return self.snapshot_id is None
