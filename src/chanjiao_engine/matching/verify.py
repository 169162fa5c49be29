"""An independent check of a match and its certificate. Nothing here is shared with the solver.

Checked: the header fits this problem and engine; everyone holds at most one eligible, open post
from the own list; no quota is passed; every node's count and last admitted; no student and post
(with all quotas on the way) would both rather have each other, that is, every preferred contract
meets a full node all of whose members stand above it; the certificate names the smallest such
node; closed posts are empty and were short, open ones are not; the figures; the seal.

Stability alone does not show that the match is the *best* stable one for students, nor that posts
closed in the right order: `chanjiao verify-match` also solves again with the recorded seed.
"""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from ._jit import I32, I64, Bool
from .digest import problem_digest
from .naming import node_name, points, post_name, student_name
from .problem import Problem
from .result import CERTIFICATE_FORMAT, ENGINE_VERSION, Certificate, Result, seal_of
from .verify_kernels import first_blocking

NOBODY = -(2**63)
NEVER = 2**63 - 1


@dataclass(frozen=True)
class Violation:
    """The first thing found wrong: a stable code, a sentence in Chinese, and where (-1: nowhere)."""

    code: str
    message: str
    student: int = -1
    post: int = -1
    node: int = -1


@dataclass(frozen=True, eq=False)
class Facts:
    """What the checker works out for itself. Arrays over students [n] or nodes [k]."""

    lot: I32
    home_keys: I64
    schools: int
    edge: I64
    filled: I64
    low_score: I64
    low_lot: I64
    barrier: I32
    closed: Bool


def verify(problem: Problem, result: Result) -> Violation | None:
    """The first violation, or None. Cost: about that of solving."""
    return next(_violations(problem, result), None)


def _violations(problem: Problem, result: Result) -> Iterator[Violation]:
    yield from _header(problem, result)
    yield from _shapes(problem, result)
    yield from _places(problem, result)
    facts = facts_of(problem, result)
    yield from _quotas(problem, result.certificate, facts)
    yield from _closings(problem, result, facts)
    yield from _blocking(problem, result, facts)
    yield from _causes(problem, result, facts)
    yield from _figures(problem, result)
    if seal_of(result.match, result.certificate) != result.certificate.seal:
        yield Violation("seal", "证书封印与内容不符：证书或录取结果被改动过")


def _header(problem: Problem, result: Result) -> Iterator[Violation]:
    c = result.certificate
    if c.format != CERTIFICATE_FORMAT:
        yield Violation("format", f"证书格式为 {c.format}，本程序只认 {CERTIFICATE_FORMAT}")
    if c.engine != ENGINE_VERSION:
        yield Violation(
            "engine", f"证书由引擎 {c.engine} 生成，本机为 {ENGINE_VERSION}：请用同一版本核对"
        )
    if c.lottery_rule != "sha256-v1":
        yield Violation("lottery_rule", f"不认识的抽签规则 {c.lottery_rule}")
    if c.digest != problem_digest(problem):
        yield Violation("digest", "证书对应的不是这份名单：输入指纹不符")


def _shapes(problem: Problem, result: Result) -> Iterator[Violation]:
    c, n, k = result.certificate, problem.students, problem.nodes
    sizes = (
        ("match", result.match, n), ("rank", result.rank, n), ("filled", c.filled, k),
        ("last_student", c.last_student, k), ("last_score", c.last_score, k),
        ("last_lottery", c.last_lottery, k), ("cause_ptr", c.cause_ptr, n + 1),
    )  # fmt: skip
    for name, values, size in sizes:
        if len(values) != size:
            yield Violation("shape", f"{name} 应有 {size} 项，现有 {len(values)} 项")


def _places(problem: Problem, result: Result) -> Iterator[Violation]:
    """Everyone's post stands in the own list at the stated rank, eligible; the unmatched have 0."""
    held, ptr = result.match >= 0, problem.pref_ptr
    length = np.diff(ptr)
    wrong = np.where(held, (result.rank < 1) | (result.rank > length), result.rank != 0)
    wrong |= result.match < -1
    at = np.where(held & ~wrong, ptr[:-1] + result.rank - 1, 0)
    mine = held & ~wrong
    if mine.any():
        wrong |= mine & (problem.pref_post[at] != result.match)
        wrong |= mine & (problem.barred[at] != 0)
    if wrong.any():
        s, name = (i := int(np.argmax(wrong))), student_name(problem, int(np.argmax(wrong)))
        yield Violation(
            "place",
            f"学生 {name} 录取的岗位不在其志愿中、不符合条件或名次不符",
            student=s,
            post=int(result.match[i]),
        )


