"""States and kinds of plans, tasks, reviews, rectifications and evidence."""

from decimal import Decimal

from django.db.models import TextChoices

from chanjiao.kernel.moves import Moves


class PlanState(TextChoices):
    DRAFT = "draft", "编制中"
    IN_FORCE = "in_force", "执行中"
    MIDYEAR = "midyear", "年中评审"
    YEAREND = "yearend", "年终评审"
    CLOSED = "closed", "已归档"


PLAN_MOVES: Moves = {
    PlanState.DRAFT: frozenset({PlanState.IN_FORCE}),
    PlanState.IN_FORCE: frozenset({PlanState.MIDYEAR, PlanState.YEAREND}),
    PlanState.MIDYEAR: frozenset({PlanState.IN_FORCE, PlanState.YEAREND}),
    PlanState.YEAREND: frozenset({PlanState.IN_FORCE, PlanState.CLOSED}),
    PlanState.CLOSED: frozenset({PlanState.YEAREND}),
}
PLAN_LABELS: dict[str, str] = {state.value: str(state.label) for state in PlanState}
PLAN_RUNNING = frozenset({PlanState.IN_FORCE, PlanState.MIDYEAR, PlanState.YEAREND})


class TaskState(TextChoices):
    DRAFT = "draft", "未下达"
    ASSIGNED = "assigned", "已下达"
    UNDER_WAY = "under_way", "进行中"
    DONE = "done", "已完成"
    REVIEWED = "reviewed", "已评审"
    SUSPENDED = "suspended", "已暂停"
    CANCELLED = "cancelled", "已取消"


TASK_MOVES: Moves = {
    TaskState.DRAFT: frozenset({TaskState.ASSIGNED, TaskState.CANCELLED}),
    TaskState.ASSIGNED: frozenset(
        {
            TaskState.UNDER_WAY,
            TaskState.DONE,
            TaskState.REVIEWED,
            TaskState.SUSPENDED,
            TaskState.CANCELLED,
        }
    ),
    TaskState.UNDER_WAY: frozenset(
        {TaskState.DONE, TaskState.REVIEWED, TaskState.SUSPENDED, TaskState.CANCELLED}
    ),
    TaskState.DONE: frozenset({TaskState.UNDER_WAY, TaskState.REVIEWED}),
    TaskState.REVIEWED: frozenset(),
    TaskState.SUSPENDED: frozenset({TaskState.UNDER_WAY, TaskState.CANCELLED}),
    TaskState.CANCELLED: frozenset(),
}
TASK_LABELS: dict[str, str] = {state.value: str(state.label) for state in TaskState}
TASK_LIVE = frozenset({TaskState.ASSIGNED, TaskState.UNDER_WAY})
TASK_COUNTED = frozenset(
    {
        TaskState.DRAFT,
        TaskState.ASSIGNED,
        TaskState.UNDER_WAY,
        TaskState.DONE,
        TaskState.REVIEWED,
    }
)


class Direction(TextChoices):
    HIGHER = "higher", "越高越好"
    LOWER = "lower", "越低越好"
    YES_NO = "yes_no", "是否完成"


class Stage(TextChoices):
    MIDYEAR = "midyear", "年中评审"
    YEAREND = "yearend", "年终评审"


class VerdictKind(TextChoices):
    ACHIEVED = "achieved", "完成"
    MOSTLY = "mostly", "基本完成"
    NOT_ACHIEVED = "not_achieved", "未完成"
    NOT_DUE = "not_due", "未到考核节点"


# The lowest and the highest score a verdict may carry; none for what is not judged yet.
SCORE_BANDS: dict[str, tuple[Decimal, Decimal] | None] = {
    VerdictKind.ACHIEVED: (Decimal(90), Decimal(100)),
    VerdictKind.MOSTLY: (Decimal(60), Decimal("89.99")),
    VerdictKind.NOT_ACHIEVED: (Decimal(0), Decimal("59.99")),
    VerdictKind.NOT_DUE: None,
}


