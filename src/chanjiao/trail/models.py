"""The record nobody can alter: one row per action, each holding the digest of the one before."""

from django.db import models


class Entry(models.Model):
    """One action. Triggers on both databases refuse UPDATE and DELETE (migration 0002).

    The actor is kept as number and name, not as a foreign key: the record outlives the account,
    and every package may write to the trail.
    """

    sequence = models.PositiveBigIntegerField("序号", unique=True)
    at = models.DateTimeField("时间")
    actor_id = models.BigIntegerField("操作人编号", null=True)
    actor_name = models.CharField("操作人", max_length=100)
    action = models.CharField("动作", max_length=80, db_index=True)
    subject = models.CharField("对象", max_length=80)
    subject_id = models.CharField("对象编号", max_length=40)
    reason = models.TextField("理由", blank=True)
    data = models.JSONField("内容", default=dict)
    previous_digest = models.CharField("上一条摘要", max_length=64)
    digest = models.CharField("摘要", max_length=64, unique=True)

    class Meta:
        ordering = ["sequence"]
        indexes = [models.Index(fields=["subject", "subject_id"], name="trail_subject")]
        verbose_name = "留痕"

    def __str__(self) -> str:
        return f"{self.sequence} {self.action}"
