"""Evidence asked for, offered, filled in, handed in, taken back, let go."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Invalid, Refused, require
from chanjiao.people.access import Actor
from chanjiao.people.checks import check_row
from chanjiao.people.models import Unit
from chanjiao.plans import evidence_rules as rules
from chanjiao.plans import records
from chanjiao.plans.duplicates import suspicions
from chanjiao.plans.enums import EvidenceKind, EvidenceState
from chanjiao.plans.evidence_checks import require_fit, tidied
from chanjiao.plans.evidence_kinds import FIELDS
from chanjiao.plans.evidence_queries import (
    GONE,
    current_files,
    piece,
    sharing_files,
    usable,
    with_pictures_alike,
    worst_flag,
)
from chanjiao.plans.evidence_rows import (
    digest_of_files,
    fields_of,
    in_order,
    locked,
    moved,
    one_at_a_time,
    plain,
    save,
    seen_as,
    stated,
    take_number,
    tell_office,
    tell_units,
)
from chanjiao.plans.models import (
    Evidence,
    EvidenceFile,
    EvidenceFlag,
    EvidenceUse,
    Plan,
    Submission,
    Task,
)
from chanjiao.trail.actions import record


@dataclass(frozen=True, slots=True)
class Wish:
    """What the secretariat wants under a task; without a unit, from the task's own."""

    task: Task
    kind: str
    title: str
    due_on: date
    wish: str = ""
    unit: Unit | None = None


def ask_evidence(plan: Plan, wishes: Sequence[Wish], *, by: Actor, at: datetime) -> list[Evidence]:
    """One piece wanted for each wish, numbered in order under its task; all or none.

    Each unit is told once. Tasks are locked in one order, so that two who ask do not wait for
    each other.
    """
    require(rules.may_ask(by, plan))
    _check_wishes(plan, wishes, day_of(at))
    with transaction.atomic():
        made = []
        for wish in sorted(wishes, key=lambda one: one.task.pk):
            row = _new(wish.task, wish.kind, wish.title, wish.unit or wish.task.unit, by=by, at=at)
            row.asked_at, row.asked_by, row.wish = at, by.user, wish.wish.strip()
            row.due_on = row.answer_due_on = wish.due_on
            made.append(_made(row, by=by, at=at))
            data = {"code": row.code, "kind": row.kind, "unit": row.unit_id, "due": str(row.due_on)}
            record("evidence.ask", row, by=by, at=at, data=data)
        tell_units(made, lambda n: f"{plan.title}：请提交 {n} 份佐证材料。", at=at)
    return made


def _check_wishes(plan: Plan, wishes: Sequence[Wish], on: date) -> None:
    if not wishes:
        raise Refused("没有要索取的佐证。")
    for wish in wishes:
        if wish.task.plan_id != plan.pk:
            raise Refused("任务不属于这份计划。")
        verdict = rules.may_have(wish.task)
        if not verdict:
            raise Refused(f"{wish.task.code}：{verdict.reason}")
        if wish.due_on < on:
            raise Invalid({"due_on": [f"{wish.task.code}：提交期限不能早于今天。"]})


def repeat_evidence(
    earlier: Plan, plan: Plan, *, by: Actor, at: datetime
) -> tuple[list[Evidence], int]:
    """Ask anew for last year's list: under the task of the same code, a year later.

    What this plan has already (same kind and title) is passed over, so it may be asked for twice.
    Also gives how many had no task of their code. Days that have passed become today.
    """
    require(rules.may_ask(by, earlier))
    tasks = {t.code: t for t in plan.tasks.select_related("unit") if rules.may_have(t)}
    have = set(Evidence.objects.filter(plan=plan).values_list("task__code", "kind", "title"))
    rows = Evidence.objects.filter(plan=earlier, same_as__isnull=True).exclude(state__in=GONE)
    wishes, homeless = [], 0
    for row in rows.select_related("task").order_by("task", "number"):
        task = tasks.get(row.task.code)
        homeless += task is None
        if task is not None and (task.code, row.kind, row.title) not in have:
            due = _a_year_later(row.due_on or task.due_on, plan.year - earlier.year)
            wishes.append(Wish(task, row.kind, row.title, max(due, day_of(at)), row.wish))
    return (ask_evidence(plan, wishes, by=by, at=at) if wishes else []), homeless


