"""Values by hand, computed values a person stands by, why values changed, and the last computing."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from chanjiao.indicators.enums import TypedState
from chanjiao.indicators.models.periods import Period


class TypedValue(models.Model):
    """A value entered by one person and approved by another. Rows are never overwritten.

    `groups` is [[label, "number"], …] for an indicator with groups; `evidence` are codes.
    """

    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="typed_values")
    code = models.CharField("指标编号", max_length=20)
    value = models.DecimalField("数值", max_digits=18, decimal_places=4)
    groups = models.JSONField("分组数值", default=list, blank=True)
    reason = models.CharField("填报依据", max_length=500)
    evidence = models.JSONField("佐证编号", default=list, blank=True)
    state = models.CharField("状态", max_length=10, choices=TypedState, default=TypedState.ENTERED)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="填报人"
    )
    entered_at = models.DateTimeField("填报时间")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True,
        related_name="+", verbose_name="批准人",
    )  # fmt: skip
    decided_at = models.DateTimeField("批准时间", null=True, blank=True)
    decision_reason = models.CharField("意见", max_length=300, blank=True)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["period", "code", "-entered_at", "-pk"]
        verbose_name = "人工填报值"
        constraints = [
            models.UniqueConstraint(
                fields=["period", "code"], condition=Q(state=TypedState.ENTERED),
                name="typed_value_one_waiting",
                violation_error_message="这项指标已有待批准的数值，请先批准或撤回。",
            ),
            models.UniqueConstraint(
                fields=["period", "code"], condition=Q(state=TypedState.APPROVED),
                name="typed_value_one_approved",
                violation_error_message="这项指标已有批准的数值。",
            ),
            models.CheckConstraint(
                condition=~Q(state=TypedState.APPROVED) | ~Q(decided_by=F("entered_by")),
                name="typed_value_four_eyes",
                violation_error_message="填报人不能批准自己填报的数值。",
            ),
            models.CheckConstraint(
                condition=~Q(state=TypedState.APPROVED) | Q(decided_by__isnull=False),
                name="typed_value_approver",
                violation_error_message="批准须写明批准人。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.code}：{self.value}"


class Confirmation(models.Model):
    """A person stands by a computed value; when the value moves, the confirmation no longer counts."""

    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="confirmations")
    code = models.CharField("指标编号", max_length=20)
    value = models.DecimalField("确认的数值", max_digits=24, decimal_places=6)
    remark = models.CharField("说明", max_length=300, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    confirmed_at = models.DateTimeField("确认时间")

    class Meta:
        ordering = ["period", "code"]
        verbose_name = "数值确认"
        constraints = [
            models.UniqueConstraint(
                fields=["period", "code"], name="confirmation_once",
                violation_error_message="这项指标已经确认。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.code}：{self.value}"


class ChangeNote(models.Model):
    """Why a value changed against the year before, in the secretariat's own words."""

    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="change_notes")
    code = models.CharField("指标编号", max_length=20)
    text = models.CharField("变动原因", max_length=500)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    written_at = models.DateTimeField("填写时间")
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["period", "code"]
        verbose_name = "变动说明"
        constraints = [
            models.UniqueConstraint(
                fields=["period", "code"], name="change_note_once",
                violation_error_message="这项指标已有变动说明。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.code}：{self.text}"


class Figures(models.Model):
    """The last computing of a live period. `trail_sequence` is the trail's end it was made from."""

    period = models.OneToOneField(Period, on_delete=models.CASCADE, related_name="figures")
    outcomes = models.JSONField(default=list)
    facts_digest = models.CharField(max_length=64)
    set_digest = models.CharField(max_length=64)
    row_counts = models.JSONField(default=dict)
    trail_sequence = models.PositiveBigIntegerField()
    computed_at = models.DateTimeField("计算时间")
    milliseconds = models.PositiveIntegerField("用时（毫秒）")

    class Meta:
        verbose_name = "指标数值"

    def __str__(self) -> str:
        return f"{self.period}：{self.computed_at}"
