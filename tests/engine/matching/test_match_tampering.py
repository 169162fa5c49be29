"""The checker must find any single altered number, whichever it is."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import pytest
from match_rounds import nested_round

from chanjiao_engine.matching import Closing, Problem, Result, Statistics, solve, verify
from chanjiao_engine.matching.result import sealed


def round_with_closings() -> tuple[Problem, Result]:
    for number in range(200):
        r = nested_round(number)
        r.minimum = [min(2, c) for c in r.capacity[: r.posts]]
        r.barred = {(0, j): 3 for j in range(3)}
        problem = r.problem()
        result = solve(problem, seed=number)
        if result.certificate.closings and result.statistics.matched > 5:
            return problem, result
    raise AssertionError("no round with closings among the first 200")


def altered(result: Result) -> Iterator[tuple[str, Result]]:
    """The result with one number changed at a time, first as is, then sealed again."""
    for name in ("match", "rank"):
        for other in changed_arrays(getattr(result, name)):
            yield name, dataclasses.replace(result, **{name: other})
    c = result.certificate
    arrays = ("filled", "last_student", "last_score", "last_lottery", "cause_ptr", "cause")
    for name in arrays:
        for other in changed_arrays(getattr(c, name)):
            fake = dataclasses.replace(c, **{name: other})
            yield name, dataclasses.replace(result, certificate=fake)
            yield name, dataclasses.replace(result, certificate=sealed(result.match, fake))
    for name, value in (
        ("digest", "0" * 64), ("seed", c.seed + 1), ("engine", "matching-0"), ("format", 2),
        ("lottery_rule", "coin"), ("seal", "0" * 64), ("closings", ()),
    ):  # fmt: skip
        fake = dataclasses.replace(c, **{name: value})
        yield name, dataclasses.replace(result, certificate=fake)
    for at, closing in enumerate(c.closings):
        for other in (
            Closing((closing.post + 1) % 6, closing.admitted, closing.minimum),
            Closing(closing.post, closing.admitted + 1, closing.minimum),
            Closing(closing.post, closing.admitted, closing.minimum + 1),
        ):
            listed = [*c.closings]
            listed[at] = other
            fake = dataclasses.replace(c, closings=tuple(listed))
            yield "closing", dataclasses.replace(result, certificate=fake)
    st = result.statistics
    for field in dataclasses.fields(Statistics):
        value = getattr(st, field.name)
        other = value + 1 if isinstance(value, int) else (*value, 1)
        yield (
            field.name,
            dataclasses.replace(result, statistics=dataclasses.replace(st, **{field.name: other})),
        )


def changed_arrays(values: np.ndarray) -> Iterator[np.ndarray]:  # type: ignore[type-arg]
    for at in range(len(values)):
        for step in (1, -1):
            other = values.copy()
            other[at] += step
            yield other


def test_every_single_altered_number_is_found() -> None:
    problem, result = round_with_closings()
    assert verify(problem, result) is None
    count = 0
    for name, fake in altered(result):
        found = verify(problem, fake)
        assert found is not None and found.message, name
        count += 1
    assert count > 500


def test_a_stable_looking_but_unfair_match_is_called_unstable() -> None:
    """Move an unmatched student into nothing better: blocking pairs are named as such."""
    problem, result = round_with_closings()
    first = next(s for s in range(problem.students) if result.rank[s] == 1)
    match, rank = result.match.copy(), result.rank.copy()
    match[first], rank[first] = -1, 0
    fake = dataclasses.replace(result, match=match, rank=rank)
    found = verify(problem, fake)
    assert found is not None


@pytest.mark.parametrize("number", range(5))
def test_the_other_students_best_is_not_taken_for_another_problem(number: int) -> None:
    one, two = nested_round(number).problem(), nested_round(number + 100).problem()
    found = verify(two, solve(one, seed=0))
    assert found is not None
