"""The quota forest as the proposing loops want it: only quotas that can bind, leaves in a row.

A leaf is where contracts hang: a post, or a school's share of it, or the rest of a post that has
shares. Leaves are numbered so that those below any one node stand side by side; the lowest
contract of a node is then the least entry of a slice.
"""

from dataclasses import dataclass

import numpy as np

from ._jit import I32, I64, Bool, kernel
from .problem import Problem

BARRED = -(2**31)
TOP = 2**63 - 1


@dataclass(frozen=True, eq=False)
class Layout:
    """What the loops read. `flat`: every leaf is a post and no quota stands above or below one.

    `score` int32 [m], order-equal to the problem's, `BARRED` where ineligible. `edge_leaf` int32
    [m]. `first` int32 [leaves]: the lowest quota over a leaf; `up` int32 [k]: the next binding
    quota above; `low`, `high` int32 [k]: a node's slice of leaves. `seats` int64 [leaves+1]: where
    each leaf's members are kept. `leaf_post` int32 [leaves].
    """

    flat: bool
    score: I32
    edge_leaf: I32
    first: I32
    up: I32
    low: I32
    high: I32
    seats: I64
    leaf_post: I32
    capacity: I64


def layout(problem: Problem) -> Layout:
    """Arrange a problem for solving. Cost: a few passes over the arrays."""
    p, capacity = problem.posts, problem.node_capacity
    post_bound = np.minimum(capacity[:p], problem.students)
    kept = capacity[problem.share_node] < post_bound[problem.share_post]
    bound, binding = _bounds(problem, kept)
    up = _next_binding(problem.node_parent, binding)
    flat = not kept.any() and bool((up[:p] < 0).all())
    score = core_scores(problem)
    if flat:
        own = np.arange(p, dtype=np.int32)
        seats = _seats(bound[:p], problem.pref_post, p)
        return Layout(True, score, problem.pref_post, own, up, own, own + 1, seats, own, capacity)
    leaf_node, low, high, post_leaf = _leaves(problem, kept)
    share_leaf = np.full(problem.nodes, -1, np.int32)
    share_leaf[leaf_node[leaf_node >= 0]] = np.flatnonzero(leaf_node >= 0)
    edge_leaf = _edge_leaves(
        problem.pref_ptr, problem.pref_post, problem.student_school, problem.share_ptr(),
        problem.share_school, share_leaf[problem.share_node], post_leaf,
    )  # fmt: skip
    holder = _holders(leaf_node, post_leaf)
    first = np.where(binding[holder], holder, up[holder]).astype(np.int32)
    seats = _seats(_leaf_bounds(problem, holder, bound), edge_leaf, len(holder))
    post = np.where(holder < p, holder, problem.node_parent[holder]).astype(np.int32)
    return Layout(False, score, edge_leaf, first, up, low, high, seats, post, capacity)


def core_scores(problem: Problem) -> I32:
    """Scores in 32 bits that compare as the problem's do; `BARRED` where the pair is ineligible.

    The array itself is returned where it already is that; a range too wide for 32 bits is
    replaced by dense ranks.
    """
    score, barred = problem.score, problem.barred != 0
    if not len(score):
        return np.empty(0, np.int32)
    least, most = int(score.min()), int(score.max())
    if score.dtype == np.int32 and least > BARRED:
        core = score.astype(np.int32, copy=False)
    elif most - least < 2**31 - 1:
        core = (score.astype(np.int64) - least).astype(np.int32)
    else:
        core = np.unique(score, return_inverse=True)[1].astype(np.int32)
    if barred.any():
        core = np.where(barred, np.int32(BARRED), core).astype(np.int32)
    return core


def _bounds(problem: Problem, kept: Bool) -> tuple[I64, Bool]:
    """The most contracts a node can hold, and whether its own quota is what limits it."""
    parent, capacity, n = problem.node_parent, problem.node_capacity, problem.students
    inflow = np.zeros(problem.nodes, np.int64)
    inflow[: problem.posts] = n
    inflow[problem.share_node[kept]] = n
    bound = np.minimum(capacity, inflow)
    for node in _deepest_first(parent, problem.posts):
        bound[node] = min(capacity[node], inflow[node])
        if parent[node] >= 0:
            inflow[parent[node]] += bound[node]
    return bound, capacity < inflow


