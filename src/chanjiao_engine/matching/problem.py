"""What is to be matched, as arrays: who ranks what, with which score, under which quotas.

Indices inside, ids outside: students are 0..n-1, posts 0..p-1, and the quota forest's nodes are
0..k-1 of which **the first p are the posts themselves**. Further nodes are a school's share inside
a post (below the post), a kind of post in a unit and a unit (above it). Index order is the order
of the ids, so two listings of the same round are the same problem with the same digest.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import polars as pl

from ._jit import I32, I64, U8, Bool, Ints, kernel


class ProblemError(ValueError):
    """The problem contradicts itself; `where` names the array and position, `what` the fault."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}")
        self.where = where
        self.what = what


class Scope(IntEnum):
    """What a quota node stands for; values are the files' and the certificate's order."""

    POST = 0
    SCHOOL_AT_POST = 1
    KIND = 2
    UNIT = 3

    @property
    def word(self) -> str:
        """The scope as written in quotas.csv and certificate.json."""
        return self.name.lower()


@dataclass(frozen=True, eq=False)
class Labels:
    """Names for what the problem numbers; needed for files and for sentences, not for solving.

    Series of text, aligned with the indices. `student_ids` and `post_ids` ascend in UTF-8 byte
    order without repetition. `node_unit` and `node_kind` hold the text for every node ('' where a
    scope has none); `school_ids` is indexed by the problem's `student_school`.
    """

    student_ids: pl.Series
    post_ids: pl.Series
    post_names: pl.Series
    school_ids: pl.Series
    school_names: pl.Series
    node_unit: pl.Series
    node_unit_name: pl.Series
    node_kind: pl.Series


@dataclass(frozen=True, eq=False)
class Problem:
    """A placement round as arrays; checked when made (`ProblemError`).

    `pref_ptr` int64 [n+1], `pref_post` int32 [m]: each student's posts, best first.
    `score` int32 or int64 [m]: the contract's priority, higher first, in 1/`score_scale` points,
    comparable among all posts of one tree.
    `barred` uint8 [m]: 0 where the pair is eligible, else the number of an `eligibility.Bar`.
    `student_school` int32 [n]. `post_minimum` int32 [p]: lowest number with which a post opens.
    `node_parent` int32 [k] (-1 at a root), `node_capacity` int64 [k], `node_scope` uint8 [k].
    `share_post`, `share_school`, `share_node` int32 [q]: the leaf of a school's students at a post,
    ascending by post, then school; students of other schools hang on the post itself.
    """

    pref_ptr: I64
    pref_post: I32
    score: Ints
    barred: U8
    student_school: I32
    post_minimum: I32
    node_parent: I32
    node_capacity: I64
    node_scope: U8
    share_post: I32
    share_school: I32
    share_node: I32
    score_scale: int = 1
    labels: Labels | None = None

    def __post_init__(self) -> None:
        check_problem(self)

    @property
    def students(self) -> int:
        """Number of students."""
        return len(self.student_school)

    @property
    def posts(self) -> int:
        """Number of posts."""
        return len(self.post_minimum)

    @property
    def nodes(self) -> int:
        """Number of quota nodes, posts included."""
        return len(self.node_parent)

    @property
    def choices(self) -> int:
        """Number of ranked pairs."""
        return len(self.pref_post)

    def share_ptr(self) -> I64:
        """Where each post's shares begin in `share_school`: int64 [p+1]."""
        return np.searchsorted(self.share_post, np.arange(self.posts + 1)).astype(np.int64)

    def student_ids(self) -> list[str]:
        """Ids in index order; without labels the index itself in decimal."""
        if self.labels is not None:
            return list(self.labels.student_ids.to_list())
        return [str(i) for i in range(self.students)]


def flat_problem(
    pref_ptr: I64, pref_post: I32, score: Ints, capacity: Ints, *, score_scale: int = 1
) -> Problem:
    """A problem with one quota per post, everyone eligible, no minimum, no labels."""
    posts, students, none = len(capacity), len(pref_ptr) - 1, np.empty(0, np.int32)
    return Problem(
        pref_ptr=pref_ptr,
        pref_post=pref_post,
        score=score,
        barred=np.zeros(len(pref_post), np.uint8),
        student_school=np.zeros(students, np.int32),
        post_minimum=np.zeros(posts, np.int32),
        node_parent=np.full(posts, -1, np.int32),
        node_capacity=capacity.astype(np.int64),
        node_scope=np.zeros(posts, np.uint8),
        share_post=none,
        share_school=none,
        share_node=none,
        score_scale=score_scale,
    )


def check_problem(problem: Problem) -> None:
    """Raise `ProblemError` at the first contradiction."""
    _check_lengths(problem)
    _check_lists(problem)
    _check_forest(problem)
    _check_shares(problem)
    if problem.labels is not None:
        _check_labels(problem, problem.labels)


