"""A consortium's plan of a year: groups, tasks and their milestones."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from chanjiao.members.models import Consortium
from chanjiao.people.models import Unit
from chanjiao.plans.enums import TASK_COUNTED, Direction, PlanState, TaskState
from chanjiao.reference.fields import CodeListField


class Plan(models.Model):
    """One plan for each consortium and year. Progress of a month is due on `report_day` of the
    month after it.
    """

    consortium = models.ForeignKey(Consortium, on_delete=models.PROTECT, related_name="plans")
    year = models.PositiveSmallIntegerField("年度")
    title = models.CharField("名称", max_length=120)
    state = models.CharField("状态", max_length=10, choices=PlanState, default=PlanState.DRAFT)
    report_day = models.PositiveSmallIntegerField("每月报送日", default=5)
    created_at = models.DateTimeField("建立时间")
    in_force_at = models.DateTimeField("下达时间", null=True, blank=True)
    closed_at = models.DateTimeField("归档时间", null=True, blank=True)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-year", "pk"]
        verbose_name = "年度计划"
        constraints = [
            models.UniqueConstraint(
                fields=["consortium", "year"], name="plan_once_a_year",
                violation_error_message="本联合体已有这一年度的计划。",
            ),
            models.CheckConstraint(
                condition=Q(year__gte=2000, year__lte=2100), name="plan_year",
                violation_error_message="年度应在 2000 到 2100 之间。",
            ),
            models.CheckConstraint(
                condition=Q(report_day__gte=1, report_day__lte=28), name="plan_report_day",
                violation_error_message="每月报送日应在 1 到 28 日之间。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title


class TaskGroup(models.Model):
    """The name of a field of work (1) or of a group of tasks (1-1)."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="groups")
    code = models.CharField("编号", max_length=20)
    name = models.CharField("名称", max_length=120)

    class Meta:
        ordering = ["plan", "code"]
        verbose_name = "任务组"
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "code"], name="task_group_code",
                violation_error_message="这个任务组编号已被使用。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Task(models.Model):
    """A task, 2-1-1. Split among several units it is `parent` of 2-1-1.1, 2-1-1.2 …

    `target` and `current` are in `measure`; of a yes-no task 1 means yes. `place` orders codes as
    numbers (1-1-10 after 1-1-9). A split task's progress is that of its parts, by weight.
    """

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="tasks")
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="parts",
        verbose_name="上级任务",
    )  # fmt: skip
    code = models.CharField("任务编号", max_length=24)
    place = models.CharField(max_length=60, blank=True, editable=False)
    name = models.CharField("任务名称", max_length=160)
    goal = models.CharField("目标内容", max_length=500, blank=True)
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="tasks", verbose_name="责任单位"
    )
    partners = models.ManyToManyField(
        Unit, blank=True, related_name="partner_tasks", verbose_name="协同单位"
    )
    person = models.CharField("责任人", max_length=60, blank=True)
    leader = models.CharField("分管领导", max_length=60, blank=True)
    direction = models.CharField(
        "目标方向", max_length=8, choices=Direction, default=Direction.HIGHER
    )
    target = models.DecimalField("目标值", max_digits=18, decimal_places=4, null=True, blank=True)
    measure = models.CharField("计量单位", max_length=20, blank=True)
    baseline = models.DecimalField("基期值", max_digits=18, decimal_places=4, null=True, blank=True)
    current = models.DecimalField("当前值", max_digits=18, decimal_places=4, null=True, blank=True)
    weight = models.DecimalField("权重", max_digits=8, decimal_places=4, default=Decimal(1))
    starts_on = models.DateField("开始日期")
    due_on = models.DateField("完成期限")
    indicators = CodeListField("关联指标")
    resolutions = models.ManyToManyField(
        "council.Resolution", blank=True, related_name="tasks", verbose_name="来源决议"
    )
    state = models.CharField("状态", max_length=10, choices=TaskState, default=TaskState.DRAFT)
    state_reason = models.CharField("原因", max_length=200, blank=True)
    progress = models.PositiveSmallIntegerField("进度", default=0)
    assigned_at = models.DateTimeField("下达时间", null=True, blank=True)
    done_at = models.DateTimeField("完成时间", null=True, blank=True)
    created_at = models.DateTimeField("建立时间")
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["plan", "place", "code"]
        verbose_name = "任务"
        indexes = [models.Index(fields=["unit", "state"], name="task_unit_state")]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "code"], name="task_code",
                violation_error_message="这个任务编号已被使用。",
            ),
            models.CheckConstraint(
                condition=Q(due_on__gte=F("starts_on")), name="task_dates",
                violation_error_message="完成期限不能早于开始日期。",
            ),
            models.CheckConstraint(
                condition=Q(weight__gte=0), name="task_weight",
                violation_error_message="权重不能为负。",
            ),
            models.CheckConstraint(
                condition=Q(progress__lte=100), name="task_progress",
                violation_error_message="进度应在 0 到 100 之间。",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[TaskState.SUSPENDED, TaskState.CANCELLED])
                | ~Q(state_reason=""),
                name="task_stopped_reason",
                violation_error_message="暂停或取消须写明原因。",
            ),
            models.CheckConstraint(
                condition=~Q(parent=F("pk")), name="task_not_its_own_part",
                violation_error_message="任务不能是自己的子任务。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def counts(self) -> bool:
        """Whether it has a part in the plan's result: neither suspended nor cancelled."""
        return self.state in TASK_COUNTED


class Milestone(models.Model):
    """What a task is to have reached by a quarter; at most one for each."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="milestones")
    quarter = models.CharField("季度", max_length=6)
    text = models.CharField("里程碑", max_length=300)
    due_on = models.DateField("期限")
    done_on = models.DateField("达成日期", null=True, blank=True)

    class Meta:
        ordering = ["task", "due_on", "quarter"]
        verbose_name = "里程碑"
        constraints = [
            models.UniqueConstraint(
                fields=["task", "quarter"], name="milestone_quarter",
                violation_error_message="每季度至多一个里程碑。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.quarter} {self.text}"
