"""Two browsers at once: one seat has one vote, a motion is decided once, numbers are given once."""

from datetime import date
from decimal import Decimal

import pytest

from chanjiao.council import commitment_actions, voting_actions
from chanjiao.council.commitment_actions import CommitmentFacts
from chanjiao.council.models import Commitment, Motion, Resolution
from chanjiao.kernel.verdict import Refused
from tests.council.world import ON_THE_DAY, WRITTEN, make_world, opened, voting
from tests.needs.test_concurrency import together
from tests.people.world import AT

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_seat_in_several_browsers_has_one_vote():
    world = make_world(1)
    motion = opened(world, facts=WRITTEN).motions.get()
    seat = motion.meeting.attendances.get()

    def cast(index):
        choice = ("for", "against", "abstain", "for")[index]
        row = Motion.objects.select_related("meeting__body__consortium").get(pk=motion.pk)
        return voting_actions.cast_vote(row, seat, choice, by=world.people[0], at=ON_THE_DAY)

    done = together(4, cast)
    assert not [one for one in done if isinstance(one, Refused)]
    assert motion.votes.count() == 1


def test_a_motion_is_decided_once():
    world = make_world(1)
    motion = voting(world)
    seat = motion.meeting.attendances.get()
    voting_actions.enter_votes(motion, {seat.pk: "for"}, by=world.secretary, at=ON_THE_DAY)
    done = together(
        2, lambda _: voting_actions.decide_motion(motion, by=world.secretary, at=ON_THE_DAY)
    )
    assert sum(isinstance(one, Refused) for one in done) == 1
    assert Resolution.objects.count() == 1


def test_numbers_of_commitments_are_given_once():
    world = make_world(1)
    facts = CommitmentFacts("posts", "岗位", Decimal(5), date(2026, 1, 1))
    together(
        3,
        lambda _: commitment_actions.add_commitment(
            world.consortium, world.units[0], facts, by=world.secretary, at=AT
        ),
    )
    assert set(Commitment.objects.values_list("number", flat=True)) == {
        "CN-2026-001", "CN-2026-002", "CN-2026-003",
    }  # fmt: skip
