"""Match benchmark: ours beside its peers in one run, as ratios. `python bench/match.py [sizes…]`."""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
from match_instances import flat_round, tree_round
from match_peers import PEERS

from chanjiao_engine.matching import Problem, solve, warm
from chanjiao_engine.matching.layout import layout
from chanjiao_engine.matching.rows import Rows, build_problem
from chanjiao_engine.matching.solve import run_core
from chanjiao_engine.matching.verify import blocking_edge, facts_of

ROOT = Path(__file__).resolve().parent.parent
SIZES = (1_000, 10_000, 100_000, 1_000_000)


def best(work: Callable[[], object], times: int = 5) -> float:
    """The shortest wall time of several runs, seconds."""
    found = float("inf")
    for _ in range(times):
        began = time.perf_counter()
        work()
        found = min(found, time.perf_counter() - began)
    return found


def one_read(problem: Problem) -> float:
    """Summing the preference and the score array once: what no algorithm can undercut."""
    return best(
        lambda: (problem.pref_post.sum(dtype=np.int64), problem.score.sum(dtype=np.int64)), 9
    )


def core(problem: Problem) -> float:
    """Deferred acceptance alone, the lottery drawn and the arrays arranged beforehand."""
    plan, closed = layout(problem), np.zeros(problem.posts, np.bool_)
    lot = np.random.default_rng(5).permutation(problem.students).astype(np.int32)
    return best(lambda: run_core(problem, plan, lot, closed), 15)


def check(problem: Problem) -> float:
    """Looking at every pair a student would rather have, on two threads."""
    result = solve(problem, seed=1)
    facts = facts_of(problem, result)
    return best(lambda: blocking_edge(problem, result.rank, facts), 15)


def engine_rows(sizes: list[int]) -> list[str]:
    """One line per size: core, tree and check as ratios."""
    lines = [
        "| students | one read | flat core ÷ read | tree core ÷ flat core | check flat ÷ read | check tree ÷ read |",
        "|---|---|---|---|---|---|",
    ]
    for size in sizes:
        flat = flat_round(size)
        tree = tree_round(flat)
        read, mine, nested = one_read(flat), core(flat), core(tree)
        checked = (
            f"{check(flat) / read:.1f} | {check(tree) / read:.1f}" if size <= 1_000_000 else "– | –"
        )
        lines.append(
            f"| {size:,} | {read * 1e3:.3f} ms | {mine / read:.1f} ({mine * 1e3:.1f} ms) "
            f"| {nested / mine:.1f} ({nested * 1e3:.1f} ms) | {checked} |"
        )
    return lines


def peer_rows(sizes: list[int]) -> list[str]:
    """Peers at the sizes where they finish, beside our core and our whole `solve`."""
    lines = [
        "| peer | students | set-up + solve | ÷ our core | ÷ our solve with certificate |",
        "|---|---|---|---|---|",
    ]
    for name, (peer, most) in PEERS.items():
        for size in (s for s in sizes if s <= most):
            problem = flat_round(size)
            mine, whole = core(problem), best(lambda p=problem: solve(p, seed=1), 3)
            before, solving = peer(problem)
            total = before + solving
            lines.append(
                f"| {name} | {size:,} | {before:.3f} + {solving:.4f} s | {total / mine:,.0f} | {total / whole:,.0f} |"
            )
    return lines


