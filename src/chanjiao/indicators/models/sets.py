"""Versions of indicator sets a consortium holds."""

from django.conf import settings
from django.db import models

from chanjiao.members.models import Consortium


class SetVersion(models.Model):
    """One version of an indicator set; `text` is its canonical text form and never changes.

    Once a period has adopted it, another content needs another version.
    """

    consortium = models.ForeignKey(
        Consortium, on_delete=models.PROTECT, related_name="set_versions"
    )
    code = models.CharField("指标集代号", max_length=60)
    version = models.CharField("版本号", max_length=30)
    title = models.CharField("名称", max_length=120)
    label = models.CharField("标注", max_length=120, blank=True)
    document = models.CharField("依据文件", max_length=200, blank=True)
    schema_version = models.CharField("数据结构版本", max_length=10)
    text = models.TextField("文本")
    digest = models.CharField("SHA-256", max_length=64)
    note = models.CharField("说明", max_length=300, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    made_at = models.DateTimeField("导入时间")

    class Meta:
        ordering = ["-made_at", "-pk"]
        verbose_name = "指标集版本"
        constraints = [
            models.UniqueConstraint(
                fields=["consortium", "code", "version"], name="set_version_once",
                violation_error_message="这个指标集已有相同的版本号。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.title} {self.version}"
