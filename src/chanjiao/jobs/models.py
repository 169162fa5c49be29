"""Long work: what was asked, how far it is, how it ended."""

from django.conf import settings
from django.db import models

from chanjiao.jobs.enums import JobState


class Job(models.Model):
    """One piece of work. `kind` names a runner registered in `jobs.registry`."""

    kind = models.CharField(max_length=60)
    title = models.CharField("事项", max_length=160)
    arguments = models.JSONField(default=dict)
    state = models.CharField("状态", max_length=8, choices=JobState, default=JobState.QUEUED)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="jobs"
    )
    link = models.CharField("结果页面", max_length=300, blank=True)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    step = models.CharField("步骤", max_length=120, blank=True)
    message = models.TextField("说明", blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    queued_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-queued_at", "-pk"]
        verbose_name = "后台任务"
        indexes = [models.Index(fields=["state", "heartbeat_at"], name="job_state")]

    def __str__(self) -> str:
        return self.title

    @property
    def is_over(self) -> bool:
        return self.state in {JobState.DONE, JobState.FAILED, JobState.LOST}

    @property
    def percent(self) -> int:
        return (
            100
            if self.state == JobState.DONE
            else self.done * 100 // self.total
            if self.total
            else 0
        )