def draw_again(problem: Problem, seed: int) -> I32:
    """The lottery, drawn here a second time from its published rule: int32 [n], 0 first."""
    drawn = [
        hashlib.sha256(f"chanjiao-lottery-v1\n{seed}\n{name}".encode()).digest()[:8]
        for name in problem.student_ids()
    ]
    order = sorted(range(len(drawn)), key=drawn.__getitem__)
    lot = np.empty(len(drawn), np.int32)
    lot[order] = np.arange(len(drawn), dtype=np.int32)
    return lot


def facts_of(problem: Problem, result: Result) -> Facts:
    """Counts, last admitted and barriers, from the match and the problem alone."""
    schools = int(problem.student_school.max(initial=0)) + 1
    schools = max(schools, int(problem.share_school.max(initial=0)) + 1)
    home_keys = problem.share_post.astype(np.int64) * schools + problem.share_school
    lot = draw_again(problem, result.certificate.seed)
    edge = problem.pref_ptr[:-1] + result.rank - 1
    filled = np.zeros(problem.nodes, np.int64)
    low_score = np.full(problem.nodes, NEVER, np.int64)
    low_lot = np.full(problem.nodes, -1, np.int64)
    who = np.flatnonzero(result.match >= 0)
    score = problem.score[edge[who]].astype(np.int64)
    for turn in (0, 1, 2):
        node = homes(problem, home_keys, schools, result.match[who], problem.student_school[who])
        mine = np.arange(len(who))
        while len(mine):
            at = node[mine]
            if turn == 0:
                filled += np.bincount(at, minlength=problem.nodes)
            elif turn == 1:
                np.minimum.at(low_score, at, score[mine])
            else:
                tied = score[mine] == low_score[at]
                np.maximum.at(low_lot, at[tied], lot[who[mine[tied]]].astype(np.int64))
            node[mine] = problem.node_parent[at]
            mine = mine[node[mine] >= 0]
    closed = np.zeros(problem.posts, np.bool_)
    closed[[c.post for c in result.certificate.closings]] = True
    barrier = barriers(problem, filled)
    return Facts(lot, home_keys, schools, edge, filled, low_score, low_lot, barrier, closed)


def homes(problem: Problem, keys: I64, schools: int, post: I32, school: I32) -> I32:
    """The node contracts of these posts and schools hang on: a share's where there is one."""
    node = post.astype(np.int32, copy=True)
    if len(keys):
        wanted = post.astype(np.int64) * schools + school
        at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        node = np.where(keys[at] == wanted, problem.share_node[at], node).astype(np.int32)
    return node


def barriers(problem: Problem, filled: I64) -> I32:
    """For every node the first full one from it upwards, -1 if none."""
    full = filled == problem.node_capacity
    found = np.full(problem.nodes, -1, np.int32)
    look = np.arange(problem.nodes)
    while bool((look >= 0).any()):
        here = (look >= 0) & (found < 0)
        here[here] = full[look[here]]
        found[here] = look[here]
        look = np.where((look >= 0) & (found < 0), problem.node_parent[look], -1)
    return found


def _quotas(problem: Problem, c: Certificate, f: Facts) -> Iterator[Violation]:
    over = f.filled > problem.node_capacity
    if over.any():
        v = int(np.argmax(over))
        name, cap = node_name(problem, v), int(problem.node_capacity[v])
        yield Violation(
            "over", f"{name}超出上限：上限 {cap} 人，录取 {int(f.filled[v])} 人", node=v
        )
    none = f.low_lot < 0
    by_lot = np.argsort(f.lot).astype(np.int32)
    last = np.where(none, -1, by_lot[f.low_lot]) if len(by_lot) else np.full(len(none), -1)
    for code, stated, found in (
        ("filled", c.filled, f.filled),
        ("last_score", c.last_score, np.where(none, 0, f.low_score)),
        ("last_lottery", c.last_lottery, f.low_lot),
        ("last_student", c.last_student, last),
    ):
        wrong = stated != found
        if wrong.any():
            v = int(np.argmax(wrong))
            say = f"证书中{node_name(problem, v)}的 {code} 写为 {int(stated[v])}，应为 {int(found[v])}"
            yield Violation(code, say, node=v)


