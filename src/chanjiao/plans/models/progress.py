"""What units report of their tasks month by month, and who was reminded."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from chanjiao.people.models import Unit
from chanjiao.plans.models.plan import Plan, Task


class ProgressReport(models.Model):
    """A task's month (2026-03). `first_reported_at` decides on time or late; a correction keeps it.

    `due_on` is the last day on time, as it was when the report was made.
    """

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="reports")
    month = models.CharField("月份", max_length=7)
    percent = models.PositiveSmallIntegerField("进度")
    current = models.DecimalField("当前值", max_digits=18, decimal_places=4, null=True, blank=True)
    text = models.TextField("进展情况", max_length=2000)
    difficulties = models.TextField("困难和需要协调的事项", max_length=1000, blank=True)
    due_on = models.DateField("报送期限")
    is_late = models.BooleanField("逾期")
    first_reported_at = models.DateTimeField("首次报送")
    reported_at = models.DateTimeField("报送时间")
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["task", "-month"]
        verbose_name = "进展"
        constraints = [
            models.UniqueConstraint(
                fields=["task", "month"], name="progress_month",
                violation_error_message="这个月的进展已报送。",
            ),
            models.CheckConstraint(
                condition=Q(percent__lte=100), name="progress_percent",
                violation_error_message="进度应在 0 到 100 之间。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.task.code} {self.month}"


class Reminder(models.Model):
    """A unit was asked for the reports it owed. Answered when the last of them is in."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="reminders")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="plan_reminders")
    month = models.CharField("截至月份", max_length=7)
    owed = models.PositiveIntegerField("欠报数")
    due_on = models.DateField("期限")
    sent_at = models.DateTimeField("催办时间")
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    reached = models.PositiveIntegerField("通知人数")
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)

    class Meta:
        ordering = ["plan", "-sent_at", "-pk"]
        verbose_name = "进展催办"
        indexes = [models.Index(fields=["plan", "unit"], name="reminder_plan_unit")]

    def __str__(self) -> str:
        return f"{self.unit} {self.month}"
