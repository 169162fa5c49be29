"""Saving a list: in time, one's own, and never over another save."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from chanjiao.kernel.verdict import Conflict, Invalid, Refused
from chanjiao.matching.actions import cancel_round, close_choosing, create_round
from chanjiao.matching.choices import record_choices, save_choices
from chanjiao.matching.models import Choice, ChoiceSheet
from chanjiao.matching.plan import Seat
from chanjiao.matching.queries import chosen, sheet_of
from chanjiao.trail.models import Entry
from tests.matching.world import (
    AT,
    CLOSES,
    OPENS,
    SECOND,
    choose,
    make_student,
    make_world,
    opened,
    plan_for,
)

pytestmark = pytest.mark.django_db


def saved(world, index=0):
    sheet = sheet_of(world.round, world.students[index])
    return [row.post_id for row in chosen(sheet)]


def test_a_list_is_kept_in_order_and_can_be_changed():
    world = make_world()
    opened(world)
    sheet = choose(world, 0, 2, 0)
    assert saved(world) == [world.posts[2].pk, world.posts[0].pk]
    choose(world, 0, 0, 1, 2, revision=sheet.revision)
    assert saved(world) == [post.pk for post in world.posts]
    choose(world, 0, revision=2)
    assert saved(world) == []
    assert Entry.objects.filter(action="round.choose").count() == 3


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        (OPENS - SECOND, "开始"),
        (OPENS, ""),
        (CLOSES - SECOND, ""),
        (CLOSES, "截止"),
        (CLOSES + timedelta(days=1), "截止"),
    ],
)
def test_the_window_is_half_open_to_the_second(at, reason):
    world = make_world()
    round_ = opened(world)
    seats = world.seats()[:1]
    who = world.students[0]
    if not reason:
        assert save_choices(who, round_, seats, revision=0, by=world.actor(0), at=at).revision == 1
        return
    with pytest.raises(Refused, match=reason):
        save_choices(who, round_, seats, revision=0, by=world.actor(0), at=at)
    assert not ChoiceSheet.objects.exists()


def test_a_closed_or_cancelled_round_takes_no_lists_even_before_its_deadline():
    world = make_world()
    round_ = opened(world)
    stale = world.round
    cancel_round(round_, reason="停办", by=world.secretary, at=AT)
    with pytest.raises(Refused, match="已取消"):
        save_choices(world.students[0], stale, [], revision=0, by=world.actor(0), at=AT)


def test_too_many_twice_elsewhere_and_reserved_are_refused():
    world = make_world()
    seats = [Seat(post, 1) for post in world.posts]
    seats += [Seat(world.posts[0], 1, 0, world.cohorts[1])]
    round_ = opened(world, seats=seats, max_choices=2)
    first, second, third = world.seats()
    other = make_world()
    opened(other)
    reserved = round_.posts.get(reserved_for=world.cohorts[1])
    for wrong, reason in (
        ([first, second, third], "最多填 2 个"),
        ([first, first], "不能填两次"),
        ([other.seats()[0]], "不在本轮"),
        ([reserved], "专供其他批次"),
    ):
        with pytest.raises(Invalid, match=reason):
            save_choices(world.students[0], round_, wrong, revision=0, by=world.actor(0), at=AT)
    save_choices(world.students[1], round_, [reserved], revision=0, by=world.actor(1), at=AT)


def test_only_oneself_and_only_in_ones_own_round():
    world = make_world()
    opened(world)
    for other in (world.actor(1), world.teachers[0], world.recruiters[0], world.secretary):
        with pytest.raises(Refused, match="自己的志愿"):
            save_choices(world.students[0], world.round, [], revision=0, by=other, at=AT)
    small = make_world()
    small.round = create_round(
        small.consortium, plan_for(small, cohorts=small.cohorts[:1]), by=small.secretary, at=AT
    )
    with pytest.raises(Refused, match="不参加本轮"):
        save_choices(small.students[1], small.round, [], revision=0, by=small.actor(1), at=AT)


def test_two_tabs_the_second_is_told_and_nothing_is_lost():
    world = make_world()
    opened(world)
    choose(world, 0, 0)
    choose(world, 0, 0, 1, revision=1)
    with pytest.raises(Conflict):
        choose(world, 0, 2, revision=1)
    assert saved(world) == [world.posts[0].pk, world.posts[1].pk]
    choose(world, 0, 2, revision=2)
    assert saved(world) == [world.posts[2].pk]


def test_a_retry_of_what_is_saved_succeeds_without_a_second_row():
    world = make_world()
    opened(world)
    choose(world, 0, 0, 1)
    again = choose(world, 0, 0, 1, revision=0)
    assert again.revision == 1
    assert Entry.objects.filter(action="round.choose").count() == 1


def test_a_school_records_paper_lists_of_its_own_students_but_not_over_theirs():
    world = make_world()
    opened(world)
    seats = world.seats()
    first, teacher = world.students[0], world.teachers[0]
    sheet = record_choices(first, world.round, seats[:1], revision=0, by=teacher, at=AT)
    assert (sheet.revision, sheet.saved_by) == (1, teacher.user)
    choose(world, 0, 1, revision=1)
    with pytest.raises(Refused, match="已自行填报"):
        record_choices(first, world.round, seats[:1], revision=2, by=teacher, at=AT)
    for other in (world.teachers[1], world.recruiters[0], world.secretary, world.actor(0)):
        with pytest.raises(Refused, match="本校学生"):
            record_choices(first, world.round, [], revision=2, by=other, at=AT)
    no_account = make_student(world.cohorts[0], 9, user=None)
    record_choices(no_account, world.round, seats[:2], revision=0, by=teacher, at=AT)
    with pytest.raises(Refused, match="截止"):
        record_choices(no_account, world.round, seats, revision=1, by=teacher, at=CLOSES)


@pytest.mark.django_db(transaction=True)
def test_many_tabs_at_once_leave_one_list_and_a_reason_for_each_other():
    world = make_world()
    opened(world)
    seats = world.seats()
    barrier = threading.Barrier(4)
    answers = []

    def save(n):
        try:
            barrier.wait(timeout=20)
            answers.append(
                save_choices(
                    world.students[0], world.round, seats[n % 3 :], revision=0,
                    by=world.actor(0), at=AT,
                )
            )  # fmt: skip
        except Refused as refusal:
            answers.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    won = [a for a in answers if isinstance(a, ChoiceSheet)]
    lost = [a for a in answers if isinstance(a, Conflict)]
    assert len(won) + len(lost) == 4
    assert won and all(conflict.reason for conflict in lost)
    sheet = ChoiceSheet.objects.get()
    assert sheet.revision == 1
    ranks = list(Choice.objects.filter(sheet=sheet).values_list("rank", flat=True))
    assert ranks == list(range(1, len(ranks) + 1))


def test_after_choosing_ends_nobody_saves():
    world = make_world()
    opened(world)
    close_choosing(world.round, by=world.secretary, at=CLOSES)
    with pytest.raises(Refused, match="企业评分"):
        choose(world, 0, 0)
