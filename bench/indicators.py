"""Indicators: one consortium with 100,000 students, and a roll-up of 150 packs beside pandas.

    python bench/indicators.py [--packs 15 50 150] [--students N] [--write]

The packs are drawn with a seed into a folder of their own. The peers compute the figures of the
demonstration set in pandas, pack by pack, reading only the columns they need; their code knows
nothing of ours, and their results must be equal. Each part runs in a process of its own: wall and CPU
seconds, peak memory. `--write` puts the tables into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "bench")]

from indicators_peer import figures  # noqa: E402

from chanjiao_engine.indicators import (  # noqa: E402
    IndicatorSet,
    PackFacts,
    Period,
    Shape,
    State,
    arrow_schema,
    compute,
    parse_set,
    read_facts,
    rollup,
)
from chanjiao_engine.indicators.schema import BY_NAME, TABLES, Column, Type  # noqa: E402

YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))
SET = ROOT / "src" / "chanjiao" / "indicators" / "data" / "demo.toml"
# Rows of one pack; 150 of them are ten million.
ROWS = {
    "consortium": 1, "member": 60, "regulation": 12, "body": 5, "meeting": 14, "resolution": 40,
    "commitment": 300, "delivery": 3_000, "need": 8_000, "need_major": 8_000, "offer": 800,
    "student": 10_000, "round": 6, "match": 36_000, "task": 60, "evidence": 600,
}  # fmt: skip
WORDS: dict[str, tuple[str, ...]] = {
    "side": ("企", "校", "政", "研"), "need.kind": ("post", "technology", "product"),
    "offer.kind": ("cohort", "team", "station"), "round.kind": ("internship", "order"),
    "need.state": ("published", "matched", "closed"), "offer.state": ("published", "matched"),
    "role": ("lead", "member", "council"), "body.kind": ("board", "assembly", "committee"),
    "regulation.kind": ("charter", "finance", "sharing", "rules"),
    "delivery.kind": ("money", "equipment", "hours"), "commitment.kind": ("money", "hours"),
    "member.kind": ("enterprise", "secondary", "higher_vocational", "university"),
    "major": tuple(f"46{n:04}" for n in range(80)),
}  # fmt: skip


def found_set() -> IndicatorSet:
    return parse_set(SET.read_text(encoding="utf-8"))


def draw(seed: int, rows: dict[str, int]) -> dict[str, pa.Table]:
    """The facts of one pack: the schema's rules are kept, the values are random."""
    rng = np.random.default_rng(seed)
    made: dict[str, pa.Table] = {}
    for table in TABLES:
        count = rows.get(table.name, 0)
        columns = [_column(rng, table.name, c, count, made) for c in table.columns]
        made[table.name] = _unique(table.key, pa.table(columns, schema=arrow_schema(table)))
    return made


def _unique(key: tuple[str, ...], table: pa.Table) -> pa.Table:
    """The first row of every key."""
    first = pa.chunked_array([np.arange(table.num_rows)])
    kept = table.append_column("_n", first).group_by(list(key)).aggregate([("_n", "min")])
    return table.take(kept.column("_n_min")).sort_by([(name, "ascending") for name in key])


