"""What protects a student: pay, insurance, safety, incidents, complaints."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from chanjiao.files.models import StoredFile
from chanjiao.people.models import Unit
from chanjiao.training.enums import (
    ComplaintKind,
    ComplaintState,
    IncidentKind,
    IncidentState,
    PayWay,
    SafetyKind,
    Severity,
)
from chanjiao.training.models.placements import Placement, Stint


class Insurance(models.Model):
    """A policy of internship liability that covers a placement, [starts_on, ends_on)."""

    placement = models.ForeignKey(Placement, on_delete=models.CASCADE, related_name="insurances")
    insurer = models.CharField("保险公司", max_length=80)
    policy = models.CharField("保单号", max_length=60)
    starts_on = models.DateField("保险起期")
    ends_on = models.DateField("保险止期")
    paid_by_student = models.BooleanField("由学生承担保费", default=False)
    recorded_at = models.DateTimeField("登记时间")

    class Meta:
        ordering = ["placement", "starts_on"]
        verbose_name = "实习责任保险"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("starts_on")), name="insurance_period",
                violation_error_message="保险止期应晚于起期。",
            ),
            models.UniqueConstraint(
                fields=["placement", "policy", "starts_on"], name="insurance_once",
                violation_error_message="该学生的这份保单已登记。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.policy


class SafetyRecord(models.Model):
    """A safety training attended, or a test taken, before or during a stint."""

    placement = models.ForeignKey(Placement, on_delete=models.CASCADE, related_name="safety")
    kind = models.CharField("种类", max_length=10, choices=SafetyKind)
    day = models.DateField("日期")
    host = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name="组织单位",
    )  # fmt: skip
    minutes = models.PositiveSmallIntegerField("时长（分钟）", default=0)
    score = models.PositiveSmallIntegerField("得分", null=True, blank=True)
    passed = models.BooleanField("合格", default=False)
    recorded_at = models.DateTimeField("登记时间")

    class Meta:
        ordering = ["placement", "day", "pk"]
        verbose_name = "安全培训与考核"
        constraints = [
            models.UniqueConstraint(
                fields=["placement", "kind", "day"], name="safety_once",
                violation_error_message="这一天的同类记录已登记。",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.day}"


class PayProof(models.Model):
    """One month's pay of a placement. `month` is its first day; the student confirms or objects."""

    placement = models.ForeignKey(Placement, on_delete=models.CASCADE, related_name="pay")
    stint = models.ForeignKey(Stint, on_delete=models.PROTECT, related_name="pay")
    month = models.DateField("月份")
    amount_fen = models.PositiveBigIntegerField("金额")
    way = models.CharField("发放方式", max_length=6, choices=PayWay)
    paid_on = models.DateField("发放日期")
    proof = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    confirmed_at = models.DateTimeField("学生确认时间", null=True, blank=True)
    objection = models.CharField("学生异议", max_length=200, blank=True)
    recorded_at = models.DateTimeField("登记时间")
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["placement", "month"]
        verbose_name = "报酬发放"
        constraints = [
            models.UniqueConstraint(
                fields=["stint", "month"], name="pay_month_once",
                violation_error_message="该学生这个月的报酬已登记。",
            ),
            models.CheckConstraint(
                condition=Q(month__day=1), name="pay_month_first",
                violation_error_message="月份应写到月，如 2026-11。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.placement} {self.month:%Y-%m}"


class Incident(models.Model):
    """Something that happened to a student. It closes only with a finding."""

    placement = models.ForeignKey(Placement, on_delete=models.PROTECT, related_name="incidents")
    kind = models.CharField("种类", max_length=10, choices=IncidentKind)
    severity = models.CharField("程度", max_length=8, choices=Severity)
    happened_at = models.DateTimeField("发生时间")
    what = models.TextField("经过", max_length=2000)
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    reported_at = models.DateTimeField("报告时间")
    report_due_at = models.DateTimeField("应报告时间")
    state = models.CharField(
        "状态", max_length=8, choices=IncidentState, default=IncidentState.OPEN
    )
    finding = models.TextField("结论", max_length=1000, blank=True)
    is_violation = models.BooleanField("认定为严重违规或责任事故", null=True, blank=True)
    closed_at = models.DateTimeField("结案时间", null=True, blank=True)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-happened_at", "-pk"]
        verbose_name = "实习事件"
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=IncidentState.CLOSED)
                | (~Q(finding="") & Q(is_violation__isnull=False) & Q(closed_at__isnull=False)),
                name="incident_finding",
                violation_error_message="结案须写明结论，并认定是否属严重违规或责任事故。",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.placement} · {self.get_kind_display()}"


class IncidentNote(models.Model):
    """What was done about an incident, step by step."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="notes")
    at = models.DateTimeField("时间")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.CharField("处理情况", max_length=1000)

    class Meta:
        ordering = ["incident", "at", "pk"]
        verbose_name = "事件处理"

    def __str__(self) -> str:
        return self.text[:40]


class Complaint(models.Model):
    """A student's complaint. The host never learns whose it is: it reads `question` only, which the
    school or the secretariat words, and sees neither placement nor time of writing. `due_on` follows
    the time of writing, so the host has a day of its own, `answer_due_on`, from when it was asked."""

    placement = models.ForeignKey(Placement, on_delete=models.PROTECT, related_name="complaints")
    host = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("事项", max_length=10, choices=ComplaintKind)
    text = models.TextField("内容", max_length=2000)
    state = models.CharField(
        "状态", max_length=10, choices=ComplaintState, default=ComplaintState.OPEN
    )
    to_office = models.BooleanField("直接交秘书处", default=False)
    made_at = models.DateTimeField("提出时间")
    due_on = models.DateField("答复期限")
    question = models.TextField("向单位核实的问题", max_length=1000, blank=True)
    answer_due_on = models.DateField("单位答复期限", null=True, blank=True)
    answer = models.TextField("单位答复", max_length=1000, blank=True)
    outcome = models.TextField("处理结果", max_length=1000, blank=True)
    closed_at = models.DateTimeField("办结时间", null=True, blank=True)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-made_at", "-pk"]
        verbose_name = "学生反映"
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=ComplaintState.CLOSED) | ~Q(outcome=""),
                name="complaint_outcome",
                violation_error_message="办结须写明处理结果。",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.made_at:%Y-%m-%d}"
