"""A mentor confirming what the student is editing; a phone sending twice at once; two who mark."""

import pytest

from chanjiao.kernel.verdict import Refused
from chanjiao.trail.models import Entry as TrailRow
from chanjiao.training import marking_actions as marking
from chanjiao.training import review_actions as mentor
from chanjiao.training import visit_actions as visits
from chanjiao.training.entry_actions import change_entry, write_entry
from chanjiao.training.enums import EntryState
from chanjiao.training.grade_actions import give_grade
from chanjiao.training.models import Entry, Grade, Visit
from tests.needs.test_concurrency import together
from tests.people.world import AT, TODAY
from tests.plans.evidence_world import picture
from tests.training.entry_world import journal, make_world, photo, values, written

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("turn", range(3))
def test_confirmed_is_what_was_seen_or_it_is_refused(turn):
    world = make_world()
    row, link = written(world), world.link()

    def act(index):
        if index == turn % 2:
            told = values(world, text="改过的内容", minutes=60)
            return change_entry(row, told, revision=1, by=world.pupil(), at=AT)
        return mentor.confirm_entries([mentor.Seen(row.pk, 1)], by=link, at=AT)

    together(2, act)
    row.refresh_from_db()
    confirmed = row.state == EntryState.CONFIRMED
    assert (row.minutes, row.confirmed_minutes) == ((480, 480) if confirmed else (60, None))
    assert TrailRow.objects.filter(action="entry.confirm").count() == confirmed


def test_a_phone_that_sends_four_times_at_once_makes_one_record():
    world, data = make_world(), picture()

    def send(index):
        return write_entry(
            world.placements[0], values(world), uploads=[photo(content=data)], device_key="k",
            submit=True, by=world.pupil(), at=AT,
        )  # fmt: skip

    done = together(4, send)
    assert not [one for one in done if isinstance(one, Exception)]
    row = Entry.objects.get()
    assert row.files.count() == 1 and row.state == EntryState.SUBMITTED
    assert TrailRow.objects.filter(action="entry.write").count() == 1


def test_one_link_on_two_phones_confirms_each_record_once():
    world = make_world()
    rows = [written(world, minutes=60) for _ in range(6)]
    seen, link = [mentor.Seen(row.pk, 1) for row in rows], world.link()

    def confirm(index):
        return mentor.confirm_entries(seen if index else seen[::-1], by=link, at=AT)

    done = together(2, confirm)
    assert sorted(len(one.done) for one in done) == [0, 6]
    assert TrailRow.objects.filter(action="entry.confirm").count() == 6


def test_of_two_who_mark_one_is_refused():
    world = make_world()
    row = written(world, values=journal(world))
    teachers = (world.teacher, world.second_teacher)

    def mark(index):
        return marking.mark_entry(row, 80 + index, "", revision=1, by=teachers[index], at=AT)

    done = together(2, mark)
    assert sum(isinstance(one, Refused) for one in done) == 1


def test_of_two_who_grade_one_is_refused():
    world = make_world()

    def give(index):
        return give_grade(
            world.placements[0], "enterprise", 8000 + index, "", revision=0,
            by=world.recruiter if index else world.teacher, at=AT,
        )  # fmt: skip

    done = together(2, give)
    assert sum(isinstance(one, Refused) for one in done) == 1 and Grade.objects.count() == 1


def test_a_draw_is_drawn_once():
    world = make_world(students=4)
    wish = visits.Wish("走访", 2, TODAY)
    row = visits.fix_draw(
        world.school, world.base.consortium, wish, seed="s", by=world.teacher, at=AT
    )
    done = together(3, lambda _: visits.draw_visits(row, by=world.teacher, at=AT))
    assert sum(isinstance(one, Refused) for one in done) == 2 and Visit.objects.count() == 2