def _a_year_later(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return date(day.year + years, 2, 28)


def offer_evidence(task: Task, kind: str, title: str, *, by: Actor, at: datetime) -> Evidence:
    """The responsible unit offers a piece nobody asked for; it is filled in and handed in next."""
    with transaction.atomic():
        require(rules.may_offer(by, task))
        row = _made(_new(task, kind, title, task.unit, by=by, at=at), by=by, at=at)
        record("evidence.offer", row, by=by, at=at, data={"code": row.code, "kind": row.kind})
    return row


def _new(task: Task, kind: str, title: str, unit: Unit, *, by: Actor, at: datetime) -> Evidence:
    if kind not in EvidenceKind.values:
        raise Invalid({"kind": ["请选择佐证种类。"]})
    if not title.strip():
        raise Invalid({"title": ["请填写名称。"]})
    number = take_number(task)
    return Evidence(
        plan=task.plan, task=task, number=number, code=f"{task.code}-{number}", kind=kind,
        title=title.strip(), unit=unit, created_at=at,
    )  # fmt: skip


def _made(row: Evidence, *, by: Actor, at: datetime) -> Evidence:
    """Saved, and used for its own task."""
    check_row(row)
    row.save(force_insert=True)
    EvidenceUse.objects.create(evidence=row, task=row.task, added_at=at, added_by=by.user)
    return row


def update_evidence(
    row: Evidence, values: Mapping[str, Any], *, revision: int, by: Actor, at: datetime
) -> Evidence:
    """The row with these fields (evidence_kinds.FIELDS); what was offered also with its title."""
    given = dict(values)
    with transaction.atomic():
        held = locked(row)
        require(rules.may_edit(by, held))
        seen_as(held, revision)
        title = str(given.pop("title", held.title)).strip()
        held.title = held.title if held.is_asked else title
        after = tidied(held.kind, {name: getattr(held, name) for name in FIELDS} | given)
        changed = {name: value for name, value in after.items() if getattr(held, name) != value}
        before = {name: getattr(held, name) for name in changed}
        for name, value in changed.items():
            setattr(held, name, value)
        check_row(held)
        save(held, "title", *changed)
        data = {"before": plain(before), "after": plain(changed)}
        record("evidence.update", held, by=by, at=at, data=data)
    return held


def refer_to_record(
    row: Evidence, kind: records.RecordKind, pk: int, *, by: Actor, at: datetime
) -> Evidence:
    """A live record of the platform instead of files."""
    with transaction.atomic():
        held = locked(row)
        require(rules.may_edit(by, held))
        found = records.offered(
            kind, by, held.plan.consortium_id, held.unit_id, on=day_of(at)
        ).filter(pk=pk).first()  # fmt: skip
        if found is None:
            raise Refused("找不到这条平台记录，或它还不能作为佐证。")
        _need_no_files(held)
        held.record_label, held.record_id, held.same_as = kind.key, pk, None
        held.record_content, held.digest = kind.content(found), records.digest_of(kind, found)
        save(held, "record_label", "record_id", "same_as", "record_content", "digest")
        data = {"kind": kind.key, "id": pk, "sha256": held.digest}
        record("evidence.refer_record", held, by=by, at=at, data=data)
    return held


def refer_to_evidence(row: Evidence, other: Evidence, *, by: Actor, at: datetime) -> Evidence:
    """Another piece of the same unit proves this too; accepted, it counts as a use of that piece."""
    with transaction.atomic():
        held = locked(row)
        require(rules.may_edit(by, held))
        found = usable(held, by).filter(pk=other.pk).first()
        if found is None:
            raise Refused("只能引用本单位同一计划其他任务下已提交的佐证。")
        if held.references.exclude(state__in=GONE).exists():
            raise Refused("这份佐证已被引用，不能再引用别的佐证。")
        _need_no_files(held)
        held.same_as, held.digest = found, found.digest
        held.record_label, held.record_id, held.record_content = "", None, {}
        save(held, "same_as", "digest", "record_label", "record_id", "record_content")
        record("evidence.refer", held, by=by, at=at, data={"to": found.code})
    return held


def forget_reference(row: Evidence, *, by: Actor, at: datetime) -> Evidence:
    """Neither a record nor another piece: files will be handed in."""
    with transaction.atomic():
        held = locked(row)
        require(rules.may_edit(by, held))
        held.same_as, held.digest = None, ""
        held.record_label, held.record_id, held.record_content = "", None, {}
        save(held, "same_as", "digest", "record_label", "record_id", "record_content")
        record("evidence.forget_reference", held, by=by, at=at)
    return held


def _need_no_files(row: Evidence) -> None:
    if current_files(row).exists():
        raise Refused("已上传文件。要改为引用，请先移除文件。")


def submit_evidence(
    row: Evidence, *, by: Actor, at: datetime, revision: int | None = None
) -> Evidence:
    """To the secretariat's check, if it is fit; what it shares with other evidence is flagged."""
    with transaction.atomic():
        held = moved(row, rules.may_submit, EvidenceState.SUBMITTED, by=by, revision=revision)
        one_at_a_time(held.plan)
        files = list(current_files(held))
        require_fit(held, has_files=bool(files), on=day_of(at))
        held.submitted_at, held.submitted_by, held.returned_reasons = at, by.user, {}
        held.first_submitted_at = held.first_submitted_at or at
        held.digest = _digest_now(held, files)
        flags = _raise_flags(held, files, at=at)
        held.flag = worst_flag(held, [one.file.digest for one in files])
        check_row(held)
        save(
            held, "state", "submitted_at", "submitted_by", "returned_reasons", "flag", "digest",
            "first_submitted_at", "record_content",
        )  # fmt: skip
        made = _note_submission(held, files, by=by, at=at)
        text = f"{held.unit.called}提交了佐证 {held.code}《{held.title}》"
        tell_office(held, f"{text}，有疑似重复待判定。" if flags else f"{text}。", at=at)
        data = {"number": made.number, "sha256": held.digest, "flags": flags}
        record("evidence.submit", held, by=by, at=at, data=data)
    return held


def _digest_now(row: Evidence, files: Sequence[EvidenceFile]) -> str:
    """Of the files; of the record as it is at this moment; of the piece referred to."""
    if row.same_as is not None:
        return row.same_as.digest
    if not row.record_label:
        return digest_of_files(files)
    kind = records.kind_called(row.record_label)
    found = kind.row(row.record_id) if kind and row.record_id else None
    if kind is None or found is None:
        raise Refused("引用的平台记录已不存在，请重新选择。")
    row.record_content = kind.content(found)
    return records.digest_of(kind, found)


def _raise_flags(row: Evidence, files: Sequence[EvidenceFile], *, at: datetime) -> list[str]:
    """Suspicions not raised before about these files; gives the codes of the rules."""
    if not files:
        return []
    found = suspicions(piece(row), sharing_files(row, files), with_pictures_alike(row, files))
    known = set(row.flags.values_list("other", "digest"))
    fresh = [one for one in found if (one.other, one.digest) not in known]
    EvidenceFlag.objects.bulk_create(
        EvidenceFlag(
            evidence=row, other_id=one.other, rule=one.rule, digest=one.digest,
            reason=one.reason[:300], raised_at=at,
        )
        for one in fresh
    )  # fmt: skip
    return [one.rule for one in fresh]


def _note_submission(
    row: Evidence, files: Sequence[EvidenceFile], *, by: Actor, at: datetime
) -> Submission:
    content = {
        "fields": fields_of(row),
        "files": [
            {"pk": one.pk, "name": one.file.name, "sha256": one.file.digest} for one in files
        ],
        "record": row.record_content,
        "same_as": row.same_as.code if row.same_as else "",
    }
    return Submission.objects.create(
        evidence=row, number=row.submissions.count() + 1, content=content, digest=row.digest,
        due_on=row.answer_due_on, submitted_at=at, submitted_by=by.user,
    )  # fmt: skip


def take_back(row: Evidence, *, by: Actor, at: datetime) -> Evidence:
    """The unit takes back what is not checked yet."""
    with transaction.atomic():
        held = moved(row, rules.may_take_back, EvidenceState.WANTED, by=by)
        _forget_last(held, by=by, at=at)
        save(held, "state", "first_submitted_at")
        record("evidence.take_back", held, by=by, at=at)
    return held


def _forget_last(row: Evidence, *, by: Actor, at: datetime) -> None:
    """What is taken back was not handed in in time: the first that stood counts."""
    last = row.submissions.order_by("-number").first()
    if last is not None:
        last.outcome, last.decided_at, last.decided_by = EvidenceState.WANTED, at, by.user
        last.save(update_fields=["outcome", "decided_at", "decided_by"])
    stood = row.submissions.exclude(outcome=EvidenceState.WANTED).order_by("number").first()
    row.first_submitted_at = stood.submitted_at if stood else None


def withdraw_evidence(row: Evidence, *, by: Actor, at: datetime) -> Evidence:
    """The unit gives up what it had offered; the code is not given again."""
    with transaction.atomic():
        held = moved(row, rules.may_withdraw, EvidenceState.WITHDRAWN, by=by)
        save(held, "state")
        record("evidence.withdraw", held, by=by, at=at)
    return held


def drop_evidence(row: Evidence, reason: str, *, by: Actor, at: datetime) -> Evidence:
    """The secretariat no longer needs it."""
    with transaction.atomic():
        held = moved(row, rules.may_drop, EvidenceState.NOT_NEEDED, by=by)
        held.closed_reason = stated(reason)
        save(held, "state", "closed_reason")
        tell_units([held], lambda _: f"佐证 {held.code}《{held.title}》不再需要提交。", at=at)
        record("evidence.drop", held, by=by, at=at, reason=held.closed_reason)
    return held


def want_again(row: Evidence, due_on: date, *, by: Actor, at: datetime) -> Evidence:
    """Needed after all, by a new day."""
    if due_on < day_of(at):
        raise Invalid({"due_on": ["提交期限不能早于今天。"]})
    with transaction.atomic():
        held = moved(row, rules.may_want_again, EvidenceState.WANTED, by=by)
        held.closed_reason, held.due_on, held.answer_due_on = "", due_on, due_on
        held.asked_at, held.asked_by = held.asked_at or at, held.asked_by or by.user
        save(held, "state", "closed_reason", "due_on", "answer_due_on", "asked_at", "asked_by")
        tell_units([held], lambda _: f"请提交佐证 {held.code}《{held.title}》。", at=at)
        record("evidence.want_again", held, by=by, at=at, data={"due": str(due_on)})
    return held


def reschedule(
    rows: Iterable[Evidence], due_on: date, *, by: Actor, at: datetime
) -> list[Evidence]:
    """Another day to hand in by, for many at once; all or none."""
    if due_on < day_of(at):
        raise Invalid({"due_on": ["提交期限不能早于今天。"]})
    with transaction.atomic():
        done = [locked(row) for row in in_order(rows)]
        for held in done:
            require(rules.may_ask(by, held.plan))
            if held.state not in {EvidenceState.WANTED, EvidenceState.RETURNED}:
                raise Refused(f"{held.code}：当前状态为“{held.get_state_display()}”，不必改期。")
            before = held.answer_due_on
            held.answer_due_on = due_on
            if held.first_submitted_at is None:
                held.due_on = due_on
            save(held, "due_on", "answer_due_on")
            data = {"before": str(before or ""), "after": str(due_on)}
            record("evidence.reschedule", held, by=by, at=at, data=data)
        tell_units(done, lambda n: f"{n} 份佐证的提交期限改为 {due_on}。", at=at)
    return done
