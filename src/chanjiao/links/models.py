"""One secret address: what it opens, for whom, until when."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from chanjiao.links.enums import Purpose
from chanjiao.people.models import Unit


class Link(models.Model):
    """The address is signed over the row's number and its `nonce`: it can be shown again to whoever
    issued it, is worth nothing to a reader of the database, and dies when the nonce changes.

    `subject` is what it opens ("agreements.signature"), `subject_id` which row. `spent_at`: what it
    was for is done, it still shows that but does nothing more.
    """

    purpose = models.CharField("用途", max_length=8, choices=Purpose)
    subject = models.CharField(max_length=60)
    subject_id = models.PositiveBigIntegerField()
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    holder = models.CharField("持有人", max_length=60)
    contact = models.CharField("联系方式", max_length=120, blank=True)
    nonce = models.CharField(max_length=32)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    issued_at = models.DateTimeField("生成时间")
    expires_at = models.DateTimeField("有效期至")
    opened_at = models.DateTimeField("最近打开", null=True, blank=True)
    spent_at = models.DateTimeField("办结时间", null=True, blank=True)
    revoked_at = models.DateTimeField("作废时间", null=True, blank=True)

    class Meta:
        ordering = ["-issued_at", "-pk"]
        verbose_name = "专用链接"
        indexes = [models.Index(fields=["subject", "subject_id"], name="link_subject")]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("issued_at")), name="link_period",
                violation_error_message="有效期应晚于生成时间。",
            ),
            models.UniqueConstraint(
                fields=["purpose", "subject", "subject_id", "holder"],
                condition=Q(revoked_at__isnull=True), name="link_one_alive",
                violation_error_message="已有一条有效的链接，可直接使用或重新生成。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} · {self.holder}"
