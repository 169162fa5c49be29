"""Random visits, drawn with a recorded seed so that anyone can draw again."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from chanjiao.members.models import Consortium
from chanjiao.people.models import Unit
from chanjiao.training.enums import VisitState
from chanjiao.training.models.placements import Placement


class Draw(models.Model):
    """One draw of placements to visit. `seed` is fixed with a trail row of its own before the list
    is made (`candidates`: the numbers it was drawn from, in order; `digest` of them); with it anyone
    draws the same visits again (`chanjiao training replay-draw`). No draw can be taken back."""

    consortium = models.ForeignKey(Consortium, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="+", verbose_name="抽取单位"
    )
    host = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name="只抽这个单位",
    )  # fmt: skip
    title = models.CharField("名称", max_length=80)
    seed = models.CharField("种子", max_length=64)
    size = models.PositiveSmallIntegerField("抽取人数")
    candidates = models.JSONField("候选名单", default=list)
    digest = models.CharField("名单摘要", max_length=64, blank=True)
    due_on = models.DateField("走访期限")
    drawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    fixed_at = models.DateTimeField("种子确定时间")
    drawn_at = models.DateTimeField("抽取时间", null=True, blank=True)

    class Meta:
        ordering = ["-fixed_at", "-pk"]
        verbose_name = "走访抽取"
        constraints = [
            models.CheckConstraint(
                condition=Q(size__gte=1), name="draw_size",
                violation_error_message="至少抽取 1 人。",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title


class Visit(models.Model):
    """A drawn placement and what the visitor found at the workplace."""

    draw = models.ForeignKey(Draw, on_delete=models.CASCADE, related_name="visits")
    placement = models.ForeignKey(Placement, on_delete=models.PROTECT, related_name="visits")
    rank = models.PositiveSmallIntegerField("抽取次序")
    state = models.CharField("状态", max_length=6, choices=VisitState, default=VisitState.DRAWN)
    visited_on = models.DateField("走访日期", null=True, blank=True)
    visitor = models.CharField("走访人", max_length=60, blank=True)
    present = models.BooleanField("学生在岗", null=True, blank=True)
    finding = models.CharField("走访情况", max_length=1000, blank=True)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["draw", "rank"]
        verbose_name = "走访"
        constraints = [
            models.UniqueConstraint(fields=["draw", "placement"], name="visit_once"),
            models.CheckConstraint(
                condition=~Q(state=VisitState.DONE)
                | (Q(visited_on__isnull=False, present__isnull=False) & ~Q(finding="")),
                name="visit_done",
                violation_error_message="请写明走访日期、学生是否在岗和走访情况。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.placement} · {self.draw}"
