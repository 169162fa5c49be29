"""The register of mentors, what they did, and teachers' stays in enterprises."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from chanjiao.agreements.models import Agreement
from chanjiao.files.models import StoredFile
from chanjiao.members.models import Consortium
from chanjiao.people.models import Unit
from chanjiao.training.enums import MentorKind


class Mentor(models.Model):
    """A person who guides learners: a master of an enterprise, or a teacher of a school.

    `at_most`: learners at one time. `dual_level` and `dual_until`: the certified 双师型 teacher.
    An enterprise mentor needs no account: a link does (`links`).
    """

    consortium = models.ForeignKey(Consortium, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="mentors")
    number = models.CharField("编号", max_length=24, unique=True)
    kind = models.CharField("类别", max_length=10, choices=MentorKind)
    name = models.CharField("姓名", max_length=60)
    position = models.CharField("岗位或职务", max_length=80, blank=True)
    qualification = models.CharField("职业资格或职称", max_length=80, blank=True)
    certificate = models.CharField("证书编号", max_length=60, blank=True)
    years = models.PositiveSmallIntegerField("从业年限", null=True, blank=True)
    contact = models.CharField("联系方式", max_length=120, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name="聘任协议",
    )  # fmt: skip
    allowance_fen = models.PositiveBigIntegerField("月津贴", null=True, blank=True)
    at_most = models.PositiveSmallIntegerField("带徒上限", default=5)
    dual_level = models.CharField("双师型等级", max_length=20, blank=True)
    dual_until = models.DateField("双师型有效期至", null=True, blank=True)
    starts_on = models.DateField("聘任开始")
    ends_on = models.DateField("聘任结束", null=True, blank=True)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["unit", "name", "pk"]
        verbose_name = "导师"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="mentor_period",
                violation_error_message="聘任结束不能早于开始。",
            ),
            models.CheckConstraint(
                condition=Q(at_most__gte=1), name="mentor_at_most",
                violation_error_message="带徒上限至少为 1。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.name}（{self.unit.called}）"


class MentorWork(models.Model):
    """Hours a mentor taught or guided on a day, beside those that confirmed entries show."""

    mentor = models.ForeignKey(Mentor, on_delete=models.PROTECT, related_name="work")
    day = models.DateField("日期")
    minutes = models.PositiveIntegerField("时长（分钟）")
    what = models.CharField("内容", max_length=200)
    school = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name="授课学校",
    )  # fmt: skip
    recorded_at = models.DateTimeField("登记时间")

    class Meta:
        ordering = ["-day", "-pk"]
        verbose_name = "导师课时"
        constraints = [
            models.UniqueConstraint(
                fields=["mentor", "day", "what"], name="mentor_work_once",
                violation_error_message="这一天的同一内容已登记。",
            ),
            models.CheckConstraint(
                condition=Q(minutes__gte=1, minutes__lte=1440), name="mentor_work_minutes",
                violation_error_message="时长应在 1 分钟到 24 小时之间。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.mentor} {self.day}"


class TeacherStay(models.Model):
    """A teacher's practice in an enterprise, [starts_on, ends_on), with its proof."""

    mentor = models.ForeignKey(Mentor, on_delete=models.PROTECT, related_name="stays")
    host = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    starts_on = models.DateField("开始日期")
    ends_on = models.DateField("结束日期")
    days = models.PositiveSmallIntegerField("实践天数")
    what = models.CharField("内容", max_length=200)
    proof = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    recorded_at = models.DateTimeField("登记时间")

    class Meta:
        ordering = ["-starts_on", "-pk"]
        verbose_name = "教师企业实践"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("starts_on")) & Q(days__gte=1),
                name="teacher_stay_period",
                violation_error_message="结束日期应晚于开始日期，天数至少为 1。",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.mentor} · {self.host}"