def _closings(problem: Problem, result: Result, f: Facts) -> Iterator[Violation]:
    seen: set[int] = set()
    for closing in result.certificate.closings:
        post, least = closing.post, int(problem.post_minimum[closing.post])
        fair = closing.minimum == least and 0 <= closing.admitted < least
        if post in seen or not fair or f.filled[post]:
            yield Violation(
                "closing", f"岗位 {post_name(problem, post)} 的未开班记录不成立", post=post
            )
        seen.add(post)
    short = ~f.closed & (f.filled[: problem.posts] < problem.post_minimum)
    if short.any():
        post = int(np.argmax(short))
        say = f"岗位 {post_name(problem, post)} 不足开班下限 {int(problem.post_minimum[post])} 人却开了班"
        yield Violation("minimum", say, post=post)


def thresholds(problem: Problem, f: Facts) -> tuple[I64, I64]:
    """Per home node: the (score, lottery) of the barrier's last; NOBODY where nothing bars."""
    open_to_all = f.barrier < 0
    at = np.maximum(f.barrier, 0)
    score = np.where(open_to_all, NOBODY, f.low_score[at])
    lot = np.where(open_to_all, NEVER, f.low_lot[at])
    score[: problem.posts][f.closed] = NEVER
    shut = f.closed[problem.share_post]
    score[problem.share_node[shut]] = NEVER
    return score, lot


def blocking_edge(problem: Problem, rank: I32, f: Facts, workers: int = 2) -> int:
    """An edge both sides would rather have, or -1. Every preferred edge is looked at."""
    score, lot = thresholds(problem, f)
    share_ptr = np.searchsorted(problem.share_post, np.arange(problem.posts + 1))
    cuts = np.linspace(0, problem.students, workers + 1).astype(np.int64)

    def look(part: int) -> int:
        return first_blocking(
            int(cuts[part]), int(cuts[part + 1]), problem.pref_ptr, problem.pref_post,
            problem.score, problem.barred, rank, f.lot, problem.student_school, share_ptr,
            problem.share_school, problem.share_node, score, lot,
        )  # fmt: skip

    with ThreadPoolExecutor(workers) as pool:
        found = [edge for edge in pool.map(look, range(workers)) if edge >= 0]
    return min(found, default=-1)


def _blocking(problem: Problem, result: Result, f: Facts) -> Iterator[Violation]:
    edge = blocking_edge(problem, result.rank, f)
    if edge < 0:
        return
    student = int(np.searchsorted(problem.pref_ptr, edge, side="right")) - 1
    post = int(problem.pref_post[edge])
    mine = points(int(problem.score[edge]), problem.score_scale)
    say = (
        f"不稳定：学生 {student_name(problem, student)} 更想去岗位 {post_name(problem, post)},"
        f"其成绩 {mine} 分足以录取"
    )
    yield Violation("blocking", say, student=student, post=post)


def _causes(problem: Problem, result: Result, f: Facts) -> Iterator[Violation]:
    c, length = result.certificate, np.diff(problem.pref_ptr)
    count = np.where(result.rank > 0, result.rank - 1, length)
    ptr = np.concatenate(([0], np.cumsum(count)))
    if len(c.cause) != ptr[-1] or not np.array_equal(ptr, c.cause_ptr):
        yield Violation("cause_ptr", "证书列出的未录取志愿数与录取结果不符")
        return
    who = np.repeat(np.arange(problem.students), count)
    edge = problem.pref_ptr[who] + np.arange(len(who)) - ptr[who]
    post, bar = problem.pref_post[edge], problem.barred[edge]
    home = homes(problem, f.home_keys, f.schools, post, problem.student_school[who])
    expected = f.barrier[home]
    expected = np.where(f.closed[post], -1, expected)
    expected = np.where(bar > 0, -2 - bar.astype(np.int64), expected)
    wrong = expected != c.cause
    if wrong.any():
        i = int(np.argmax(wrong))
        s, p = int(who[i]), int(post[i])
        say = (
            f"证书中学生 {student_name(problem, s)} 未录取到岗位 {post_name(problem, p)} 的原因不符"
        )
        yield Violation("cause", say, student=s, post=p, node=int(c.cause[i]))


def _figures(problem: Problem, result: Result) -> Iterator[Violation]:
    st, rank = result.statistics, result.rank
    most = int(rank.max(initial=0))
    counts = tuple(int((rank == r).sum()) for r in range(1, most + 1))
    found = (
        problem.students, len(problem.pref_post), int((problem.barred == 0).sum()),
        int((result.match >= 0).sum()), int(rank.astype(np.int64).sum()), counts,
    )  # fmt: skip
    if found != (st.students, st.choices, st.eligible, st.matched, st.rank_sum, st.rank_counts):
        yield Violation("statistics", "统计数字与录取结果不符")
