"""Files of internships, made for a whole class at once."""

from django.conf import settings
from django.db import models

from chanjiao.files.models import StoredFile
from chanjiao.jobs.models import Job
from chanjiao.people.models import Unit
from chanjiao.training.models.programmes import TrainingClass


class ClassArchive(models.Model):
    """The internship files of a school's class in one zip; `file` is there once the job is done."""

    training_class = models.ForeignKey(TrainingClass, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    job = models.ForeignKey(Job, on_delete=models.PROTECT, null=True, related_name="+")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, related_name="+")
    count = models.PositiveIntegerField("学生数", default=0)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField("发起时间")

    class Meta:
        ordering = ["-asked_at", "-pk"]
        verbose_name = "实习档案"

    def __str__(self) -> str:
        return str(self.training_class)
