"""From a match to its certificate: how full each quota is, who came last, what stood in the way."""

import numpy as np

from ._jit import I32, I64, U8, Bool, Ints, kernel
from .problem import Problem
from .result import BARRED_BASE, CLOSED

KEY_TOP = 2**63 - 1


@kernel
def home_node(
    post: int, school: int, share_ptr: I64, share_school: I32, share_node: I32
) -> int:  # fmt: skip
    """The node a contract hangs on: the school's share where there is one, else the post."""
    low, end = share_ptr[post], share_ptr[post + 1]
    high = end
    while low < high:
        middle = (low + high) // 2
        if share_school[middle] < school:
            low = middle + 1
        else:
            high = middle
    if low < end and share_school[low] == school:
        return int(share_node[low])
    return post


@kernel
def fill_nodes(
    ptr: I64, post: I32, score: Ints, place: I32, lot: I32, school: I32, share_ptr: I64,
    share_school: I32, share_node: I32, parent: I32,
    filled: I64, last: I32, last_score: I64,
) -> None:  # fmt: skip
    """Count every node's contracts and find its lowest (score, then lottery)."""
    for student in range(len(ptr) - 1):
        edge = ptr[student] + place[student]
        if edge == ptr[student + 1]:
            continue
        node = home_node(post[edge], school[student], share_ptr, share_school, share_node)
        while node >= 0:
            held = last[node]
            lower = held < 0 or score[edge] < last_score[node]
            if lower or (score[edge] == last_score[node] and lot[student] > lot[held]):
                last[node] = student
                last_score[node] = score[edge]
            filled[node] += 1
            node = parent[node]


@kernel
def find_causes(
    ptr: I64, post: I32, place: I32, barred: U8, closed: Bool, school: I32, share_ptr: I64,
    share_school: I32, share_node: I32, tight: I32, cause_ptr: I64, cause: I32,
) -> int:  # fmt: skip
    """Fill in what stood in the way of every preferred contract; -1, or an edge without a cause."""
    for student in range(len(ptr) - 1):
        for offset in range(place[student]):
            edge = ptr[student] + offset
            j = post[edge]
            if barred[edge]:
                found = BARRED_BASE - int(barred[edge])
            elif closed[j]:
                found = CLOSED
            else:
                home = home_node(j, school[student], share_ptr, share_school, share_node)
                found = int(tight[home])
                if found < 0:
                    return int(edge)
            cause[cause_ptr[student] + offset] = found
    return -1


def tight_nodes(parent: I32, full: Bool) -> I32:
    """The smallest full node at or above every node, -1 where none is: int32 [k]."""
    tight = np.arange(len(parent), dtype=np.int32)
    while True:
        slack = (tight >= 0) & ~full[tight]
        if not slack.any():
            return tight
        tight[slack] = parent[tight[slack]]


class NoCauseError(AssertionError):
    """The solver turned a contract away that no quota rules out: a fault of the engine."""


def node_state(problem: Problem, place: I32, lot: I32) -> tuple[I64, I32, I64]:
    """Per node: contracts held, the lowest one's student (-1) and score (0)."""
    filled = np.zeros(problem.nodes, np.int64)
    last = np.full(problem.nodes, -1, np.int32)
    last_score = np.zeros(problem.nodes, np.int64)
    fill_nodes(
        problem.pref_ptr, problem.pref_post, problem.score, place, lot, problem.student_school,
        problem.share_ptr(), problem.share_school, problem.share_node, problem.node_parent,
        filled, last, last_score,
    )  # fmt: skip
    return filled, last, last_score


def causes(problem: Problem, place: I32, closed: Bool, filled: I64) -> tuple[I64, I32]:
    """`cause_ptr` and `cause` of the certificate."""
    cause_ptr = np.zeros(problem.students + 1, np.int64)
    np.cumsum(place, out=cause_ptr[1:])
    cause = np.empty(int(cause_ptr[-1]), np.int32)
    tight = tight_nodes(problem.node_parent, filled >= problem.node_capacity)
    edge = find_causes(
        problem.pref_ptr, problem.pref_post, place, problem.barred, closed,
        problem.student_school, problem.share_ptr(), problem.share_school, problem.share_node,
        tight, cause_ptr, cause,
    )  # fmt: skip
    if edge >= 0:
        raise NoCauseError(f"edge {edge} was turned away without a full quota")
    return cause_ptr, cause
