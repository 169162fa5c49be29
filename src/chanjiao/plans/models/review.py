"""Verdicts on tasks at mid-year and year-end, and what has to be mended."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from chanjiao.people.models import Unit
from chanjiao.plans.enums import RectificationState, Stage, VerdictKind
from chanjiao.plans.models.plan import Plan, Task

_PERSON = settings.AUTH_USER_MODEL


class Review(models.Model):
    """A person's verdict on a task at a stage, and beside it what was computed at that moment.

    `score` is 0–100 within the verdict's band; none where nothing is judged yet.
    """

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="reviews")
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="reviews")
    stage = models.CharField("阶段", max_length=8, choices=Stage)
    verdict = models.CharField("评价", max_length=14, choices=VerdictKind)
    score = models.DecimalField("得分", max_digits=5, decimal_places=2, null=True, blank=True)
    comment = models.CharField("评语", max_length=500, blank=True)
    proposed_verdict = models.CharField("系统建议", max_length=14, choices=VerdictKind)
    proposed_score = models.DecimalField(
        "建议得分", max_digits=5, decimal_places=2, null=True, blank=True
    )
    reviewed_at = models.DateTimeField("评审时间")
    reviewed_by = models.ForeignKey(_PERSON, on_delete=models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["plan", "stage", "task"]
        verbose_name = "评审"
        constraints = [
            models.UniqueConstraint(
                fields=["task", "stage"], name="review_once",
                violation_error_message="这项任务在本阶段已有评价。",
            ),
            models.CheckConstraint(
                condition=Q(verdict=VerdictKind.NOT_DUE, score__isnull=True)
                | (
                    ~Q(verdict=VerdictKind.NOT_DUE)
                    & Q(score__isnull=False, score__gte=0, score__lte=100)
                ),
                name="review_score",
                violation_error_message="除“未到考核节点”外，得分应在 0 到 100 之间。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.task} {self.get_stage_display()}：{self.get_verdict_display()}"


class Rectification(models.Model):
    """整改: what is to be mended, by whom, by when. `turn` counts submissions."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="rectifications")
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="rectifications")
    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="rectifications")
    what = models.CharField("整改要求", max_length=500)
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="rectifications", verbose_name="整改单位"
    )
    person = models.CharField("责任人", max_length=60, blank=True)
    due_on = models.DateField("整改期限")
    state = models.CharField(
        "状态", max_length=10, choices=RectificationState, default=RectificationState.OPEN
    )
    opened_at = models.DateTimeField("提出时间")
    opened_by = models.ForeignKey(_PERSON, on_delete=models.PROTECT, related_name="+")
    turn = models.PositiveSmallIntegerField("提交次数", default=0)
    explanation = models.TextField("整改情况", max_length=2000, blank=True)
    submitted_at = models.DateTimeField("提交时间", null=True, blank=True)
    submitted_by = models.ForeignKey(
        _PERSON, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    recheck = models.CharField("复核意见", max_length=500, blank=True)
    rechecked_at = models.DateTimeField("复核时间", null=True, blank=True)
    rechecked_by = models.ForeignKey(
        _PERSON, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["due_on", "pk"]
        verbose_name = "整改"
        indexes = [
            models.Index(fields=["unit", "state"], name="rectification_unit"),
            models.Index(fields=["plan", "state"], name="rectification_plan"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["review"],
                condition=~Q(state__in=[RectificationState.ACCEPTED, RectificationState.CANCELLED]),
                name="rectification_one_open",
                violation_error_message="这项评价已有未销号的整改。",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[RectificationState.SUBMITTED, RectificationState.ACCEPTED])
                | (Q(submitted_at__isnull=False, submitted_by__isnull=False) & ~Q(explanation="")),
                name="rectification_submitted",
                violation_error_message="提交整改须写明整改情况。",
            ),
            models.CheckConstraint(
                condition=~Q(state=RectificationState.RETURNED) | ~Q(recheck=""),
                name="rectification_returned",
                violation_error_message="退回须写明复核意见。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.task.code} {self.what}"
