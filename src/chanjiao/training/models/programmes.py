"""Programmes, their classes, who is in them, and the joint plan."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from chanjiao.agreements.models import Agreement
from chanjiao.files.models import StoredFile
from chanjiao.members.models import Consortium
from chanjiao.needs.models import Cohort, Student
from chanjiao.people.models import Unit
from chanjiao.training.enums import ProgrammeKind, ProgrammeState, Site, Teacher


class Programme(models.Model):
    """One joint training of school(s) and enterprise(s). `unit` is the school that keeps it."""

    consortium = models.ForeignKey(Consortium, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="+", verbose_name="主办学校"
    )
    number = models.CharField("编号", max_length=24, unique=True)
    kind = models.CharField("类型", max_length=12, choices=ProgrammeKind)
    name = models.CharField("名称", max_length=120)
    state = models.CharField(
        "状态", max_length=10, choices=ProgrammeState, default=ProgrammeState.PREPARING
    )
    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name="培养协议",
    )  # fmt: skip
    starts_on = models.DateField("开始日期")
    ends_on = models.DateField("结束日期")
    note = models.CharField("说明", max_length=500, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField("建立时间")
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-starts_on", "number"]
        verbose_name = "培养项目"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("starts_on")), name="programme_period",
                violation_error_message="结束日期应晚于开始日期。",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class ProgrammeUnit(models.Model):
    """A school or an enterprise that takes part."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="partners")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="programmes")
    duty = models.CharField("分工", max_length=200, blank=True)

    class Meta:
        ordering = ["programme", "pk"]
        verbose_name = "合作单位"
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "unit"], name="programme_unit_once",
                violation_error_message="该单位已在本项目中。",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.unit} · {self.programme}"


class ProgrammeReport(models.Model):
    """What a programme achieved in a calendar year; 现场工程师 owes one for every year."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="reports")
    year = models.PositiveSmallIntegerField("年度")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    summary = models.CharField("摘要", max_length=300, blank=True)
    filed_at = models.DateTimeField("提交时间")

    class Meta:
        ordering = ["programme", "-year"]
        verbose_name = "培养年度报告"
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "year"], name="programme_report_once",
                violation_error_message="这一年度的报告已提交。",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.programme} {self.year}"


class TrainingClass(models.Model):
    """Learners of one cohort in a programme. `weights`: {GradePart: percent}, adding up to 100."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="classes")
    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="+")
    name = models.CharField("班级名称", max_length=80)
    opened_on = models.DateField("开班日期", null=True, blank=True)
    notice = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name="开班通知",
    )  # fmt: skip
    journals_due = models.PositiveSmallIntegerField("应交周记篇数", default=12)
    weights = models.JSONField("成绩权重", default=dict, blank=True)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["programme", "name"]
        verbose_name = "班级"
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "name"], name="class_name_once",
                violation_error_message="本项目已有同名班级。",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class Enrolment(models.Model):
    """A student in a class from a day to a day (exclusive; none = still)."""

    training_class = models.ForeignKey(
        TrainingClass, on_delete=models.PROTECT, related_name="enrolments"
    )
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="enrolments")
    starts_on = models.DateField("入班日期")
    ends_on = models.DateField("离班日期", null=True, blank=True)
    reason = models.CharField("离班原因", max_length=200, blank=True)

    class Meta:
        ordering = ["training_class", "student__student_number"]
        verbose_name = "班级名单"
        constraints = [
            models.UniqueConstraint(
                fields=["training_class", "student"], name="enrolment_once",
                violation_error_message="该学生已在本班。",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="enrolment_period",
                violation_error_message="离班日期不能早于入班日期。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.student} · {self.training_class}"


class PlanItem(models.Model):
    """One numbered item of the joint plan. `minutes` of teaching, so that shares are exact."""

    programme = models.ForeignKey(Programme, on_delete=models.CASCADE, related_name="items")
    code = models.CharField("编号", max_length=12)
    place = models.CharField(max_length=40, editable=False)
    course = models.CharField("课程或模块", max_length=80)
    title = models.CharField("内容与要求", max_length=200)
    minutes = models.PositiveIntegerField("学时（分钟）")
    site = models.CharField("实施地点", max_length=10, choices=Site)
    host = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name="承担单位",
    )  # fmt: skip
    teacher = models.CharField("授课方", max_length=10, choices=Teacher)
    is_core = models.BooleanField("核心课程", default=False)
    is_real_project = models.BooleanField("真实项目", default=False)

    class Meta:
        ordering = ["programme", "place"]
        verbose_name = "培养计划条目"
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "code"], name="plan_item_once",
                violation_error_message="本计划已有这个编号。",
            ),
            models.CheckConstraint(
                condition=Q(minutes__gte=1), name="plan_item_minutes",
                violation_error_message="学时应大于 0。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.code} {self.title}"
