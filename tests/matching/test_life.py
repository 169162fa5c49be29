"""A round's life: every state × every move × every role, and what each step demands."""

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest

from chanjiao.kernel.verdict import Conflict, Invalid, Refused
from chanjiao.matching import rules
from chanjiao.matching.actions import (
    cancel_round,
    close_choosing,
    close_scoring,
    create_round,
    edit_round,
    open_round,
    reopen_choosing,
    reopen_scoring,
    set_limits,
)
from chanjiao.matching.enums import ROUND_MOVES, QuotaScope, RoundState
from chanjiao.matching.models import Round
from chanjiao.matching.plan import Limit, Seat, plan_of
from chanjiao.notices.models import Notice
from chanjiao.trail.queries import about
from tests.matching.world import (
    AT,
    CLOSES,
    SCORES_DUE,
    SECOND,
    SEED,
    choose,
    drafted,
    in_state,
    make_world,
    opened,
    plan_for,
    scoring,
)
from tests.people.world import stranger, with_duty

pytestmark = pytest.mark.django_db

LATER = SCORES_DUE + timedelta(days=3)
S = RoundState
# How the site moves a round from one state to another; undo and publish are in test_runs.
STEPS = {
    (S.DRAFT, S.CHOOSING): lambda r, by: open_round(r, seed=1, revision=r.revision, by=by, at=AT),
    (S.CHOOSING, S.SCORING): lambda r, by: close_choosing(r, by=by, at=CLOSES),
    (S.SCORING, S.CHOOSING): lambda r, by: reopen_choosing(
        r, closes_at=LATER, scores_due_at=LATER, reason="补报", by=by, at=AT
    ),
    (S.SCORING, S.DECIDING): lambda r, by: close_scoring(r, by=by, at=SCORES_DUE),
    (S.DECIDING, S.SCORING): lambda r, by: reopen_scoring(
        r, scores_due_at=LATER, reason="补评", by=by, at=AT
    ),
}
STEPS |= {
    (state, S.CANCELLED): lambda r, by: cancel_round(r, reason="停办", by=by, at=AT)
    for state in ROUND_MOVES
    if S.CANCELLED in ROUND_MOVES[state]
}
ELSEWHERE = {(S.DECIDING, S.ACCEPTED), (S.ACCEPTED, S.DECIDING), (S.ACCEPTED, S.PUBLISHED)}
MAY = {
    "open": lambda a, r: rules.may_open(a, r, AT),
    "close_choosing": lambda a, r: rules.may_close_choosing(a, r, LATER),
    "reopen_choosing": rules.may_reopen_choosing,
    "close_scoring": lambda a, r: rules.may_close_scoring(a, r, LATER),
    "reopen_scoring": rules.may_reopen_scoring,
    "undo": rules.may_undo,
    "publish": rules.may_publish,
    "cancel": rules.may_cancel,
    "edit": rules.may_edit,
    "limit": rules.may_limit,
    "run": rules.may_run,
}
ALLOWED_IN = {
    "open": {S.DRAFT},
    "close_choosing": {S.CHOOSING},
    "reopen_choosing": {S.SCORING},
    "close_scoring": {S.SCORING},
    "reopen_scoring": {S.DECIDING},
    "undo": {S.ACCEPTED},
    "publish": {S.ACCEPTED},
    "cancel": {S.DRAFT, S.CHOOSING, S.SCORING, S.DECIDING},
    "edit": {S.DRAFT},
    "limit": {S.DRAFT, S.CHOOSING, S.SCORING, S.DECIDING},
    "run": {S.DECIDING},
}


def test_every_move_of_the_table_has_its_step():
    moves = {(state, target) for state, targets in ROUND_MOVES.items() for target in targets}
    assert moves == set(STEPS) | ELSEWHERE


@pytest.mark.parametrize("step", STEPS, ids=lambda s: f"{s[0]}-{s[1]}")
@pytest.mark.parametrize("state", list(RoundState))
def test_a_step_works_from_its_own_state_only(step, state):
    world = make_world()
    round_ = in_state(world, state)
    ways_there = {s for s in STEPS if s[1] == step[1] == S.CANCELLED} or {step}
    if any(source == state for source, _ in ways_there):
        assert STEPS[step](round_, world.secretary).state == step[1]
        return
    with pytest.raises(Refused) as refusal:
        STEPS[step](round_, world.secretary)
    assert refusal.value.reason
    assert Round.objects.get(pk=round_.pk).state == state


