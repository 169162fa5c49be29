"""Verdicts, weights against plain Python, rectifications: states × states × roles, two reviewers."""

import random
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest

from chanjiao.kernel.verdict import Conflict, Invalid, Refused
from chanjiao.plans import actions, rules
from chanjiao.plans.enums import (
    RECTIFICATION_MOVES,
    Direction,
    PlanState,
    RectificationState,
    Stage,
    TaskState,
    VerdictKind,
)
from chanjiao.plans.models import Plan, Rectification, Review, Task
from chanjiao.plans.queries import plan_result, rectifications_visible_to
from chanjiao.plans.results import (
    Proven,
    attainment,
    effective_weights,
    propose,
    result_of,
    verdict_of,
)
from chanjiao.plans.reviewing import (
    Given,
    accept_rectification,
    cancel_rectification,
    change_rectification,
    return_rectification,
    review_tasks,
    submit_rectification,
)
from chanjiao.trail.models import Entry
from tests.plans.world import YEAR, held, make_world, moment

pytestmark = pytest.mark.django_db
END = moment(12, 20)


@pytest.fixture
def world():
    return make_world()


def judged(
    world, task, verdict=VerdictKind.ACHIEVED, score="95", by=None, stage=Stage.YEAREND, **fields
):
    given = Given(task, verdict, None if score is None else Decimal(score), **fields)
    return review_tasks(world.plan, stage, [given], by=by or world.office, at=END)


# Arithmetic ------------------------------------------------------------------------------------
def bare(pk, weight, parent=None, state="assigned"):
    return Task(pk=pk, weight=Decimal(weight), parent_id=parent, state=state)


def test_parts_share_the_weight_of_their_whole():
    tasks = [
        bare(1, 10), bare(2, 1, 1), bare(3, 3, 1), bare(4, 5), bare(5, 9, state="cancelled"),
        bare(6, 2), bare(7, 0, 6), bare(8, 0, 6), bare(9, 4, 6, "suspended"),
    ]  # fmt: skip
    assert effective_weights(tasks) == {2: Fraction(5, 2), 3: Fraction(15, 2), 4: 5, 7: 1, 8: 1}


@pytest.mark.parametrize("seed", range(30))
def test_the_result_is_the_plain_weighted_mean(seed):
    chance = random.Random(seed)
    weights = {pk: Fraction(chance.randint(0, 300), 100) for pk in range(1, 9)}
    reviews = {}
    for pk in weights:
        if chance.random() < 0.75:
            score = Decimal(chance.randint(0, 10_000)) / 100
            verdict = verdict_of(score) if chance.random() < 0.8 else VerdictKind.NOT_DUE
            given = None if verdict == VerdictKind.NOT_DUE else score
            reviews[pk] = Review(task_id=pk, verdict=verdict, score=given)
    found = result_of(weights, reviews)
    scored = [(weights[pk], r.score) for pk, r in reviews.items() if r.score is not None]
    total = sum(w for w, _ in scored)
    if not scored:
        assert found.score is None
    elif total:
        exact = sum(w * Fraction(s) for w, s in scored) / total
        cents = exact * 100
        whole = int(cents) + (1 if cents - int(cents) >= Fraction(1, 2) else 0)
        assert found.score == Decimal(whole) / 100
    assert sum(found.verdicts.values()) == len(reviews)


def test_scores_at_the_edges_of_bands():
    edges = {"0": "not_achieved", "59.99": "not_achieved", "60": "mostly", "89.99": "mostly",
             "90": "achieved", "100": "achieved"}  # fmt: skip
    assert {score: verdict_of(Decimal(score)) for score in edges} == edges


def figures(**fields):
    values = {"direction": Direction.HIGHER, "target": Decimal(10), "measure": "家", "progress": 30}
    dates = {"starts_on": date(YEAR, 1, 1), "due_on": date(YEAR, 12, 31)}
    return Task(**(values | dates | fields))


