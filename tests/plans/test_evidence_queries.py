"""Who sees which evidence; who is late; how punctual each unit was; what the lists cost."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chanjiao.kernel.verdict import Refused
from chanjiao.notices.models import Notice
from chanjiao.plans import evidence_actions as actions
from chanjiao.plans import evidence_check_actions as checks
from chanjiao.plans.evidence_chasing import remind_of_evidence
from chanjiao.plans.evidence_queries import (
    owing_units,
    own_waiting,
    punctuality,
    to_check,
    usable,
    visible_to,
    waiting,
)
from chanjiao.plans.models import Evidence
from tests.people.world import AT, TODAY
from tests.plans.evidence_world import DUE, asked, make_world, picture, submitted

pytestmark = pytest.mark.django_db
YEAR = (date(2026, 1, 1), date(2027, 1, 1))


def test_a_unit_sees_its_own_the_secretariat_all():
    world = make_world()
    own, theirs = asked(world), asked(world, world.tasks[2])
    assert set(visible_to(world.teacher)) == {own}
    assert set(visible_to(world.recruiter)) == {theirs}
    assert set(visible_to(world.office)) == {own, theirs}
    for actor in (world.outsider, world.far_office, None):
        assert not visible_to(actor).exists()


def handed_in(world, days: int):
    """Handed in this many days after it was due."""
    row = submitted(world, asked(world))
    Evidence.objects.filter(pk=row.pk).update(
        due_on=TODAY - timedelta(days=20), first_submitted_at=AT + timedelta(days=days - 20)
    )
    return row


def test_punctuality_goes_by_the_first_handing_in():
    world = make_world()
    for days in (-3, 0, 1):  # before, on the day, the day after
        handed_in(world, days)
    missing, future = asked(world), asked(world)
    Evidence.objects.filter(pk=missing.pk).update(due_on=TODAY - timedelta(days=1))
    gone = handed_in(world, 5)
    Evidence.objects.filter(pk=gone.pk).update(state="not_needed", closed_reason="不办了")
    actions.offer_evidence(world.tasks[0], "photo", "主动", by=world.teacher, at=AT)
    (line,) = punctuality(world.consortium, *YEAR, on=TODAY)
    assert (line.unit, line.asked, line.on_time, line.late, line.missing) == (
        world.school, 4, 2, 1, 1,
    )  # fmt: skip
    (line,) = punctuality(world.consortium, *YEAR)
    assert (line.asked, line.missing) == (5, 2)
    assert future.due_on == DUE
    assert punctuality(world.consortium, date(2025, 1, 1), date(2026, 1, 1)) == []


def test_the_bounds_of_the_period():
    world = make_world()
    row = asked(world)
    Evidence.objects.filter(pk=row.pk).update(due_on=date(2027, 1, 1))
    assert punctuality(world.consortium, *YEAR) == []
    Evidence.objects.filter(pk=row.pk).update(due_on=date(2026, 1, 1))
    assert punctuality(world.consortium, *YEAR)[0].asked == 1


def test_who_owes_and_is_reminded(django_capture_on_commit_callbacks):
    world = make_world()
    late, soon = asked(world), asked(world)
    Evidence.objects.filter(pk=late.pk).update(answer_due_on=TODAY - timedelta(days=1))
    submitted(world, asked(world, world.tasks[2]))
    (unit,) = owing_units(world.plan, on=TODAY)
    assert (unit, unit.owing, unit.overdue, unit.people) == (world.school, 2, 1, 1)
    assert unit.first_due == TODAY - timedelta(days=1)
    assert owing_units(world.plan, on=TODAY, within=TODAY)[0].owing == 1
    with django_capture_on_commit_callbacks(execute=True):
        remind_of_evidence(world.plan, [world.school, world.firm], by=world.office, at=AT)
    told = Notice.objects.filter(text__contains="2 份佐证待提交，其中 1 份已逾期")
    assert [one.user for one in told] == [world.teacher.user]
    assert not Notice.objects.filter(user=world.recruiter.user, text__contains="提醒").exists()
    with pytest.raises(Refused, match="没有欠交"):
        remind_of_evidence(world.plan, [world.firm], by=world.office, at=AT)
    with pytest.raises(Refused):
        remind_of_evidence(world.plan, [world.school], by=world.teacher, at=AT)
    assert soon.answer_due_on == DUE


def test_what_waits():
    world = make_world()
    photo = picture()
    submitted(world, asked(world), photo)
    submitted(world, asked(world, world.tasks[1]), photo)
    asked(world)
    back = submitted(world, asked(world))
    checks.return_evidence(back, {"": "补"}, by=world.office, at=AT)
    found = waiting(world.consortium, on=DUE + timedelta(days=1))
    assert (found.submitted, found.since, found.suspect, found.late) == (2, TODAY, 1, 2)
    own = own_waiting(world.school, world.consortium)
    assert (own.wanted, own.wanted_due, own.returned) == (1, DUE, 1)
    assert own.returned_due == TODAY + timedelta(days=7)
    assert [row.task for row in to_check(visible_to(world.office))] == world.tasks[:2]


def test_what_may_be_referred_to():
    world = make_world()
    sent, waits = submitted(world, asked(world)), asked(world, world.tasks[1])
    asked(world)
    submitted(world, asked(world, world.tasks[2]))
    submitted(world, asked(world, world.tasks[1]))  # of the same task
    assert list(usable(waits, world.teacher)) == [sent]
    assert not usable(waits, world.recruiter).exists()


@pytest.mark.parametrize("rows", [1, 3])
def test_submitting_costs_the_same_whatever_is_there(rows):
    world = make_world()
    for _ in range(rows):
        submitted(world, asked(world, world.tasks[2]))
    from tests.plans.evidence_world import filled

    row = filled(world, asked(world))
    with CaptureQueriesContext(connection) as seen:
        actions.submit_evidence(row, by=world.teacher, at=AT)
    locks = sum("advisory" in query["sql"] for query in seen)  # PostgreSQL's alone
    assert len(seen) - locks == 46
