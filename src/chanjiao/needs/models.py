"""What members need (three official lists) and what they offer, as listings with one life cycle."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from chanjiao.members.models import Consortium
from chanjiao.needs.enums import Confidentiality, ListingState, PostKind, Sex, Shift
from chanjiao.people.models import Invitation, Unit
from chanjiao.reference.fields import CodeListField


class Listing(models.Model):
    """One row a unit lists for a quarter. `number` is unique and stays through Excel round trips.

    `returned_reasons` maps a field to why it was handed back. `revision` grows with every write:
    an edit that started from an older one is refused. `previous` is the same thing last quarter.
    `entered_by_office`: the secretariat typed it in for the unit, and may correct it until it is
    published.
    """

    consortium = models.ForeignKey(Consortium, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    number = models.CharField("编号", max_length=24, unique=True)
    quarter = models.CharField("季度", max_length=6)
    title = models.CharField("名称", max_length=120)
    state = models.CharField(
        "状态", max_length=10, choices=ListingState, default=ListingState.DRAFT, db_index=True
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name="责任人",
    )  # fmt: skip
    answer_due_on = models.DateField("答复期限", null=True, blank=True)
    returned_reasons = models.JSONField("退回原因", default=dict, blank=True)
    note = models.CharField("备注", max_length=500, blank=True)
    entered_by_office = models.BooleanField("秘书处代录", default=False)
    created_at = models.DateTimeField("建立时间")
    submitted_at = models.DateTimeField("提交时间", null=True, blank=True)
    published_at = models.DateTimeField("发布时间", null=True, blank=True)
    confirmed_at = models.DateTimeField("最近核实", null=True, blank=True)
    closed_reason = models.CharField("关闭原因", max_length=200, blank=True)
    previous = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="next"
    )
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        abstract = True
        ordering = ["-quarter", "number"]
        # A list's first page without sorting it; the secretariat's queue without reading the rows.
        indexes = [
            models.Index(fields=["consortium", "-quarter", "number"], name="%(class)s_order"),
            models.Index(
                fields=[
                    "consortium", "state", "-quarter", "number",
                    "submitted_at", "answer_due_on", "confirmed_at",
                ],
                name="%(class)s_queue",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class NumberSeries(models.Model):
    """The last number given out of a series such as RC-2026Q4."""

    key = models.CharField(max_length=16, unique=True)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = "编号序列"

    def __str__(self) -> str:
        return f"{self.key}: {self.last}"


class Post(Listing):
    """人才需求清单: one kind of post a unit wants filled."""

    kind = models.CharField("类型", max_length=12, choices=PostKind)
    occupation_code = models.CharField("职业代码", max_length=16)
    major_codes = CodeListField("需求专业代码")
    headcount = models.PositiveIntegerField("人数")
    minimum = models.PositiveIntegerField("开班下限", default=0)
    division_code = models.CharField("工作地区划", max_length=6, blank=True)
    place = models.CharField("工作地点", max_length=120)
    shift = models.CharField("班次", max_length=6, choices=Shift)
    wage_fen = models.PositiveBigIntegerField("月报酬")
    lowest_wage_fen = models.PositiveBigIntegerField("本单位最低档工资")
    peer_wage_fen = models.PositiveBigIntegerField("相同岗位工资")
    same_post_staff = models.PositiveIntegerField("同类岗位职工数")
    hazards = CodeListField("危害因素")
    starts_on = models.DateField("开始日期")
    ends_on = models.DateField("结束日期")

    class Meta(Listing.Meta):
        verbose_name = "人才需求"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("starts_on")), name="post_period",
                violation_error_message="结束日期应晚于开始日期。",
            ),
            models.CheckConstraint(
                condition=Q(headcount__gte=1) & Q(minimum__lte=F("headcount")),
                name="post_headcount",
                violation_error_message="人数至少为 1，开班下限不能超过人数。",
            ),
        ]  # fmt: skip


class TechnologyNeed(Listing):
    """技术需求清单: a problem a unit would pay to have solved."""

    industry_code = models.CharField("行业代码", max_length=8)
    problem = models.TextField("技术难题", max_length=2000)
    acceptance = models.CharField("验收要求", max_length=500, blank=True)
    budget_fen = models.PositiveBigIntegerField("预算", null=True, blank=True)
    wanted_by = models.DateField("期望完成日期", null=True, blank=True)
    confidentiality = models.CharField(
        "公开范围", max_length=8, choices=Confidentiality, default=Confidentiality.MEMBERS
    )

    class Meta(Listing.Meta):
        verbose_name = "技术需求"


class CoreProduct(Listing):
    """核心产品清单: what a unit makes and where it stands in the chain."""

    industry_code = models.CharField("行业代码", max_length=8)
    chain_link = models.CharField("产业链环节", max_length=60)
    model = models.CharField("主要型号", max_length=120, blank=True)
    yearly_output = models.CharField("年产量", max_length=60, blank=True)
    yearly_sales_fen = models.PositiveBigIntegerField("年销售额", null=True, blank=True)
    key_technology = models.CharField("关键技术", max_length=500, blank=True)

    class Meta(Listing.Meta):
        verbose_name = "核心产品"


class Cohort(Listing):
    """供给: students of one major and entry year in a school."""

    major_code = models.CharField("专业代码", max_length=8)
    entry_year = models.PositiveSmallIntegerField("入学年份")
    years = models.PositiveSmallIntegerField("学制（年）", default=3)
    size = models.PositiveIntegerField("人数")
    kind = models.CharField("去向", max_length=12, choices=PostKind)
    available_from = models.DateField("可到岗日期")
    available_to = models.DateField("应返校日期")

    class Meta(Listing.Meta):
        verbose_name = "学生批次"
        constraints = [
            models.CheckConstraint(
                condition=Q(available_to__gt=F("available_from")), name="cohort_period",
                violation_error_message="返校日期应晚于到岗日期。",
            ),
        ]  # fmt: skip


class Team(Listing):
    """供给: a research or service team (the research issue deepens it)."""

    field = models.CharField("研究方向", max_length=200)
    leader = models.CharField("负责人", max_length=60)
    size = models.PositiveIntegerField("人数")
    service = models.CharField("可提供的服务", max_length=500, blank=True)

    class Meta(Listing.Meta):
        verbose_name = "团队"


class Station(Listing):
    """供给: training stations of one kind (the bases issue deepens it)."""

    workshop = models.CharField("车间", max_length=120)
    equipment = models.CharField("设备", max_length=200)
    quantity = models.PositiveIntegerField("工位数")
    occupation_codes = CodeListField("服务职业代码")
    value_fen = models.PositiveBigIntegerField("设备原值", null=True, blank=True)

    class Meta(Listing.Meta):
        verbose_name = "实训工位"


class Student(models.Model):
    """A student of a cohort. Personal data: seen by the school, and by posts the student chose."""

    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="students")
    school = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="students")
    student_number = models.CharField("学号", max_length=30)
    name = models.CharField("姓名", max_length=60)
    sex = models.CharField("性别", max_length=6, choices=Sex)
    birth_date = models.DateField("出生日期")
    grade_points = models.DecimalField("综合成绩", max_digits=5, decimal_places=2)
    skill_points = models.DecimalField("技能成绩", max_digits=5, decimal_places=2)
    invitation = models.OneToOneField(
        Invitation, on_delete=models.SET_NULL, null=True, blank=True, related_name="student"
    )
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="student",
    )
    created_at = models.DateTimeField("建立时间")
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["school", "student_number"]
        verbose_name = "学生"
        constraints = [
            models.UniqueConstraint(
                fields=["school", "student_number"], name="student_number_once",
                violation_error_message="本校已有这个学号。",
            ),
            models.CheckConstraint(
                condition=Q(grade_points__gte=0, grade_points__lte=100)
                & Q(skill_points__gte=0, skill_points__lte=100),
                name="student_points",
                violation_error_message="成绩应在 0 到 100 之间。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.student_number} {self.name}"
