"""A customer's own layout of the task book, mapped once and remembered."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from chanjiao.files.models import StoredFile
from chanjiao.members.models import Consortium


class BookLayout(models.Model):
    """Which column of a workbook is which, known again by the fingerprint of its header.

    `outline` is the sheet's head as it was found (`sheets.foreign.Outline.as_dict`); `mapping`
    gives column index by key of our layout. Until `confirmed_at` it is a proposal of `sample`.
    """

    consortium = models.ForeignKey(Consortium, on_delete=models.PROTECT, related_name="+")
    fingerprint = models.CharField(max_length=64)
    title = models.CharField("名称", max_length=120)
    outline = models.JSONField(default=dict)
    mapping = models.JSONField(default=dict)
    sample = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField("上传时间")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    confirmed_at = models.DateTimeField("对应时间", null=True, blank=True)
    used_at = models.DateTimeField("最近使用", null=True, blank=True)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-used_at", "-pk"]
        verbose_name = "任务书版式"
        constraints = [
            models.UniqueConstraint(
                fields=["consortium", "fingerprint"], name="book_layout_once",
                violation_error_message="这种版式已保存。",
            ),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True) | Q(confirmed_at__isnull=False),
                name="book_layout_confirmed_first",
                violation_error_message="请先确认各列的对应关系。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title