@pytest.mark.parametrize(
    ("fields", "share"),
    [
        ({"current": Decimal(5)}, Fraction(1, 2)),
        ({"current": Decimal(15)}, 1),
        ({"current": None}, Fraction(3, 10)),
        ({"target": None, "current": Decimal(5)}, Fraction(3, 10)),
        ({"target": Decimal(30), "baseline": Decimal(20), "current": Decimal(25)}, Fraction(1, 2)),
        ({"target": Decimal(30), "baseline": Decimal(20), "current": Decimal(15)}, 0),
        ({"target": Decimal(0), "current": Decimal(-1)}, 0),
        ({"direction": Direction.LOWER, "current": Decimal(20)}, Fraction(1, 2)),
        ({"direction": Direction.LOWER, "current": Decimal(8)}, 1),
        (
            {"direction": Direction.LOWER, "baseline": Decimal(30), "current": Decimal(20)},
            Fraction(1, 2),
        ),
        ({"direction": Direction.LOWER, "target": Decimal(0), "current": Decimal(2)}, 0),
        ({"direction": Direction.YES_NO, "target": None, "current": Decimal(1)}, 1),
        ({"direction": Direction.YES_NO, "target": None, "current": Decimal(0)}, Fraction(3, 10)),
    ],
)
def test_how_much_of_a_target_is_reached(fields, share):
    assert attainment(figures(**fields))[0] == share


def test_mid_year_asks_for_the_share_of_the_time():
    half = propose(figures(current=Decimal(5)), Stage.MIDYEAR, YEAR, Proven())
    exact = Decimal(100) * 5 / 10 * 365 / 181
    assert half.score == min(Decimal(100), exact.quantize(Decimal("0.01"), ROUND_HALF_UP))
    low = propose(figures(current=Decimal(2)), Stage.MIDYEAR, YEAR, Proven())
    assert low.score == (Decimal(20) * 365 / 181).quantize(Decimal("0.01"), ROUND_HALF_UP)
    late = figures(starts_on=date(YEAR, 7, 1))
    assert propose(late, Stage.MIDYEAR, YEAR, Proven()).verdict == VerdictKind.NOT_DUE
    assert propose(figures(starts_on=date(YEAR, 6, 30)), Stage.MIDYEAR, YEAR, Proven()).score


def test_without_its_evidence_a_task_is_not_proposed_as_achieved():
    full = figures(current=Decimal(10))
    assert propose(full, Stage.YEAREND, YEAR, Proven(2, 2)).score == 100
    capped = propose(full, Stage.YEAREND, YEAR, Proven(1, 2))
    assert (capped.verdict, capped.score) == (VerdictKind.MOSTLY, 89)
    assert "佐证已验收 1/2" in capped.reasons[-1]


# Reviews ---------------------------------------------------------------------------------------
@pytest.mark.parametrize("state", list(PlanState))
@pytest.mark.parametrize("stage", list(Stage))
def test_only_the_office_reviews_and_only_at_its_stage(world, state, stage):
    Plan.objects.filter(pk=world.plan.pk).update(state=state)
    plan = held(world.plan)
    for actor in (world.office, world.teacher, world.far_office, world.outsider, None):
        fits = actor is world.office and state == stage.value
        assert bool(rules.may_review(actor, plan, stage)) == fits


def test_a_year_with_results_by_unit(world):
    one, two = world.task("1-1-1", weight=Decimal(30)), world.task("1-1-2", weight=Decimal(10))
    three = world.task("1-1-3", unit=world.firm, weight=Decimal(60))
    world.moved(PlanState.YEAREND)
    judged(world, one, score="90")
    judged(world, two, VerdictKind.MOSTLY, "70.5")
    assert plan_result(world.plan, Stage.YEAREND).plan.covered == Decimal("40.00")
    with pytest.raises(Refused, match="还有 1 项"):
        actions.move_plan(world.plan, PlanState.CLOSED, by=world.office, at=END)
    judged(world, three, VerdictKind.NOT_ACHIEVED, "20", comment="未启动")
    result = plan_result(world.plan, Stage.YEAREND)
    by_unit = {unit.pk: found.score for unit, found in result.units}
    assert by_unit == {world.school.pk: Decimal("85.13"), world.firm.pk: Decimal("20.00")}
    assert result.plan.score == Decimal("46.05")  # (30×90 + 10×70.5 + 60×20) ÷ 100
    assert {held(t).state for t in (one, two, three)} == {TaskState.REVIEWED}
    closed = actions.move_plan(world.plan, PlanState.CLOSED, by=world.office, at=END)
    assert closed.closed_at == END


