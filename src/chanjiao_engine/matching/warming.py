"""Small rounds that make numba compile every kernel for every kind of array it will meet."""

import numpy as np

from ._jit import Ints
from .explain import explain
from .problem import Problem, Scope, flat_problem
from .solve import solve
from .verify import verify

Width = type[np.int32] | type[np.int64]


def _scores(values: list[int], dtype: Width) -> Ints:
    return np.array(values, np.int32) if dtype is np.int32 else np.array(values, np.int64)


def small_tree(dtype: Width = np.int32) -> Problem:
    """Three students, two posts of one kind in one unit, one school's share: quotas all bind."""
    return Problem(
        pref_ptr=np.array([0, 2, 4, 5], np.int64),
        pref_post=np.array([0, 1, 0, 1, 0], np.int32),
        score=_scores([1, 2, 3, 1, 2], dtype),
        barred=np.zeros(5, np.uint8),
        student_school=np.array([0, 0, 1], np.int32),
        post_minimum=np.array([0, 1], np.int32),
        node_parent=np.array([3, 3, 0, 4, -1], np.int32),
        node_capacity=np.array([2, 1, 1, 2, 1], np.int64),
        node_scope=np.array(
            [Scope.POST, Scope.POST, Scope.SCHOOL_AT_POST, Scope.KIND, Scope.UNIT], np.uint8
        ),
        share_post=np.array([0], np.int32),
        share_school=np.array([0], np.int32),
        share_node=np.array([2], np.int32),
        score_scale=10,
    )


def warm_all() -> None:
    """Solve, verify and explain one flat and one nested round in both score widths."""
    widths: tuple[Width, ...] = (np.int32, np.int64)
    for dtype in widths:
        flat = flat_problem(
            np.array([0, 1, 2], np.int64), np.zeros(2, np.int32), _scores([1, 2], dtype),
            np.array([1]),
        )  # fmt: skip
        for problem in (flat, small_tree(dtype)):
            result = solve(problem, seed=0)
            if verify(problem, result) is not None:
                raise AssertionError("the warming round does not verify")
            explain(problem, result, 0)