@pytest.mark.parametrize("verb", MAY)
@pytest.mark.parametrize("state", list(RoundState))
def test_state_by_role(state, verb):
    world = make_world()
    round_ = in_state(world, state)
    verdict = MAY[verb](world.secretary, round_)
    assert bool(verdict) == (state in ALLOWED_IN[verb])
    assert bool(verdict.reason) != bool(verdict)
    others = [
        None, stranger(), with_duty(), world.teachers[0], world.recruiters[0], world.actor(0),
        make_world().secretary,
    ]  # fmt: skip
    for other in others:
        refusal = MAY[verb](other, round_)
        assert not refusal
        assert refusal.reason == "只有秘书处可以办理。"


def test_a_plan_comes_back_as_it_went_in():
    world = make_world()
    limits = [
        Limit(QuotaScope.UNIT, 3, unit=world.firms[0]),
        Limit(QuotaScope.KIND, 2, unit=world.firms[0], occupation_code="6-18-01-01"),
        Limit(QuotaScope.SCHOOL_AT_POST, 1, post=world.posts[0], school=world.schools[0]),
    ]
    seats = [Seat(world.posts[0], 1), Seat(world.posts[0], 1, 1, world.cohorts[0])]
    plan = plan_for(world, seats=seats, limits=limits)
    round_ = create_round(world.consortium, plan, by=world.secretary, at=AT)
    stored = plan_of(Round.objects.get(pk=round_.pk))
    assert stored == replace(plan, limits=stored.limits)
    assert {str(x) for x in stored.limits} == {str(x) for x in limits}
    assert about(round_).get().action == "round.create"


BAD_PLANS = {
    "weights": {"weights": {"unit": 60, "grade": 25, "skill": 16}},
    "closes_at": {"closes_at": AT - timedelta(days=9)},
    "scores_due_at": {"scores_due_at": CLOSES - SECOND},
    "max_choices": {"max_choices": 0},
    "unit_percent": {"unit_percent": 0},
    "title": {"title": "  "},
}


@pytest.mark.parametrize("field", BAD_PLANS)
def test_a_plan_that_contradicts_itself_is_refused_at_its_field(field):
    world = make_world()
    with pytest.raises(Invalid) as found:
        drafted(world, **BAD_PLANS[field])
    assert field in found.value.problems
    assert not Round.objects.exists()


def test_seats_cannot_exceed_the_need_nor_serve_other_kinds_or_drafts():
    world = make_world()
    post = world.posts[0]
    with pytest.raises(Invalid, match="超过需求人数"):
        drafted(world, seats=[Seat(post, 2), Seat(post, 1, 0, world.cohorts[0])])
    with pytest.raises(Invalid, match="类型与本轮不同"):
        drafted(world, kind="order", cohorts=[])
    post.state = "draft"
    post.save()
    with pytest.raises(Invalid, match="已发布"):
        drafted(world)


def test_a_post_or_cohort_takes_part_in_one_open_round_at_a_time():
    world = make_world()
    first = drafted(world)
    with pytest.raises(Invalid) as found:
        drafted(world)
    assert set(found.value.problems) == {"cohorts", "seats"}
    cancel_round(first, reason="停办", by=world.secretary, at=AT)
    assert drafted(world).code != first.code


def test_another_consortiums_posts_are_refused():
    world, other = make_world(), make_world()
    with pytest.raises(Invalid):
        drafted(world, seats=[Seat(other.posts[0], 1)])
    with pytest.raises(Invalid):
        drafted(world, cohorts=other.cohorts)


def test_two_editors_of_one_round():
    world = make_world()
    round_ = drafted(world)
    seen = round_.revision
    edit_round(round_, plan_for(world, title="甲改"), revision=seen, by=world.secretary, at=AT)
    with pytest.raises(Conflict):
        edit_round(round_, plan_for(world, title="乙改"), revision=seen, by=world.secretary, at=AT)
    assert world.reload().title == "甲改"


