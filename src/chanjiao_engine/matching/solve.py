"""Student-proposing deferred acceptance where each unit chooses greedily under nested quotas.

A unit's quotas (school at post, post, kind of post, unit) are laminar, so the sets of contracts it
may hold are a laminar matroid, and its greedy choice by score, then lottery, is the matroid's. The
match is a **matroid kernel** in the sense of Fleiner, "A fixed-point approach to stable matchings
and some applications", Mathematics of Operations Research 28(1), 2003: no student and unit can
name a contract both would rather have. Choices of this kind are substitutable and obey the law of
aggregate demand, so the outcome is the best stable one for every student, and no student gains by
misreporting (Hatfield & Milgrom, AER 95(4), 2005; for two contracts of one student in one unit:
Hatfield & Kominers, "Hidden substitutes", 2015). Quotas across posts as constraints of the match:
Kamada & Kojima, AER 105(1), 2015; Goto et al., AEJ: Microeconomics 9(2), 2017.

**Where this ends.** With lower quotas a post that stays short is closed and all is solved anew.
The result is stable and student-optimal among the posts left open, but a student who foresees a
closing may gain by misreporting: with closings strategy-proofness is not guaranteed.
"""

from dataclasses import dataclass

import numpy as np

from ._jit import I32, I64, Bool
from .certify import causes, node_state
from .crowd import propose_together
from .digest import problem_digest
from .flat import STUDENT, propose_flat
from .layout import BARRED, TOP, Layout, layout
from .lottery import LOTTERY_RULE, lottery
from .problem import Problem
from .result import Certificate, Closing, Params, Result, Statistics, sealed
from .tree import SCAN, propose_tree

FEW = 30  # students propose together until one in so many waits


def solve(problem: Problem, *, params: Params | None = None, seed: int) -> Result:
    """Match a round. Same arguments, same answer, on every machine.

    `seed` is a non-negative integer; it decides ties only. Cost: about the time of reading the
    lists a few times per round of closings, plus one short hash per student.
    """
    params = params or Params()
    plan = layout(problem)
    lot = lottery(problem, seed)
    closed = np.zeros(problem.posts, np.bool_)
    closings: list[Closing] = []
    while True:
        place = run_core(problem, plan, lot, closed)
        match = _posts_held(problem, place)
        closing = next_closing(problem, match, closed)
        if closing is None:
            break
        closings.append(closing)
        closed[closing.post] = True
    return _result(problem, params, seed, lot, place, closed, tuple(closings))


def next_closing(problem: Problem, match: I32, closed: Bool) -> Closing | None:
    """The post whose turn it is to close, by the rule `largest_shortfall`; None if none is short."""
    if not problem.post_minimum.any():
        return None
    admitted = np.bincount(match[match >= 0], minlength=problem.posts)
    short = np.where(closed, 0, problem.post_minimum - admitted)
    if int(short.max(initial=0)) <= 0:
        return None
    worst = np.flatnonzero(short == short.max())
    post = int(worst[np.argmin(admitted[worst])])
    return Closing(post, int(admitted[post]), int(problem.post_minimum[post]))


@dataclass(frozen=True, eq=False)
class Ground:
    """The arrays a proposing loop works on, fresh for each run."""

    weight: I32
    holder: I32
    heap: I64
    size: I32
    floor: I64
    cursor: I64
    queue: I32


def ground(problem: Problem, plan: Layout, lot: I32, closed: Bool) -> Ground:
    """Empty posts, everyone waiting; what can never be held is floored out of reach."""
    n, leaves = problem.students, len(plan.first)
    weight = (n - 1 - lot).astype(np.int32)
    holder = np.empty(n, np.int32)
    holder[weight] = np.arange(n, dtype=np.int32)
    floor = np.full(leaves, (BARRED << 32) | 0xFFFFFFFF, np.int64)
    floor[np.diff(plan.seats) == 0] = TOP
    floor[closed[plan.leaf_post]] = TOP
    return Ground(
        weight,
        holder,
        np.empty(int(plan.seats[-1]), np.int64),
        np.zeros(leaves, np.int32),
        floor,
        problem.pref_ptr[:-1].copy(),
        np.concatenate([np.arange(n, dtype=np.int32), np.zeros(STUDENT, np.int32)]),
    )


def run_core(problem: Problem, plan: Layout, lot: I32, closed: Bool) -> I32:
    """Deferred acceptance; returns each student's place in the own list (its length: unmatched)."""
    g = ground(problem, plan, lot, closed)
    if not problem.choices:
        return np.zeros(problem.students, np.int32)
    if plan.flat:
        arrays = (
            problem.pref_ptr, plan.edge_leaf, plan.score, g.weight, g.holder, plan.seats,
            plan.capacity, g.heap, g.size, g.floor, g.cursor, g.queue,
        )  # fmt: skip
        waiting = propose_together(*arrays, problem.students, problem.students // FEW)
        propose_flat(*arrays, waiting)
    else:
        propose_tree(
            problem.pref_ptr, plan.edge_leaf, plan.score, g.weight, g.holder, plan.first, plan.up,
            plan.low, plan.high, plan.capacity, np.zeros(problem.nodes, np.int64), plan.seats,
            g.heap, g.size, np.full(len(plan.first), TOP, np.int64), tournament(plan), g.floor,
            g.cursor, g.queue, problem.students,
        )  # fmt: skip
    return (g.cursor - problem.pref_ptr[:-1]).astype(np.int32)


def tournament(plan: Layout) -> I64:
    """Room for a tournament over all leaves, or nothing where every slice is short."""
    width = int((plan.high - plan.low).max(initial=0))
    if width <= SCAN:
        return np.empty(0, np.int64)
    half = 1 << (len(plan.first) - 1).bit_length()
    return np.full(2 * half, TOP, np.int64)


def _posts_held(problem: Problem, place: I32) -> I32:
    edge = problem.pref_ptr[:-1] + place
    held = edge < problem.pref_ptr[1:]
    match = np.full(problem.students, -1, np.int32)
    match[held] = problem.pref_post[edge[held]]
    return match


def _result(
    problem: Problem, params: Params, seed: int, lot: I32, place: I32, closed: Bool,
    closings: tuple[Closing, ...],
) -> Result:  # fmt: skip
    match = _posts_held(problem, place)
    filled, last, last_score = node_state(problem, place, lot)
    cause_ptr, cause = causes(problem, place, closed, filled)
    certificate = Certificate(
        digest=problem_digest(problem),
        seed=seed,
        filled=filled,
        last_student=last,
        last_score=last_score,
        last_lottery=np.where(last >= 0, lot[last], -1).astype(np.int32)
        if len(lot)
        else last.copy(),
        cause_ptr=cause_ptr,
        cause=cause,
        closings=closings,
        params=params,
        lottery_rule=LOTTERY_RULE,
    )
    rank = np.where(match >= 0, place + 1, 0).astype(np.int32)
    return Result(match, rank, sealed(match, certificate), statistics(problem, rank))


def statistics(problem: Problem, rank: I32) -> Statistics:
    """Figures of a match from the ranks students got (0: unmatched)."""
    counts = np.bincount(rank)[1:]
    return Statistics(
        students=problem.students,
        choices=problem.choices,
        eligible=int(np.count_nonzero(problem.barred == 0)),
        matched=int(np.count_nonzero(rank)),
        rank_sum=int(rank.sum(dtype=np.int64)),
        rank_counts=tuple(int(x) for x in counts),
    )


def warm() -> None:
    """Compile every kernel, both score widths, so that no user waits; called at set-up."""
    from .warming import warm_all

    warm_all()
