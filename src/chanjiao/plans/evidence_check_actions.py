"""The secretariat's check: accept, hand back with reasons, uses, judgements on suspicions."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from django.db import transaction

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Conflict, Invalid, Refused, require
from chanjiao.people.access import Actor
from chanjiao.people.checks import check_row
from chanjiao.plans import evidence_rules as rules
from chanjiao.plans import records
from chanjiao.plans.enums import EvidenceState, FlagState
from chanjiao.plans.evidence_kinds import RULES
from chanjiao.plans.evidence_queries import current_files, worst_flag
from chanjiao.plans.evidence_rows import (
    in_order,
    locked,
    moved,
    naming,
    save,
    stated,
    tell_unit,
    tell_units,
)
from chanjiao.plans.models import Evidence, EvidenceFlag, EvidenceUse, Submission, Task
from chanjiao.trail.actions import record

ANSWER_DAYS = 7
_STANDING = (EvidenceState.SUBMITTED, EvidenceState.ACCEPTED)
WHOLE, TITLE, FILES = "", "title", "files"


def accept_evidence(
    row: Evidence, *, by: Actor, at: datetime, revision: int | None = None
) -> Evidence:
    """It proves what it says. A live record is noted as it is now; Conflict if it has changed since."""
    with transaction.atomic():
        held = _accepted(row, by=by, at=at, revision=revision)
        tell_unit(held, f"佐证 {held.code}《{held.title}》已验收。", at=at)
    return held


def accept_many(rows: Iterable[Evidence], *, by: Actor, at: datetime) -> list[Evidence]:
    """All or none; the refusal names the one in the way. Each unit is told once."""
    with transaction.atomic():
        done = [
            naming(row, lambda row=row: _accepted(row, by=by, at=at))  # type: ignore[misc]
            for row in in_order(rows)
        ]
        tell_units(done, lambda n: f"{n} 份佐证已验收。", at=at)
    return done


def _accepted(row: Evidence, *, by: Actor, at: datetime, revision: int | None = None) -> Evidence:
    held = moved(row, rules.may_accept, EvidenceState.ACCEPTED, by=by, revision=revision)
    if has_changed(held):
        raise Conflict("引用的平台记录在提交后有变化，请退回单位重新提交。")
    held.accepted_at, held.accepted_by, held.answer_due_on = at, by.user, None
    check_row(held)
    save(held, "state", "accepted_at", "accepted_by", "answer_due_on")
    _note_outcome(held, {}, by=by, at=at)
    if held.same_as is not None:
        _use(held.same_as, held.task, "", by=by, at=at)
    record("evidence.accept", held, by=by, at=at, data={"sha256": held.digest})
    return held


def has_changed(row: Evidence) -> bool:
    """Whether the live record says something else now than when it was handed in, or is gone."""
    if not row.record_label or not row.record_id or row.submitted_at is None:
        return False
    kind = records.kind_called(row.record_label)
    found = kind.row(row.record_id) if kind else None
    return kind is None or found is None or records.digest_of(kind, found) != row.digest


def return_evidence(
    row: Evidence,
    reasons: Mapping[str, str],
    *,
    by: Actor,
    at: datetime,
    due_on: date | None = None,
    revision: int | None = None,
) -> Evidence:
    """Back to the unit, with a reason for each field to mend ("" is the piece as a whole).

    The unit has until `due_on`, else seven days.
    """
    with transaction.atomic():
        held = _returned(row, reasons, by=by, at=at, due_on=due_on, revision=revision)
        tell_unit(held, f"佐证 {held.code}《{held.title}》被退回，请修改后重新提交。", at=at)
    return held


def return_many(
    rows: Iterable[Evidence], reason: str, *, by: Actor, at: datetime, due_on: date | None = None
) -> list[Evidence]:
    """Many for the same reason; all or none."""
    with transaction.atomic():
        done = [
            naming(
                row,
                lambda row=row: _returned(  # type: ignore[misc]
                    row, {WHOLE: reason}, by=by, at=at, due_on=due_on
                ),
            )
            for row in in_order(rows)
        ]
        tell_units(done, lambda n: f"{n} 份佐证被退回，请修改后重新提交。", at=at)
    return done


def _returned(
    row: Evidence,
    reasons: Mapping[str, str],
    *,
    by: Actor,
    at: datetime,
    due_on: date | None = None,
    revision: int | None = None,
) -> Evidence:
    given = _reasons(row, reasons)
    on = day_of(at)
    if due_on is not None and due_on < on:
        raise Invalid({"due_on": ["期限不能早于今天。"]})
    held = moved(row, rules.may_return, EvidenceState.RETURNED, by=by, revision=revision)
    held.returned_reasons, held.accepted_at, held.accepted_by = given, None, None
    held.answer_due_on = due_on or on + timedelta(days=ANSWER_DAYS)
    save(held, "state", "returned_reasons", "accepted_at", "accepted_by", "answer_due_on")
    if held.same_as is not None:
        EvidenceUse.objects.filter(evidence=held.same_as, task=held.task).delete()
    _note_outcome(held, given, by=by, at=at)
    record("evidence.return", held, by=by, at=at, data={"reasons": given})
    for other in held.references.filter(state__in=_STANDING).order_by("pk"):
        why = {WHOLE: f"引用的佐证 {held.code} 被退回。"}
        _returned(other, why, by=by, at=at, due_on=due_on)
    return held


def _reasons(row: Evidence, reasons: Mapping[str, str]) -> dict[str, str]:
    given = {name: text.strip()[:300] for name, text in reasons.items() if text.strip()}
    if not given:
        raise Invalid({"": ["请至少写明一处退回原因。"]})
    known = {WHOLE, TITLE, FILES, *RULES[row.kind].fields}
    if unknown := given.keys() - known:
        raise Refused(f"没有字段 {'、'.join(sorted(unknown))}。")
    return given


def _note_outcome(row: Evidence, reasons: dict[str, str], *, by: Actor, at: datetime) -> None:
    """What came of the last handing in."""
    last = row.submissions.order_by("-number").first()
    if last is not None:
        Submission.objects.filter(pk=last.pk).update(
            outcome=row.state, reasons=reasons, decided_at=at, decided_by=by.user
        )


# Uses ----------------------------------------------------------------------------------------
def add_use(
    row: Evidence, task: Task | None, indicator: str, *, by: Actor, at: datetime
) -> Evidence:
    """It also proves another task of the plan, or an indicator. Asked for twice, it stays once."""
    code = indicator.strip()
    with transaction.atomic():
        held = locked(row)
        require(rules.may_use(by, held))
        if (task is None) == (not code):
            raise Invalid({"": ["请选择一项任务，或填写一项指标编号。"]})
        if task is not None and task.plan_id != held.plan_id:
            raise Refused("任务不属于这份计划。")
        if _use(held, task, code, by=by, at=at):
            data = {"task": task.code if task else "", "indicator": code}
            record("evidence.use", held, by=by, at=at, data=data)
    return held


def _use(row: Evidence, task: Task | None, indicator: str, *, by: Actor, at: datetime) -> bool:
    """Whether the use is new."""
    if row.uses.filter(task=task, indicator=indicator).exists():
        return False
    use = EvidenceUse(evidence=row, task=task, indicator=indicator, added_at=at, added_by=by.user)
    check_row(use)
    use.save(force_insert=True)
    return True


def remove_use(use: EvidenceUse, *, by: Actor, at: datetime) -> None:
    """It does not prove that after all. The use for its own task stays."""
    with transaction.atomic():
        held = locked(use.evidence)
        require(rules.may_use(by, held))
        if use.task_id == held.task_id:
            raise Refused("佐证必须用于它所属的任务。")
        if held.references.filter(task=use.task_id, state=EvidenceState.ACCEPTED).exists():
            raise Refused("该任务下有一条已验收的引用，请先退回那一条。")
        data = {"task": use.task.code if use.task else "", "indicator": use.indicator}
        use.delete()
        record("evidence.unuse", held, by=by, at=at, data=data)


# Suspicions ----------------------------------------------------------------------------------
def clear_flag(flag: EvidenceFlag, reason: str, *, by: Actor, at: datetime) -> EvidenceFlag:
    """It may prove both after all, with the reason."""
    return _judge(flag, FlagState.CLEARED, reason, by=by, at=at)


def confirm_flag(flag: EvidenceFlag, reason: str, *, by: Actor, at: datetime) -> EvidenceFlag:
    """It is handed in twice: it goes back to the unit, and counts until another is handed in."""
    return _judge(flag, FlagState.CONFIRMED, reason, by=by, at=at)


def _judge(
    flag: EvidenceFlag, state: FlagState, reason: str, *, by: Actor, at: datetime
) -> EvidenceFlag:
    with transaction.atomic():
        row = locked(flag.evidence)
        held = (
            EvidenceFlag.objects.select_related("other")
            .select_for_update(of=("self",))
            .get(pk=flag.pk)
        )
        held.evidence = row
        require(rules.may_judge(by, held))
        if held.state == state:
            raise Refused(f"已判定为“{held.get_state_display()}”。")
        held.state, held.judged_at, held.judged_by = state, at, by.user
        held.judged_reason = stated(reason)
        held.save(update_fields=["state", "judged_at", "judged_by", "judged_reason"])
        row.flag = worst_flag(row, current_files(row).values_list("file__digest", flat=True))
        save(row, "flag")
        if state == FlagState.CONFIRMED and rules.may_return(by, row):
            text = f"确认重复提交：{held.reason}"
            row = _returned(row, {FILES: text}, by=by, at=at)
            tell_unit(row, f"佐证 {row.code}《{row.title}》确认重复提交，已退回。", at=at)
        data = {"rule": held.rule, "other": held.other.code, "state": state.value}
        record("evidence.judge", row, by=by, at=at, reason=held.judged_reason, data=data)
    return held
