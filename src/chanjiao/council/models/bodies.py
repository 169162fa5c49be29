"""Bodies, who sits on them, and the charter's rules as data."""

from datetime import date

from django.db import models
from django.db.models import F, Q

from chanjiao.council.enums import SINGLE, SOLE, Base, BodyKind, SeatTitle, TieRule
from chanjiao.members.models import Consortium
from chanjiao.people.models import Unit


class Body(models.Model):
    """A body of the consortium. The seats of an assembly are the memberships, never rows here."""

    consortium = models.ForeignKey(Consortium, on_delete=models.PROTECT, related_name="bodies")
    kind = models.CharField("类别", max_length=12, choices=BodyKind)
    name = models.CharField("名称", max_length=60)
    charge = models.CharField("职责", max_length=300, blank=True)
    established_on = models.DateField("成立日期")
    dissolved_on = models.DateField("撤销日期", null=True, blank=True)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["consortium", "established_on", "pk"]
        verbose_name = "机构"
        constraints = [
            models.UniqueConstraint(
                fields=["consortium", "kind"],
                condition=Q(dissolved_on__isnull=True, kind__in=sorted(SINGLE)),
                name="body_one_open",
                violation_error_message="本联合体已有这一机构，先撤销原机构才能新建。",
            ),
            models.UniqueConstraint(
                fields=["consortium", "name"], condition=Q(dissolved_on__isnull=True),
                name="body_name", violation_error_message="已有同名的机构。",
            ),
            models.CheckConstraint(
                condition=Q(dissolved_on__isnull=True) | Q(dissolved_on__gte=F("established_on")),
                name="body_period",
                violation_error_message="撤销日期不能早于成立日期。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name

    @property
    def is_assembly(self) -> bool:
        return self.kind == BodyKind.ASSEMBLY


class Seat(models.Model):
    """Somebody sits on a body from a day to a day (exclusive). Experts may have no unit."""

    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="seats")
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="council_seats"
    )
    holder = models.CharField("姓名", max_length=60)
    position = models.CharField("职务", max_length=60, blank=True)
    title = models.CharField("席位", max_length=20, choices=SeatTitle)
    votes = models.BooleanField("有表决权", default=True)
    starts_on = models.DateField("任期开始")
    ends_on = models.DateField("任期届满")
    ended_reason = models.CharField("提前离任原因", max_length=200, blank=True)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["body", "title", "starts_on", "pk"]
        verbose_name = "席位"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("starts_on")) | ~Q(ended_reason=""),
                name="seat_period",
                violation_error_message="任期届满日期应晚于任期开始日期。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.holder}（{self.get_title_display()}）"

    @property
    def is_sole(self) -> bool:
        return self.title in SOLE

    def sits_on(self, day: date) -> bool:
        return self.starts_on <= day < self.ends_on


class CharterRule(models.Model):
    """One version of the rules for a kind of body, in force from a day until the next version.

    Fractions are pairs of integers. `proxy_limit` 0 means no limit.
    """

    consortium = models.ForeignKey(
        Consortium, on_delete=models.PROTECT, related_name="charter_rules"
    )
    body_kind = models.CharField("适用机构", max_length=12, choices=BodyKind)
    starts_on = models.DateField("生效日期")
    source = models.CharField("依据", max_length=120)
    quorum_numerator = models.PositiveSmallIntegerField("法定人数分子", default=2)
    quorum_denominator = models.PositiveSmallIntegerField("法定人数分母", default=3)
    written_allowed = models.BooleanField("可通讯表决", default=True)
    written_numerator = models.PositiveSmallIntegerField("通讯表决回收率分子", default=2)
    written_denominator = models.PositiveSmallIntegerField("通讯表决回收率分母", default=3)
    proxy_allowed = models.BooleanField("可委托他人", default=True)
    proxy_paper = models.BooleanField("委托须有书面授权", default=True)
    proxy_limit = models.PositiveSmallIntegerField("每人最多接受委托", default=1)
    notice_days = models.PositiveSmallIntegerField("提前通知天数", default=7)
    tie_rule = models.CharField("票数相等时", max_length=8, choices=TieRule, default=TieRule.FAILS)
    term_years = models.PositiveSmallIntegerField("任期年数", default=4)
    meetings_per_year = models.PositiveSmallIntegerField("每年至少开会次数", default=1)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["consortium", "body_kind", "-starts_on"]
        verbose_name = "章程规则"
        constraints = [
            models.UniqueConstraint(
                fields=["consortium", "body_kind", "starts_on"], name="charter_rule_version",
                violation_error_message="这一天已有一个版本生效。",
            ),
            models.CheckConstraint(
                condition=Q(quorum_denominator__gt=0, quorum_numerator__gt=0)
                & Q(quorum_numerator__lte=F("quorum_denominator")),
                name="charter_rule_quorum",
                violation_error_message="法定人数应是大于 0、不超过 1 的分数。",
            ),
            models.CheckConstraint(
                condition=Q(written_denominator__gt=0, written_numerator__gt=0)
                & Q(written_numerator__lte=F("written_denominator")),
                name="charter_rule_written",
                violation_error_message="回收率应是大于 0、不超过 1 的分数。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_body_kind_display()}规则（{self.starts_on} 起）"


class Threshold(models.Model):
    """What a kind of motion needs to pass, under one version of the rules."""

    rule = models.ForeignKey(CharterRule, on_delete=models.CASCADE, related_name="thresholds")
    kind = models.SlugField("代号", max_length=24)
    name = models.CharField("议案种类", max_length=30)
    numerator = models.PositiveSmallIntegerField("分子")
    denominator = models.PositiveSmallIntegerField("分母")
    base = models.CharField("基数", max_length=10, choices=Base)
    strict = models.BooleanField("须超过", help_text="不勾选为达到即可。")
    abstentions_count = models.BooleanField("弃权计入基数", default=True)
    secret = models.BooleanField("无记名投票", default=False)

    class Meta:
        ordering = ["rule", "pk"]
        verbose_name = "通过条件"
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "kind"], name="threshold_kind",
                violation_error_message="同一版本里议案种类不能重复。",
            ),
            models.CheckConstraint(
                condition=Q(denominator__gt=0, numerator__gt=0)
                & Q(numerator__lte=F("denominator"))
                & (Q(strict=False) | Q(numerator__lt=F("denominator"))),
                name="threshold_fraction",
                violation_error_message="通过条件应是大于 0、不超过 1 的分数；“超过”时应小于 1。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name
