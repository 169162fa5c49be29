"""What was resolved, who carries it out, and the consortium's own regulations."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from chanjiao.council.enums import OWED, RegulationKind, ResolutionState
from chanjiao.council.models.meetings import Motion
from chanjiao.files.models import StoredFile
from chanjiao.members.models import Consortium
from chanjiao.people.models import Unit, User


class Resolution(models.Model):
    """A motion's outcome, and where it passed the task that follows from it."""

    motion = models.OneToOneField(Motion, on_delete=models.PROTECT, related_name="resolution")
    number = models.CharField("编号", max_length=40)
    title = models.CharField("名称", max_length=120)
    passed = models.BooleanField("通过")
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="resolutions"
    )
    person = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    todo = models.CharField("落实要求", max_length=300, blank=True)
    due_on = models.DateField("办结期限", null=True, blank=True)
    carried_out_on = models.DateField("办结日期", null=True, blank=True)
    state = models.CharField(
        "状态", max_length=12, choices=ResolutionState, default=ResolutionState.OPEN
    )
    returned_reason = models.CharField("退回原因", max_length=200, blank=True)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-motion__decided_at", "-pk"]
        verbose_name = "决议"
        constraints = [
            models.CheckConstraint(
                condition=Q(passed=False, state=ResolutionState.NOT_PASSED)
                | (Q(passed=True) & ~Q(state=ResolutionState.NOT_PASSED)),
                name="resolution_passed_state",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=sorted(OWED)) | Q(unit__isnull=False, due_on__isnull=False),
                name="resolution_owner",
                violation_error_message="落实中的决议须有责任单位和办结期限。",
            ),
            models.CheckConstraint(
                condition=Q(state=ResolutionState.CARRIED_OUT, carried_out_on__isnull=False)
                | (~Q(state=ResolutionState.CARRIED_OUT) & Q(carried_out_on__isnull=True)),
                name="resolution_carried_out_on",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class ResolutionReport(models.Model):
    """What the responsible unit says about carrying a resolution out."""

    resolution = models.ForeignKey(Resolution, on_delete=models.CASCADE, related_name="reports")
    text = models.TextField("执行情况", max_length=2000)
    done = models.BooleanField("已办结", default=False)
    file = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("时间")

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = "执行情况"

    def __str__(self) -> str:
        return self.text[:40]


class Regulation(models.Model):
    """A rule set of the consortium, in force from its adoption to its end (exclusive)."""

    consortium = models.ForeignKey(Consortium, on_delete=models.PROTECT, related_name="regulations")
    kind = models.CharField("种类", max_length=12, choices=RegulationKind)
    title = models.CharField("名称", max_length=120)
    file = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    resolution = models.ForeignKey(
        Resolution, on_delete=models.PROTECT, null=True, blank=True, related_name="regulations"
    )
    adopted_on = models.DateField("生效日期")
    ended_on = models.DateField("废止日期", null=True, blank=True)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["kind", "-adopted_on", "pk"]
        verbose_name = "制度"
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("adopted_on")),
                name="regulation_period",
                violation_error_message="废止日期不能早于生效日期。",
            ),
        ]

    def __str__(self) -> str:
        return self.title
