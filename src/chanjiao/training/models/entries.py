"""Records of learning: what was done, which items of the plan it ticks, who confirmed it."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from chanjiao.files.models import StoredFile
from chanjiao.links.models import Link
from chanjiao.training.enums import EntryKind, EntryState
from chanjiao.training.models.mentors import Mentor
from chanjiao.training.models.placements import Placement, Stint
from chanjiao.training.models.programmes import PlanItem


class Entry(models.Model):
    """A student's record of work, journal or summary of one day.

    A record of work is confirmed, corrected or rejected by the enterprise's mentor; a journal and a
    summary are marked by the school's tutor (`mark`, 0–100). `device_key` is the phone's own name
    for what it sends, so that sending again makes no second entry. `revision` is what a mentor saw:
    what the student edits meanwhile is not confirmed.
    """

    placement = models.ForeignKey(Placement, on_delete=models.PROTECT, related_name="entries")
    stint = models.ForeignKey(
        Stint, on_delete=models.PROTECT, null=True, blank=True, related_name="entries"
    )
    kind = models.CharField("类型", max_length=8, choices=EntryKind, default=EntryKind.WORK)
    day = models.DateField("日期")
    title = models.CharField("标题", max_length=80, blank=True)
    text = models.TextField("内容", max_length=5000)
    minutes = models.PositiveSmallIntegerField("时长（分钟）", default=0)
    items = models.ManyToManyField(PlanItem, blank=True, related_name="entries")
    state = models.CharField("状态", max_length=10, choices=EntryState, default=EntryState.DRAFT)
    device_key = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField("建立时间")
    submitted_at = models.DateTimeField("提交时间", null=True, blank=True)
    decided_at = models.DateTimeField("确认时间", null=True, blank=True)
    decided_by = models.ForeignKey(
        Mentor, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name="确认人",
    )  # fmt: skip
    decided_link = models.ForeignKey(
        Link, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    confirmed_minutes = models.PositiveSmallIntegerField("确认时长（分钟）", null=True, blank=True)
    remark = models.CharField("导师意见", max_length=300, blank=True)
    comment = models.CharField("教师评语", max_length=500, blank=True)
    mark = models.PositiveSmallIntegerField("批阅分数", null=True, blank=True)
    marked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    marked_at = models.DateTimeField("批阅时间", null=True, blank=True)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["placement", "-day", "-pk"]
        verbose_name = "学习记录"
        indexes = [models.Index(fields=["placement", "kind", "state"], name="entry_queue")]
        constraints = [
            models.UniqueConstraint(
                fields=["placement", "device_key"], condition=~Q(device_key=""),
                name="entry_device_once",
                violation_error_message="这条记录已收到。",
            ),
            models.CheckConstraint(
                condition=Q(mark__isnull=True) | Q(mark__lte=100), name="entry_mark",
                violation_error_message="分数应在 0 到 100 之间。",
            ),
            models.CheckConstraint(
                condition=Q(minutes__lte=1440), name="entry_minutes",
                violation_error_message="一天不超过 24 小时。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.placement} {self.day}"


class EntryFile(models.Model):
    """A photo or file of an entry; the same bytes once in an entry."""

    entry = models.ForeignKey(Entry, on_delete=models.CASCADE, related_name="files")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["entry", "pk"]
        verbose_name = "记录附件"
        constraints = [models.UniqueConstraint(fields=["entry", "digest"], name="entry_file_once")]

    def __str__(self) -> str:
        return self.file.name
