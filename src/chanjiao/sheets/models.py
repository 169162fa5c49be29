"""An uploaded workbook on its way in: the dry run's report, then the commit."""

from django.conf import settings
from django.db import models

from chanjiao.files.models import StoredFile
from chanjiao.jobs.models import Job
from chanjiao.people.models import Unit
from chanjiao.sheets.enums import ImportMode, ImportState


class Import(models.Model):
    """`layout` names a registered sheet; `context` says for whom, e.g. {"consortium": 1, "unit": 7}.

    `unit` is whom the uploader acted for (a member, or a secretariat): its people see the import.
    `report`: {"rows": n, "good": n, "bad": n, "notices": [...], "problems": [first 1,000],
    "problem_count": n, "by_code": {...}, "blocked": bool, "refused": "", "advice": ""}.
    `returned` holds every bad row with all its reasons.
    """

    layout = models.CharField(max_length=40)
    context = models.JSONField(default=dict)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(
        "状态", max_length=10, choices=ImportState, default=ImportState.CHECKING
    )
    mode = models.CharField("方式", max_length=4, choices=ImportMode, blank=True)
    report = models.JSONField(default=dict)
    returned = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    job = models.ForeignKey(Job, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="imports"
    )
    at = models.DateTimeField("上传时间")
    written = models.PositiveIntegerField("写入行数", default=0)
    done_at = models.DateTimeField("导入时间", null=True, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = "导入"

    def __str__(self) -> str:
        return f"{self.file.name} · {self.get_state_display()}"

    @property
    def is_stuck(self) -> bool:
        """Its worker gave up (killed too often, or failed) before the import moved on."""
        working = self.state in {ImportState.CHECKING, ImportState.WRITING}
        return working and self.job is not None and self.job.is_over
