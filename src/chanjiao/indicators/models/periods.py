"""A year of a consortium, and what each member says of it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from chanjiao.indicators.enums import PeriodState, ReturnState
from chanjiao.indicators.models.sets import SetVersion
from chanjiao.members.models import Consortium
from chanjiao.people.models import Unit


class Period(models.Model):
    """The half-open year [since, until).

    `edition` grows each time a published period is opened again for correction; `edition_reason`
    says why. A change against the year before of at least `explain_percent` % needs a sentence.
    `public_codes` are the indicators the public page shows; `public_pack` whether it offers the
    pack without persons.
    """

    consortium = models.ForeignKey(Consortium, on_delete=models.PROTECT, related_name="periods")
    year = models.PositiveSmallIntegerField("年度")
    since = models.DateField("开始日期")
    until = models.DateField("结束日期（不含）")
    state = models.CharField("状态", max_length=10, choices=PeriodState, default=PeriodState.OPEN)
    set_version = models.ForeignKey(
        SetVersion, on_delete=models.PROTECT, related_name="periods", verbose_name="指标集"
    )
    return_due_on = models.DateField("年报填报截止", null=True, blank=True)
    explain_percent = models.PositiveSmallIntegerField("变动说明阈值（%）", default=20)
    edition = models.PositiveSmallIntegerField("版次", default=1)
    edition_reason = models.CharField("更正原因", max_length=300, blank=True)
    handed_back_reason = models.CharField("退回原因", max_length=300, blank=True)
    public_codes = models.JSONField("公开的指标", default=list, blank=True)
    public_pack = models.BooleanField("公开证据包", default=False)
    created_at = models.DateTimeField("建立时间")
    reporting_at = models.DateTimeField("开始填报", null=True, blank=True)
    locked_at = models.DateTimeField("锁定时间", null=True, blank=True)
    published_at = models.DateTimeField("发布时间", null=True, blank=True)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-year", "-pk"]
        verbose_name = "年度"
        constraints = [
            models.UniqueConstraint(
                fields=["consortium", "year"], name="period_once",
                violation_error_message="这个年度已经建立。",
            ),
            models.CheckConstraint(
                condition=Q(until__gt=F("since")), name="period_dates",
                violation_error_message="结束日期应晚于开始日期。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.consortium.short_name} {self.year} 年度"


class MemberReturn(models.Model):
    """What a member says of its year.

    `sections` maps a section to {"confirmed": bool, "remark": text}; `returned_reasons` a section
    to why the secretariat handed it back. The first hand-in is what counts as on time or late.
    """

    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="returns")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="returns")
    state = models.CharField("状态", max_length=10, choices=ReturnState, default=ReturnState.DRAFT)
    sections = models.JSONField("各部分", default=dict, blank=True)
    summary = models.TextField("年度小结", max_length=2000, blank=True)
    returned_reasons = models.JSONField("退回原因", default=dict, blank=True)
    first_submitted_at = models.DateTimeField("首次提交", null=True, blank=True)
    submitted_at = models.DateTimeField("提交时间", null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    accepted_at = models.DateTimeField("接收时间", null=True, blank=True)
    reminded_at = models.DateTimeField("最近催办", null=True, blank=True)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["period", "unit__name", "pk"]
        verbose_name = "成员年报"
        constraints = [
            models.UniqueConstraint(
                fields=["period", "unit"], name="return_once",
                violation_error_message="该单位本年度已有年报。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.unit.called} {self.period.year} 年报"