def _deepest_first(parent: I32, posts: int) -> list[int]:
    """Nodes in an order in which every node comes before its parent; lone posts left out."""
    depth = np.zeros(len(parent), np.int32)
    above = parent.copy()
    while bool((above >= 0).any()):
        depth += above >= 0
        above = np.where(above < 0, -1, parent[above]).astype(np.int32)
    inner = np.ones(len(parent), np.bool_)
    inner[:posts] = parent[:posts] >= 0
    inner[parent[parent >= 0]] = True
    order = np.flatnonzero(inner)
    found: list[int] = order[np.argsort(-depth[order], kind="stable")].tolist()
    return found


def _next_binding(parent: I32, binding: Bool) -> I32:
    up = parent.copy()
    while True:
        slack = (up >= 0) & ~binding[up]
        if not slack.any():
            return up
        up[slack] = parent[up[slack]]


def _leaves(problem: Problem, kept: Bool) -> tuple[I32, I32, I32, I32]:
    """Number the leaves by a walk through the forest.

    Returns the share node of every leaf (-1: the leaf belongs to the post itself), the slice of
    leaves of every node, and the leaf for a post's other students.
    """
    drop = np.zeros(problem.nodes, np.bool_)
    drop[problem.share_node[~kept]] = True
    leaves = problem.posts + int(kept.sum())
    return _walk(problem.node_parent, drop, problem.posts, leaves)


@kernel
def _walk(parent: I32, drop: Bool, posts: int, leaves: int) -> tuple[I32, I32, I32, I32]:
    k = len(parent)
    child = np.full(k + 1, -1, np.int32)
    sibling = np.full(k, -1, np.int32)
    for node in range(k - 1, -1, -1):
        if not drop[node]:
            above = parent[node] if parent[node] >= 0 else k
            sibling[node] = child[above]
            child[above] = node
    low = np.zeros(k, np.int32)
    high = np.zeros(k, np.int32)
    leaf_node = np.full(leaves, -1, np.int32)
    post_leaf = np.full(posts, -1, np.int32)
    stack = np.empty(k, np.int32)
    depth, leaf, node = 0, 0, child[k]
    while node >= 0 or depth > 0:
        if node < 0:
            depth -= 1
            node = stack[depth]
            high[node] = leaf
            node = sibling[node]
            continue
        low[node] = leaf
        if node < posts:
            post_leaf[node] = leaf
            leaf += 1
        elif child[node] < 0 and parent[node] >= 0 and parent[node] < posts:
            leaf_node[leaf] = node
            leaf += 1
        stack[depth] = node
        depth += 1
        node = child[node]
    return leaf_node, low, high, post_leaf


@kernel
def _edge_leaves(
    ptr: I64, post: I32, school: I32, share_ptr: I64, share_school: I32, share_leaf: I32,
    post_leaf: I32,
) -> I32:  # fmt: skip
    leaf = np.empty(len(post), np.int32)
    for student in range(len(ptr) - 1):
        mine = school[student]
        for edge in range(ptr[student], ptr[student + 1]):
            j = post[edge]
            found = post_leaf[j]
            low, high = share_ptr[j], share_ptr[j + 1]
            end = high
            while low < high:
                middle = (low + high) // 2
                if share_school[middle] < mine:
                    low = middle + 1
                else:
                    high = middle
            if low < end and share_school[low] == mine and share_leaf[low] >= 0:
                found = share_leaf[low]
            leaf[edge] = found
    return leaf


def _holders(leaf_node: I32, post_leaf: I32) -> I32:
    """The quota node each leaf hangs on: a share or a post."""
    holder = leaf_node.copy()
    holder[post_leaf] = np.arange(len(post_leaf), dtype=np.int32)
    return holder


def _leaf_bounds(problem: Problem, holder: I32, bound: I64) -> I64:
    """The most members a leaf can have: no quota on its way to the root may be passed."""
    least, node = bound[holder], problem.node_parent[holder]
    while bool((node >= 0).any()):
        least = np.where(node >= 0, np.minimum(least, bound[node]), least)
        node = np.where(node >= 0, problem.node_parent[node], -1)
    return least


def _seats(bound: I64, edge_leaf: I32, leaves: int) -> I64:
    """Offsets of each leaf's members; never more room than contracts that name the leaf."""
    if int(bound.sum()) > len(edge_leaf):
        bound = np.minimum(bound, np.bincount(edge_leaf, minlength=leaves))
    seats = np.zeros(leaves + 1, np.int64)
    np.cumsum(bound, out=seats[1:])
    return seats
