"""A party's signature on one version."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from chanjiao.agreements.enums import SignatureState, SigningWay
from chanjiao.agreements.models.agreements import Party, Version
from chanjiao.files.models import StoredFile


class Signature(models.Model):
    """Waits from the sending on, then is given or refused, by one of three equal ways.

    `digest` is that of the version as its signer saw it. `deputy` is who signed in the signatory's
    stead, `authorisation` the paper that lets them. `scan` is the signed paper.
    """

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="signatures")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="signatures")
    state = models.CharField(
        "状态", max_length=8, choices=SignatureState, default=SignatureState.WAITING
    )
    asked_at = models.DateTimeField("送签时间")
    decided_at = models.DateTimeField("签署时间", null=True, blank=True)
    way = models.CharField("签署方式", max_length=8, choices=SigningWay, blank=True)
    signer = models.CharField("签署人", max_length=60, blank=True)
    deputy = models.CharField("受托签署人", max_length=60, blank=True)
    authorisation = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    scan = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    digest = models.CharField("所签摘要", max_length=64, blank=True)
    reason = models.CharField("拒签理由", max_length=300, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["version", "party__position"]
        verbose_name = "签署"
        constraints = [
            models.UniqueConstraint(fields=["version", "party"], name="signature_once"),
            models.CheckConstraint(
                condition=~Q(state=SignatureState.SIGNED)
                | (Q(decided_at__isnull=False) & ~Q(digest="") & ~Q(way="")),
                name="signature_signed",
            ),
            models.CheckConstraint(
                condition=~Q(way=SigningWay.PAPER) | Q(scan__isnull=False),
                name="signature_paper_scan",
                violation_error_message="纸质签署须上传签字页扫描件。",
            ),
            models.CheckConstraint(
                condition=Q(deputy="") | Q(authorisation__isnull=False),
                name="signature_authorisation",
                violation_error_message="由他人代签的，须上传授权委托书。",
            ),
            models.CheckConstraint(
                condition=~Q(state=SignatureState.REFUSED) | ~Q(reason=""),
                name="signature_reason",
                violation_error_message="拒签须写明理由。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.party} · {self.get_state_display()}"
