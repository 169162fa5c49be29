"""Who may do what with a piece of evidence, and why not: the reason stands on the disabled button."""

from chanjiao.kernel.moves import may_move
from chanjiao.kernel.verdict import ALLOWED, Verdict, all_of, refuse
from chanjiao.people.access import Actor
from chanjiao.plans.enums import (
    EVIDENCE_EDITABLE,
    EVIDENCE_LABELS,
    EVIDENCE_MOVES,
    EvidenceState,
    FlagState,
    PlanState,
    TaskState,
)
from chanjiao.plans.models import Evidence, EvidenceBundle, EvidenceFlag, Plan, Task

_OWN_ONLY = refuse("只有本单位的人员可以办理。")
_OFFICE_ONLY = refuse("只有秘书处可以办理。")
_ARCHIVED = refuse("计划已归档，佐证不能再办理。")
_NOT_ASKED = {
    TaskState.DRAFT: refuse("任务尚未下达。"),
    TaskState.CANCELLED: refuse("任务已取消。"),
}


def is_own(actor: Actor | None, row: Evidence) -> bool:
    """Whether the person acts for the unit that owes the evidence."""
    return actor is not None and actor.acts_for(row.unit_id)


def is_office_of(actor: Actor | None, plan: Plan) -> bool:
    """Whether the person is of the secretariat of the plan's consortium."""
    return actor is not None and actor.acts_for(plan.consortium.secretariat_id)


def _own(actor: Actor | None, row: Evidence) -> Verdict:
    return _open(row.plan) if is_own(actor, row) else _OWN_ONLY


def _office(actor: Actor | None, row: Evidence) -> Verdict:
    return may_ask(actor, row.plan)


def _open(plan: Plan) -> Verdict:
    return _ARCHIVED if plan.state == PlanState.CLOSED else ALLOWED


def _to(row: Evidence, target: EvidenceState) -> Verdict:
    return may_move(EVIDENCE_MOVES, EVIDENCE_LABELS, row.state, target)


def may_ask(actor: Actor | None, plan: Plan) -> Verdict:
    """The secretariat says what it wants, until the plan is archived."""
    return _open(plan) if is_office_of(actor, plan) else _OFFICE_ONLY


def may_have(task: Task) -> Verdict:
    """Whether new evidence may stand under a task."""
    return _NOT_ASKED.get(TaskState(task.state), ALLOWED)


def may_offer(actor: Actor | None, task: Task) -> Verdict:
    """The unit responsible for a task offers evidence by itself."""
    if actor is None or not actor.acts_for(task.unit_id):
        return _OWN_ONLY
    return all_of(_open(task.plan), may_have(task))


def may_edit(actor: Actor | None, row: Evidence) -> Verdict:
    """The unit, before it hands in and after it was handed back."""
    if is_own(actor, row) and row.state not in EVIDENCE_EDITABLE:
        if row.state == EvidenceState.SUBMITTED:
            return refuse("已提交待验收，如需修改请先撤回。")
        return refuse(f"当前状态为“{row.get_state_display()}”，不能修改。")
    return _own(actor, row)


def may_submit(actor: Actor | None, row: Evidence) -> Verdict:
    return all_of(_own(actor, row), _to(row, EvidenceState.SUBMITTED))


def may_take_back(actor: Actor | None, row: Evidence) -> Verdict:
    """The unit takes back what is not checked yet, to edit it."""
    if is_own(actor, row) and row.state != EvidenceState.SUBMITTED:
        return refuse("只有待验收的佐证可以撤回修改。")
    return _own(actor, row)


def may_withdraw(actor: Actor | None, row: Evidence) -> Verdict:
    """The unit gives up what it offered by itself; what was asked for only the office lets go."""
    if is_own(actor, row) and row.is_asked:
        return refuse("这是秘书处要求的佐证，确实没有的请联系秘书处。")
    return all_of(_own(actor, row), _to(row, EvidenceState.WITHDRAWN))


def may_accept(actor: Actor | None, row: Evidence) -> Verdict:
    """The secretariat, but never who handed it in; suspicions are judged first."""
    return all_of(
        _office(actor, row), _to(row, EvidenceState.ACCEPTED), _second_person(actor, row),
        _not_suspect(row), _reference_stands(row),
    )  # fmt: skip


def _second_person(actor: Actor | None, row: Evidence) -> Verdict:
    if actor is not None and row.submitted_by_id == actor.pk:
        return refuse("提交人不能验收自己提交的佐证，请由秘书处其他人员验收。")
    return ALLOWED


def _not_suspect(row: Evidence) -> Verdict:
    if row.flag == FlagState.OPEN:
        return refuse("有疑似重复尚未判定，请先判定。")
    if row.flag == FlagState.CONFIRMED:
        return refuse("已确认重复提交，不能验收。")
    return ALLOWED


def _reference_stands(row: Evidence) -> Verdict:
    if row.same_as is not None and row.same_as.state != EvidenceState.ACCEPTED:
        return refuse(f"引用的佐证 {row.same_as.code} 尚未验收。")
    return ALLOWED


def may_return(actor: Actor | None, row: Evidence) -> Verdict:
    """The secretariat hands back with reasons; also what was accepted in error."""
    return all_of(_office(actor, row), _to(row, EvidenceState.RETURNED))


def may_drop(actor: Actor | None, row: Evidence) -> Verdict:
    """The secretariat no longer needs it, with the reason."""
    return all_of(_office(actor, row), _to(row, EvidenceState.NOT_NEEDED))


def may_want_again(actor: Actor | None, row: Evidence) -> Verdict:
    if row.state != EvidenceState.NOT_NEEDED:
        return all_of(_office(actor, row), refuse("只有“不再需要”的佐证可以重新索取。"))
    return _office(actor, row)


def may_use(actor: Actor | None, row: Evidence) -> Verdict:
    """Which tasks and indicators a piece proves: the secretariat, once it is accepted."""
    if is_office_of(actor, row.plan) and row.state != EvidenceState.ACCEPTED:
        return refuse("验收后才能用于其他任务或指标。")
    if is_office_of(actor, row.plan) and row.same_as_id:
        return refuse("这一条引用了另一份佐证，请在原佐证上设置用途。")
    return _office(actor, row)


def may_judge(actor: Actor | None, flag: EvidenceFlag) -> Verdict:
    """The secretariat judges a suspicion, but nobody judges what they handed in themselves."""
    return all_of(_office(actor, flag.evidence), _not_ones_own(actor, flag))


def _not_ones_own(actor: Actor | None, flag: EvidenceFlag) -> Verdict:
    mine = actor is not None and actor.pk in {
        flag.evidence.submitted_by_id, flag.other.submitted_by_id,
    }  # fmt: skip
    return refuse("提交人不能判定自己提交的佐证。") if mine else ALLOWED


def may_bundle(actor: Actor | None, plan: Plan, unit_id: int | None) -> Verdict:
    """Everything: the secretariat. One unit's: the secretariat or the unit's own people."""
    if unit_id is not None and actor is not None and actor.acts_for(unit_id):
        return ALLOWED
    return ALLOWED if is_office_of(actor, plan) else _OFFICE_ONLY


def may_download(actor: Actor | None, bundle: EvidenceBundle) -> Verdict:
    """Only who may see every piece in it."""
    return may_bundle(actor, bundle.plan, bundle.unit_id)