def test_mid_year_leaves_tasks_running(world):
    task = world.task()
    world.moved(PlanState.MIDYEAR)
    judged(world, task, stage=Stage.MIDYEAR)
    assert held(task).state == TaskState.ASSIGNED


@pytest.mark.parametrize(
    ("verdict", "score"),
    [("achieved", "89.99"), ("achieved", None), ("mostly", "90"), ("not_achieved", "60"),
     ("not_due", "50"), ("splendid", "99"), ("achieved", "95.555"), ("achieved", "101")],
)  # fmt: skip
def test_a_score_fits_its_verdict(world, verdict, score):
    good, bad = world.task("1-1-1"), world.task("1-1-2")
    world.moved(PlanState.YEAREND)
    given = [
        Given(good, "achieved", Decimal(95)),
        Given(bad, verdict, None if score is None else Decimal(score)),
    ]
    with pytest.raises(Invalid) as caught:
        review_tasks(world.plan, Stage.YEAREND, given, by=world.office, at=END)
    assert all(key.endswith(f"-{bad.pk}") for key in caught.value.problems)
    assert not Review.objects.exists()


def test_two_reviewers_at_once(world):
    task = world.task()
    world.moved(PlanState.YEAREND)
    judged(world, task)
    with pytest.raises(Conflict, match="1-1-1"):
        judged(world, task, VerdictKind.MOSTLY, "70", by=world.second)
    review = Review.objects.get()
    assert (review.score, review.reviewed_by) == (95, world.office.user)
    judged(world, task, VerdictKind.MOSTLY, "70", by=world.second, revision=review.revision)
    assert Review.objects.get().reviewed_by == world.second.user


def test_the_same_again_changes_nothing(world):
    task = world.task()
    world.moved(PlanState.YEAREND)
    (review,) = judged(world, task)
    assert judged(world, task, by=world.second, revision=review.revision) == []
    assert Review.objects.get().revision == review.revision


def test_tasks_of_another_plan_and_split_tasks_are_not_judged(world):
    other, task = make_world(), world.task()
    strange = other.task()
    actions.split_task(
        task, [{"unit": world.school}, {"unit": world.firm}], by=world.office, at=END
    )
    world.moved(PlanState.YEAREND)
    for wrong in (strange, task):
        with pytest.raises(Invalid):
            judged(world, wrong)
    parts = list(task.parts.order_by("code"))
    judged(world, parts[0])
    assert held(task).state == TaskState.ASSIGNED
    judged(world, parts[1])
    assert held(task).state == TaskState.REVIEWED


# Rectifications --------------------------------------------------------------------------------
def failing(world):
    task = world.task()
    world.moved(PlanState.YEAREND)
    judged(
        world, task, VerdictKind.NOT_ACHIEVED, "30", comment="协议未签", due_on=date(2027, 1, 20)
    )
    return Rectification.objects.get()


