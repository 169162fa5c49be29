"""A list or a score on its way while the secretariat moves the round on: it is refused."""

import threading

import pytest
from django.db import connection, transaction

from chanjiao.kernel.verdict import Refused
from chanjiao.matching.actions import close_choosing, close_scoring
from chanjiao.matching.models import Choice, Score
from chanjiao.matching.scoring import Mark, save_scores
from tests.matching.world import CLOSES, SCORES_DUE, SECOND, choose, make_world, opened, scoring

pytestmark = pytest.mark.django_db(transaction=True)


def while_moving(move, act):
    """What `act` comes to when it begins while another person's `move` is not yet committed."""
    moved, outcome = threading.Event(), []

    def mover():
        try:
            with transaction.atomic():
                move()
                moved.set()
                done.wait(timeout=1.5)  # long enough for `act` to read and then to wait for us
        finally:
            moved.set()
            connection.close()

    done = threading.Event()
    other = threading.Thread(target=mover)
    other.start()
    moved.wait(timeout=20)
    try:
        outcome.append(act())
    except Refused as refusal:
        outcome.append(refusal)
    done.set()
    other.join()
    return outcome[0]


def test_no_list_lands_in_a_round_that_is_being_closed():
    world = make_world()
    round_ = opened(world)
    found = while_moving(
        lambda: close_choosing(round_, by=world.secretary, at=CLOSES), lambda: choose(world, 0, 0)
    )
    assert isinstance(found, Refused)
    assert "企业评分" in found.reason
    assert not Choice.objects.exists()


def test_no_score_lands_in_a_round_that_is_being_closed():
    world = make_world()
    round_ = scoring(world)
    seat, recruiter = world.seats()[0], world.recruiters[0]
    found = while_moving(
        lambda: close_scoring(round_, by=world.secretary, at=SCORES_DUE),
        lambda: save_scores(
            seat, [Mark(world.students[0], 9000)], by=recruiter, at=SCORES_DUE - SECOND
        ),
    )
    assert isinstance(found, Refused)
    assert "试算" in found.reason
    assert not Score.objects.exists()
