"""Evidence: what is wanted or offered under a task, its files, its uses, its checks and suspicions."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from chanjiao.files.models import StoredFile
from chanjiao.jobs.models import Job
from chanjiao.people.models import Unit
from chanjiao.plans.enums import EvidenceKind, EvidenceState, FlagState
from chanjiao.plans.models.plan import Plan, Task

_PERSON = settings.AUTH_USER_MODEL


class Evidence(models.Model):
    """One coded piece of evidence, 2-1-1-1: files, or a live record of the platform.

    `asked_at` is empty when the unit offered it by itself. `due_on` is the day it was asked for by
    and stays; `answer_due_on` is the day the unit must act by now (later after a return).
    `submitted_at` is the last submission, `first_submitted_at` the first. `digest` is that of what
    is handed in: the file's SHA-256; of several files the digest of their sorted digests; of a
    record that of its canonical content, kept in `record_content`. `same_as` points to a piece that
    proves this task too: such a row is no piece of its own and is not counted twice. `flag` is the
    worst of the suspicions about the files it has now.
    """

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="evidence")
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="evidence")
    number = models.PositiveIntegerField("序号")
    code = models.CharField("编号", max_length=40)
    kind = models.CharField("种类", max_length=12, choices=EvidenceKind)
    title = models.CharField("名称", max_length=160)
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, related_name="evidence", verbose_name="单位"
    )
    state = models.CharField(
        "状态", max_length=12, choices=EvidenceState, default=EvidenceState.WANTED
    )
    asked_at = models.DateTimeField("索取时间", null=True, blank=True)
    asked_by = models.ForeignKey(
        _PERSON, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    wish = models.CharField("要求", max_length=300, blank=True)
    due_on = models.DateField("提交期限", null=True, blank=True)
    answer_due_on = models.DateField("办理期限", null=True, blank=True)
    # What a kind asks for (evidence_kinds.FIELDS).
    document_number = models.CharField("文号或编号", max_length=80, blank=True)
    dated_on = models.DateField("日期", null=True, blank=True)
    issuer = models.CharField("出具单位", max_length=120, blank=True)
    amount_fen = models.BigIntegerField("金额", null=True, blank=True)
    people = models.PositiveIntegerField("人数", null=True, blank=True)
    link = models.URLField("网址", max_length=400, blank=True)
    note = models.TextField("说明", max_length=1000, blank=True)
    # A live record instead of files.
    record_label = models.CharField("平台记录种类", max_length=20, blank=True)
    record_id = models.PositiveBigIntegerField("平台记录", null=True, blank=True)
    record_content = models.JSONField(default=dict, blank=True)
    same_as = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="references",
        verbose_name="引用的佐证",
    )  # fmt: skip
    digest = models.CharField("SHA-256", max_length=64, blank=True, db_index=True)
    flag = models.CharField("疑似重复", max_length=10, choices=FlagState, blank=True)
    first_submitted_at = models.DateTimeField("首次提交", null=True, blank=True)
    submitted_at = models.DateTimeField("提交时间", null=True, blank=True)
    submitted_by = models.ForeignKey(
        _PERSON, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    accepted_at = models.DateTimeField("验收时间", null=True, blank=True)
    accepted_by = models.ForeignKey(
        _PERSON, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    returned_reasons = models.JSONField("退回原因", default=dict, blank=True)
    closed_reason = models.CharField("不再需要的原因", max_length=200, blank=True)
    created_at = models.DateTimeField("建立时间")
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["task", "number"]
        verbose_name = "佐证"
        indexes = [
            models.Index(fields=["plan", "state"], name="evidence_plan_state"),
            models.Index(fields=["unit", "state"], name="evidence_unit_state"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["task", "number"], name="evidence_number",
                violation_error_message="这个佐证编号已被使用。",
            ),
            models.UniqueConstraint(
                fields=["plan", "code"], name="evidence_code",
                violation_error_message="这个佐证编号已被使用。",
            ),
            models.CheckConstraint(
                condition=Q(number__gte=1), name="evidence_number_from_one",
                violation_error_message="佐证序号从 1 开始。",
            ),
            models.CheckConstraint(
                condition=Q(record_label="", record_id__isnull=True)
                | (~Q(record_label="") & Q(record_id__isnull=False)),
                name="evidence_record_whole",
                violation_error_message="请选择一条平台记录。",
            ),
            models.CheckConstraint(
                condition=Q(same_as__isnull=True) | (Q(record_label="") & ~Q(same_as=models.F("pk"))),
                name="evidence_one_content",
                violation_error_message="平台记录与引用佐证只能选一种。",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[EvidenceState.SUBMITTED, EvidenceState.ACCEPTED])
                | (
                    Q(submitted_at__isnull=False, submitted_by__isnull=False)
                    & (~Q(digest="") | ~Q(link=""))
                ),
                name="evidence_handed_in",
                violation_error_message="提交的佐证必须有内容、提交人和提交时间。",
            ),
            models.CheckConstraint(
                condition=~Q(state=EvidenceState.ACCEPTED)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="evidence_accepted",
                violation_error_message="验收须记录验收人和时间。",
            ),
            models.CheckConstraint(
                condition=~Q(state=EvidenceState.ACCEPTED)
                | ~Q(accepted_by=models.F("submitted_by")),
                name="evidence_two_people",
                violation_error_message="提交人不能验收自己提交的佐证。",
            ),
            models.CheckConstraint(
                condition=~Q(state=EvidenceState.NOT_NEEDED) | ~Q(closed_reason=""),
                name="evidence_not_needed_reason",
                violation_error_message="请写明不再需要的原因。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def is_asked(self) -> bool:
        return self.asked_at is not None


class EvidenceFile(models.Model):
    """One file of a piece of evidence. Taken out again it stays, if it was once handed in.

    `fingerprint` is that of a picture (files.photos). `place_removed`: the place of taking was
    removed before it was kept, so the kept bytes differ from those uploaded.
    """

    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="files")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="evidence_files")
    content_type = models.CharField("类型", max_length=80)
    fingerprint = models.CharField(max_length=16, blank=True)
    place_removed = models.BooleanField("已去除拍摄位置", default=False)
    added_at = models.DateTimeField("上传时间")
    removed_at = models.DateTimeField("移除时间", null=True, blank=True)

    class Meta:
        ordering = ["evidence", "pk"]
        verbose_name = "佐证文件"

    def __str__(self) -> str:
        return self.file.name


class EvidenceUse(models.Model):
    """A task, or an indicator of the plan's year (by code), that a piece of evidence proves."""

    evidence = models.ForeignKey(Evidence, on_delete=models.CASCADE, related_name="uses")
    task = models.ForeignKey(
        Task, on_delete=models.PROTECT, null=True, blank=True, related_name="evidence_uses"
    )
    indicator = models.CharField("指标编号", max_length=40, blank=True)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(_PERSON, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["evidence", "task", "indicator"]
        verbose_name = "佐证用途"
        constraints = [
            models.CheckConstraint(
                condition=(Q(task__isnull=False) & Q(indicator=""))
                | (Q(task__isnull=True) & ~Q(indicator="")),
                name="evidence_use_one",
                violation_error_message="一处用途是一项任务或一项指标。",
            ),
            models.UniqueConstraint(
                fields=["evidence", "task"], condition=Q(task__isnull=False),
                name="evidence_use_task_once", violation_error_message="已用于这项任务。",
            ),
            models.UniqueConstraint(
                fields=["evidence", "indicator"], condition=~Q(indicator=""),
                name="evidence_use_indicator_once", violation_error_message="已用于这项指标。",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.indicator or str(self.task)


class Submission(models.Model):
    """One handing in and what came of it. `content` is what was handed in: fields and files."""

    evidence = models.ForeignKey(Evidence, on_delete=models.CASCADE, related_name="submissions")
    number = models.PositiveIntegerField("第几次")
    content = models.JSONField(default=dict)
    digest = models.CharField("SHA-256", max_length=64, blank=True)
    due_on = models.DateField("期限", null=True, blank=True)
    submitted_at = models.DateTimeField("提交时间")
    submitted_by = models.ForeignKey(_PERSON, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField("结果", max_length=12, choices=EvidenceState, blank=True)
    reasons = models.JSONField(default=dict, blank=True)
    decided_at = models.DateTimeField("办理时间", null=True, blank=True)
    decided_by = models.ForeignKey(
        _PERSON, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["evidence", "-number"]
        verbose_name = "佐证提交"
        constraints = [
            models.UniqueConstraint(fields=["evidence", "number"], name="submission_number"),
        ]

    def __str__(self) -> str:
        return f"{self.evidence} 第 {self.number} 次提交"


class EvidenceFlag(models.Model):
    """A file of `evidence` is also, or nearly, in `other`, and cannot prove both. A person judges."""

    evidence = models.ForeignKey(Evidence, on_delete=models.CASCADE, related_name="flags")
    other = models.ForeignKey(Evidence, on_delete=models.CASCADE, related_name="flags_against")
    rule = models.CharField("规则", max_length=16)
    digest = models.CharField("SHA-256", max_length=64)
    reason = models.CharField("原因", max_length=300)
    state = models.CharField("判定", max_length=10, choices=FlagState, default=FlagState.OPEN)
    raised_at = models.DateTimeField("发现时间")
    judged_at = models.DateTimeField("判定时间", null=True, blank=True)
    judged_by = models.ForeignKey(
        _PERSON, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    judged_reason = models.CharField("判定理由", max_length=200, blank=True)

    class Meta:
        ordering = ["evidence", "pk"]
        verbose_name = "疑似重复"
        constraints = [
            models.UniqueConstraint(
                fields=["evidence", "other", "digest"], name="evidence_flag_once"
            ),
            models.CheckConstraint(
                condition=~Q(evidence=models.F("other")), name="evidence_flag_of_two"
            ),
            models.CheckConstraint(
                condition=Q(state=FlagState.OPEN)
                | (Q(judged_at__isnull=False, judged_by__isnull=False) & ~Q(judged_reason="")),
                name="evidence_flag_judged",
                violation_error_message="请写明判定理由。",
            ),
        ]

    def __str__(self) -> str:
        return self.reason


class EvidenceBundle(models.Model):
    """佐证材料 of a plan as one zip, made by a job: of everybody, or of one unit."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="evidence_bundles")
    unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="evidence_bundles"
    )
    job = models.ForeignKey(Job, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    file = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    count = models.PositiveIntegerField("佐证数", default=0)
    asked_by = models.ForeignKey(_PERSON, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField("发起时间")

    class Meta:
        ordering = ["-asked_at", "-pk"]
        verbose_name = "佐证材料包"

    def __str__(self) -> str:
        return f"{self.plan} 佐证材料"