def _need(condition: object, where: str, what: str) -> None:
    if not condition:
        raise ProblemError(where, what)


def _check_lengths(p: Problem) -> None:
    m, k, q = len(p.pref_post), len(p.node_parent), len(p.share_node)
    _need(len(p.pref_ptr) == p.students + 1, "pref_ptr", "needs one entry per student and one more")
    _need(p.pref_ptr[0] == 0 and p.pref_ptr[-1] == m, "pref_ptr", f"must run from 0 to {m}")
    _need(len(p.score) == m and len(p.barred) == m, "score, barred", f"need {m} entries")
    _need(k >= p.posts, "node_parent", "the first nodes are the posts: too few nodes")
    _need(len(p.node_capacity) == k == len(p.node_scope), "node_capacity", f"needs {k} entries")
    _need(len(p.share_post) == q == len(p.share_school), "share_post", f"needs {q} entries")
    _need(p.score_scale >= 1, "score_scale", "must be 1 or more")
    _need(p.students < 2**31 - 1 and k < 2**31 - 1, "student_school", "too many for 32 bits")
    _need(p.score.dtype in (np.int32, np.int64), "score", "must be int32 or int64")


def _check_lists(p: Problem) -> None:
    fault, at = _scan_lists(p.pref_ptr, p.pref_post, np.full(p.posts, -1, np.int32))
    what = ("", "must not fall", "names no post", "names one post twice for a student")[fault]
    _need(fault == 0, f"pref_ptr[{at}]" if fault == 1 else f"pref_post[{at}]", what)


@kernel
def _scan_lists(ptr: I64, post: I32, seen: I32) -> tuple[int, int]:
    for student in range(len(ptr) - 1):
        if ptr[student + 1] < ptr[student]:
            return 1, student + 1
        for edge in range(ptr[student], ptr[student + 1]):
            j = post[edge]
            if j < 0 or j >= len(seen):
                return 2, edge
            if seen[j] == student:
                return 3, edge
            seen[j] = student
    return 0, 0


def _first(wrong: Bool) -> int:
    return int(np.argmax(wrong)) if len(wrong) and bool(wrong.any()) else -1


def _check_forest(p: Problem) -> None:
    k = p.nodes
    at = _first((p.node_parent < -1) | (p.node_parent >= k))
    _need(at < 0, f"node_parent[{at}]", "names no node")
    at = _first(p.node_capacity < 0)
    _need(at < 0, f"node_capacity[{at}]", "is negative")
    at = _first(p.node_scope[: p.posts] != Scope.POST)
    _need(at < 0, f"node_scope[{at}]", "the first nodes are the posts")
    at = _first((p.post_minimum < 0) | (p.post_minimum > p.node_capacity[: p.posts]))
    _need(at < 0, f"post_minimum[{at}]", "is negative or above the post's capacity")
    reach = p.node_parent.copy()
    for _ in range(65):
        if bool((reach < 0).all()):
            return
        reach = np.where(reach < 0, -1, p.node_parent[reach]).astype(np.int32)
    raise ProblemError("node_parent", "the quotas form a circle (or stand more than 64 deep)")


def _check_shares(p: Problem) -> None:
    order = p.share_post.astype(np.int64) * 2**31 + p.share_school
    at = _first(np.diff(order) <= 0)
    _need(at < 0, f"share_post[{at + 1}]", "shares must ascend by post, then school")
    at = _first((p.share_post < 0) | (p.share_post >= p.posts))
    _need(at < 0, f"share_post[{at}]", "names no post")
    at = _first((p.share_node < p.posts) | (p.share_node >= p.nodes))
    _need(at < 0, f"share_node[{at}]", "must be a node after the posts")
    at = _first(p.node_parent[p.share_node] != p.share_post)
    _need(at < 0, f"share_node[{at}]", "must stand directly below its post")
    below = (p.node_parent >= 0) & (p.node_parent < p.posts)
    below[p.share_node] = False
    at = _first(below)
    _need(at < 0, f"node_parent[{at}]", "only a school's share may stand below a post")
    at = _first(np.isin(p.node_parent, p.share_node) & (p.node_parent >= 0))
    _need(at < 0, f"node_parent[{at}]", "nothing may stand below a school's share")


def _check_labels(p: Problem, labels: Labels) -> None:
    for name, ids, count in (
        ("student_ids", labels.student_ids, p.students),
        ("post_ids", labels.post_ids, p.posts),
    ):
        _need(len(ids) == count, name, f"needs {count} entries")
        _need(bool((ids.slice(1) > ids.slice(0, max(count - 1, 0))).all()), name, "must ascend")
    _need(len(labels.post_names) == p.posts, "post_names", f"needs {p.posts} entries")
    for name, texts in (("node_unit", labels.node_unit), ("node_kind", labels.node_kind)):
        _need(len(texts) == p.nodes, name, f"needs {p.nodes} entries")
