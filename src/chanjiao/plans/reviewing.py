"""Verdicts at mid-year and year-end, and the rectifications that follow."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Conflict, Invalid, require
from chanjiao.notices.actions import tell
from chanjiao.people.access import Actor
from chanjiao.people.checks import check_row
from chanjiao.people.models import Unit
from chanjiao.people.queries import people_of
from chanjiao.plans import rules
from chanjiao.plans.checks import score_problem
from chanjiao.plans.enums import (
    RECTIFICATION_OWED,
    TASK_MOVES,
    RectificationState,
    Stage,
    TaskState,
    VerdictKind,
)
from chanjiao.plans.models import Plan, Rectification, Review, Task
from chanjiao.plans.queries import proven_by_task, responsible_units, tasks_of
from chanjiao.plans.results import Proven, effective_weights, propose
from chanjiao.plans.rows import CHANGED, locked_plan, save
from chanjiao.trail.actions import record

RECTIFY_DAYS = 30
_OPEN = RECTIFICATION_OWED | {RectificationState.SUBMITTED}


@dataclass(frozen=True, slots=True)
class Given:
    """What a person decides on one task. `revision` is that of the review seen, 0 for none.

    `what` and `due_on` are of the rectification a negative verdict opens; left empty, the comment
    and thirty days.
    """

    task: Task
    verdict: str
    score: Decimal | None
    comment: str = ""
    what: str = ""
    due_on: date | None = None
    revision: int = 0


def review_tasks(
    plan: Plan, stage: str, given: Iterable[Given], *, by: Actor, at: datetime
) -> list[Review]:
    """Verdicts on many tasks, all or none. Those that change nothing are passed over.

    Invalid maps "<field>-<task pk>" to what is wrong; Conflict names the task somebody else
    judged first.
    """
    decided = list(given)
    with transaction.atomic():
        held = locked_plan(plan)
        require(rules.may_review(by, held, stage))
        tasks = {task.pk: task for task in tasks_of(held)}
        judged = effective_weights(tasks.values())
        _need_valid(decided, judged.keys())
        proven = proven_by_task(held)
        made = []
        for one in decided:
            task = tasks[one.task.pk]
            review = _review(held, task, stage, one, proven.get(task.pk, Proven()), by, at)
            if review is not None:
                made.append(review)
        data = {"stage": stage, "tasks": {str(r.task_id): _said(r) for r in made}}
        record("plan.review", held, by=by, at=at, data=data)
    return made


def _said(review: Review) -> list[str]:
    return [review.verdict, "" if review.score is None else f"{review.score:f}"]


def _need_valid(given: Iterable[Given], judged: Iterable[int]) -> None:
    problems: dict[str, list[str]] = {}
    known = set(judged)
    for one in given:
        pk = one.task.pk
        if pk not in known:
            problems[f"verdict-{pk}"] = [f"{one.task.code}：这项任务不单独评价。"]
        elif one.verdict not in VerdictKind.values:
            problems[f"verdict-{pk}"] = ["请选择评价。"]
        elif wrong := score_problem(one.verdict, one.score):
            problems[f"score-{pk}"] = [f"{wrong}。"]
        elif one.verdict == VerdictKind.NOT_ACHIEVED and not (one.comment or one.what).strip():
            problems[f"comment-{pk}"] = ["“未完成”须写明评语或整改要求。"]
    if problems:
        raise Invalid(problems)


def _review(
    plan: Plan, task: Task, stage: str, one: Given, proven: Proven, by: Actor, at: datetime
) -> Review | None:
    held = Review.objects.select_for_update(of=("self",)).filter(task=task, stage=stage).first()
    if (held.revision if held else 0) != one.revision:
        raise Conflict(f"{task.code} 的评价{CHANGED}")
    said = (one.verdict, one.score, one.comment.strip())
    if held is not None and (held.verdict, held.score, held.comment) == said:
        return None
    review = held or Review(plan=plan, task=task, stage=stage, revision=0)
    proposal = propose(task, stage, plan.year, proven)
    review.verdict, review.score, review.comment = said
    review.proposed_verdict, review.proposed_score = proposal.verdict, proposal.score
    review.reviewed_at, review.reviewed_by = at, by.user
    review.revision += 1
    check_row(review)
    review.save()
    if stage == Stage.YEAREND and task.state != TaskState.REVIEWED:
        task.state = TaskState.REVIEWED
        save(task, "state")
        _follow_reviewed_parts(task)
    _rectify(review, task, one, by, at)
    return review


def _follow_reviewed_parts(part: Task) -> None:
    """A split task is reviewed when all its parts that count are."""
    if part.parent_id is None:
        return
    whole = Task.objects.select_for_update(of=("self",)).get(pk=part.parent_id)
    all_judged = all(p.state == TaskState.REVIEWED for p in whole.parts.all() if p.counts)
    if all_judged and TaskState.REVIEWED in TASK_MOVES[whole.state]:
        whole.state = TaskState.REVIEWED
        save(whole, "state")


def _rectify(review: Review, task: Task, one: Given, by: Actor, at: datetime) -> None:
    """A negative verdict opens a rectification; one that is negative no longer cancels it."""
    found = Rectification.objects.select_for_update(of=("self",)).filter(review=review)
    waiting = found.filter(state__in=_OPEN).order_by("pk").first()
    if review.verdict == VerdictKind.NOT_ACHIEVED:
        if waiting is None:
            due = one.due_on or day_of(at) + timedelta(days=RECTIFY_DAYS)
            _open(review, task, one.what.strip() or review.comment, task.unit, due, by, at)
    elif waiting is not None:
        waiting.state = RectificationState.CANCELLED
        waiting.revision += 1
        waiting.save(update_fields=["state", "revision"])


def _open(
    review: Review, task: Task, what: str, unit: Unit, due_on: date, by: Actor, at: datetime
) -> Rectification:
    if due_on < day_of(at):
        raise Invalid({"due_on": [f"{task.code}：整改期限不能早于今天。"]})
    row = Rectification(
        plan=review.plan, task=task, review=review, what=what, unit=unit, person=task.person,
        due_on=due_on, opened_at=at, opened_by=by.user,
    )  # fmt: skip
    check_row(row)
    row.save(force_insert=True)
    text = f"任务“{task.code} {task.name}”须整改：{what}"
    tell(
        people_of(unit, day_of(at)), text, at=at, link=f"/member/rectifications/{row.pk}/",
        due_on=due_on,
    )  # fmt: skip
    return row


def open_rectification(
    review: Review, what: str, due_on: date, *, by: Actor, at: datetime
) -> Rectification:
    """For a verdict that is not negative but leaves something to mend."""
    with transaction.atomic():
        plan = locked_plan(review.plan)
        require(rules.may_open_rectification(by, plan))
        if not what.strip():
            raise Invalid({"what": ["请写明整改要求。"]})
        if Rectification.objects.filter(review=review, state__in=_OPEN).exists():
            raise Invalid({"": ["这项评价已有未销号的整改。"]})
        row = _open(review, review.task, what.strip(), review.task.unit, due_on, by, at)
        record("plan.rectify_open", row, by=by, at=at, data={"task": review.task_id})
    return row


def change_rectification(
    row: Rectification,
    *,
    what: str,
    unit: Unit,
    person: str,
    due_on: date,
    revision: int,
    by: Actor,
    at: datetime,
) -> Rectification:
    """What, by whom and by when; old and new stay in the trail."""
    with transaction.atomic():
        held = _locked(row)
        require(rules.may_change_rectification(by, held))
        _need_seen(held, revision)
        if not responsible_units(held.plan.consortium, on=day_of(at)).filter(pk=unit.pk).exists():
            raise Invalid({"unit": ["只能选择在任成员单位。"]})
        before = [held.what, held.unit_id, held.person, held.due_on.isoformat()]
        moved = held.unit_id != unit.pk
        held.what, held.unit, held.person, held.due_on = what.strip(), unit, person.strip(), due_on
        check_row(held)
        _save(held, "what", "unit", "person", "due_on")
        if moved:
            text = f"任务“{held.task.code} {held.task.name}”的整改由本单位负责：{held.what}"
            link = f"/member/rectifications/{held.pk}/"
            tell(people_of(unit, day_of(at)), text, at=at, link=link, due_on=due_on)
        after = [held.what, unit.pk, held.person, due_on.isoformat()]
        data = {"before": before, "after": after}
        record("plan.rectify_change", held, by=by, at=at, data=data)
    return held


def submit_rectification(
    row: Rectification, explanation: str, *, revision: int, by: Actor, at: datetime
) -> Rectification:
    """The unit says what it has mended; the secretariat is told."""
    with transaction.atomic():
        held = _locked(row)
        require(rules.may_submit_rectification(by, held))
        _need_seen(held, revision)
        if not explanation.strip():
            raise Invalid({"explanation": ["请写明整改情况。"]})
        held.state, held.explanation = RectificationState.SUBMITTED, explanation.strip()
        held.submitted_at, held.submitted_by = at, by.user
        held.turn += 1
        check_row(held)
        _save(held, "state", "explanation", "submitted_at", "submitted_by", "turn")
        office = held.plan.consortium.secretariat
        text = f"{held.unit.called}提交了整改：{held.task.code} {held.task.name}"
        tell(people_of(office, day_of(at)), text, at=at, link=f"/desk/rectifications/{held.pk}/")
        data = {"turn": held.turn, "explanation": held.explanation}
        record("plan.rectify_submit", held, by=by, at=at, data=data)
    return held


def accept_rectification(
    row: Rectification, note: str = "", *, revision: int, by: Actor, at: datetime
) -> Rectification:
    """Mended."""
    return _recheck(row, RectificationState.ACCEPTED, note, None, revision, by=by, at=at)


def return_rectification(
    row: Rectification,
    note: str,
    due_on: date | None = None,
    *,
    revision: int,
    by: Actor,
    at: datetime,
) -> Rectification:
    """Not mended: back to the unit with what is missing, and a new day if given."""
    if not note.strip():
        raise Invalid({"reason": ["退回须写明复核意见。"]})
    return _recheck(row, RectificationState.RETURNED, note, due_on, revision, by=by, at=at)


def _recheck(
    row: Rectification, target: RectificationState, note: str, due_on: date | None, revision: int,
    *, by: Actor, at: datetime,
) -> Rectification:  # fmt: skip
    with transaction.atomic():
        held = _locked(row)
        require(rules.may_recheck(by, held, target))
        _need_seen(held, revision)
        held.state, held.recheck = target, note.strip()
        held.rechecked_at, held.rechecked_by = at, by.user
        held.due_on = due_on or held.due_on
        check_row(held)
        _save(held, "state", "recheck", "rechecked_at", "rechecked_by", "due_on")
        said = f"整改{held.get_state_display()}：{held.task.code} {held.task.name}"
        link = f"/member/rectifications/{held.pk}/"
        due = held.due_on if target == RectificationState.RETURNED else None
        tell(people_of(held.unit, day_of(at)), said, at=at, link=link, due_on=due)
        record("plan.rectify_recheck", held, by=by, at=at, reason=held.recheck, data={"to": target})
    return held


def cancel_rectification(
    row: Rectification, reason: str, *, by: Actor, at: datetime
) -> Rectification:
    """Opened by mistake."""
    with transaction.atomic():
        held = _locked(row)
        require(rules.may_cancel_rectification(by, held))
        if not reason.strip():
            raise Invalid({"reason": ["请写明原因。"]})
        held.state, held.recheck = RectificationState.CANCELLED, reason.strip()[:500]
        _save(held, "state", "recheck")
        record("plan.rectify_cancel", held, by=by, at=at, reason=held.recheck)
    return held


def _locked(row: Rectification) -> Rectification:
    rows = Rectification.objects.select_related(
        "plan", "plan__consortium", "plan__consortium__secretariat", "task", "unit"
    )
    return rows.select_for_update(of=("self",)).get(pk=row.pk)


def _need_seen(row: Rectification, revision: int) -> None:
    if row.revision != revision:
        raise Conflict(f"整改{CHANGED}")


def _save(row: Rectification, *fields: str) -> None:
    row.revision += 1
    row.save(update_fields=[*fields, "revision"])