@pytest.mark.parametrize("state", list(RectificationState))
@pytest.mark.parametrize("target", list(RectificationState))
def test_who_moves_a_rectification(world, state, target):
    row = failing(world)
    Rectification.objects.filter(pk=row.pk).update(
        state=state, explanation="x", recheck="x", submitted_at=END, submitted_by=world.teacher.user
    )
    row = held(row)
    actors = {
        "office": world.office,
        "unit": world.teacher,
        "fellow": world.rival,
        "far": world.far_office,
    }
    for who, actor in actors.items():
        fits = target in RECTIFICATION_MOVES[state]
        if target == RectificationState.SUBMITTED:
            assert bool(rules.may_submit_rectification(actor, row)) == (fits and who == "unit")
        elif target in {RectificationState.ACCEPTED, RectificationState.RETURNED}:
            assert bool(rules.may_recheck(actor, row, target)) == (fits and who == "office")
        elif target == RectificationState.CANCELLED:
            assert bool(rules.may_cancel_rectification(actor, row)) == (fits and who == "office")


def test_a_negative_verdict_opens_one_and_a_better_one_cancels_it(world):
    row = failing(world)
    assert (row.what, row.unit, row.due_on) == ("协议未签", world.school, date(2027, 1, 20))
    review = Review.objects.get()
    judged(
        world, row.task, VerdictKind.NOT_ACHIEVED, "40", comment="仍未签", revision=review.revision
    )
    assert Rectification.objects.count() == 1
    judged(world, row.task, VerdictKind.ACHIEVED, "92", revision=review.revision + 1)
    assert held(row).state == RectificationState.CANCELLED


def test_submitted_handed_back_and_accepted(world, django_capture_on_commit_callbacks):
    row = failing(world)
    with django_capture_on_commit_callbacks(execute=True):
        row = submit_rectification(
            row, "已与甲方约定", revision=row.revision, by=world.teacher, at=END
        )
    assert "提交了整改" in world.office.user.notices.first().text
    with pytest.raises(Invalid):
        return_rectification(row, "", revision=row.revision, by=world.office, at=END)
    row = return_rectification(
        row, "请附协议", date(2027, 2, 1), revision=row.revision, by=world.office, at=END
    )
    assert (row.state, row.due_on) == (RectificationState.RETURNED, date(2027, 2, 1))
    row = submit_rectification(row, "协议已上传", revision=row.revision, by=world.teacher, at=END)
    row = accept_rectification(row, revision=row.revision, by=world.office, at=END)
    assert (row.state, row.turn) == (RectificationState.ACCEPTED, 2)
    words = Entry.objects.filter(subject="plans.rectification").order_by("sequence")
    assert [e.action for e in words] == [
        "plan.rectify_submit", "plan.rectify_recheck", "plan.rectify_submit", "plan.rectify_recheck",
    ]  # fmt: skip


def test_nobody_rechecks_what_they_submitted(world):
    row = failing(world)
    Rectification.objects.filter(pk=row.pk).update(unit=world.consortium.secretariat)
    row = submit_rectification(held(row), "已办", revision=row.revision, by=world.office, at=END)
    with pytest.raises(Refused, match="自己"):
        accept_rectification(row, revision=row.revision, by=world.office, at=END)
    accept_rectification(row, revision=row.revision, by=world.second, at=END)


def test_two_people_recheck_at_once(world):
    row = failing(world)
    row = submit_rectification(row, "已办", revision=row.revision, by=world.teacher, at=END)
    accept_rectification(row, revision=row.revision, by=world.office, at=END)
    with pytest.raises(Refused):
        return_rectification(row, "不行", revision=row.revision, by=world.second, at=END)
    assert held(row).state == RectificationState.ACCEPTED


def test_a_stale_page_changes_nothing(world):
    row = failing(world)
    values = {
        "what": "补签协议",
        "unit": world.firm,
        "person": "李某某",
        "due_on": date(2027, 3, 1),
    }
    change_rectification(row, **values, revision=row.revision, by=world.office, at=END)
    with pytest.raises(Conflict):
        change_rectification(row, **values, revision=row.revision, by=world.second, at=END)
    assert held(row).unit == world.firm
    assert not rectifications_visible_to(world.teacher).exists()
    assert rectifications_visible_to(world.recruiter).exists()
    cancel_rectification(row, "重复", by=world.office, at=END)
