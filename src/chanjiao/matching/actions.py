"""The life of a round: prepared, opened, closed, decided on, cancelled. Runs are in runs.py."""

import hashlib
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Conflict, Invalid, Refused, require
from chanjiao.matching import rules
from chanjiao.matching.checks import Problems, check_limits, check_plan
from chanjiao.matching.enums import RoundState, RunState
from chanjiao.matching.models import Quota, Round, RoundCohort, RoundPost
from chanjiao.matching.plan import Limit, Plan, plan_of
from chanjiao.matching.queries import participants, staff_of
from chanjiao.members.models import Consortium
from chanjiao.notices.actions import tell
from chanjiao.people.access import Actor
from chanjiao.people.models import User
from chanjiao.trail.actions import record


def create_round(
    consortium: Consortium, plan: Plan, *, by: Actor, at: datetime, code: str = ""
) -> Round:
    """A round in preparation. `code` is made from the consortium and the year where not given."""
    require(rules.may_create(by, consortium))
    check_plan(plan, consortium)
    with transaction.atomic():
        round_ = Round(
            consortium=consortium,
            code=code or _free_code(consortium, day_of(at)),
            created_by=by.user,
            created_at=at,
        )
        _write_plan(round_, plan)
        record("round.create", round_, by=by, at=at, data=_plan_data(plan))
    return round_


def edit_round(round_: Round, plan: Plan, *, revision: int, by: Actor, at: datetime) -> Round:
    """Replace all rules, posts, cohorts and limits of a round in preparation."""
    with transaction.atomic():
        round_ = locked(round_)
        require(rules.may_edit(by, round_))
        _expect(round_, revision)
        check_plan(plan, round_.consortium, round_)
        _write_plan(round_, plan)
        record("round.edit", round_, by=by, at=at, data=_plan_data(plan))
    return round_


def set_limits(
    round_: Round, limits: list[Limit], *, revision: int, reason: str, by: Actor, at: datetime
) -> Round:
    """Replace the secretariat's own caps, also between trial runs; the reason is kept."""
    with transaction.atomic():
        round_ = locked(round_)
        require(rules.may_limit(by, round_))
        _expect(round_, revision)
        _need_reason(reason)
        found: Problems = {}
        check_limits(limits, plan_of(round_).seats, found)
        if found:
            raise Invalid(found)
        round_.quotas.all().delete()
        _write_limits(round_, limits)
        _bump(round_)
        record(
            "round.limit", round_, by=by, at=at, reason=reason,
            data={"limits": [_limit_data(limit) for limit in limits]},
        )  # fmt: skip
    return round_


def open_round(round_: Round, *, seed: int, revision: int, by: Actor, at: datetime) -> Round:
    """Begin choosing. `seed` is drawn by the caller; only its SHA-256 is shown until publication.

    From now on rules, posts and cohorts stay as they are.
    """
    with transaction.atomic():
        round_ = locked(round_)
        require(rules.may_open(by, round_, at))
        _expect(round_, revision)
        check_plan(plan_of(round_), round_.consortium, round_)
        if not round_.posts.exists() or not round_.cohorts.exists():
            raise Refused("至少要有一个岗位和一个学生批次才能开放填报。")
        round_.seed = str(seed)
        round_.seed_commitment = commitment_of(round_.seed)
        _move(round_, RoundState.CHOOSING)
        until = rules.spoken_time(round_.closes_at)
        _tell_all(round_, f"“{round_.title}”开放志愿填报,{until} 截止。", round_.closes_at, at)
        record("round.open", round_, by=by, at=at, data={"commitment": round_.seed_commitment})
    return round_


def commitment_of(seed: str) -> str:
    """SHA-256 of the seed in decimal, hexadecimal: `printf 123 | sha256sum`."""
    return hashlib.sha256(seed.encode()).hexdigest()


def close_choosing(round_: Round, *, by: Actor, at: datetime) -> Round:
    """From choosing to scoring, after the deadline; units are told."""
    with transaction.atomic():
        round_ = locked(round_)
        require(rules.may_close_choosing(by, round_, at))
        _move(round_, RoundState.SCORING)
        until = rules.spoken_time(round_.scores_due_at)
        tell(
            staff_of(_units(round_), day_of(at)), at=at, link=f"/member/rounds/{round_.pk}/",
            text=f"“{round_.title}”可以为报名学生评分,{until} 截止。",
            due_on=day_of(round_.scores_due_at),
        )  # fmt: skip
        record("round.close_choosing", round_, by=by, at=at)
    return round_