def test_opening_shows_the_commitment_only_and_freezes_the_rules(
    django_capture_on_commit_callbacks,
):
    world = make_world()
    with django_capture_on_commit_callbacks(execute=True):
        round_ = opened(world)
    assert round_.seed_commitment == hashlib.sha256(str(SEED).encode()).hexdigest()
    assert str(SEED) not in str([e.data for e in about(round_)])
    with pytest.raises(Refused, match="不能再改"):
        edit_round(round_, plan_for(world), revision=round_.revision, by=world.secretary, at=AT)
    told = set(Notice.objects.values_list("user__name", flat=True))
    assert {s.name for s in world.students} <= told
    assert {a.name for a in (*world.teachers, *world.recruiters)} <= told


def test_an_empty_round_or_one_whose_time_is_over_does_not_open():
    world = make_world()
    empty = drafted(world, seats=[])
    with pytest.raises(Refused, match="至少要有一个岗位"):
        open_round(empty, seed=1, revision=empty.revision, by=world.secretary, at=AT)
    with pytest.raises(Refused, match="已过"):
        open_round(empty, seed=1, revision=empty.revision, by=world.secretary, at=CLOSES)


def test_choosing_does_not_end_before_its_deadline():
    world = make_world()
    round_ = opened(world)
    with pytest.raises(Refused, match="不能提前结束"):
        close_choosing(round_, by=world.secretary, at=CLOSES - SECOND)
    assert close_choosing(round_, by=world.secretary, at=CLOSES).state == S.SCORING


def test_scoring_ends_early_only_when_everybody_is_scored():
    world = make_world()
    round_ = scoring(world)
    with pytest.raises(Refused, match="未评分"):
        close_scoring(round_, by=world.secretary, at=CLOSES)
    quiet = make_world()
    opened(quiet)
    quiet.round = close_choosing(quiet.reload(), by=quiet.secretary, at=CLOSES)
    assert close_scoring(quiet.round, by=quiet.secretary, at=CLOSES).state == S.DECIDING


def test_reopening_wants_a_reason_and_a_later_deadline():
    world = make_world()
    round_ = scoring(world)
    with pytest.raises(Invalid):
        reopen_choosing(
            round_, closes_at=LATER, scores_due_at=LATER, reason=" ", by=world.secretary, at=AT
        )
    with pytest.raises(Invalid):
        reopen_choosing(
            round_, closes_at=CLOSES, scores_due_at=LATER, reason="补报", by=world.secretary,
            at=CLOSES,
        )  # fmt: skip
    seed = round_.seed
    again = reopen_choosing(
        round_, closes_at=LATER, scores_due_at=LATER, reason="补报", by=world.secretary, at=CLOSES
    )
    assert (again.seed, again.closes_at) == (seed, LATER)
    assert choose(world, 0, 1, revision=1).revision == 2


def test_own_limits_may_change_between_trial_runs_with_a_reason():
    world = make_world()
    round_ = scoring(world)
    limits = [Limit(QuotaScope.UNIT, 1, unit=world.firms[0])]
    with pytest.raises(Invalid):
        set_limits(round_, limits, revision=round_.revision, reason="", by=world.secretary, at=AT)
    set_limits(
        round_, limits, revision=round_.revision, reason="企业来函", by=world.secretary, at=AT
    )
    assert round_.quotas.get().capacity == 1
    elsewhere = [Limit(QuotaScope.UNIT, 1, unit=make_world().firms[0])]
    with pytest.raises(Invalid):
        set_limits(
            round_, elsewhere, revision=world.reload().revision, reason="企业来函",
            by=world.secretary, at=AT,
        )  # fmt: skip


def test_cancelling_wants_a_reason_and_tells_everybody(django_capture_on_commit_callbacks):
    world = make_world()
    round_ = opened(world)
    with pytest.raises(Invalid):
        cancel_round(round_, reason="", by=world.secretary, at=AT)
    with django_capture_on_commit_callbacks(execute=True):
        cancel_round(round_, reason="企业停产", by=world.secretary, at=AT)
    texts = set(Notice.objects.values_list("text", flat=True))
    assert texts == {"“2027 年春季岗位实习”已取消：企业停产"}
