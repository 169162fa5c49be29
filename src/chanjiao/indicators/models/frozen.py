"""What is frozen of a period when it is locked: values, causes of change, and the pack."""

from django.conf import settings
from django.db import models

from chanjiao.files.models import StoredFile
from chanjiao.indicators.models.periods import Period


class Snapshot(models.Model):
    """One edition of a locked period. Never changed; a correction makes the next edition.

    `outcomes` are all of the set's, as `values.as_json` writes them; `changes` the lines against
    the year before; `set_text` the set they were computed with. `voided_at`: the secretariat
    unlocked the period again before this edition was published.
    """

    period = models.ForeignKey(Period, on_delete=models.PROTECT, related_name="snapshots")
    edition = models.PositiveSmallIntegerField("版次")
    outcomes = models.JSONField(default=list)
    changes = models.JSONField(default=list)
    members = models.JSONField(default=list)
    set_text = models.TextField()
    set_digest = models.CharField(max_length=64)
    facts_digest = models.CharField(max_length=64)
    row_counts = models.JSONField(default=dict)
    public_codes = models.JSONField(default=list)
    locked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    locked_at = models.DateTimeField("锁定时间")
    published_at = models.DateTimeField("发布时间", null=True, blank=True)
    voided_at = models.DateTimeField("作废时间", null=True, blank=True)

    class Meta:
        ordering = ["period", "-edition", "-pk"]
        verbose_name = "年度定稿"
        constraints = [
            models.UniqueConstraint(
                fields=["period", "edition"], condition=models.Q(voided_at__isnull=True),
                name="snapshot_edition_once",
                violation_error_message="这一版已经锁定。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.period} 第 {self.edition} 版"


class Pack(models.Model):
    """The evidence pack of a snapshot: as it is kept, and the edition without persons."""

    snapshot = models.OneToOneField(Snapshot, on_delete=models.PROTECT, related_name="pack")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    public_file = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    root = models.CharField("Merkle 根", max_length=64)
    fingerprint = models.CharField("签名公钥指纹", max_length=128)
    algorithm = models.CharField("签名算法", max_length=20)
    verified_at = models.DateTimeField("核验时间")
    report = models.JSONField("核验报告", default=dict)
    made_at = models.DateTimeField("制作时间")

    class Meta:
        ordering = ["-made_at", "-pk"]
        verbose_name = "证据包"

    def __str__(self) -> str:
        return f"{self.snapshot}：{self.file.digest[:12]}"