def reopen_choosing(
    round_: Round, *, closes_at: datetime, scores_due_at: datetime, reason: str, by: Actor,
    at: datetime,
) -> Round:  # fmt: skip
    """From scoring back to choosing until a new deadline; the seed stays."""
    with transaction.atomic():
        round_ = locked(round_)
        require(rules.may_reopen_choosing(by, round_))
        _need_reason(reason)
        _need_dates(closes_at, scores_due_at, at)
        round_.closes_at, round_.scores_due_at = closes_at, scores_due_at
        _move(round_, RoundState.CHOOSING)
        until = rules.spoken_time(closes_at)
        _tell_all(round_, f"“{round_.title}”重新开放填报,{until} 截止。", closes_at, at)
        record(
            "round.reopen_choosing", round_, by=by, at=at, reason=reason,
            data={"closes_at": until},
        )  # fmt: skip
    return round_


def close_scoring(round_: Round, *, by: Actor, at: datetime) -> Round:
    """From scoring to trial runs, when due or when every application is scored."""
    with transaction.atomic():
        round_ = locked(round_)
        require(rules.may_close_scoring(by, round_, at))
        _move(round_, RoundState.DECIDING)
        data = {"unscored": rules.unscored_choices(round_)}
        record("round.close_scoring", round_, by=by, at=at, data=data)
    return round_


def reopen_scoring(
    round_: Round, *, scores_due_at: datetime, reason: str, by: Actor, at: datetime
) -> Round:
    """From trial runs back to scoring until a new due time; units are told."""
    with transaction.atomic():
        round_ = locked(round_)
        require(rules.may_reopen_scoring(by, round_))
        _need_reason(reason)
        _need_dates(round_.closes_at, scores_due_at, at)
        round_.scores_due_at = scores_due_at
        _move(round_, RoundState.SCORING)
        until = rules.spoken_time(scores_due_at)
        tell(
            staff_of(_units(round_), day_of(at)), at=at, link=f"/member/rounds/{round_.pk}/",
            text=f"“{round_.title}”重新开放评分,{until} 截止。", due_on=day_of(scores_due_at),
        )  # fmt: skip
        record(
            "round.reopen_scoring", round_, by=by, at=at, reason=reason,
            data={"scores_due_at": until},
        )  # fmt: skip
    return round_


def cancel_round(round_: Round, *, reason: str, by: Actor, at: datetime) -> Round:
    """Give the round up, with the reason everybody concerned reads."""
    with transaction.atomic():
        round_ = locked(round_)
        require(rules.may_cancel(by, round_))
        _need_reason(reason)
        if round_.runs.filter(state=RunState.QUEUED).exists():
            raise Refused("有试算正在进行,请等它结束后再取消。")
        round_.cancelled_reason = reason
        opened = bool(round_.seed)
        _move(round_, RoundState.CANCELLED)
        if opened:
            _tell_all(round_, f"“{round_.title}”已取消:{reason}"[:300], None, at)
        record("round.cancel", round_, by=by, at=at, reason=reason)
    return round_


# Shared with runs.py -------------------------------------------------------------------------
def locked(round_: Round) -> Round:
    """The row as it is now, held until the transaction ends."""
    return (
        Round.objects.select_for_update(of=("self",)).select_related("consortium").get(pk=round_.pk)
    )


def move_round(round_: Round, target: RoundState) -> None:
    """Set a state that the rules have allowed, and count the revision."""
    _move(round_, target)


def _move(round_: Round, target: RoundState) -> None:
    round_.state = target
    _bump(round_)


def _bump(round_: Round) -> None:
    round_.revision += 1
    round_.save()


def _expect(round_: Round, revision: int) -> None:
    if round_.revision != revision:
        raise Conflict("本轮已被他人修改,请刷新后再改。")


def _need_reason(reason: str) -> None:
    if not reason.strip():
        raise Invalid({"reason": ["请写明原因。"]})
    if len(reason) > 200:
        raise Invalid({"reason": ["原因最多 200 字。"]})


def _need_dates(closes_at: datetime, scores_due_at: datetime, at: datetime) -> None:
    if scores_due_at < closes_at:
        raise Invalid({"scores_due_at": ["评分截止不能早于填报截止。"]})
    if scores_due_at <= at:
        raise Invalid({"scores_due_at": ["新的评分截止应晚于现在。"]})


