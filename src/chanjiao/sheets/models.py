"""An uploaded workbook on its way in: the dry run's report, then the commit."""

from django.conf import settings
from django.db import models

from chanjiao.files.models import StoredFile
from chanjiao.jobs.models import Job
from chanjiao.sheets.enums import ImportState


class Import(models.Model):
    """`layout` names a registered sheet; `context` says for whom, e.g. {"consortium": 1, "unit": 7}.

    `report`: {"rows": n, "good": n, "bad": n, "notices": [...], "problems": [first 1,000],
    "problem_count": n, "by_code": {...}, "refused": ""}.
    """

    layout = models.CharField(max_length=40)
    context = models.JSONField(default=dict)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    state = models.CharField("状态", max_length=10, choices=ImportState, default=ImportState.CHECKING)
    report = models.JSONField(default=dict)
    returned = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    job = models.ForeignKey(Job, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="imports")
    at = models.DateTimeField("上传时间")
    written = models.PositiveIntegerField("写入行数", default=0)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = "导入"

    def __str__(self) -> str:
        return f"{self.file.name} · {self.get_state_display()}"
