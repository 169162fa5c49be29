"""Tiny rounds with answers worked out by hand, and the pieces around the match."""

from __future__ import annotations

import dataclasses
import hashlib
from datetime import date
from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from match_rounds import Round

from chanjiao_engine.matching import (
    Bar,
    Hazard,
    Kind,
    Params,
    ParamsError,
    PostFacts,
    Problem,
    ProblemError,
    Reason,
    Scope,
    Sex,
    StudentFacts,
    WeightError,
    explain,
    findings,
    flat_problem,
    lottery,
    problem_digest,
    solve,
    verify,
    weighted_score,
)
from chanjiao_engine.matching.eligibility import RULES
from chanjiao_engine.matching.explain import points_column
from chanjiao_engine.matching.naming import points
from chanjiao_engine.matching.rows import Rows, _joined, build_problem, index_in
from chanjiao_engine.matching.warming import small_tree, warm_all


def flat(lists: list[list[int]], scores: list[list[int]], capacity: list[int]) -> Problem:
    ptr = np.cumsum([0, *map(len, lists)]).astype(np.int64)
    return flat_problem(
        ptr,
        np.array([p for x in lists for p in x], np.int32),
        np.array([s for x in scores for s in x], np.int32),
        np.array(capacity),
    )


def test_rejected_students_push_others_on() -> None:
    """0 is pushed out of post 0 by 1, takes 2's place in post 1, and 2 ends without a post."""
    p = flat([[0, 1], [0], [1]], [[5, 9], [8], [7]], [1, 1])
    assert solve(p, seed=0).match.tolist() == [1, 0, -1]


def test_a_quota_of_nobody_admits_nobody() -> None:
    p = flat([[0, 1]], [[9, 1]], [0, 1])
    result = solve(p, seed=0)
    assert result.match.tolist() == [1]
    assert explain(p, result, 0)[0].text == "没有录取到 #0：该岗位人数上限为 0 人。"
    assert verify(p, result) is None


def test_an_empty_round_is_a_round() -> None:
    p = flat([], [], [])
    result = solve(p, seed=0)
    assert result.statistics.matched == 0 and verify(p, result) is None


def test_the_unit_compares_contracts_of_its_posts_by_score() -> None:
    """One unit of two seats over posts 0 and 1 (two each): the lowest of both posts goes."""
    r = Round(
        lists=[[0], [0], [1], [1]],
        scores={(0, 0): 7, (1, 0): 5, (2, 1): 9, (3, 1): 6},
        barred={}, schools=[0] * 4, capacity=[2, 2, 2], minimum=[0, 0], parent=[2, 2, -1],
        scope=[Scope.POST, Scope.POST, Scope.UNIT], posts=2,
    )  # fmt: skip
    p = r.problem()
    result = solve(p, seed=0)
    assert result.match.tolist() == [0, -1, 1, -1]
    assert result.certificate.cause.tolist() == [2, 2]
    assert explain(p, result, 3)[0].reason == Reason.UNIT_FULL
    assert explain(p, result, 3)[0].text.endswith(
        "该企业实习人数上限 2 人已满，末位 0.7 分，你 0.6 分。"
    )


def test_the_smallest_full_quota_is_named() -> None:
    """Post (1 seat) and unit (1 seat) are both full: the post is the smaller."""
    r = Round(
        lists=[[0], [0]], scores={(0, 0): 7, (1, 0): 5}, barred={}, schools=[0, 0],
        capacity=[1, 1], minimum=[0], parent=[1, -1], scope=[Scope.POST, Scope.UNIT], posts=1,
    )  # fmt: skip
    assert solve(r.problem(), seed=0).certificate.cause.tolist() == [0]