def _column(
    rng: np.random.Generator, table: str, column: Column, count: int, made: dict[str, pa.Table]
) -> pa.Array:
    values: Any
    if column.refers:
        key = "unit" if column.refers == "member" else column.refers
        there = np.array(made[column.refers].column(key).to_pylist(), dtype=object)
        values = there[rng.integers(0, max(len(there), 1), count)] if count else []
    elif (
        column.name == table
        or column.name == "person"
        or (table, column.name) == ("member", "unit")
    ):
        values = [f"{column.name}-{n:07}" for n in range(count)]
    elif words := WORDS.get(f"{table}.{column.name}") or WORDS.get(column.name):
        values = np.array(words, dtype=object)[rng.integers(0, len(words), count)]
    elif column.name == "employer":
        units = np.array(made["member"].column("unit").to_pylist(), dtype=object)
        values = units[rng.integers(0, len(units), count)]
    elif column.type is Type.INTEGER:
        values = rng.integers(0, 5_000, count)
    elif column.type is Type.DECIMAL:
        values = pa.array(rng.integers(1, 10**6, count)).cast(pa.decimal128(19, 0))
        return values.cast(pa.decimal128(18, 4))
    elif column.type is Type.DATE:
        values = np.datetime64("2025-06-01") + rng.integers(0, 700, count).astype("timedelta64[D]")
    elif column.type is Type.BOOLEAN:
        values = rng.random(count) < 0.7
    else:
        values = np.array(["x", "y", "z"], dtype=object)[rng.integers(0, 3, count)]
    wanted = arrow_schema(BY_NAME[table]).field(column.name).type
    mask = None if column.required else rng.random(count) < 0.1
    return pa.array(values, type=wanted, mask=mask, from_pandas=False)


def write_pack(folder: Path, seed: int, rows: dict[str, int]) -> int:
    folder.mkdir(parents=True)
    total = 0
    for name, table in draw(seed, rows).items():
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd")
        total += table.num_rows
    return total


def write_packs(place: Path, first: int, last: int) -> int:
    """Packs in a process of their own: what it needs must not count as a part's memory."""
    code = (
        "import sys, indicators as b; from pathlib import Path; "
        "print(sum(b.write_pack(Path(sys.argv[1]) / f'pack{n:03}', 100 + n, b.ROWS) "
        "for n in range(int(sys.argv[2]), int(sys.argv[3]))))"
    )
    command = [sys.executable, "-c", code, str(place), str(first), str(last)]
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT / "bench"
    )
    return int(done.stdout)


def write_one(folder: Path, students: int) -> int:
    rows = {"student": students, "match": students, "need": 20_000, "offer": 2_000}
    return write_pack(folder, 1, ROWS | rows)


def folders(place: Path) -> list[Path]:
    return sorted(path for path in place.iterdir() if path.is_dir())


def one_consortium(place: Path) -> dict[str, Any]:
    outcomes = compute(found_set(), read_facts(folders(place)[0]), YEAR)
    return {"computed": sum(o.numerator is not None for o in outcomes.values())}


def ours(place: Path) -> dict[str, Any]:
    found = found_set()
    packs = [PackFacts(folder.name, folder, YEAR) for folder in folders(place)]
    with tempfile.TemporaryDirectory() as temp:
        result = rollup(packs, found, Path(temp))
    shown: dict[str, Any] = {}
    for pack, outcomes in result.packs.items():
        for code, o in outcomes.items():
            if found.indicator(code).shape is Shape.GROUPS:  # also of no groups
                shown[f"{pack}/{code}"] = [[label, str(n)] for label, n in o.groups]
            elif o.numerator is not None:
                parts = (o.numerator, o.denominator)
                shown[f"{pack}/{code}"] = [str(part) for part in parts if part is not None]
            elif o.state not in (State.ABSENT, State.AWAITED):
                shown[f"{pack}/{code}"] = o.message
    return {"figures": shown}


def pandas_tuned(place: Path, *, plain: bool = False) -> dict[str, Any]:
    shown = {}
    for folder in folders(place):
        for code, value in figures(folder, YEAR.since, YEAR.until, plain=plain).items():
            shown[f"{folder.name}/{code}"] = value
    return {"figures": shown}


def pandas_plain(place: Path) -> dict[str, Any]:
    return pandas_tuned(place, plain=True)


PARTS: dict[str, Callable[[Path], dict[str, Any]]] = {
    part.__name__: part for part in (one_consortium, ours, pandas_tuned, pandas_plain)
}