def _free_code(consortium: Consortium, today: date) -> str:
    stem = f"{consortium.code[:30]}-{today.year}"
    taken = set(Round.objects.filter(code__startswith=stem).values_list("code", flat=True))
    return next(code for number in range(1, 1000) if (code := f"{stem}-{number:02}") not in taken)


def _write_plan(round_: Round, plan: Plan) -> None:
    round_.title = plan.title.strip()
    round_.kind = plan.kind
    round_.opens_at, round_.closes_at = plan.opens_at, plan.closes_at
    round_.scores_due_at, round_.publish_on = plan.scores_due_at, plan.publish_on
    round_.max_choices = plan.max_choices
    round_.weights = dict(plan.weights)
    round_.unit_percent, round_.kind_percent = plan.unit_percent, plan.kind_percent
    if round_.pk:
        round_.revision += 1
    _cleaned(round_)
    round_.save()
    round_.quotas.all().delete()
    round_.posts.all().delete()
    round_.cohorts.all().delete()
    RoundCohort.objects.bulk_create([RoundCohort(round=round_, cohort=c) for c in plan.cohorts])
    RoundPost.objects.bulk_create(
        [
            RoundPost(
                round=round_, post=seat.post, reserved_for=seat.reserved_for,
                capacity=seat.capacity, minimum=seat.minimum,
            )
            for seat in plan.seats
        ]
    )  # fmt: skip
    _write_limits(round_, list(plan.limits))


def _cleaned(round_: Round) -> None:
    try:
        round_.full_clean()
    except ValidationError as error:
        raise Invalid(dict(error.message_dict)) from error


def _write_limits(round_: Round, limits: list[Limit]) -> None:
    rows = {(row.post_id, row.reserved_for_id): row for row in round_.posts.all()}
    made = []
    for limit in limits:
        reserved = limit.reserved_for.pk if limit.reserved_for else None
        made.append(
            Quota(
                round=round_, scope=limit.scope, unit=limit.unit, capacity=limit.capacity,
                occupation_code=limit.occupation_code, school=limit.school,
                round_post=rows[limit.post.pk, reserved] if limit.post else None,
            )
        )  # fmt: skip
    Quota.objects.bulk_create(made)


def _plan_data(plan: Plan) -> dict[str, object]:
    return {
        "title": plan.title,
        "kind": plan.kind.value,
        "dates": [
            rules.spoken_time(moment)
            for moment in (plan.opens_at, plan.closes_at, plan.scores_due_at)
        ],
        "publish_on": plan.publish_on.isoformat(),
        "max_choices": plan.max_choices,
        "weights": dict(plan.weights),
        "percents": [plan.unit_percent, plan.kind_percent],
        "cohorts": [cohort.number for cohort in plan.cohorts],
        "seats": [
            {
                "post": seat.post.number, "capacity": seat.capacity, "minimum": seat.minimum,
                "reserved_for": seat.reserved_for.number if seat.reserved_for else "",
            }
            for seat in plan.seats
        ],
        "limits": [_limit_data(limit) for limit in plan.limits],
    }  # fmt: skip


def _limit_data(limit: Limit) -> dict[str, object]:
    return {
        "scope": limit.scope.value,
        "capacity": limit.capacity,
        "unit": limit.unit.pk if limit.unit else None,
        "occupation": limit.occupation_code,
        "post": limit.post.number if limit.post else "",
        "school": limit.school.pk if limit.school else None,
    }


def _units(round_: Round) -> list[int]:
    return list(round_.posts.order_by().values_list("post__unit", flat=True).distinct())


def _schools(round_: Round) -> list[int]:
    return list(round_.cohorts.order_by().values_list("cohort__unit", flat=True).distinct())


def _tell_all(round_: Round, text: str, due: datetime | None, at: datetime) -> None:
    """Students, schools and units of a round, each with a link to their own page."""
    due_on = day_of(due) if due else None
    students = User.objects.filter(student__in=participants(round_))
    tell(students, text, at=at, link=f"/student/rounds/{round_.pk}/", due_on=due_on)
    staff = staff_of(_units(round_) + _schools(round_), day_of(at))
    tell(staff, text, at=at, link=f"/member/rounds/{round_.pk}/", due_on=due_on)


def tell_all(round_: Round, text: str, *, at: datetime) -> None:
    """Tell everybody concerned, with nothing due."""
    _tell_all(round_, text, None, at)
