"""A student's placement, its stints at hosts, and the gate it passed."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from chanjiao.agreements.models import Agreement
from chanjiao.files.models import StoredFile
from chanjiao.matching.models import Match
from chanjiao.members.models import Consortium
from chanjiao.needs.models import Post, Student
from chanjiao.people.models import Unit
from chanjiao.reference.fields import CodeListField
from chanjiao.training.enums import Intensity, PlacementKind, PlacementState, Site
from chanjiao.training.models.mentors import Mentor
from chanjiao.training.models.programmes import TrainingClass


class Placement(models.Model):
    """One student's internship or time at the enterprise, [starts_on, ends_on).

    `match`: the published result it follows from. `agreement` is the three-party agreement,
    `consent` that of student and guardian. `profile` names the province's rules (`redlines`).
    Until `declared_on` the school has declared nothing, and the four flags after it say nothing.
    """

    consortium = models.ForeignKey(Consortium, on_delete=models.PROTECT, related_name="+")
    number = models.CharField("编号", max_length=24, unique=True)
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="placements")
    school = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="placements_sent")
    match = models.OneToOneField(
        Match, on_delete=models.PROTECT, null=True, blank=True, related_name="placement"
    )
    training_class = models.ForeignKey(
        TrainingClass, on_delete=models.PROTECT, null=True, blank=True, related_name="placements"
    )
    kind = models.CharField("类型", max_length=8, choices=PlacementKind, default=PlacementKind.POST)
    state = models.CharField(
        "状态", max_length=10, choices=PlacementState, default=PlacementState.PLANNED, db_index=True
    )
    starts_on = models.DateField("开始日期")
    ends_on = models.DateField("结束日期")
    tutor = models.ForeignKey(
        Mentor, on_delete=models.PROTECT, null=True, blank=True, related_name="tutored",
        verbose_name="学校指导教师",
    )  # fmt: skip
    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name="三方协议",
    )  # fmt: skip
    consent = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name="知情同意书",
    )  # fmt: skip
    profile = models.CharField("适用规则", max_length=12, default="全国")
    self_chosen = models.BooleanField("学生自行联系", default=False)
    declared_on = models.DateField("自查日期", null=True, blank=True)
    intermediary = models.BooleanField("由中介组织或管理", default=False)
    forced = models.BooleanField("强制到指定单位", default=False)
    fees_charged = models.BooleanField("向学生收费或收押金", default=False)
    papers_held = models.BooleanField("扣押证件", default=False)
    mental_assessed_on = models.DateField("心理测评日期", null=True, blank=True)
    filed_on = models.DateField("备案日期", null=True, blank=True)
    started_at = models.DateTimeField("上岗时间", null=True, blank=True)
    stopped_on = models.DateField("终止日期", null=True, blank=True)
    stopped_reason = models.CharField("终止原因", max_length=200, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField("建立时间")
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-starts_on", "number"]
        verbose_name = "实习"
        indexes = [
            models.Index(fields=["consortium", "state", "starts_on"], name="placement_queue"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("starts_on")), name="placement_period",
                violation_error_message="结束日期应晚于开始日期。",
            ),
            models.CheckConstraint(
                condition=~Q(state=PlacementState.STOPPED)
                | (Q(stopped_on__isnull=False) & ~Q(stopped_reason="")),
                name="placement_stopped",
                violation_error_message="提前终止须写明日期和原因。",
            ),
            models.CheckConstraint(
                condition=~Q(state=PlacementState.RUNNING) | Q(started_at__isnull=False),
                name="placement_started",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.number} {self.student.name}"


class Stint(models.Model):
    """A leg of a placement at one host, [starts_on, ends_on): rotation is several of them.

    The conditions of work are the stint's own, copied from the post when it is made, so that a
    post changed later changes no placement. `day_minutes` is the daily working time; `from_minute`
    and `to_minute` its span in minutes after midnight (to < from: over midnight).
    `site`: an enterprise, or a 校中厂 or 厂中校, which must be legally registered itself.
    """

    placement = models.ForeignKey(Placement, on_delete=models.CASCADE, related_name="stints")
    host = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="stints")
    post = models.ForeignKey(
        Post, on_delete=models.PROTECT, null=True, blank=True, related_name="stints"
    )
    position = models.CharField("岗位", max_length=120)
    occupation_code = models.CharField("职业代码", max_length=16)
    major_codes = CodeListField("对口专业代码")
    workplace = models.CharField("工作地点", max_length=120, blank=True)
    starts_on = models.DateField("开始日期")
    ends_on = models.DateField("结束日期")
    master = models.ForeignKey(
        Mentor, on_delete=models.PROTECT, null=True, blank=True, related_name="stints",
        verbose_name="企业导师",
    )  # fmt: skip
    second_master = models.ForeignKey(
        Mentor, on_delete=models.PROTECT, null=True, blank=True, related_name="second_stints",
        verbose_name="第二导师",
    )  # fmt: skip
    wage_fen = models.PositiveBigIntegerField("月报酬", null=True, blank=True)
    peer_wage_fen = models.PositiveBigIntegerField("相同岗位工资", null=True, blank=True)
    lowest_wage_fen = models.PositiveBigIntegerField("最低档工资", null=True, blank=True)
    same_post_staff = models.PositiveIntegerField("同类岗位职工数", null=True, blank=True)
    day_minutes = models.PositiveSmallIntegerField("每日工时（分钟）", default=480)
    from_minute = models.PositiveSmallIntegerField("上班时间", default=480)
    to_minute = models.PositiveSmallIntegerField("下班时间", default=1020)
    intensity = models.CharField("劳动强度", max_length=1, choices=Intensity, blank=True)
    hazards = CodeListField("危害因素")
    chemical_site = models.BooleanField("危险化学品场所", null=True, blank=True)
    independent = models.BooleanField("相对独立参与实际工作", default=True)
    site = models.CharField("场所", max_length=10, choices=Site, default=Site.ENTERPRISE)
    site_registered = models.BooleanField("场所已依法登记", null=True, blank=True)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["placement", "starts_on"]
        verbose_name = "实习岗位安排"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("starts_on")), name="stint_period",
                violation_error_message="结束日期应晚于开始日期。",
            ),
            models.UniqueConstraint(
                fields=["placement", "starts_on"], name="stint_start_once",
                violation_error_message="这一天已有另一段岗位安排。",
            ),
            models.CheckConstraint(
                condition=Q(day_minutes__lte=1440, from_minute__lt=1440, to_minute__lte=1440),
                name="stint_minutes",
                violation_error_message="时间应在一天之内。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.placement} · {self.host}"


class Gate(models.Model):
    """The red lines as they were computed when a placement was started: findings and what they
    rest on. `digest` is SHA-256 over facts, rules and findings: anyone can compute them again."""

    placement = models.ForeignKey(Placement, on_delete=models.CASCADE, related_name="gates")
    at = models.DateTimeField("检查时间")
    passed = models.BooleanField("通过")
    rules_version = models.CharField("规则版本", max_length=40)
    facts = models.JSONField("事实")
    findings = models.JSONField("检查结果", blank=True)
    digest = models.CharField("摘要", max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["placement", "-at", "-pk"]
        verbose_name = "上岗检查"

    def __str__(self) -> str:
        return f"{self.placement} {self.at:%Y-%m-%d}"


class Override(models.Model):
    """A rule the law lets somebody set aside, set aside for one placement, with its proof."""

    placement = models.ForeignKey(Placement, on_delete=models.CASCADE, related_name="overrides")
    rule = models.CharField("规则", max_length=40)
    approver = models.CharField("批准方", max_length=12)
    reason = models.CharField("理由", max_length=300)
    proof = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("时间")
    withdrawn_at = models.DateTimeField("撤销时间", null=True, blank=True)

    class Meta:
        ordering = ["placement", "rule"]
        verbose_name = "例外批准"
        constraints = [
            models.UniqueConstraint(
                fields=["placement", "rule"], condition=Q(withdrawn_at__isnull=True),
                name="override_once", violation_error_message="这条规则已有例外批准。",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.placement} · {self.rule}"
