"""Scores: by the post's own unit, of those who chose it, in time, and no lost update."""

import threading

import pytest
from django.db import connection

from chanjiao.kernel.verdict import Conflict, Invalid, Refused
from chanjiao.matching.checks import hundredths_of
from chanjiao.matching.models import Score
from chanjiao.matching.queries import applicants, scoring_progress, unit_posts
from chanjiao.matching.scoring import Mark, save_scores
from tests.matching.world import AT, SCORES_DUE, SECOND, choose, make_world, opened, scoring

pytestmark = pytest.mark.django_db


def test_scores_are_saved_changed_and_taken_back():
    world = make_world()
    scoring(world)
    post, hr = world.seats()[0], world.recruiters[0]
    a, b, _ = world.students
    save_scores(post, [Mark(a, 8350, "认真"), Mark(b, 7000)], by=hr, at=AT)
    save_scores(post, [Mark(a, 9000, revision=1), Mark(b, None, revision=1)], by=hr, at=AT)
    score = Score.objects.get()
    assert (score.student, score.hundredths, score.note, score.revision) == (a, 9000, "", 2)


@pytest.mark.parametrize(
    ("text", "value"),
    [("83.5", 8350), (" 100 ", 10000), ("0", 0), ("", None), ("83.", 8300), ("83.500", 8350)],
)
def test_points_as_people_type_them(text, value):
    assert hundredths_of(text) == value


@pytest.mark.parametrize("text", ["101", "-1", "八十", "83.555", "NaN", "1e9999999", "Infinity"])
def test_points_that_are_none(text):
    with pytest.raises(ValueError, match=r"数字|之间|小数"):
        hundredths_of(text)


def test_out_of_range_and_strangers_are_refused_whole():
    world = make_world()
    opened(world)
    choose(world, 0, 0)
    world.round.state = "scoring"
    world.round.save()
    post, hr = world.seats()[0], world.recruiters[0]
    for marks in (
        [Mark(world.students[0], 10_001)],
        [Mark(world.students[0], 5000), Mark(world.students[1], 5000)],
    ):
        with pytest.raises(Invalid):
            save_scores(post, marks, by=hr, at=AT)
    assert not Score.objects.exists()


def test_only_the_posts_own_unit_in_the_state_and_before_the_due_second():
    world = make_world()
    round_ = scoring(world)
    post = world.seats()[0]
    marks = [Mark(world.students[0], 5000)]
    for other in (world.recruiters[1], world.teachers[0], world.secretary, world.actor(0)):
        with pytest.raises(Refused, match="本单位"):
            save_scores(post, marks, by=other, at=AT)
    with pytest.raises(Refused, match="截止"):
        save_scores(post, marks, by=world.recruiters[0], at=SCORES_DUE)
    save_scores(post, marks, by=world.recruiters[0], at=SCORES_DUE - SECOND)
    round_.state = "deciding"
    round_.save()
    with pytest.raises(Refused, match="试算与审定"):
        save_scores(post, [Mark(world.students[0], 1, revision=1)], by=world.recruiters[0], at=AT)


def test_a_stale_score_names_the_student_and_writes_nothing():
    world = make_world()
    scoring(world)
    post, hr = world.seats()[0], world.recruiters[0]
    a, b, _ = world.students
    save_scores(post, [Mark(a, 8000)], by=hr, at=AT)
    with pytest.raises(Conflict, match=a.name):
        save_scores(post, [Mark(a, 7000, revision=0), Mark(b, 6000)], by=hr, at=AT)
    assert Score.objects.get().hundredths == 8000
    save_scores(post, [Mark(a, 8000, revision=0), Mark(b, 6000)], by=hr, at=AT)
    assert Score.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_recruiters_at_once_one_wins_the_other_is_told():
    world = make_world()
    scoring(world)
    post, hr, who = world.seats()[0], world.recruiters[0], world.students[0]
    barrier = threading.Barrier(2)
    answers = []

    def save(points):
        try:
            barrier.wait(timeout=20)
            answers.append(save_scores(post, [Mark(who, points)], by=hr, at=AT))
        except Refused as refusal:
            answers.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=(n,)) for n in (1000, 2000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(type(a).__name__ for a in answers) == ["Conflict", "list"]
    assert Score.objects.get().revision == 1


def test_applicants_are_seen_by_their_unit_only_and_only_from_scoring_on():
    world = make_world()
    opened(world)
    choose(world, 0, 0)
    post = world.seats()[0]
    with pytest.raises(Refused, match="填报结束后"):
        applicants(world.recruiters[0], post)
    world.round.state = "scoring"
    world.round.save()
    post = world.seats()[0]
    assert [row.student for row in applicants(world.recruiters[0], post)] == [world.students[0]]
    assert applicants(world.recruiters[0], world.seats()[1]) == []
    assert [row.student for row in applicants(world.secretary, post)] == [world.students[0]]
    for other in (
        None,
        world.recruiters[1],
        world.teachers[0],
        world.actor(0),
        make_world().secretary,
    ):
        with pytest.raises(Refused):
            applicants(other, post)


def test_progress_counts_current_applicants_only():
    world = make_world()
    scoring(world)
    post, hr = world.seats()[0], world.recruiters[0]
    save_scores(post, [Mark(s, 5000) for s in world.students[:2]], by=hr, at=AT)
    row = unit_posts(hr, world.round).get(pk=post.pk)
    assert (row.applied, row.scored) == (3, 2)
    choice = post.choices.get(sheet__student=world.students[0])
    choice.delete()
    row = unit_posts(hr, world.round).get(pk=post.pk)
    assert (row.applied, row.scored) == (2, 1)
    by_unit = {
        row.unit: (row.applied, row.scored, row.missing) for row in scoring_progress(world.round)
    }
    assert by_unit == {world.firms[0]: (5, 1, 4), world.firms[1]: (0, 0, 0)}
