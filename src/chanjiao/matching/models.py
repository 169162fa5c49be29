"""A round: who chooses which posts under which rules; scores; runs; and the accepted matches."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from chanjiao.files.models import StoredFile
from chanjiao.jobs.models import Job
from chanjiao.matching.enums import QuotaScope, RoundState, RunState
from chanjiao.members.models import Consortium
from chanjiao.needs.enums import PostKind
from chanjiao.needs.models import Cohort, Post, Student
from chanjiao.people.models import Unit


class Round(models.Model):
    """One placement round.

    `weights`: {"unit": 60, "grade": 25, "skill": 15}, percent, adding up to 100. `seed` is drawn
    when choosing opens, so that nobody can try seeds until a result pleases; until publication
    only `seed_commitment` (SHA-256 of the seed) is shown. `unit_percent` and `kind_percent` are
    the caps of interns among a unit's staff and among the staff in the same kind of post.
    """

    consortium = models.ForeignKey(Consortium, on_delete=models.PROTECT, related_name="rounds")
    code = models.SlugField("编号", max_length=40, unique=True)
    title = models.CharField("名称", max_length=120)
    kind = models.CharField("类型", max_length=12, choices=PostKind)
    state = models.CharField("状态", max_length=10, choices=RoundState, default=RoundState.DRAFT)
    max_choices = models.PositiveSmallIntegerField("志愿数上限", default=5)
    weights = models.JSONField("评分权重", default=dict)
    unit_percent = models.PositiveSmallIntegerField(
        "占单位职工比例上限（%）", null=True, blank=True
    )
    kind_percent = models.PositiveSmallIntegerField(
        "占同类岗位职工比例上限（%）", null=True, blank=True
    )
    opens_at = models.DateTimeField("志愿填报开始")
    closes_at = models.DateTimeField("志愿填报截止")
    scores_due_at = models.DateTimeField("企业评分截止")
    publish_on = models.DateField("计划公布日期")
    seed = models.CharField("抽签种子", max_length=64, blank=True)
    seed_commitment = models.CharField("种子承诺", max_length=64, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField("建立时间")
    published_at = models.DateTimeField("公布时间", null=True, blank=True)
    cancelled_reason = models.CharField("取消原因", max_length=200, blank=True)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = "匹配轮次"
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")) & Q(scores_due_at__gte=F("closes_at")),
                name="round_dates",
                violation_error_message="填报截止应晚于开始，评分截止不早于填报截止。",
            ),
            models.CheckConstraint(
                condition=Q(max_choices__gte=1, max_choices__lte=50), name="round_choices",
                violation_error_message="志愿数上限应在 1 到 50 之间。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title


class RoundPost(models.Model):
    """A published post in a round. Seats reserved for an order class are a row of their own."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="posts")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="round_posts")
    reserved_for = models.ForeignKey(
        Cohort, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name="专供批次",
    )  # fmt: skip
    capacity = models.PositiveIntegerField("名额")
    minimum = models.PositiveIntegerField("开班下限", default=0)

    class Meta:
        ordering = ["round", "post__number", "pk"]
        verbose_name = "参加岗位"
        constraints = [
            models.UniqueConstraint(
                fields=["round", "post"], condition=Q(reserved_for__isnull=True),
                name="round_post_once", violation_error_message="该岗位已在本轮中。",
            ),
            models.UniqueConstraint(
                fields=["round", "post", "reserved_for"], name="round_post_reserved_once",
                violation_error_message="该岗位已为这个批次留出名额。",
            ),
            models.CheckConstraint(
                condition=Q(capacity__gte=1) & Q(minimum__lte=F("capacity")),
                name="round_post_capacity",
                violation_error_message="名额至少为 1，开班下限不能超过名额。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.post.title


class RoundCohort(models.Model):
    """A cohort that may choose in a round."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="cohorts")
    cohort = models.ForeignKey(Cohort, on_delete=models.PROTECT, related_name="round_cohorts")

    class Meta:
        ordering = ["round", "cohort__number"]
        verbose_name = "参加批次"
        constraints = [
            models.UniqueConstraint(
                fields=["round", "cohort"], name="round_cohort_once",
                violation_error_message="该批次已在本轮中。",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.cohort.title


class Quota(models.Model):
    """A cap of the secretariat's own, beside the legal ones that the bridge computes."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="quotas")
    scope = models.CharField("范围", max_length=16, choices=QuotaScope)
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    occupation_code = models.CharField("职业代码", max_length=16, blank=True)
    round_post = models.ForeignKey(
        RoundPost, on_delete=models.CASCADE, null=True, blank=True, related_name="quotas"
    )
    school = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    capacity = models.PositiveIntegerField("名额上限")

    class Meta:
        ordering = ["round", "scope", "pk"]
        verbose_name = "名额限制"
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    scope=QuotaScope.UNIT, unit__isnull=False, occupation_code="",
                    round_post__isnull=True, school__isnull=True,
                )
                | Q(
                    Q(scope=QuotaScope.KIND, unit__isnull=False, round_post__isnull=True, school__isnull=True),
                    ~Q(occupation_code=""),
                )
                | Q(
                    scope=QuotaScope.SCHOOL_AT_POST, unit__isnull=True, occupation_code="",
                    round_post__isnull=False, school__isnull=False,
                ),
                name="quota_scope",
                violation_error_message="名额限制的范围与填写的对象不符。",
            ),
            models.UniqueConstraint(
                fields=["round", "unit"], condition=Q(scope=QuotaScope.UNIT),
                name="quota_unit_once",
                violation_error_message="同一单位只能有一条名额限制。",
            ),
            models.UniqueConstraint(
                fields=["round", "unit", "occupation_code"], condition=Q(scope=QuotaScope.KIND),
                name="quota_kind_once",
                violation_error_message="同一单位的同类岗位只能有一条名额限制。",
            ),
            models.UniqueConstraint(
                fields=["round_post", "school"], condition=Q(scope=QuotaScope.SCHOOL_AT_POST),
                name="quota_share_once",
                violation_error_message="同一学校在一个岗位内只能有一条名额限制。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_scope_display()} ≤ {self.capacity}"


class ChoiceSheet(models.Model):
    """A student's list in a round; `revision` refuses a save that started from an older one."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="choice_sheets")
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="choice_sheets")
    revision = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField("保存时间")
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = "志愿表"
        ordering = ["round", "student"]
        constraints = [
            models.UniqueConstraint(fields=["round", "student"], name="choice_sheet_once")
        ]

    def __str__(self) -> str:
        return f"{self.student} · {self.round}"


class Choice(models.Model):
    """One line of a choice sheet; rank 1 is the first choice."""

    sheet = models.ForeignKey(ChoiceSheet, on_delete=models.CASCADE, related_name="choices")
    round_post = models.ForeignKey(RoundPost, on_delete=models.PROTECT, related_name="choices")
    rank = models.PositiveSmallIntegerField("志愿序号")

    class Meta:
        ordering = ["sheet", "rank"]
        verbose_name = "志愿"
        constraints = [
            models.UniqueConstraint(fields=["sheet", "rank"], name="choice_rank_once"),
            models.UniqueConstraint(fields=["sheet", "round_post"], name="choice_post_once"),
            models.CheckConstraint(condition=Q(rank__gte=1), name="choice_rank_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.rank} {self.round_post}"


class Score(models.Model):
    """A unit's score of an applicant, 0 to 100 in hundredths (8350 = 83.50)."""

    round_post = models.ForeignKey(RoundPost, on_delete=models.CASCADE, related_name="scores")
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="scores")
    hundredths = models.PositiveIntegerField("评分（百分之一分）")
    note = models.CharField("评语", max_length=200, blank=True)
    scored_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    scored_at = models.DateTimeField("评分时间")
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["round_post", "-hundredths", "pk"]
        verbose_name = "企业评分"
        constraints = [
            models.UniqueConstraint(fields=["round_post", "student"], name="score_once"),
            models.CheckConstraint(
                condition=Q(hundredths__lte=10_000), name="score_range",
                violation_error_message="评分应在 0 到 100 之间。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.student}：{self.hundredths / 100:.2f}"


class Run(models.Model):
    """One run of the match. `bundle` holds the files in and out that anyone can verify."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="runs")
    state = models.CharField("状态", max_length=8, choices=RunState, default=RunState.QUEUED)
    job = models.OneToOneField(Job, on_delete=models.PROTECT, null=True, related_name="run")
    parameters = models.JSONField("参数", default=dict)
    seed = models.CharField("种子", max_length=64)
    engine_version = models.CharField("引擎版本", max_length=20, blank=True)
    problem_digest = models.CharField("问题摘要", max_length=64, blank=True)
    statistics = models.JSONField("统计", default=dict)
    bundle = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    failure = models.TextField("失败原因", blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField("发起时间")
    ended_at = models.DateTimeField("完成时间", null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    accepted_at = models.DateTimeField("采纳时间", null=True, blank=True)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        verbose_name = "试算"
        constraints = [
            models.UniqueConstraint(
                fields=["round"], condition=Q(state=RunState.ACCEPTED), name="run_one_accepted",
                violation_error_message="本轮已有被采纳的结果。",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.round} · {self.pk}"

    @property
    def is_stuck(self) -> bool:
        """Its worker gave up before the run came to an end."""
        return self.state == RunState.QUEUED and self.job is not None and self.job.is_over


class Match(models.Model):
    """A student's outcome in an accepted run; `round_post` is empty for who got none.

    `reasons`: [{"post": round post id, "reason": code, "text": Chinese sentence}], one for every
    post preferred to the outcome.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="matches")
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="matches")
    round_post = models.ForeignKey(
        RoundPost, on_delete=models.PROTECT, null=True, blank=True, related_name="matches"
    )
    rank = models.PositiveSmallIntegerField("录取志愿", null=True, blank=True)
    pseudonym = models.CharField("公示编号", max_length=16)
    reasons = models.JSONField("理由", default=list)

    class Meta:
        ordering = ["run", "pseudonym"]
        verbose_name = "匹配结果"
        constraints = [
            models.UniqueConstraint(fields=["run", "student"], name="match_once"),
            models.UniqueConstraint(fields=["run", "pseudonym"], name="match_pseudonym_once"),
            models.CheckConstraint(
                condition=Q(round_post__isnull=True, rank__isnull=True)
                | Q(round_post__isnull=False, rank__isnull=False),
                name="match_rank",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pseudonym} → {self.round_post or '未录取'}"
