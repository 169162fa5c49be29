"""What is promised of every match, held against brute force on small random rounds."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from match_rounds import Round, all_stable, choose, nested_round, rank_of, rounds

from chanjiao_engine.matching import lottery, solve, verify

SEEDS = st.integers(0, 3)


def solved(r: Round, seed: int, lists: list[list[int]] | None = None) -> tuple[int, ...]:
    return tuple(int(x) for x in solve(r.problem(lists=lists), seed=seed).match)


@settings(max_examples=300, deadline=None)
@given(rounds(students=5, posts=4), SEEDS)
def test_stable_and_best_for_every_student(r: Round, seed: int) -> None:
    lot = lottery(r.problem(), seed).tolist()
    stable = all_stable(r, lot)
    match = solved(r, seed)
    assert match in stable
    for other in stable:
        assert all(rank_of(r, match, s) <= rank_of(r, other, s) for s in range(len(match)))


@settings(max_examples=300, deadline=None)
@given(rounds(students=9, posts=5, minimums=True, top=2), SEEDS)
def test_no_quota_is_passed_and_the_checker_agrees(r: Round, seed: int) -> None:
    problem = r.problem()
    result = solve(problem, seed=seed)
    used = [0] * problem.nodes
    for student, post in enumerate(result.match.tolist()):
        if post >= 0:
            assert post in r.lists[student] and not r.barred.get((student, post))
            for node in r.way(student, post):
                used[node] += 1
    assert all(u <= c for u, c in zip(used, r.capacity, strict=True))
    assert used == result.certificate.filled.tolist()
    assert verify(problem, result) is None


@settings(max_examples=60, deadline=None)
@given(rounds(students=4, posts=3), SEEDS)
def test_nobody_gains_by_misreporting(r: Round, seed: int) -> None:
    honest = solved(r, seed)
    for student, chosen in enumerate(r.lists):
        mine = rank_of(r, honest, student)
        for size in range(r.posts + 1):
            for lie in itertools.permutations(range(r.posts), size):
                lists = [list(lie) if s == student else x for s, x in enumerate(r.lists)]
                got = solved(r, seed, lists)[student]
                if got in chosen:
                    assert chosen.index(got) >= mine


@settings(max_examples=150, deadline=None)
@given(rounds(students=6, posts=4, minimums=True), SEEDS)
def test_closings_follow_the_rule(r: Round, seed: int) -> None:
    """Replayed by brute force: the post that lacks most closes, one at a time."""
    result = solve(r.problem(), seed=seed)
    lot = lottery(r.problem(), seed).tolist()
    closed: list[int] = []
    while True:
        match = textbook(r, lot, set(closed))
        filled = [match.count(j) for j in range(r.posts)]
        short = [
            (r.minimum[j] - filled[j], -filled[j], -j)
            for j in range(r.posts)
            if j not in closed and filled[j] < r.minimum[j]
        ]
        if not short:
            break
        closed.append(-max(short)[2])
    assert [c.post for c in result.certificate.closings] == closed
    assert tuple(match) == tuple(result.match.tolist())


def textbook(r: Round, lot: list[int], closed: set[int]) -> list[int]:
    """Deferred acceptance straight from the definition: rejected contracts never come back."""
    gone: set[tuple[int, int]] = set()
    while True:
        asked = []
        for s, chosen in enumerate(r.lists):
            left = [
                j for j in chosen
                if (s, j) not in gone and j not in closed and not r.barred.get((s, j))
            ]  # fmt: skip
            if left:
                asked.append((s, left[0]))
        held = choose(r, asked, lot)
        if len(held) == len(asked):
            match = [-1] * len(r.lists)
            for s, j in asked:
                match[s] = j
            return match
        gone |= set(asked) - held


@settings(max_examples=100, deadline=None)
@given(rounds(students=8, posts=4, minimums=True), SEEDS)
def test_same_seed_same_answer_in_both_widths(r: Round, seed: int) -> None:
    narrow = solve(r.problem(np.int32), seed=seed)
    again = solve(r.problem(np.int32), seed=seed)
    wide = solve(r.problem(np.int64), seed=seed)
    assert narrow.certificate.seal == again.certificate.seal == wide.certificate.seal
    assert narrow.statistics == again.statistics == wide.statistics


@settings(max_examples=100, deadline=None)
@given(rounds(students=30, posts=8, top=4), SEEDS)
def test_larger_rounds_agree_with_the_textbook(r: Round, seed: int) -> None:
    lot = lottery(r.problem(), seed).tolist()
    assert solved(r, seed) == tuple(textbook(r, lot, set()))


def test_tight_nested_quotas_agree_with_the_textbook() -> None:
    for number in range(300):
        r = nested_round(number)
        problem = r.problem()
        result = solve(problem, seed=number)
        lot = lottery(problem, number).tolist()
        assert result.match.tolist() == textbook(r, lot, set()), number
        assert verify(problem, result) is None


def test_one_large_unit_agrees_with_the_textbook() -> None:
    """So many posts under one quota that their lowest contracts are kept in a tournament."""
    for number in range(12):
        r = nested_round(number, students=160, posts=120)
        r.capacity[120:123] = [50 + number, 30, 25]
        lot = lottery(r.problem(), number).tolist()
        assert list(solved(r, number)) == textbook(r, lot, set()), number