def test_the_post_that_lacks_most_closes_first() -> None:
    """Post 0 lacks two and closes; its student moves to post 1, which then opens."""
    r = Round(
        lists=[[0, 1], [1]], scores={(0, 0): 1, (0, 1): 1, (1, 1): 1}, barred={}, schools=[0, 0],
        capacity=[3, 2], minimum=[3, 2], parent=[-1, -1], scope=[Scope.POST, Scope.POST], posts=2,
    )  # fmt: skip
    p = r.problem()
    result = solve(p, seed=0)
    assert result.match.tolist() == [1, 1]
    closing = result.certificate.closings
    assert [(c.post, c.admitted, c.minimum) for c in closing] == [(0, 1, 3)]
    assert explain(p, result, 0)[0].text == (
        "没有录取到 #0：申请人数不足开班下限 3 人（只有 1 人），该岗位没有开班。"
    )
    assert verify(p, result) is None


def test_a_tie_is_decided_and_told_by_the_lottery() -> None:
    p = flat([[0], [0]], [[5], [5]], [1])
    result = solve(p, seed=11)
    first = int(np.argmin(lottery(p, 11)))
    assert result.match[first] == 0
    said = explain(p, result, 1 - first)[0]
    assert said.reason == Reason.POST_FULL_TIE
    assert "末位与你同为 5.0 分，按抽签顺序你排在其后" in said.text


def test_the_lottery_can_be_drawn_by_a_stranger() -> None:
    p = flat([[0]] * 6, [[1]] * 6, [1])
    drawn = sorted(
        range(6),
        key=lambda i: hashlib.sha256(f"chanjiao-lottery-v1\n42\n{i}".encode()).digest()[:8],
    )
    assert [int(lottery(p, 42)[i]) for i in drawn] == [0, 1, 2, 3, 4, 5]
    assert lottery(p, 42).tolist() == [5, 0, 1, 4, 2, 3]  # frozen: the rule must never drift


def test_scores_too_wide_for_32_bits_keep_their_order() -> None:
    ptr, post = np.array([0, 1, 2, 3], np.int64), np.zeros(3, np.int32)
    p = flat_problem(ptr, post, np.array([10**15, -(10**15), 10**15 + 1]), np.array([1]))
    assert solve(p, seed=0).match.tolist() == [-1, -1, 0]


@pytest.mark.parametrize(
    ("field", "value", "where"),
    [
        ("pref_ptr", np.array([0, 2, 1, 5], np.int64), "pref_ptr[2]"),
        ("pref_post", np.array([0, 9, 0, 1, 0], np.int32), "pref_post[1]"),
        ("pref_post", np.array([0, 0, 0, 1, 0], np.int32), "pref_post[1]"),
        ("node_parent", np.array([3, 3, 0, 4, 3], np.int32), "node_parent"),
        ("node_parent", np.array([3, 7, 0, 4, -1], np.int32), "node_parent[1]"),
        ("node_parent", np.array([-1, 3, 0, 0, -1], np.int32), "node_parent[3]"),
        ("node_capacity", np.array([2, 1, -1, 2, 1]), "node_capacity[2]"),
        ("post_minimum", np.array([0, 5], np.int32), "post_minimum[1]"),
        ("share_node", np.array([3], np.int32), "share_node[0]"),
        ("score", np.array([1.0, 2, 3, 1, 2]), "score"),
        ("barred", np.zeros(4, np.uint8), "score, barred"),
    ],
)
def test_contradictions_are_refused_by_name(field: str, value: object, where: str) -> None:
    with pytest.raises(ProblemError) as refused:
        dataclasses.replace(small_tree(), **{field: value})
    assert refused.value.where == where


def test_the_digest_sees_every_array() -> None:
    base = small_tree()
    seen = {problem_digest(base)}
    for field in ("score", "node_capacity", "post_minimum", "student_school", "barred"):
        changed = getattr(base, field).copy()
        changed[0] ^= 1
        seen.add(problem_digest(dataclasses.replace(base, **{field: changed})))
    seen.add(problem_digest(dataclasses.replace(base, score_scale=100)))
    assert len(seen) == 7
    assert problem_digest(small_tree(np.int64)) == problem_digest(base)


