"""Stored files, known by their digest."""

from django.conf import settings
from django.db import models


class StoredFile(models.Model):
    """Bytes that never change. Who may open one is decided by the row that refers to it."""

    file = models.FileField(upload_to="%Y/%m/")
    name = models.CharField("文件名", max_length=200)
    size = models.PositiveBigIntegerField("字节数")
    digest = models.CharField("SHA-256", max_length=64, db_index=True)
    stored_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    stored_at = models.DateTimeField("保存时间")

    class Meta:
        ordering = ["-pk"]
        verbose_name = "文件"

    def __str__(self) -> str:
        return self.name
