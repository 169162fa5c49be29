"""Packs handed to an authority, and the keys it knows their senders by."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from chanjiao.files.models import StoredFile
from chanjiao.indicators.enums import ReceivedState, SignerState
from chanjiao.jobs.models import Job
from chanjiao.members.models import Authority


class Signer(models.Model):
    """A key that signed a consortium's packs. It counts once the authority has compared the
    fingerprint by other means; `note` says how, or why not."""

    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="signers")
    consortium_code = models.CharField("联合体代号", max_length=80)
    consortium_name = models.CharField("联合体", max_length=160)
    fingerprint = models.CharField("公钥指纹", max_length=128)
    state = models.CharField("状态", max_length=10, choices=SignerState, default=SignerState.SEEN)
    first_seen_at = models.DateTimeField("首次出现")
    note = models.CharField("核对方式", max_length=200, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField("核对时间", null=True, blank=True)

    class Meta:
        ordering = ["consortium_code", "first_seen_at", "pk"]
        verbose_name = "签名人"
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "consortium_code", "fingerprint"], name="signer_once",
                violation_error_message="这个指纹已经登记。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.consortium_name} {self.fingerprint[:20]}"


class ReceivedPack(models.Model):
    """A pack as it was handed in, what verifying it gave, and its outcomes.

    `report` is `pack_report.report_of`'s, without the contents, which stand in columns of their
    own; texts come from the pack and are shown, never trusted.
    """

    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="packs")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(
        "状态", max_length=12, choices=ReceivedState, default=ReceivedState.CHECKING
    )
    consortium_code = models.CharField("联合体代号", max_length=80, blank=True)
    consortium_name = models.CharField("联合体", max_length=160, blank=True)
    since = models.DateField("年度起日", null=True, blank=True)
    until = models.DateField("年度止日（不含）", null=True, blank=True)
    year = models.PositiveSmallIntegerField("年度", null=True, blank=True)
    signer = models.ForeignKey(
        Signer, on_delete=models.PROTECT, null=True, blank=True, related_name="packs"
    )
    root = models.CharField("Merkle 根", max_length=64, blank=True)
    set_digest = models.CharField("指标集摘要", max_length=64, blank=True)
    set_text = models.TextField("指标集", blank=True)
    report = models.JSONField("核验报告", default=dict)
    outcomes = models.JSONField("指标结果", default=list)
    typed = models.JSONField("人工填报", default=list)
    notes = models.JSONField("变动说明", default=list)
    row_counts = models.JSONField("事实数据行数", default=dict)
    evidence_count = models.PositiveIntegerField("佐证份数", default=0)
    refusal = models.CharField("未通过原因", max_length=600, blank=True)
    job = models.ForeignKey(Job, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    superseded_by = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="supersedes"
    )
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    received_at = models.DateTimeField("收到时间")
    verified_at = models.DateTimeField("核验时间", null=True, blank=True)

    class Meta:
        ordering = ["-received_at", "-pk"]
        verbose_name = "收到的证据包"
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "consortium_code", "since", "until"],
                condition=Q(state=ReceivedState.VERIFIED), name="received_one_current",
                violation_error_message="该联合体本年度已有有效的证据包。",
            ),
            models.CheckConstraint(
                condition=~Q(state=ReceivedState.REFUSED) | ~Q(refusal=""),
                name="received_refusal_reason",
                violation_error_message="未通过须写明原因。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.consortium_name or self.file.name} {self.year or ''}".strip()

    @property
    def called(self) -> str:
        """The name without the words every consortium's has."""
        return self.consortium_name.removesuffix("市域产教联合体") or self.consortium_name