def test_rows_in_any_order_are_the_same_problem() -> None:
    students = pl.DataFrame({"student_id": ["b", "a", "c"], "school_id": ["y", "x", "x"]})
    posts = pl.DataFrame(
        {"post_id": ["q", "p"], "unit_id": ["u", "u"], "kind": ["k", "k"],
         "capacity": [1, 1], "minimum": [0, 0]}
    )  # fmt: skip
    listed = pl.DataFrame(
        {"student_id": ["a", "a", "b", "c"], "post_id": ["p", "q", "q", "p"], "rank": [1, 2, 5, 1]}
    )
    scored = listed.select("post_id", "student_id", score=pl.Series([5, 6, 7, 8]))
    quotas = pl.DataFrame(
        {"scope": ["unit", "school_at_post", "kind"], "unit_id": ["u", "", "u"],
         "kind": ["", "", "k"], "post_id": ["", "q", ""], "school_id": ["", "y", ""],
         "capacity": [2, 1, 1]}
    )  # fmt: skip
    tables = (students, posts, listed, scored, quotas)
    one = build_problem(Rows(*tables))
    two = build_problem(Rows(*(t.reverse() for t in tables)))
    assert problem_digest(one) == problem_digest(two)
    assert solve(one, seed=5).certificate.seal == solve(two, seed=5).certificate.seal
    assert one.node_parent.tolist() == [3, 3, 1, 4, -1]
    with pytest.raises(ProblemError):
        build_problem(Rows(students, posts, listed.with_columns(rank=1), scored))
    with pytest.raises(ProblemError):
        build_problem(Rows(students, posts, listed, pl.concat([scored, scored])))


def test_a_list_longer_than_any_shortcut() -> None:
    """Two hundred choices: sorted and searched by the general ways."""
    n = 200
    posts = pl.DataFrame(
        {"post_id": [f"p{i:03}" for i in range(n)], "unit_id": "u", "kind": "k",
         "capacity": 1, "minimum": 0}
    )  # fmt: skip
    listed = pl.DataFrame(
        {"student_id": ["s"] * n, "post_id": [f"p{(i * 37) % n:03}" for i in range(n)],
         "rank": list(range(n, 0, -1))}
    )  # fmt: skip
    scored = listed.select("post_id", "student_id", score=pl.Series(range(n)))
    p = build_problem(
        Rows(pl.DataFrame({"student_id": ["s"], "school_id": ["x"]}), posts, listed, scored)
    )
    assert p.pref_post.tolist() == [((n - 1 - i) * 37) % n for i in range(n)]
    assert p.score.tolist() == list(range(n))[::-1]


def test_points_are_exact() -> None:
    assert [points(x, 10) for x in (835, 0, -5)] == ["83.5", "0.0", "-0.5"]
    assert [points(x, 1_000_000) for x in (1, -1_500_000)] == ["0.000001", "-1.500000"]
    assert points(7, 1) == "7.0"
    assert points_column(np.array([835, -5]), 10).to_list() == ["83.5", "-0.5"]


def test_unknown_parameters_are_refused() -> None:
    with pytest.raises(ParamsError):
        Params(closing_rule="smallest")


def test_everything_compiles() -> None:
    warm_all()


def test_weighted_scores_are_whole_micro_points() -> None:
    weights = {"成绩": 60, "面试": 30, "证书": 10}
    marks = {"成绩": Decimal("83.5"), "面试": 90, "证书": Decimal("33.333333")}
    assert weighted_score(marks, weights) == 50_100_000 + 27_000_000 + 3_333_333
    assert weighted_score({"a": 100}, {"a": 100}) == 100_000_000


@pytest.mark.parametrize(
    ("marks", "weights"),
    [
        ({"a": 1}, {"a": 99}),
        ({"a": 1}, {"a": 120, "b": -20}),
        ({}, {"a": 100}),
        ({"a": 101}, {"a": 100}),
        ({"a": Decimal("-1")}, {"a": 100}),
        ({"a": Decimal("NaN")}, {"a": 100}),
        ({"a": Decimal("1.1234567")}, {"a": 100}),
        ({"a": 1.5}, {"a": 100}),
    ],
)
def test_unusable_weights_and_marks_are_refused(marks: dict, weights: dict) -> None:  # type: ignore[type-arg]
    with pytest.raises(WeightError):
        weighted_score(marks, weights)