def write_files(problem: Problem, folder: Path) -> None:
    """The round as the files of docs/formats.md."""
    n, p = problem.students, problem.posts
    student = pl.Series(np.arange(n) + 2_000_000_000).cast(pl.String)
    post = "P" + pl.Series(np.arange(p)).cast(pl.String).str.zfill(7)
    unit = "U" + pl.Series(np.arange(p) // 10).cast(pl.String)
    kind = pl.Series(["甲", "乙"]).gather(np.arange(p) % 2)
    school = "S" + pl.Series(problem.student_school).cast(pl.String)
    pl.DataFrame(
        {"student_id": student, "school_id": school, "major_code": ["460103"] * n}
    ).write_csv(folder / "students.csv")
    pl.DataFrame(
        {
            "post_id": post,
            "unit_id": unit,
            "kind": kind,
            "capacity": problem.node_capacity[:p],
            "minimum": problem.post_minimum,
        }
    ).write_csv(folder / "posts.csv")
    who = np.repeat(np.arange(n), np.diff(problem.pref_ptr))
    rank = np.arange(problem.choices) - problem.pref_ptr[who] + 1
    pairs = pl.DataFrame(
        {"student_id": student.gather(who), "post_id": post.gather(problem.pref_post)}
    )
    pairs.with_columns(rank=rank).write_csv(folder / "preferences.csv")
    score = pl.Series("score", problem.score // 100_000).cast(pl.Float64) / 10
    pairs.select("post_id", "student_id", score).write_csv(
        folder / "priorities.csv", float_precision=1
    )
    if problem.nodes > p:
        _write_quotas(problem, post, folder)


def _write_quotas(problem: Problem, post: pl.Series, folder: Path) -> None:
    shares, units = len(problem.share_node), (problem.posts - 1) // 10 + 1
    kinds = problem.node_capacity[problem.posts + shares :][: 2 * units]
    rows = [
        ("unit", f"U{i}", "", "", "", int(c)) for i, c in enumerate(problem.node_capacity[-units:])
    ]
    rows += [("kind", f"U{i // 2}", "甲乙"[i % 2], "", "", int(c)) for i, c in enumerate(kinds)]
    rows += [
        ("school_at_post", "", "", post[int(p)], f"S{s}", 2)
        for p, s in zip(problem.share_post, problem.share_school, strict=True)
    ]  # fmt: skip
    names = ["scope", "unit_id", "kind", "post_id", "school_id", "capacity"]
    pl.DataFrame(rows, schema=names, orient="row").write_csv(folder / "quotas.csv")


DUCKDB_ARRAYS = """
WITH s AS (SELECT student_id, row_number() OVER (ORDER BY student_id) - 1 AS student
           FROM '{0}/students.parquet'),
     p AS (SELECT post_id, row_number() OVER (ORDER BY post_id) - 1 AS post
           FROM '{0}/posts.parquet')
SELECT student, post, score FROM '{0}/preferences.parquet'
JOIN '{0}/priorities.parquet' USING (student_id, post_id)
JOIN s USING (student_id) JOIN p USING (post_id) ORDER BY student, rank
"""


def arrays_rows(size: int) -> list[str]:
    """From Parquet rows with ids to the arrays that are solved, beside DuckDB on the same files."""
    import duckdb

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_files(flat_round(size), folder)
        _as_parquet(folder)
        problem = _arrays(folder)
        found = duckdb.sql(DUCKDB_ARRAYS.format(folder)).fetchnumpy()
        same = (found["post"] == problem.pref_post).all() and (
            found["score"] == problem.score
        ).all()
        if not same:
            raise SystemExit("DuckDB and we make different arrays of the same rows")
        mine = best(lambda: _arrays(folder), 3)
        theirs = best(lambda: duckdb.sql(DUCKDB_ARRAYS.format(folder)).fetchnumpy(), 3)
    return [
        "| Parquet rows → arrays | students | ours | DuckDB | ours ÷ DuckDB (target ≤ 0.5) |",
        "|---|---|---|---|---|",
        f"| students, posts, preferences, priorities | {size:,} | {mine:.2f} s | {theirs:.2f} s | {mine / theirs:.2f} |",
    ]


def _as_parquet(folder: Path) -> None:
    """Ids as text, numbers as numbers, scores in tenths of a point."""
    for name in ("students", "posts", "preferences", "priorities"):
        table = pl.read_csv(folder / f"{name}.csv", infer_schema=False)
        numbers = [c for c in ("rank", "capacity", "minimum") if c in table.columns]
        table = table.with_columns(pl.col(*numbers).cast(pl.Int64)) if numbers else table
        if "score" in table.columns:
            table = table.with_columns(
                (pl.col("score").cast(pl.Float64) * 10).round().cast(pl.Int64)
            )
        table.write_parquet(folder / f"{name}.parquet")


def _arrays(folder: Path) -> Problem:
    names = ("students", "posts", "preferences", "priorities")
    tables = {name: pl.read_parquet(folder / f"{name}.parquet") for name in names}
    return build_problem(Rows(**tables, score_scale=10))


def command_rows(size: int) -> list[str]:
    """The two commands on files, wall time and peak memory of the process."""
    lines = [
        "| command | students | quotas | wall | CPU | peak memory |",
        "|---|---|---|---|---|---|",
    ]
    flat = flat_round(size)
    for name, problem in (("flat", flat), ("tree", tree_round(flat))):
        with tempfile.TemporaryDirectory() as place:
            source, out = Path(place) / "in", Path(place) / "out"
            source.mkdir()
            write_files(problem, source)
            for command in (
                ["match", str(source), "--out", str(out)],
                ["verify-match", str(source), str(out)],
            ):
                seconds, cpu, memory = _run(command)
                lines.append(
                    f"| {command[0]} | {size:,} | {name} | {seconds:.1f} s | {cpu:.1f} s | {memory:.2f} GB |"
                )
    return lines


def _run(command: list[str]) -> tuple[float, float, float]:
    began = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, "-m", "chanjiao.matching.commands", *command],
        stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{command[0]} ended with {child.returncode}")
    cpu = usage.ru_utime + usage.ru_stime
    return time.perf_counter() - began, cpu, usage.ru_maxrss / 1e6


def write_section(name: str, lines: list[str]) -> None:
    """Put lines between `<!-- bench:NAME -->` and `<!-- /bench:NAME -->` of docs/benchmarks.md."""
    path, start, end = (
        ROOT / "docs" / "benchmarks.md",
        f"<!-- bench:{name} -->",
        f"<!-- /bench:{name} -->",
    )
    text = path.read_text(encoding="utf-8") if path.exists() else "# Benchmarks\n"
    block = "\n".join([start, *lines, end])
    if start in text and end in text:
        text = text[: text.index(start)] + block + text[text.index(end) + len(end) :]
    else:
        text = f"{text.rstrip()}\n\n{block}\n"
    path.write_text(text, encoding="utf-8")


def main() -> None:
    """Run and print; with --write also into docs/benchmarks.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", type=int, nargs="*", default=list(SIZES))
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    chosen = parser.parse_args()
    warm()
    lines = [
        "## Matching",
        "",
        "Shortest of several runs, all in one process on one machine; ratios are what counts.",
        "Targets: flat core ≤ 10 × one read at 100,000 and ≤ 12 × at 1,000,000 students; tree core ≤ 8 ×",
        "the flat one; check ≤ 2 × one read flat, ≤ 10 × nested; 1,000,000 students from files within",
        "20 s flat and 30 s nested, in 4 GB. Ten million students are not run here.",
        f"Load average before the run {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores: above 1 a core, read every figure as an upper bound.",
        "",
    ]
    lines += [*engine_rows(chosen.sizes), "", *peer_rows(chosen.sizes), ""]
    lines += [*arrays_rows(min(max(chosen.sizes), 1_000_000)), ""]
    lines += command_rows(min(max(chosen.sizes), 1_000_000))
    print("\n".join(lines))
    if chosen.write:
        write_section("match", lines)


if __name__ == "__main__":
    main()
