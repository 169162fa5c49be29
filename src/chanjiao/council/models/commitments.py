"""What members promised, and what they delivered of it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from chanjiao.council.enums import IN_FEN, UNITS, CommitmentKind, DeliveryState
from chanjiao.files.models import StoredFile
from chanjiao.members.models import Consortium
from chanjiao.people.models import Unit


class Commitment(models.Model):
    """A member's promise. Money and equipment are in 分, everything else in its own unit."""

    consortium = models.ForeignKey(Consortium, on_delete=models.PROTECT, related_name="commitments")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="commitments")
    number = models.CharField("编号", max_length=40)
    kind = models.CharField("种类", max_length=10, choices=CommitmentKind)
    title = models.CharField("内容", max_length=120)
    promised = models.DecimalField("承诺数量", max_digits=18, decimal_places=4)
    promised_on = models.DateField("承诺日期")
    due_on = models.DateField("兑现期限", null=True, blank=True)
    source = models.CharField("依据", max_length=120, blank=True)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["unit__name", "due_on", "pk"]
        verbose_name = "承诺"
        constraints = [
            models.UniqueConstraint(fields=["consortium", "number"], name="commitment_number"),
            models.CheckConstraint(
                condition=Q(promised__gt=0), name="commitment_some",
                violation_error_message="承诺数量应大于 0。",
            ),
            models.CheckConstraint(
                condition=Q(due_on__isnull=True) | Q(due_on__gte=F("promised_on")),
                name="commitment_due",
                violation_error_message="兑现期限不能早于承诺日期。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def in_fen(self) -> bool:
        return self.kind in IN_FEN

    @property
    def measure(self) -> str:
        return UNITS[self.kind]


class Delivery(models.Model):
    """Something delivered of a commitment; it counts once the secretariat has confirmed it."""

    commitment = models.ForeignKey(Commitment, on_delete=models.PROTECT, related_name="deliveries")
    quantity = models.DecimalField("数量", max_digits=18, decimal_places=4)
    delivered_on = models.DateField("兑现日期")
    note = models.CharField("说明", max_length=300, blank=True)
    file = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    state = models.CharField(
        "状态", max_length=10, choices=DeliveryState, default=DeliveryState.RECORDED
    )
    returned_reason = models.CharField("退回原因", max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("登记时间")
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-delivered_on", "-pk"]
        verbose_name = "兑现"
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gt=0), name="delivery_some",
                violation_error_message="兑现数量应大于 0。",
            ),
            models.CheckConstraint(
                condition=~Q(state=DeliveryState.RETURNED) | ~Q(returned_reason=""),
                name="delivery_returned_reason",
                violation_error_message="退回须写明原因。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.commitment}：{self.delivered_on}"