STUDENT = StudentFacts(born=date(2008, 9, 1), grade=2, sex=Sex.FEMALE, major_code="460103")
POST = PostFacts(major_codes=frozenset({"460104"}), starts=date(2026, 9, 1))


@pytest.mark.parametrize(
    ("student", "post", "bars"),
    [
        ({}, {}, set()),
        ({"grade": 1}, {}, {Bar.GRADE_FIRST_YEAR}),
        ({"grade": 1}, {"kind": Kind.EMPLOYMENT}, set()),
        ({"born": date(2010, 9, 2)}, {}, {Bar.AGE_UNDER_16}),
        ({"born": date(2010, 9, 1)}, {}, set()),
        ({"born": date(2008, 9, 2)}, {"hazards": {Hazard.MINOR_FORBIDDEN}}, {Bar.MINOR_HAZARD}),
        ({}, {"hazards": {Hazard.MINOR_FORBIDDEN}}, set()),
        ({}, {"hazards": {Hazard.FEMALE_FORBIDDEN}}, {Bar.FEMALE_HAZARD}),
        ({"sex": Sex.MALE}, {"hazards": {Hazard.FEMALE_FORBIDDEN}}, set()),
        ({}, {"hazards": {Hazard.ENTERTAINMENT}}, {Bar.VENUE}),
        ({}, {"hazards": {Hazard.INTENSITY_3}}, {Bar.HAZARD}),
        ({}, {"night_shift": True}, {Bar.NIGHT_SHIFT}),
        ({}, {"hours_per_day": 9}, {Bar.HOURS}),
        ({"major_code": "530101"}, {}, {Bar.MAJOR_GROUP}),
        ({"major_code": "530101"}, {"major_codes": frozenset()}, set()),
        ({"major_code": "660103"}, {"major_codes": frozenset({"460102"})}, set()),
        ({"major_code": "260102"}, {"major_codes": frozenset({"530101", "660103"})}, set()),
        ({"major_code": "660103"}, {"major_codes": frozenset({"470102"})}, {Bar.MAJOR_GROUP}),
        ({"major_code": "080202"}, {"major_codes": frozenset({"460102"})}, {Bar.MAJOR_GROUP}),
        ({"major_code": ""}, {}, set()),
        ({}, {"pay": 1599, "same_post_wage": 2000}, {Bar.WAGE}),
        ({}, {"pay": 1600, "same_post_wage": 2000}, set()),
        ({}, {"pay": 1599, "same_post_wage": 2000, "lowest_wage_grade": 1500}, set()),
        ({}, {"lowest_grade": 3}, {Bar.GRADE_LOWEST}),
        ({"grade": 1, "major_code": "530101"}, {"night_shift": True},
         {Bar.GRADE_FIRST_YEAR, Bar.MAJOR_GROUP, Bar.NIGHT_SHIFT}),
        ({"born": None, "grade": None, "sex": None}, {"hazards": {Hazard.FEMALE_FORBIDDEN}}, set()),
    ],
)  # fmt: skip
def test_who_may_not_take_which_post(student: dict, post: dict, bars: set[Bar]) -> None:  # type: ignore[type-arg]
    if "hazards" in post:
        post = {**post, "hazards": frozenset(post["hazards"])}
    found = findings(dataclasses.replace(STUDENT, **student), dataclasses.replace(POST, **post))
    assert {f.bar for f in found} == bars
    assert all(f.text and f.article and f.code == f.bar.name.lower() for f in found)


def test_every_bar_has_a_rule_or_is_said_by_people() -> None:
    assert {r.bar for r in RULES} | {Bar.NOT_SCORED, Bar.OTHER} == set(Bar)


def test_long_columns_of_ids_are_found_by_hash_as_by_join() -> None:
    ids = pl.Series([f"s{i:06}" for i in range(3000)])
    wanted = ids.gather(np.random.default_rng(0).integers(0, 3000, 60_000))
    unknown = wanted.set(pl.Series(np.arange(60_000) % 1000 == 7), "nobody")
    for column in (wanted, unknown, unknown.set(pl.Series(np.arange(60_000) == 5), None)):
        assert index_in(ids, column).equals(_joined(ids, column))
