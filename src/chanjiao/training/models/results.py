"""What came of it: grades, the evaluation of the base, and where graduates went."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from chanjiao.needs.models import Student
from chanjiao.people.models import Unit
from chanjiao.training.enums import Destination, GradePart, Where
from chanjiao.training.models.placements import Placement


class Grade(models.Model):
    """One part of a placement's grade, 0–100 in hundredths. The whole is computed, never typed."""

    placement = models.ForeignKey(Placement, on_delete=models.CASCADE, related_name="grades")
    part = models.CharField("项目", max_length=10, choices=GradePart)
    hundredths = models.PositiveIntegerField("分数（百分之一分）")
    remark = models.CharField("评语", max_length=300, blank=True)
    given_by = models.CharField("评分人", max_length=60)
    given_at = models.DateTimeField("评分时间")
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["placement", "part"]
        verbose_name = "实习成绩"
        constraints = [
            models.UniqueConstraint(fields=["placement", "part"], name="grade_part_once"),
            models.CheckConstraint(
                condition=Q(hundredths__lte=10_000), name="grade_range",
                violation_error_message="分数应在 0 到 100 之间。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.placement} · {self.get_part_display()}"


class BaseEvaluation(models.Model):
    """A student's evaluation of the host at the end, 1–5; the host reads only the means."""

    placement = models.OneToOneField(
        Placement, on_delete=models.CASCADE, related_name="base_evaluation"
    )
    guidance = models.PositiveSmallIntegerField("指导")
    safety = models.PositiveSmallIntegerField("安全")
    relevance = models.PositiveSmallIntegerField("专业对口")
    life = models.PositiveSmallIntegerField("食宿与报酬")
    text = models.CharField("建议", max_length=500, blank=True)
    made_at = models.DateTimeField("评价时间")

    class Meta:
        ordering = ["placement"]
        verbose_name = "基地评价"
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    guidance__range=(1, 5), safety__range=(1, 5), relevance__range=(1, 5),
                    life__range=(1, 5),
                ),
                name="base_evaluation_range",
                violation_error_message="每项为 1 到 5 分。",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.placement)


class Outcome(models.Model):
    """Where a graduate is after 0, 6 or 12 months. `relevant` is computed from major and occupation
    when it is recorded (`relevance.relevance_of`), with `relevance_source` saying by which table; a school may judge otherwise with a reason."""

    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="outcomes")
    months = models.PositiveSmallIntegerField("毕业后月数")
    graduated_on = models.DateField("毕业日期")
    destination = models.CharField("去向", max_length=10, choices=Destination)
    employer = models.CharField("单位名称", max_length=120, blank=True)
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name="成员单位",
    )  # fmt: skip
    where = models.CharField("地区", max_length=10, choices=Where, blank=True)
    occupation_code = models.CharField("职业代码", max_length=16, blank=True)
    wage_fen = models.PositiveBigIntegerField("月收入", null=True, blank=True)
    relevant = models.BooleanField("专业对口", null=True, blank=True)
    relevance_source = models.CharField("对口判定依据", max_length=80, blank=True)
    relevance_reason = models.CharField("认定理由", max_length=200, blank=True)
    by_student = models.BooleanField("本人填报", default=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    recorded_at = models.DateTimeField("登记时间")
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["student", "months"]
        verbose_name = "毕业去向"
        constraints = [
            models.UniqueConstraint(
                fields=["student", "months"], name="outcome_once",
                violation_error_message="该学生这一时点的去向已登记。",
            ),
            models.CheckConstraint(
                condition=Q(months__in=[0, 6, 12]), name="outcome_months",
                violation_error_message="时点为毕业时、6 个月或 12 个月。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.student} +{self.months}"
