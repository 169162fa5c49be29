"""The life of a round: prepared, opened, closed, decided on, cancelled. Runs are in runs.py."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Invalid, Refused, require
from chanjiao.matching import rules
from chanjiao.matching.checks import Problems, check_limits, check_plan
from chanjiao.matching.enums import RoundState, RunState
from chanjiao.matching.models import Quota, Round, RoundCohort, RoundPost
from chanjiao.matching.moving import (
    bump,
    commitment_of,
    expect_revision,
    locked,
    need_dates,
    need_reason,
    set_state,
    tell_all,
    units_of,
)
from chanjiao.matching.plan import Limit, Plan, plan_of
from chanjiao.matching.queries import staff_of
from chanjiao.members.models import Consortium
from chanjiao.notices.actions import tell
from chanjiao.people.access import Actor
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
        expect_revision(round_, revision)
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
        expect_revision(round_, revision)
        need_reason(reason)
        found: Problems = {}
        check_limits(limits, plan_of(round_).seats, found)
        if found:
            raise Invalid(found)
        round_.quotas.all().delete()
        _write_limits(round_, limits)
        bump(round_)
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
        expect_revision(round_, revision)
        check_plan(plan_of(round_), round_.consortium, round_)
        if not round_.posts.exists() or not round_.cohorts.exists():
            raise Refused("至少要有一个岗位和一个学生批次才能开放填报。")
        round_.seed = str(seed)
        round_.seed_commitment = commitment_of(round_.seed)
        set_state(round_, RoundState.CHOOSING)
        until = rules.spoken_time(round_.closes_at)
        tell_all(round_, f"“{round_.title}”开放志愿填报，{until} 截止。", round_.closes_at, at)
        record("round.open", round_, by=by, at=at, data={"commitment": round_.seed_commitment})
    return round_


def close_choosing(round_: Round, *, by: Actor, at: datetime) -> Round:
    """From choosing to scoring, after the deadline; units are told."""
    with transaction.atomic():
        round_ = locked(round_)
        require(rules.may_close_choosing(by, round_, at))
        set_state(round_, RoundState.SCORING)
        until = rules.spoken_time(round_.scores_due_at)
        tell(
            staff_of(units_of(round_), day_of(at)), at=at, link=f"/member/rounds/{round_.pk}/",
            text=f"“{round_.title}”可以为报名学生评分，{until} 截止。",
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
        need_reason(reason)
        need_dates(closes_at, scores_due_at, at)
        if closes_at <= at:
            raise Invalid({"closes_at": ["新的填报截止应晚于现在。"]})
        round_.closes_at, round_.scores_due_at = closes_at, scores_due_at
        set_state(round_, RoundState.CHOOSING)
        until = rules.spoken_time(closes_at)
        tell_all(round_, f"“{round_.title}”重新开放填报，{until} 截止。", closes_at, at)
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
        set_state(round_, RoundState.DECIDING)
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
        need_reason(reason)
        need_dates(round_.closes_at, scores_due_at, at)
        round_.scores_due_at = scores_due_at
        set_state(round_, RoundState.SCORING)
        until = rules.spoken_time(scores_due_at)
        tell(
            staff_of(units_of(round_), day_of(at)), at=at, link=f"/member/rounds/{round_.pk}/",
            text=f"“{round_.title}”重新开放评分，{until} 截止。", due_on=day_of(scores_due_at),
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
        need_reason(reason)
        if round_.runs.filter(state=RunState.QUEUED).exists():
            raise Refused("有试算正在进行，请等它结束后再取消。")
        round_.cancelled_reason = reason
        opened = bool(round_.seed)
        set_state(round_, RoundState.CANCELLED)
        if opened:
            tell_all(round_, f"“{round_.title}”已取消：{reason}"[:300], None, at)
        record("round.cancel", round_, by=by, at=at, reason=reason)
    return round_


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