class RectificationState(TextChoices):
    OPEN = "open", "待整改"
    SUBMITTED = "submitted", "待复核"
    RETURNED = "returned", "退回重改"
    ACCEPTED = "accepted", "已销号"
    CANCELLED = "cancelled", "已撤销"


RECTIFICATION_MOVES: Moves = {
    RectificationState.OPEN: frozenset(
        {RectificationState.SUBMITTED, RectificationState.CANCELLED}
    ),
    RectificationState.SUBMITTED: frozenset(
        {RectificationState.ACCEPTED, RectificationState.RETURNED, RectificationState.CANCELLED}
    ),
    RectificationState.RETURNED: frozenset(
        {RectificationState.SUBMITTED, RectificationState.CANCELLED}
    ),
    RectificationState.ACCEPTED: frozenset(),
    RectificationState.CANCELLED: frozenset(),
}
RECTIFICATION_LABELS: dict[str, str] = {s.value: str(s.label) for s in RectificationState}
RECTIFICATION_OWED = frozenset({RectificationState.OPEN, RectificationState.RETURNED})


class EvidenceKind(TextChoices):
    """Kinds of evidence, as task records of real consortia name them."""

    RED_HEADER = "red_header", "红头文件"
    MINUTES = "minutes", "会议纪要"
    AGREEMENT = "agreement", "协议"
    ROSTER = "roster", "名单"
    CONTRACT = "contract", "合同"
    INVOICE = "invoice", "发票/到款"
    PHOTO = "photo", "照片"
    NEWS = "news", "新闻"
    SURVEY = "survey", "问卷"
    ASSESSMENT = "assessment", "第三方评估"
    OTHER = "other", "其他"


class EvidenceState(TextChoices):
    WANTED = "wanted", "待提交"
    SUBMITTED = "submitted", "待验收"
    RETURNED = "returned", "已退回"
    ACCEPTED = "accepted", "已验收"
    WITHDRAWN = "withdrawn", "已撤回"
    NOT_NEEDED = "not_needed", "不再需要"


EVIDENCE_MOVES: Moves = {
    EvidenceState.WANTED: frozenset(
        {EvidenceState.SUBMITTED, EvidenceState.WITHDRAWN, EvidenceState.NOT_NEEDED}
    ),
    EvidenceState.SUBMITTED: frozenset(
        {
            EvidenceState.ACCEPTED,
            EvidenceState.RETURNED,
            EvidenceState.WANTED,
            EvidenceState.NOT_NEEDED,
        }
    ),
    EvidenceState.RETURNED: frozenset(
        {EvidenceState.SUBMITTED, EvidenceState.WITHDRAWN, EvidenceState.NOT_NEEDED}
    ),
    EvidenceState.ACCEPTED: frozenset({EvidenceState.RETURNED}),
    EvidenceState.WITHDRAWN: frozenset(),
    EvidenceState.NOT_NEEDED: frozenset({EvidenceState.WANTED}),
}
EVIDENCE_LABELS: dict[str, str] = {state.value: str(state.label) for state in EvidenceState}
EVIDENCE_EDITABLE = frozenset({EvidenceState.WANTED, EvidenceState.RETURNED})
EVIDENCE_HANDED_IN = frozenset(
    {EvidenceState.SUBMITTED, EvidenceState.RETURNED, EvidenceState.ACCEPTED}
)


class FlagState(TextChoices):
    """A suspicion that one file was handed in for things it cannot both prove."""

    OPEN = "open", "待判定"
    CLEARED = "cleared", "已排除"
    CONFIRMED = "confirmed", "确认重复"


FLAG_MOVES: Moves = {
    FlagState.OPEN: frozenset({FlagState.CLEARED, FlagState.CONFIRMED}),
    FlagState.CLEARED: frozenset({FlagState.CONFIRMED}),
    FlagState.CONFIRMED: frozenset({FlagState.CLEARED}),
}
