"""Consortia, their member units, what each contributes, authorities, and merges of units."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from chanjiao.members.enums import Advantage, AuthorityLevel, MemberRole
from chanjiao.people.models import Unit
from chanjiao.reference.fields import CodeListField


class Consortium(models.Model):
    """A 市域产教联合体. Its secretariat is a unit of kind `office`; its staff act for that unit."""

    code = models.SlugField("代号", max_length=40, unique=True)
    name = models.CharField("名称", max_length=120)
    short_name = models.CharField("简称", max_length=40)
    park = models.CharField("依托园区", max_length=80)
    division_code = models.CharField("行政区划代码", max_length=6)
    secretariat = models.OneToOneField(Unit, on_delete=models.PROTECT, related_name="consortium")
    industries = CodeListField("重点产业代码")
    industry_text = models.CharField("重点产业", max_length=120, blank=True)
    founded_on = models.DateField("成立日期", null=True, blank=True)
    created_at = models.DateTimeField("建立时间")

    class Meta:
        ordering = ["code"]
        verbose_name = "联合体"

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A unit belongs to a consortium from a day to a day (exclusive; none = still)."""

    consortium = models.ForeignKey(Consortium, on_delete=models.PROTECT, related_name="memberships")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField("成员角色", max_length=12, choices=MemberRole)
    industries = CodeListField("行业代码")
    joined_on = models.DateField("加入日期")
    left_on = models.DateField("退出日期", null=True, blank=True)
    left_reason = models.CharField("退出原因", max_length=200, blank=True)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["consortium", "unit__name", "pk"]
        verbose_name = "成员资格"
        constraints = [
            models.UniqueConstraint(
                fields=["consortium", "unit"], condition=Q(left_on__isnull=True),
                name="membership_one_open",
                violation_error_message="该单位已是本联合体成员。",
            ),
            models.CheckConstraint(
                condition=Q(left_on__isnull=True) | Q(left_on__gte=F("joined_on")),
                name="membership_period",
                violation_error_message="退出日期不能早于加入日期。",
            ),
            models.CheckConstraint(
                condition=Q(left_on__isnull=True) | ~Q(left_reason=""),
                name="membership_left_reason",
                violation_error_message="退出须写明原因。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.unit} · {self.consortium.short_name}"


class Contribution(models.Model):
    """What a member brings, by its advantage."""

    membership = models.ForeignKey(
        Membership, on_delete=models.CASCADE, related_name="contributions"
    )
    advantage = models.CharField("优势", max_length=12, choices=Advantage)
    text = models.CharField("内容", max_length=300)
    amount_fen = models.BigIntegerField("折合金额", null=True, blank=True)

    class Meta:
        ordering = ["membership", "advantage", "pk"]
        verbose_name = "优势投入"

    def __str__(self) -> str:
        return f"{self.get_advantage_display()}：{self.text}"


class Contact(models.Model):
    """Whom the secretariat rings. Seen by the unit itself and its secretariat only."""

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="contacts")
    name = models.CharField("姓名", max_length=60)
    position = models.CharField("职务", max_length=60, blank=True)
    phone = models.CharField("电话", max_length=30, blank=True)
    email = models.EmailField("电子邮箱", blank=True)
    is_main = models.BooleanField("主要联系人", default=False)

    class Meta:
        ordering = ["membership", "-is_main", "pk"]
        verbose_name = "联系人"

    def __str__(self) -> str:
        return self.name


class Authority(models.Model):
    """A unit that consortia report to. It sees the packs handed to it, never a live row."""

    unit = models.OneToOneField(
        Unit, on_delete=models.PROTECT, related_name="authority",
        error_messages={"unique": "该单位已登记为主管部门。"},
    )  # fmt: skip
    level = models.CharField("级别", max_length=10, choices=AuthorityLevel)
    division_code = models.CharField("行政区划代码", max_length=6)
    created_at = models.DateTimeField("登记时间")

    class Meta:
        ordering = ["division_code", "pk"]
        verbose_name = "主管部门"

    def __str__(self) -> str:
        return self.unit.name


class UnitMerge(models.Model):
    """A duplicate unit was merged into another; `moved` lists every row, so it can be undone.

    moved: [{"model": label, "field": name, "pks": [...]}]; kept: values the duplicate had.
    """

    kept = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="merges_kept")
    duplicate = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="merges_lost")
    reason = models.CharField("理由", max_length=200)
    moved = models.JSONField(default=list)
    before = models.JSONField(default=dict)
    merged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    merged_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-merged_at", "-pk"]
        verbose_name = "单位合并"

    def __str__(self) -> str:
        return f"{self.duplicate} → {self.kept}"
