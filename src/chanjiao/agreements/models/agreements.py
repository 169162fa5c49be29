"""An agreement, who its parties are, and its versions."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from chanjiao.agreements.enums import AgreementState, PartySide, SigningOrder
from chanjiao.agreements.models.kinds import Kind
from chanjiao.files.models import StoredFile
from chanjiao.members.models import Consortium
from chanjiao.needs.models import Student
from chanjiao.people.models import Unit


class Agreement(models.Model):
    """One agreement. Its text is that of its newest `Version`; what was signed never changes.

    `values` are what is being drafted, by the names of the kind's fields; sending copies them into
    a `Version`. `ends_on` is its last day, as agreements write it. `unit` drafted it and keeps it. `supplements`: this is an addendum to another one. `renews`: it
    follows another one. `student`: whose agreement it is, where it is about one student.
    """

    consortium = models.ForeignKey(Consortium, on_delete=models.PROTECT, related_name="+")
    number = models.CharField("编号", max_length=24, unique=True)
    kind = models.ForeignKey(Kind, on_delete=models.PROTECT, related_name="agreements")
    title = models.CharField("名称", max_length=120)
    state = models.CharField(
        "状态", max_length=10, choices=AgreementState, default=AgreementState.DRAFT, db_index=True
    )
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="+", verbose_name="起草单位"
    )
    student = models.ForeignKey(
        Student, on_delete=models.PROTECT, null=True, blank=True, related_name="agreements"
    )
    order = models.CharField(
        "签署次序", max_length=8, choices=SigningOrder, default=SigningOrder.ANY
    )
    sign_by = models.DateField("签署期限", null=True, blank=True)
    values = models.JSONField("填写内容", default=dict, blank=True)
    starts_on = models.DateField("起始日期")
    ends_on = models.DateField("终止日期", null=True, blank=True)
    supplements = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="addenda",
        verbose_name="补充的协议",
    )  # fmt: skip
    renews = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="renewal",
        verbose_name="续签的协议",
    )  # fmt: skip
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField("建立时间")
    in_force_at = models.DateTimeField("签署完成时间", null=True, blank=True)
    ended_on = models.DateField("实际终止日期", null=True, blank=True)
    ended_reason = models.CharField("终止原因", max_length=200, blank=True)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = "协议"
        indexes = [
            models.Index(fields=["consortium", "state", "ends_on"], name="agreement_queue"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gt=F("starts_on")),
                name="agreement_period",
                violation_error_message="终止日期应晚于起始日期。",
            ),
            models.CheckConstraint(
                condition=~Q(state=AgreementState.IN_FORCE) | Q(in_force_at__isnull=False),
                name="agreement_in_force_at",
            ),
            models.CheckConstraint(
                condition=~Q(state=AgreementState.ENDED) | Q(ended_on__isnull=False),
                name="agreement_ended_on",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class Party(models.Model):
    """One who signs. `signatory` is the person expected to; `position` the place in the order."""

    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="parties")
    position = models.PositiveSmallIntegerField("次序")
    role = models.CharField("身份代号", max_length=30)
    label = models.CharField("身份", max_length=40)
    side = models.CharField("性质", max_length=10, choices=PartySide)
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="agreement_parties"
    )
    student = models.ForeignKey(
        Student, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    signatory = models.CharField("签署人", max_length=60, blank=True)
    contact = models.CharField("联系方式", max_length=120, blank=True)

    class Meta:
        ordering = ["agreement", "position"]
        verbose_name = "签署方"
        constraints = [
            models.UniqueConstraint(fields=["agreement", "position"], name="party_position_once"),
            models.CheckConstraint(
                condition=Q(side=PartySide.UNIT, unit__isnull=False)
                | Q(side__in=[PartySide.STUDENT, PartySide.GUARDIAN], student__isnull=False)
                | (Q(side=PartySide.PERSON) & ~Q(signatory="")),
                name="party_side",
                violation_error_message="签署方应写明单位、学生或个人姓名。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.label} · {self.called}"

    @property
    def called(self) -> str:
        """What the party is called in the text: the unit, the student, or the person's own name."""
        if self.unit is not None:
            return self.unit.name
        if self.side == PartySide.STUDENT and self.student is not None:
            return self.student.name
        return self.signatory


class Version(models.Model):
    """The agreement as it was put before its parties. Never changed: an amendment is the next one.

    `facts` are its number, title, kind, period and parties as they were then. `digest` is SHA-256
    over facts, values and text (`bridge.content_of`); it is what a signature names and what the
    trail keeps. `document` is the Word file.
    """

    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField("版次")
    facts = models.JSONField("名称、期限和签署方", default=dict)
    values = models.JSONField("填写内容")
    text = models.TextField("正文")
    digest = models.CharField("摘要", max_length=64)
    document = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    why = models.CharField("修改说明", max_length=200, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField("形成时间")

    class Meta:
        ordering = ["agreement", "-number"]
        verbose_name = "协议版次"
        constraints = [
            models.UniqueConstraint(fields=["agreement", "number"], name="version_number_once")
        ]

    def __str__(self) -> str:
        return f"{self.agreement} 第 {self.number} 版"
