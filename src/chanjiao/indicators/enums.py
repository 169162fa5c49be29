"""States of a period, of a member's return and of a value entered by hand."""

from django.db.models import TextChoices

from chanjiao.kernel.moves import Moves


class PeriodState(TextChoices):
    OPEN = "open", "进行中"
    REPORTING = "reporting", "填报中"
    LOCKED = "locked", "已锁定"
    PUBLISHED = "published", "已发布"


# Handing back goes down one step. A published period goes back only for a corrected edition; the
# edition published before stays in the public's sight until the next one is published.
PERIOD_MOVES: Moves = {
    PeriodState.OPEN: frozenset({PeriodState.REPORTING}),
    PeriodState.REPORTING: frozenset({PeriodState.OPEN, PeriodState.LOCKED}),
    PeriodState.LOCKED: frozenset({PeriodState.REPORTING, PeriodState.PUBLISHED}),
    PeriodState.PUBLISHED: frozenset({PeriodState.REPORTING}),
}
PERIOD_LABELS: dict[str, str] = {state.value: str(state.label) for state in PeriodState}
LIVE = frozenset({PeriodState.OPEN, PeriodState.REPORTING})


class ReturnState(TextChoices):
    DRAFT = "draft", "待提交"
    SUBMITTED = "submitted", "待核对"
    RETURNED = "returned", "退回补正"
    ACCEPTED = "accepted", "已接收"


RETURN_MOVES: Moves = {
    ReturnState.DRAFT: frozenset({ReturnState.SUBMITTED}),
    ReturnState.SUBMITTED: frozenset({ReturnState.ACCEPTED, ReturnState.RETURNED}),
    ReturnState.RETURNED: frozenset({ReturnState.SUBMITTED}),
    ReturnState.ACCEPTED: frozenset({ReturnState.RETURNED}),
}
RETURN_LABELS: dict[str, str] = {state.value: str(state.label) for state in ReturnState}
WITH_MEMBER = frozenset({ReturnState.DRAFT, ReturnState.RETURNED})


class TypedState(TextChoices):
    ENTERED = "entered", "待批准"
    APPROVED = "approved", "已批准"
    REFUSED = "refused", "未批准"
    WITHDRAWN = "withdrawn", "已撤回"
    REPLACED = "replaced", "已被替换"


TYPED_MOVES: Moves = {
    TypedState.ENTERED: frozenset({TypedState.APPROVED, TypedState.REFUSED, TypedState.WITHDRAWN}),
    TypedState.APPROVED: frozenset({TypedState.REPLACED}),
    TypedState.REFUSED: frozenset(),
    TypedState.WITHDRAWN: frozenset(),
    TypedState.REPLACED: frozenset(),
}
TYPED_LABELS: dict[str, str] = {state.value: str(state.label) for state in TypedState}


class ReceivedState(TextChoices):
    """A pack at an authority. Questioned: everything in it holds, but its signer is not known."""

    CHECKING = "checking", "核验中"
    QUESTIONED = "questioned", "待核对签名人"
    VERIFIED = "verified", "已通过"
    REFUSED = "refused", "未通过"
    SUPERSEDED = "superseded", "已被替换"


RECEIVED_MOVES: Moves = {
    ReceivedState.CHECKING: frozenset(
        {ReceivedState.QUESTIONED, ReceivedState.VERIFIED, ReceivedState.REFUSED}
    ),
    ReceivedState.QUESTIONED: frozenset({ReceivedState.VERIFIED, ReceivedState.REFUSED}),
    ReceivedState.VERIFIED: frozenset({ReceivedState.SUPERSEDED}),
    ReceivedState.REFUSED: frozenset(),
    ReceivedState.SUPERSEDED: frozenset(),
}
RECEIVED_LABELS: dict[str, str] = {state.value: str(state.label) for state in ReceivedState}


class SignerState(TextChoices):
    SEEN = "seen", "待核对"
    CONFIRMED = "confirmed", "已确认"
    REFUSED = "refused", "不承认"


SIGNER_MOVES: Moves = {
    SignerState.SEEN: frozenset({SignerState.CONFIRMED, SignerState.REFUSED}),
    SignerState.CONFIRMED: frozenset({SignerState.REFUSED}),
    SignerState.REFUSED: frozenset({SignerState.CONFIRMED}),
}
SIGNER_LABELS: dict[str, str] = {state.value: str(state.label) for state in SignerState}


class Section(TextChoices):
    """The parts of a member's return, each confirmed (or handed back) on its own."""

    MEMBERSHIP = "membership", "成员资料"
    LISTS = "lists", "供需清单"
    COMMITMENTS = "commitments", "承诺与兑现"
    TASKS = "tasks", "年度任务"
    EVIDENCE = "evidence", "佐证材料"
