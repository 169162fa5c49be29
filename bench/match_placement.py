"""Real input: a university's placement year as a round. `python bench/match_placement.py [year]`.

Ratings above 0 are acceptable posts; ratings tie in tiers, so the order inside a tier is drawn from
a seed (printed). Centres' scores are cut to six decimals. Beside the match: ties broken at random
200 times, the best mean tier kept.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

import numpy as np
import polars as pl
from match import write_section
from numpy.typing import NDArray

from chanjiao.matching.commands import main as command
from chanjiao.matching.exchange import RoundFiles, read_round
from chanjiao_engine.matching import Result, solve

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("CHANJIAO_DATA", ROOT.parent / "shared" / "data")) / "placement"
SEED, TRIES = 2019, 200


def ratings(path: Path) -> pl.DataFrame:
    """student_id, post_id, value of a wide table whose first column is the student."""
    wide = pl.read_csv(path, infer_schema=False)
    first = wide.columns[0]
    long = wide.unpivot(index=first, variable_name="post", value_name="value")
    return long.select(
        student_id=pl.format(
            "S{}", pl.col(first).cast(pl.Float64).cast(pl.Int64).cast(pl.String).str.zfill(5)
        ),
        post_id=pl.format("P{}", pl.col("post").cast(pl.Int64).cast(pl.String).str.zfill(3)),
        value=pl.col("value").cast(pl.Float64),
    )


def convert(year: Path, out: Path, seed: int = SEED) -> pl.DataFrame:
    """Write the year as the files of docs/formats.md; returns pairs with their tier (1 best)."""
    info = pl.read_csv(year / "student_info.csv", infer_schema=False)
    number = pl.col(info.columns[0]).cast(pl.Float64).cast(pl.Int64).cast(pl.String).str.zfill(5)
    info.select(
        student_id=pl.format("S{}", number),
        school_id=pl.lit("U"),
        major_code=pl.lit(""),
        major="Major",
    ).write_csv(out / "students.csv")
    capacity = pl.read_csv(year / "project_capacity.csv", infer_schema=False)
    post = pl.format("P{}", pl.col(capacity.columns[0]).str.zfill(3))
    capacity.select(
        post_id=post, unit_id=post, kind=pl.lit("project"), capacity="Capacity", minimum=pl.lit(0)
    ).write_csv(out / "posts.csv")
    wish = (
        ratings(year / "student_preference.csv")
        .filter(pl.col("value") > 0)
        .sort("student_id", "post_id")
    )
    draw = np.random.default_rng(seed).random(len(wish))
    tiers = wish.with_columns(
        tier=pl.col("value").rank("dense", descending=True).over("student_id"), draw=pl.Series(draw)
    )
    ranked = tiers.sort("student_id", "tier", "draw").with_columns(
        rank=pl.int_range(1, pl.len() + 1).over("student_id")
    )
    ranked.select("student_id", "post_id", "rank").write_csv(out / "preferences.csv")
    score = ratings(year / "project_preference.csv").with_columns(score=pl.col("value").round(6))
    score.select("post_id", "student_id", "score").write_csv(
        out / "priorities.csv", float_precision=6
    )
    return tiers.select("student_id", "post_id", "tier")


def tier_table(files: RoundFiles, tiers: pl.DataFrame) -> NDArray[np.int64]:
    """The tier of every edge of the problem: int64 [m]."""
    problem, labels = files.problem, files.problem.labels
    assert labels is not None
    who = np.repeat(np.arange(problem.students), np.diff(problem.pref_ptr))
    edges = pl.DataFrame(
        {
            "student_id": labels.student_ids.gather(who),
            "post_id": labels.post_ids.gather(problem.pref_post),
        }
    )
    joined = edges.join(tiers, on=["student_id", "post_id"], how="left", maintain_order="left")
    return joined["tier"].to_numpy().astype(np.int64)


def figures(files: RoundFiles, result: Result, tier: NDArray[np.int64]) -> tuple[int, float, float]:
    """Matched, share of the matched with a first-tier post, mean tier of the matched."""
    held = result.rank > 0
    got = tier[files.problem.pref_ptr[:-1][held] + result.rank[held] - 1]
    return int(held.sum()), float((got == 1).mean()), float(got.mean())


def lines_for(year: Path) -> list[str]:
    """Convert, match, verify and tell."""
    lines = [f"### Placement data {year.name}", ""]
    with tempfile.TemporaryDirectory() as place:
        source, out = Path(place) / "in", Path(place) / "out"
        source.mkdir()
        tiers = convert(year, source)
        _run("match", str(source), "--out", str(out), "--seed", str(SEED))
        _run("verify-match", str(source), str(out))
        files = read_round(source)
        result = solve(files.problem, seed=SEED)
        tier = tier_table(files, tiers)
        matched, first, mean = figures(files, result, tier)
        best = min(_again(year, Path(place), tiers), key=lambda f: (-f[0], f[2]))
        counts = result.statistics.rank_counts
        lines += [
            f"Verified. {files.problem.students} students, {files.problem.posts} centres, {matched} matched; "
            f"order inside a tier and ties drawn with seed {SEED}.",
            "",
            f"| | matched | first tier | mean tier |\n|---|---|---|---|\n| one run | {matched} | {first:.1%} | {mean:.4f} |",
            f"| {TRIES} random orders, best kept | {best[0]} | {best[1]:.1%} | {best[2]:.4f} |",
            "",
            f"Rank 1: {counts[0] / files.problem.students:.1%} of all students. Students by rank: "
            + ", ".join(f"{r}: {c}" for r, c in enumerate(counts, 1) if c),
        ]
    return lines


def _again(year: Path, place: Path, tiers: pl.DataFrame) -> list[tuple[int, float, float]]:
    found = []
    source = place / "again"
    source.mkdir()
    for seed in range(TRIES):
        convert(year, source, seed)
        files = read_round(source)
        found.append(figures(files, solve(files.problem, seed=seed), tier_table(files, tiers)))
    return found


def _run(*arguments: str) -> None:
    sys.argv = ["chanjiao", *arguments]
    if command():
        raise SystemExit(f"{arguments[0]} failed")


def main() -> None:
    """Every year found, or the one named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("years", nargs="*")
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    chosen = parser.parse_args()
    wanted = chosen.years
    years = [y for y in sorted(DATA.glob("*")) if (y / "student_preference.csv").exists()]
    years = [y for y in years if not wanted or y.name in wanted]
    if not years:
        print(f"no placement data under {DATA}: set CHANJIAO_DATA; nothing was measured")
        return
    lines = [line for year in years for line in lines_for(year)]
    print("\n".join(lines))
    if chosen.write:
        write_section("match-placement", lines)


if __name__ == "__main__":
    main()
