"""Small rounds, made through the site and solved again by trying every assignment there is.

Nothing of the engine or the bridge is used here but the public ids: scores, caps and eligibility
are worked out once more from the rows, as a doubting school would.
"""

import hashlib
import itertools
import random
from fractions import Fraction

import pytest

from chanjiao.matching.actions import close_choosing, close_scoring
from chanjiao.matching.enums import QuotaScope
from chanjiao.matching.models import Choice, Match, Score
from chanjiao.matching.plan import Limit, Seat
from chanjiao.matching.runs import accept_run, perform_run, start_run
from chanjiao.matching.scoring import Mark, save_scores
from tests.matching.world import AT, CLOSES, SCORES_DUE, choose, make_world, opened

pytestmark = pytest.mark.django_db


def random_round(seed: int):
    """Five students, three posts in two units, a few caps, some scores missing, many ties."""
    chance = random.Random(seed)
    world = make_world(students=5)
    for student in world.students:
        student.grade_points = chance.choice([70, 80, 90])
        if chance.random() < 0.15:
            student.birth_date = student.birth_date.replace(year=2012)
        student.save()
    limits = [Limit(QuotaScope.UNIT, chance.randint(1, 3), unit=world.firms[0])]
    if chance.random() < 0.7:
        share = Limit(QuotaScope.SCHOOL_AT_POST, 1, post=world.posts[0], school=world.schools[0])
        limits.append(share)
    if chance.random() < 0.5:
        code = world.posts[0].occupation_code
        limits.append(Limit(QuotaScope.KIND, 1, unit=world.firms[0], occupation_code=code))
    seats = [Seat(post, chance.randint(1, 2)) for post in world.posts]
    opened(world, limits=limits, seats=seats)
    for index in range(5):
        posts = chance.sample(range(3), chance.randint(0, 3))
        if posts:
            choose(world, index, *posts)
    world.round = close_choosing(world.reload(), by=world.secretary, at=CLOSES)
    for seat in world.seats():
        by = world.recruiters[world.firms.index(seat.post.unit)]
        chose = [c.sheet.student for c in seat.choices.select_related("sheet__student")]
        marks = [Mark(s, chance.choice([7000, 8000])) for s in chose if chance.random() < 0.8]
        save_scores(seat, marks, by=by, at=AT)
    world.round = close_scoring(world.reload(), by=world.secretary, at=SCORES_DUE)
    run = start_run(world.round, by=world.secretary, at=SCORES_DUE)
    perform_run(run.pk, lambda *a: None, at=SCORES_DUE)
    run.refresh_from_db()
    accept_run(run, by=world.secretary, at=SCORES_DUE)
    return world, limits


def outcomes(world, limits):
    """What every student should get, by trying all assignments: the best stable one."""
    seats = {seat.pk: seat for seat in world.seats()}
    students = {student.pk: student for student in world.students}
    listed = {pk: [] for pk in students}
    for choice in Choice.objects.filter(sheet__round=world.round).order_by("rank"):
        listed[choice.sheet.student_id].append(choice.round_post_id)
    key = keys(world, students)
    fair = {
        pk: [p for p in posts if students[pk].birth_date.year < 2012]
        for pk, posts in listed.items()
    }
    groups = caps(world, limits, seats, students)
    options = [[*fair[pk], None] for pk in students]
    stable = [
        found
        for found in (dict(zip(students, one, strict=True)) for one in itertools.product(*options))
        if feasible(found, groups) and not blocked(found, fair, groups, key, seats)
    ]
    place = {pk: {post: at for at, post in enumerate([*fair[pk], None])} for pk in students}
    best = [
        one
        for one in stable
        if all(place[pk][one[pk]] <= place[pk][other[pk]] for other in stable for pk in students)
    ]
    assert len(best) == 1
    return best[0]


def keys(world, students):
    """(score, draw) of every student at every post; the larger goes first."""
    public = dict(Match.objects.values_list("student", "pseudonym"))
    weights = world.round.weights
    scores = {(s.round_post_id, s.student_id): s.hundredths for s in Score.objects.all()}
    found = {}
    for pk, student in students.items():
        text = f"chanjiao-lottery-v1\n{world.round.seed}\n{public[pk]}".encode()
        draw = int.from_bytes(hashlib.sha256(text).digest()[:8], "big")
        for seat in world.seats():
            total = (
                weights["unit"] * Fraction(scores.get((seat.pk, pk), 0), 100)
                + weights["grade"] * Fraction(student.grade_points)
                + weights["skill"] * Fraction(student.skill_points)
            )
            found[pk, seat.pk] = (total, -draw)
    return found


def caps(world, limits, seats, students):
    """Each cap as (test of a contract, most)."""
    found = [((lambda s, p, pk=pk: p == pk), seat.capacity) for pk, seat in seats.items()]
    for limit in limits:
        if limit.scope == QuotaScope.UNIT:
            test = lambda s, p, u=limit.unit.pk: seats[p].post.unit_id == u  # noqa: E731
        elif limit.scope == QuotaScope.KIND:
            test = lambda s, p, x=limit: (  # noqa: E731
                seats[p].post.unit_id == x.unit.pk
                and seats[p].post.occupation_code == x.occupation_code
            )
        else:
            test = lambda s, p, x=limit: (  # noqa: E731
                seats[p].post_id == x.post.pk and students[s].school_id == x.school.pk
            )
        found.append((test, limit.capacity))
    return found


def feasible(held, groups):
    contracts = [(s, p) for s, p in held.items() if p is not None]
    return all(sum(test(s, p) for s, p in contracts) <= most for test, most in groups)


def blocked(held, fair, groups, key, seats):
    """Whether a student and a unit would both rather have a contract that is not held."""
    for student, posts in fair.items():
        mine = held[student]
        better = posts if mine is None else posts[: posts.index(mine)]
        for post in better:
            unit = seats[post].post.unit_id
            theirs = {
                (s, p) for s, p in held.items() if p is not None and seats[p].post.unit_id == unit
            }
            if (student, post) in chosen(theirs | {(student, post)}, groups, key):
                return True
    return False


def chosen(offers, groups, key):
    """What a unit takes of these contracts: the highest first, as long as no cap is passed."""
    taken = []
    for contract in sorted(offers, key=lambda c: key[c], reverse=True):
        trial = [*taken, contract]
        if all(sum(test(s, p) for s, p in trial) <= most for test, most in groups):
            taken = trial
    return taken


@pytest.mark.parametrize("seed", range(12))
def test_the_sites_result_is_the_best_stable_one(seed):
    world, limits = random_round(seed)
    matches = {m.student_id: m.round_post_id for m in Match.objects.all()}
    assert matches == outcomes(world, limits)
