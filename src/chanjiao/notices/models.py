"""What a person is told inside the platform."""

from django.conf import settings
from django.db import models


class Notice(models.Model):
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices"
    )
    at = models.DateTimeField("时间")
    text = models.CharField("内容", max_length=300)
    link = models.CharField(max_length=300, blank=True)
    due_on = models.DateField("截止日期", null=True, blank=True)
    read_at = models.DateTimeField("已读时间", null=True, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = "通知"
        indexes = [models.Index(fields=["user", "read_at"], name="notice_unread")]

    def __str__(self) -> str:
        return self.text
