"""Who sees which rounds, students and outcomes."""

import pytest

from chanjiao.kernel.verdict import Refused
from chanjiao.matching.actions import cancel_round
from chanjiao.matching.enums import RoundState, RunState
from chanjiao.matching.models import Match
from chanjiao.matching.plan import Seat
from chanjiao.matching.queries import (
    applicants,
    choosing_progress,
    due_for,
    looked_up,
    managed_by,
    of_student,
    outcome_of,
    outcomes,
    placed_at,
    school_students,
    visible_to,
)
from chanjiao.matching.sheets import load_scores
from tests.matching.world import (
    AT,
    CLOSES,
    choose,
    drafted,
    in_state,
    make_world,
    opened,
    scoring,
)
from tests.people.world import acting, make_unit, stranger, with_duty

pytestmark = pytest.mark.django_db
HIDDEN = {RoundState.DRAFT}


@pytest.mark.parametrize("state", list(RoundState))
def test_who_sees_a_round(state):
    world = make_world()
    round_ = drafted(world) if state == RoundState.DRAFT else in_state(world, state)
    inside = [*world.teachers, *world.recruiters, world.actor(0), world.actor(1)]
    outside = [
        None, stranger(), with_duty(), acting(make_unit()), make_world().secretary,
        make_world().recruiters[0], make_world().actor(0),
    ]  # fmt: skip
    assert list(visible_to(world.secretary)) == [round_]
    for actor in inside:
        assert list(visible_to(actor)) == ([] if state in HIDDEN else [round_])
    for actor in outside:
        assert list(visible_to(actor)) == ([round_] if state == RoundState.PUBLISHED else [])
    assert list(managed_by(world.secretary)) == [round_]
    assert not managed_by(world.recruiters[0])
    assert list(of_student(world.actor(0))) == ([] if state in HIDDEN else [round_])


def test_a_member_whose_posts_do_not_take_part_sees_nothing():
    world = make_world()
    opened(world, seats=[Seat(world.posts[0], 1)], cohorts=world.cohorts[:1])
    assert not visible_to(world.recruiters[1]).exists()
    assert not visible_to(world.teachers[1]).exists()
    assert not visible_to(world.actor(1)).exists()


def test_a_round_cancelled_in_preparation_was_never_shown():
    world = make_world()
    cancel_round(drafted(world), reason="改期", by=world.secretary, at=AT)
    assert not visible_to(world.teachers[0]).exists()


def test_a_school_sees_its_own_students():
    world = make_world()
    opened(world)
    choose(world, 0, 0)
    rows = list(school_students(world.teachers[0], world.round))
    assert [(row, row.has_chosen) for row in rows] == [
        (world.students[0], True), (world.students[2], False),
    ]  # fmt: skip
    assert not school_students(world.recruiters[0], world.round).exists()
    progress = choosing_progress(world.round)
    assert [(row.school, row.students, row.chosen, row.missing) for row in progress] == [
        (world.schools[0], 2, 1, 1), (world.schools[1], 1, 0, 1),
    ]  # fmt: skip
    own = choosing_progress(world.round, [world.schools[1].pk])
    assert [row.school for row in own] == [world.schools[1]]


def test_outcomes_appear_with_publication_only(django_assert_num_queries):
    world = make_world()
    scoring(world)
    round_ = world.round
    run = round_.runs.create(
        state=RunState.ACCEPTED, seed="1", asked_by=world.secretary.user, asked_at=AT
    )
    seat = world.seats()[0]
    Match.objects.create(
        run=run, student=world.students[0], round_post=seat, rank=1, pseudonym="ABC"
    )
    round_.state = RoundState.ACCEPTED
    round_.save()
    assert outcome_of(round_, world.students[0]) is None
    assert looked_up(round_, "abc") is None
    with pytest.raises(Refused):
        placed_at(world.recruiters[0], seat)
    round_.state = RoundState.PUBLISHED
    round_.save()
    seat.refresh_from_db()
    assert outcome_of(round_, world.students[0]).round_post == seat
    assert looked_up(round_, " abc ").student == world.students[0]
    assert placed_at(world.recruiters[0], world.seats()[0]) == [world.students[0]]
    kept = applicants(world.recruiters[0], world.seats()[0])
    assert [row.student for row in kept] == [world.students[0]]  # the others' data are gone
    desk = load_scores(
        user=world.recruiters[0], scope={"round": round_.pk, "unit": world.firms[0].pk}, at=AT
    )
    assert [student for _, student in desk.students.values()] == [world.students[0]]
    with pytest.raises(Refused):
        placed_at(world.recruiters[1], world.seats()[0])
    with django_assert_num_queries(3):
        rows = outcomes(round_, world.students)
    assert [(row.match is not None, len(row.posts)) for row in rows] == [
        (True, 2), (False, 2), (False, 2),
    ]  # fmt: skip


def test_the_secretariat_is_told_what_is_due():
    world = make_world()
    opened(world)
    (due,) = due_for(world.secretary, AT)
    assert (due.round, due.late) == (world.round, False)
    (due,) = due_for(world.secretary, CLOSES)
    assert due.late
    assert "转入企业评分" in due.text
    assert due_for(world.recruiters[0], AT) == []
