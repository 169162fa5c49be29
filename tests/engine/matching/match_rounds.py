"""Small random rounds and a slow, obvious solver to hold the fast one against."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, field

import numpy as np
from hypothesis import strategies as st

from chanjiao_engine.matching import Problem, Scope


@dataclass
class Round:
    """A round in plain Python: easy to enumerate, permute and misreport."""

    lists: list[list[int]]
    scores: dict[tuple[int, int], int]
    barred: dict[tuple[int, int], int]
    schools: list[int]
    capacity: list[int]
    minimum: list[int]
    parent: list[int]
    scope: list[int]
    posts: int
    shares: dict[tuple[int, int], int] = field(default_factory=dict)

    def problem(self, dtype: type = np.int32, lists: list[list[int]] | None = None) -> Problem:
        lists = self.lists if lists is None else lists
        pairs = [(s, p) for s, chosen in enumerate(lists) for p in chosen]
        shares = sorted(self.shares.items())
        return Problem(
            pref_ptr=np.cumsum([0, *map(len, lists)]).astype(np.int64),
            pref_post=np.array([p for _, p in pairs], np.int32),
            score=np.array([self.scores[x] for x in pairs], dtype),
            barred=np.array([self.barred.get(x, 0) for x in pairs], np.uint8),
            student_school=np.array(self.schools, np.int32),
            post_minimum=np.array(self.minimum, np.int32),
            node_parent=np.array(self.parent, np.int32),
            node_capacity=np.array(self.capacity, np.int64),
            node_scope=np.array(self.scope, np.uint8),
            share_post=np.array([k[0] for k, _ in shares], np.int32),
            share_school=np.array([k[1] for k, _ in shares], np.int32),
            share_node=np.array([v for _, v in shares], np.int32),
            score_scale=10,
        )

    def way(self, student: int, post: int) -> list[int]:
        """The quota nodes of a contract, lowest first."""
        node = self.shares.get((post, self.schools[student]), post)
        found = [node]
        while (node := self.parent[node]) >= 0:
            found.append(node)
        return found


@st.composite
def rounds(
    draw: st.DrawFn, students: int = 5, posts: int = 4, *, minimums: bool = False, top: int = 3
) -> Round:
    """Up to so many students and posts; units over kinds over posts over shares, all at random."""
    n, p = draw(st.integers(0, students)), draw(st.integers(1, posts))
    parent, scope = [-1] * p, [int(Scope.POST)] * p
    shares: dict[tuple[int, int], int] = {}
    for post, school in draw(st.sets(st.tuples(st.integers(0, p - 1), st.integers(0, 1)))):
        shares[(post, school)] = len(parent)
        parent.append(post)
        scope.append(int(Scope.SCHOOL_AT_POST))
    tops: list[int] = []
    for level in range(draw(st.integers(0, 3))):
        above = draw(st.sampled_from([-1, *tops, *tops]))
        tops.append(len(parent))
        parent.append(above)
        scope.append(int(Scope.UNIT if level == 0 else Scope.KIND))
    for post in range(p):
        parent[post] = draw(st.sampled_from([-1, *tops, *tops]))
    most = {Scope.SCHOOL_AT_POST: 2, Scope.POST: 3, Scope.KIND: 2 + n // 4, Scope.UNIT: 3 + n // 2}
    capacity = [draw(st.integers(0, most[Scope(x)])) for x in scope]
    lists = [draw(st.permutations(range(p)).map(list)) for _ in range(n)]
    lists = [chosen[: draw(st.integers(0, p))] for chosen in lists]
    pairs = [(s, j) for s in range(n) for j in range(p)]
    return Round(
        lists=lists,
        scores={x: draw(st.integers(-1, top)) for x in pairs},
        barred={x: draw(st.sampled_from([0, 0, 0, 0, 3])) for x in pairs},
        schools=[draw(st.integers(0, 1)) for _ in range(n)],
        capacity=capacity,
        minimum=[draw(st.integers(0, capacity[j])) if minimums else 0 for j in range(p)],
        parent=parent,
        scope=scope,
        posts=p,
        shares=shares,
    )


def choose(r: Round, offered: list[tuple[int, int]], lot: list[int]) -> set[tuple[int, int]]:
    """All units' greedy choice: best score first, then the lottery, then the student's own order."""
    room = list(r.capacity)
    held: set[tuple[int, int]] = set()
    for s, j in sorted(offered, key=lambda x: (-r.scores[x], lot[x[0]], r.lists[x[0]].index(x[1]))):
        way = r.way(s, j)
        if all(room[v] > 0 for v in way):
            for v in way:
                room[v] -= 1
            held.add((s, j))
    return held


def is_stable(r: Round, match: tuple[int, ...], lot: list[int], closed: set[int]) -> bool:
    """Kernel: the units, offered the match and all contracts students prefer, choose the match."""
    held = [(s, j) for s, j in enumerate(match) if j >= 0]
    offered = set(held)
    for s, chosen in enumerate(r.lists):
        better = chosen if match[s] < 0 else chosen[: chosen.index(match[s])]
        offered |= {(s, j) for j in better if allowed(r, s, j, closed)}
    return choose(r, sorted(offered), lot) == set(held)


def allowed(r: Round, student: int, post: int, closed: set[int]) -> bool:
    return not r.barred.get((student, post)) and post not in closed


def all_stable(r: Round, lot: list[int], closed: set[int] | None = None) -> list[tuple[int, ...]]:
    """Every stable match, by trying every assignment."""
    shut = closed or set()
    options = [
        [j for j in chosen if allowed(r, s, j, shut)] + [-1] for s, chosen in enumerate(r.lists)
    ]
    return [m for m in itertools.product(*options) if is_stable(r, m, lot, shut)]


def rank_of(r: Round, match: tuple[int, ...], student: int) -> int:
    """How far down the student's own list the match is; the length of the list if unmatched."""
    chosen = r.lists[student]
    return chosen.index(match[student]) if match[student] >= 0 else len(chosen)


def nested_round(seed: int, students: int = 30, posts: int = 6) -> Round:
    """Unit over two kinds over posts over shares, every level tight enough to bind somewhere."""
    rng = random.Random(seed)
    unit, kinds = posts, (posts + 1, posts + 2)
    parent = [rng.choice((*kinds, *kinds, unit)) for _ in range(posts)] + [-1, unit, unit]
    scope = [Scope.POST] * posts + [Scope.UNIT, Scope.KIND, Scope.KIND]
    capacity = [rng.randint(1, 5) for _ in range(posts)]
    capacity += [rng.randint(4, 12), rng.randint(2, 8), rng.randint(2, 8)]
    shares: dict[tuple[int, int], int] = {}
    for post in range(posts):
        for school in range(3):
            if rng.random() < 0.4:
                shares[(post, school)] = len(parent)
                parent.append(post)
                scope.append(Scope.SCHOOL_AT_POST)
                capacity.append(rng.randint(0, 3))
    lists = [rng.sample(range(posts), rng.randint(1, posts)) for _ in range(students)]
    pairs = [(s, j) for s in range(students) for j in range(posts)]
    return Round(
        lists=lists,
        scores={x: rng.randint(0, 20) for x in pairs},
        barred={},
        schools=[rng.randrange(3) for _ in range(students)],
        capacity=capacity,
        minimum=[0] * posts,
        parent=parent,
        scope=[int(x) for x in scope],
        posts=posts,
        shares=shares,
    )
