"""State × role: every step of a meeting, a motion and a resolution, from the MOVES tables."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from chanjiao.council import meeting_actions as acts
from chanjiao.council import minutes_actions, rules
from chanjiao.council.enums import (
    MEETING_MOVES,
    RESOLUTION_MOVES,
    MeetingState,
    MotionState,
    ResolutionState,
)
from chanjiao.council.models import Commitment, Meeting, Motion, Resolution, Vote
from chanjiao.kernel.verdict import Refused
from tests.council.world import FACTS, ON_THE_DAY, closed, decided, make_world, opened, paper
from tests.people.world import stranger

pytestmark = pytest.mark.django_db
STEPS = {
    MeetingState.NOTIFIED: lambda m, by: acts.send_notice(m, short_notice_reason="急", by=by, at=ON_THE_DAY),
    MeetingState.OPEN: lambda m, by: acts.open_meeting(m, by=by, at=ON_THE_DAY),
    MeetingState.CLOSED: lambda m, by: acts.close_meeting(m, by=by, at=ON_THE_DAY),
    MeetingState.MINUTED: lambda m, by: minutes_actions.make_minutes(m, by=by, at=ON_THE_DAY),
    MeetingState.ARCHIVED: lambda m, by: minutes_actions.archive_minutes(
        m, paper(), revision=m.revision, by=by, at=ON_THE_DAY
    ),
    MeetingState.POSTPONED: lambda m, by: acts.postpone_meeting(m, reason="改期", by=by, at=ON_THE_DAY),
    MeetingState.CANCELLED: lambda m, by: acts.cancel_meeting(m, reason="不开了", by=by, at=ON_THE_DAY),
}  # fmt: skip
AGAIN = {(MeetingState.MINUTED, MeetingState.MINUTED)}  # minutes are made anew until signed


def meeting_in(world, state) -> Meeting:
    """An opened meeting without motions, put into the state."""
    meeting = opened(world)
    meeting.motions.all().delete()
    file = minutes_actions.store_file(
        paper().content, "纪要.pdf", by=world.secretary, at=ON_THE_DAY
    )
    later = FACTS.starts_at.replace(hour=23)
    Meeting.objects.filter(pk=meeting.pk).update(
        state=state, minutes=file, signed=file,
        starts_at=later if state in {MeetingState.DRAFT, MeetingState.POSTPONED} else FACTS.starts_at,
    )  # fmt: skip
    meeting.refresh_from_db()
    return meeting


@pytest.mark.parametrize("target", STEPS)
@pytest.mark.parametrize("state", MeetingState.values)
def test_every_step_of_a_meeting_by_everybody(state, target):
    world = make_world(1)
    meeting = meeting_in(world, state)
    outsiders = (world.people[0], stranger(), make_world(1).secretary)
    for actor in outsiders:
        with pytest.raises(Refused):
            STEPS[target](meeting, actor)
    meeting.refresh_from_db()
    assert meeting.state == state
    if target in MEETING_MOVES[state] or (state, target) in AGAIN:
        assert STEPS[target](meeting, world.secretary).state == target
    else:
        with pytest.raises(Refused):
            STEPS[target](meeting, world.secretary)
        meeting.refresh_from_db()
        assert meeting.state == state


@pytest.mark.parametrize("state", MotionState.values)
def test_who_may_do_what_with_a_motion(state):
    world = make_world(1)
    row = decided(world, ("for",))
    row.state = state
    member, office = world.people[0], world.secretary
    for rule in (
        rules.may_put_to_vote,
        rules.may_withdraw_motion,
        rules.may_stop_vote,
        rules.may_correct,
        rules.may_enter_votes,
    ):
        assert not rule(member, row)
        assert not rule(None, row)
    assert bool(rules.may_put_to_vote(office, row)) == (state == MotionState.PENDING)
    assert bool(rules.may_withdraw_motion(office, row)) == (state == MotionState.PENDING)
    assert bool(rules.may_stop_vote(office, row)) == (state == MotionState.VOTING)
    assert bool(rules.may_enter_votes(office, row)) == (state == MotionState.VOTING)
    assert bool(rules.may_correct(office, row)) == (state == MotionState.DECIDED)


@pytest.mark.parametrize("state", ResolutionState.values)
def test_who_may_do_what_with_a_resolution(state):
    world = make_world(2)
    row = closed(world).motions.get().resolution
    row.state, row.unit, row.due_on = state, world.units[0], date(2027, 1, 1)
    own, other, office = world.people[0], world.people[1], world.secretary
    reportable = ResolutionState.REPORTED in RESOLUTION_MOVES[state]
    assert bool(rules.may_report(own, row)) == reportable
    assert not rules.may_report(other, row)
    assert not rules.may_report(office, row)
    for rule in (rules.may_assign, rules.may_mark_carried_out, rules.may_return_resolution):
        assert not rule(own, row)
        assert not rule(None, row)
    done = ResolutionState.CARRIED_OUT in RESOLUTION_MOVES[state]
    assert bool(rules.may_mark_carried_out(office, row)) == done


# What the database itself refuses ----------------------------------------------------------------
def refused(act) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        act()


def test_the_database_refuses_what_must_never_be():
    world = make_world()
    row = decided(world)
    vote = row.votes.first()
    refused(lambda: Vote.objects.create(
        motion=row, attendance=vote.attendance, choice="for", cast_by=vote.cast_by, cast_at=ON_THE_DAY
    ))  # fmt: skip
    refused(lambda: Motion.objects.filter(pk=row.pk).update(votes_for=99))
    refused(lambda: Motion.objects.filter(pk=row.pk).update(passed=None))
    refused(lambda: Meeting.objects.filter(pk=row.meeting_id).update(state="archived"))
    refused(lambda: Meeting.objects.filter(pk=row.meeting_id).update(rule=None))
    refused(lambda: Resolution.objects.filter(motion=row).update(state="underway"))
    refused(lambda: Resolution.objects.filter(motion=row).update(passed=False))
    seat = row.meeting.attendances.first()
    refused(lambda: row.meeting.attendances.filter(pk=seat.pk).update(presence="proxy"))
    refused(lambda: row.meeting.attendances.filter(pk=seat.pk).update(holder=seat.pk))
    rule = row.meeting.rule
    refused(lambda: type(rule).objects.filter(pk=rule.pk).update(quorum_numerator=9))
    refused(lambda: rule.thresholds.update(denominator=0))
    refused(lambda: Commitment.objects.create(
        consortium=world.consortium, unit=world.units[0], number="1", kind="money", title="无",
        promised=Decimal(0), promised_on=date(2026, 1, 1),
    ))  # fmt: skip
