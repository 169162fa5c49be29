"""The rounds of the match benchmark: n students × 10 posts, n/20 posts, 5 % too few seats."""

import dataclasses

import numpy as np
from numpy.typing import NDArray

from chanjiao_engine.matching import Problem, Scope, flat_problem

CHOICES = 10
SCHOOLS = 17


def flat_round(students: int, seed: int = 0) -> Problem:
    """Skewed popularity of posts; score = ability + noise, in micro-points."""
    rng = np.random.default_rng(seed)
    posts = max(students // 20, CHOICES)
    popularity = rng.permutation(1 / np.arange(1, posts + 1) ** 0.6)
    chosen = _distinct(rng, np.cumsum(popularity / popularity.sum()), students)
    ability = rng.normal(70, 10, students).astype(np.float32)
    noise = rng.normal(0, 8, chosen.shape).astype(np.float32)
    score = (np.clip(ability[:, None] + noise, 0, 100) * 1_000_000).astype(np.int32)
    seats = np.full(posts, max(students * 95 // 100 // posts, 1))
    ptr = np.arange(0, students * CHOICES + 1, CHOICES, dtype=np.int64)
    return flat_problem(ptr, chosen.ravel(), score.ravel(), seats, score_scale=1_000_000)


def _distinct(
    rng: np.random.Generator, shares: NDArray[np.float64], students: int
) -> NDArray[np.int32]:
    last = len(shares) - 1

    def draw(rows: int) -> NDArray[np.int32]:
        drawn = np.searchsorted(shares, rng.random(rows * CHOICES)).clip(0, last)
        return drawn.reshape(rows, CHOICES).astype(np.int32)

    chosen = draw(students)
    while True:
        ordered = np.sort(chosen, axis=1)
        again = np.flatnonzero((ordered[:, 1:] == ordered[:, :-1]).any(axis=1))
        if not len(again):
            return chosen
        chosen[again] = draw(len(again))


def tree_round(flat: Problem, seed: int = 1) -> Problem:
    """The same round under quotas: two schools' shares per post, two kinds and ten posts a unit.

    A kind holds 93 %, a unit 90 % of its posts' seats; a school's share is two seats.
    """
    rng = np.random.default_rng(seed)
    p, n = flat.posts, flat.students
    unit, kind = np.arange(p) // 10, np.arange(p) % 2
    units, seats = int(unit.max()) + 1, flat.node_capacity
    one = rng.integers(0, SCHOOLS, p)
    two = (one + rng.integers(1, SCHOOLS, p)) % SCHOOLS
    share_post = np.repeat(np.arange(p), 2)
    of_kind = np.bincount(unit * 2 + kind, weights=seats, minlength=2 * units).astype(np.int64)
    of_unit = np.bincount(unit, weights=seats).astype(np.int64)
    first = p + 2 * p
    parent = (first + unit * 2 + kind, share_post, first + 2 * units + np.arange(2 * units) // 2,
              np.full(units, -1))  # fmt: skip
    capacity = (seats, np.full(2 * p, 2), of_kind * 93 // 100, of_unit * 9 // 10)
    scope = np.repeat(
        [Scope.POST, Scope.SCHOOL_AT_POST, Scope.KIND, Scope.UNIT], [p, 2 * p, 2 * units, units]
    )
    return dataclasses.replace(
        flat,
        node_parent=np.concatenate(parent).astype(np.int32),
        node_capacity=np.concatenate(capacity).astype(np.int64),
        node_scope=scope.astype(np.uint8),
        share_post=share_post.astype(np.int32),
        share_school=np.sort(np.stack([one, two], axis=1), axis=1).ravel().astype(np.int32),
        share_node=np.arange(p, first, dtype=np.int32),
        student_school=rng.integers(0, SCHOOLS, n).astype(np.int32),
    )