def run_part(name: str, place: Path) -> None:
    """Run one part in this process and print its figures."""
    wall, cpu = time.perf_counter(), time.process_time()
    answer = PARTS[name](place)
    answer["wall"], answer["cpu"] = time.perf_counter() - wall, time.process_time() - cpu
    answer["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(answer))


def measured(name: str, place: Path, runs: int = 1) -> dict[str, Any]:
    """One part in a process of its own; the run with the shortest wall time."""
    command = [sys.executable, __file__, "--part", name, "--place", str(place)]
    answers = []
    for _ in range(runs):
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        answers.append(json.loads(done.stdout.splitlines()[-1]))
    return min(answers, key=lambda answer: answer["wall"])


def differences(mine: dict[str, Any], theirs: dict[str, Any]) -> list[str]:
    return [key for key in sorted(mine | theirs) if mine.get(key) != theirs.get(key)]


def report(sizes: list[int], students: int) -> list[str]:
    """The Markdown tables."""
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        one, many = Path(folder) / "one", Path(folder) / "many"
        code = (
            "import sys, indicators as b; from pathlib import Path; "
            "print(b.write_one(Path(sys.argv[1]), int(sys.argv[2])))"
        )
        command = [sys.executable, "-c", code, str(one / "pack"), str(students)]
        drawn = subprocess.run(
            command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT / "bench"
        )
        total = int(drawn.stdout)
        single = measured("one_consortium", one, 3)
        lines = [
            "## Indicators",
            "",
            "`bench/indicators.py`, the demonstration set; wall and CPU seconds of a process with",
            "reading and checking the Parquet files, its peak memory. The peers compute the same",
            "figures in pandas, pack by pack; every numerator, denominator and group is equal.",
            "Plain pandas reads with pd.read_parquet; tuned reads on one thread, words as categories.",
            f"Load average before the run {load:.1f} on {os.cpu_count()} cores: above 1 a core, wall times are upper bounds.",
            "Targets: one consortium ≤ 3 s; roll-up ≥ 10 × pandas, ≤ 4 GB, linear.",
            "",
            f"One consortium, {students:,} students, {total:,} fact rows, 44 indicators "
            f"({single['computed']} computed): **{single['wall']:.2f} s** (CPU {single['cpu']:.2f} s, "
            f"{single['megabytes']:,.0f} MB).",
            "",
            "| packs | fact rows | who | s | CPU s | MB | ÷ ours, wall | ÷ ours, CPU |",
            "|---:|---:|---|---:|---:|---:|---:|---:|",
        ]
        total = made = 0
        for size in sorted(sizes):
            total += write_packs(many, made, size)
            made = size
            lines += _rows(size, total, many)
    return lines


def _rows(size: int, total: int, place: Path) -> list[str]:
    """Ours and both peers, whose figures must be ours."""
    mine = measured("ours", place, 3)
    found = {"ours": mine}
    for name in ("pandas_tuned", "pandas_plain"):
        theirs = found[name] = measured(name, place)
        wrong = differences(mine["figures"], theirs["figures"])
        if wrong:
            ours_, peers = mine["figures"].get(wrong[0]), theirs["figures"].get(wrong[0])
            raise SystemExit(f"{name} {wrong[0]}: {ours_} {peers} ({len(wrong)} differ)")
    print(f"{size} packs: {len(mine['figures']):,} figures equal", file=sys.stderr)
    return [
        f"| {size} | {total:,} | {name.replace('_', ', ')} | {one['wall']:.1f} | {one['cpu']:.1f} "
        f"| {one['megabytes']:,.0f} | {one['wall'] / mine['wall']:.1f} | {one['cpu'] / mine['cpu']:.1f} |"
        for name, one in found.items()
    ]


def main() -> None:
    """Run one part, or all and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packs", type=int, nargs="+", default=[15, 50, 150])
    parser.add_argument("--students", type=int, default=100_000)
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--place", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        run_part(options.part, options.place)
        return
    lines = report(options.packs, options.students)
    print("\n".join(lines))
    if options.write:
        from match import write_section

        write_section("indicators", lines)


if __name__ == "__main__":
    main()
