"""Who sees which rows; and demand against supply."""

from datetime import timedelta

import pytest

from chanjiao.kernel.clock import day_of
from chanjiao.needs import queries
from chanjiao.needs.enums import ON_SHOW, ListingState
from chanjiao.needs.kinds import KINDS
from chanjiao.needs.models import Post
from chanjiao.reference.queries import book
from tests.needs.world import in_state, make_cohort, make_listing, make_post, make_world
from tests.people.world import AT

pytestmark = pytest.mark.django_db
ON = day_of(AT)


@pytest.fixture
def world():
    return make_world()


def test_each_state_is_seen_by_whom_it_concerns(world):
    for state in ListingState:
        row = in_state(make_post(world), state)
        seen = {
            role: row in queries.visible_to(Post, getattr(world, role), on=ON)
            for role in ("recruiter", "rival", "teacher", "office", "outsider", "stranger")
        }
        shown = state in ON_SHOW
        assert seen == {
            "recruiter": True, "rival": shown, "teacher": shown,
            "office": state != ListingState.DRAFT, "outsider": False, "stranger": False,
        }  # fmt: skip
    assert not queries.visible_to(Post, None, on=ON).exists()


def test_a_unit_that_left_sees_its_own_rows_only(world):
    own = make_post(world)
    membership = world.other.memberships.get()
    membership.left_on, membership.left_reason = ON, "退出"
    membership.save()
    in_state(own, ListingState.PUBLISHED)
    assert not queries.visible_to(Post, world.rival, on=ON).exists()
    assert queries.visible_to(Post, world.rival, on=ON - timedelta(days=1)).exists()


def test_stale_after_ninety_days_and_late_after_the_day(world):
    row = in_state(make_post(world), ListingState.PUBLISHED)
    Post.objects.update(confirmed_at=AT - timedelta(days=90), answer_due_on=ON)
    rows = Post.objects.all()
    assert not queries.stale(rows, at=AT) and not queries.late(rows, on=ON)
    assert list(queries.stale(rows, at=AT + timedelta(seconds=1))) == [row]
    assert list(queries.late(rows, on=ON + timedelta(days=1))) == [row]


def test_the_queue_counts_what_waits_in_each_list(world):
    for kind in KINDS:
        in_state(make_listing(world, kind), ListingState.SUBMITTED)
        make_listing(world, kind)
    waiting = queries.waiting(world.consortium, at=AT, on=ON)
    assert [(w.kind, w.submitted) for w in waiting] == [(kind, 1) for kind in KINDS]


def test_demand_meets_supply_by_major(world):
    both = make_post(world, headcount=6)
    one = make_post(world, headcount=4, major_codes=["460103"], occupation_code="6-18-01-02")
    draft = make_post(world, headcount=50)
    for row in (both, one):
        in_state(row, ListingState.PUBLISHED)
    in_state(make_cohort(world, size=40), ListingState.PUBLISHED)
    rows = {
        b.code: (b.demand, b.supply, b.posts) for b in queries.balance_by_major(world.consortium)
    }
    assert rows == {"460103": (10, 40, 2), "460104": (6, 0, 1)}
    total = queries.totals(world.consortium)
    assert (total.demand, total.supply, total.gap) == (10, 40, -30)
    assert draft.state == ListingState.DRAFT
    groups = queries.balance_by_group(world.consortium, book())
    assert [(g.code, g.demand, g.supply, g.posts) for g in groups] == [("26", 10, 40, 2)]
    assert queries.balance_by_major(world.consortium, "2027Q1") == []


def test_demand_by_occupation_finds_the_majors_that_prepare_for_it(world):
    in_state(make_post(world, occupation_code="2-02-07-02", headcount=3), ListingState.PUBLISHED)
    in_state(make_cohort(world, size=40), ListingState.PUBLISHED)
    [row] = queries.balance_by_occupation(world.consortium, book())
    assert (row.code, row.demand, row.supply, row.cohorts) == ("2-02-07-02", 3, 40, 1)


def test_aggregation_does_not_grow_with_the_rows(world, django_assert_num_queries):
    for _ in range(3):
        in_state(make_post(world), ListingState.PUBLISHED)
    with django_assert_num_queries(2):
        queries.balance_by_major(world.consortium)
