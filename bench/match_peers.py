"""The peers, run beside ours on the same round: each returns (set-up seconds, solving seconds)."""

import heapq
import time
from collections.abc import Callable

from chanjiao_engine.matching import Problem

Peer = Callable[[Problem], tuple[float, float]]


def lists_of(problem: Problem) -> tuple[list[list[int]], list[dict[int, int]], list[list[int]]]:
    """Each student's posts, each student's score per post, each post's students best first."""
    ptr, post, score = (x.tolist() for x in (problem.pref_ptr, problem.pref_post, problem.score))
    chosen = [post[ptr[s] : ptr[s + 1]] for s in range(problem.students)]
    marks = [
        dict(zip(post[ptr[s] : ptr[s + 1]], score[ptr[s] : ptr[s + 1]], strict=True))
        for s in range(problem.students)
    ]
    applicants: list[list[int]] = [[] for _ in range(problem.posts)]
    for s, mine in enumerate(chosen):
        for p in mine:
            applicants[p].append(s)
    for p, them in enumerate(applicants):
        them.sort(key=lambda s: -marks[s][p])
    return chosen, marks, applicants


def textbook(problem: Problem) -> tuple[float, float]:
    """Forty lines of plain Python with heapq: flat quotas."""
    chosen, marks, _ = lists_of(problem)
    seats = problem.node_capacity.tolist()
    began = time.perf_counter()
    held: list[list[tuple[int, int]]] = [[] for _ in range(problem.posts)]
    place = [0] * problem.students
    for first in range(problem.students):
        student = first
        while student >= 0 and place[student] < len(chosen[student]):
            p = chosen[student][place[student]]
            entry = (marks[student][p], student)
            if len(held[p]) < seats[p]:
                heapq.heappush(held[p], entry)
                break
            out = heapq.heappushpop(held[p], entry)
            student = out[1]
            place[student] += 1
    return 0.0, time.perf_counter() - began


def matching(problem: Problem) -> tuple[float, float]:
    """`matching` 1.4, HospitalResident."""
    from matching.games import HospitalResident

    chosen, _, applicants = lists_of(problem)
    began = time.perf_counter()
    named = {p: them for p, them in enumerate(applicants) if them}
    game = HospitalResident.create_from_dictionaries(
        {f"s{s}": [f"p{p}" for p in mine] for s, mine in enumerate(chosen)},
        {f"p{p}": [f"s{s}" for s in them] for p, them in named.items()},
        {f"p{p}": int(problem.node_capacity[p]) for p in named},
    )
    ready = time.perf_counter()
    game.solve(optimal="resident")
    return ready - began, time.perf_counter() - ready


def algmatch(problem: Problem) -> tuple[float, float]:
    """`algmatch` 1.5, HospitalResidentsProblem."""
    from algmatch import HospitalResidentsProblem

    chosen, _, applicants = lists_of(problem)
    began = time.perf_counter()
    game = HospitalResidentsProblem(
        dictionary={
            "residents": {s + 1: [p + 1 for p in mine] for s, mine in enumerate(chosen)},
            "hospitals": {
                p + 1: {
                    "capacity": int(problem.node_capacity[p]),
                    "preferences": [s + 1 for s in them],
                }
                for p, them in enumerate(applicants)
            },
        },
        optimised_side="residents",
    )
    ready = time.perf_counter()
    game.get_stable_matching()
    return ready - began, time.perf_counter() - ready


PEERS: dict[str, tuple[Peer, int]] = {
    "textbook heap, pure Python": (textbook, 100_000),
    "matching 1.4": (matching, 1_000),
    "algmatch 1.5": (algmatch, 1_000),
}
