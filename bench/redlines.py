"""The red lines over a roster of the nation's size, against the same rules row by row in Python.

Facts are made with a seed: about 1 in 100 of every column is at fault, 1 in 100 is not stated.
The peer runs on a smaller roster made the same way, and both find the same there, to the last
row, value and limit; the ratio is of the seconds for that roster. Run with --write to put the
table into docs/benchmarks.md.
"""

import argparse
import os
import resource
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "bench"))

from redlines_peer import peer  # noqa: E402

from chanjiao_engine.redlines import Facts, Result, evaluate, load  # noqa: E402

BEGIN, END = "<!-- bench:redlines -->", "<!-- /bench:redlines -->"
AT, START = date(2026, 8, 15), date(2026, 3, 1)
RULES = load(on=date(2026, 1, 1))


class Maker:
    """Columns with a few faults and a few nulls, drawn from one seed."""

    def __init__(self, seed: int) -> None:
        self.draw = np.random.default_rng(seed)

    def column(self, size: int, good: object, bad: object) -> pl.Series:
        """`good` in 98 of 100 rows, `bad` in one, null in one."""
        kind = pl.Series(self.draw.integers(0, 100, size))
        made = pl.select(pl.when(kind > 1).then(pl.lit(good)).when(kind == 1).then(pl.lit(bad)))
        return made.to_series()

    def pick(self, size: int, prefix: str, many: int) -> pl.Series:
        """Ids of a table of `many` rows."""
        return ids(prefix, pl.Series(self.draw.integers(0, many, size)))


def ids(prefix: str, numbers: pl.Series) -> pl.Series:
    return pl.select(pl.concat_str(pl.lit(prefix), numbers.cast(pl.String))).to_series()


def counted(prefix: str, many: int) -> pl.Series:
    return ids(prefix, pl.Series(range(many)))


def world(size: int, seed: int = 1) -> dict[str, pl.DataFrame]:
    """Facts with `size` placements, one unit for 100 of them, three months' pay, five shifts."""
    make, units, posts = Maker(seed), max(size // 100, 1), max(size // 20, 5)
    c = make.column
    names = counted("p", size)
    own = pl.Series(np.arange(posts) % units)
    return {
        "students": pl.DataFrame({
            "student": counted("s", size), "born": c(size, date(2007, 5, 4), date(2010, 3, 2)),
            "sex": c(size, "男", "女"), "major": c(size, "460103", "470103"),
        }),
        "units": pl.DataFrame({
            "unit": counted("u", units), "industry": c(units, "3411", "9011"),
            "entertainment": c(units, False, True), "site": c(units, "企业", "校中厂"),
            "registered": c(units, True, False), "chemical_park": c(units, False, True),
        }),
        "posts": pl.DataFrame({
            "post": counted("j", posts), "unit": ids("u", own), "kind": c(posts, "操作", "检验"),
            "majors": c(posts, "460104、660103", "710201"),
            **{flag: c(posts, False, True) for flag in
               ("minor_forbidden", "female_forbidden", "chemical_site", "harmful", "night")},
            "intensity": c(posts, 2, 3), "daily_minutes": c(posts, 480, 481),
            "same_post_wage": c(posts, 500_000, 500_001), "lowest_wage_grade": c(posts, 450_000, 450_001),
        }),
        "placements": pl.DataFrame({
            "placement": names, "student": counted("s", size), "post": make.pick(size, "j", posts),
            "kind": c(size, "岗位实习", "认识实习"), "grade": c(size, 3, 1),
            "starts": [START] * size, "until": [date(2026, 9, 1)] * size,
            "pay": c(size, 400_000, 399_999), "independent": c(size, True, False),
        }).with_columns(
            pl.col("starts") + pl.duration(days=pl.Series(make.draw.integers(0, 30, size)))
        ),
        **papers(make, names, size), **course(make, names, size),
        "staff": pl.concat([
            pl.DataFrame({
                "unit": counted("u", units), "kind": [kind] * units, "since": [since] * units,
                "staff": make.draw.integers(500, 1200, units),
            }) for kind, since in (("", date(2026, 1, 1)), ("", date(2026, 5, 1)),
                                   ("操作", date(2026, 1, 1)), ("检验", date(2026, 1, 1)))
        ]),
    }  # fmt: skip


def papers(make: Maker, names: pl.Series, size: int) -> dict[str, pl.DataFrame]:
    c, before, late = make.column, date(2026, 2, 10), date(2026, 4, 10)
    dates = {
        "agreements": ("school_on", "unit_on", "student_on"),
        "consents": ("student_on", "guardian_on"),
        "training": ("trained_on", "tested_on"),
    }
    made = {
        table: pl.DataFrame({"placement": names, **{d: c(size, before, late) for d in columns}})
        for table, columns in dates.items()
    }
    made["training"] = made["training"].with_columns(c(size, True, False).alias("passed"))
    flags = ("fees", "documents_held", "intermediary", "forced")
    made["declarations"] = pl.DataFrame(
        {"placement": names, **{flag: c(size, False, True) for flag in flags}}
    )
    ends = c(size, date(2026, 9, 1), date(2026, 8, 31)).fill_null(date(2026, 9, 2))
    made["insurance"] = pl.DataFrame(
        {
            "placement": names,
            "since": [START] * size,
            "until": ends,
            "charged": c(size, False, True),
        }
    )
    return made


def course(make: Maker, names: pl.Series, size: int) -> dict[str, pl.DataFrame]:
    c = make.column
    pay = [
        pl.DataFrame({
            "placement": names, "month": [date(2026, month, 1)] * size,
            "due": c(size, 400_000, 400_001), "paid": c(size, 400_000, 399_999),
            "paid_on": c(size, date(2026, month + 1, 10), date(2026, month + 2, 1)),
            "money": c(size, True, False), "direct": c(size, True, False),
        }).sample(fraction=0.995, seed=month) for month in (4, 5, 6)
    ]  # fmt: skip
    shifts = [
        pl.DataFrame({
            "placement": names, "day": [date(2026, 4, day)] * size, "from_minute": [480] * size,
            "until_minute": c(size, 1020, 1321).fill_null(1320), "worked": c(size, 480, 481),
        }) for day in (6, 7, 8, 9, 10)
    ]  # fmt: skip
    return {"pay": pl.concat(pay), "shifts": pl.concat(shifts)}


def found(result: Result) -> list[tuple[object, ...]]:
    """The violations in the peer's form."""
    rows = []
    for row in result.violations.iter_rows(named=True):
        head = (result.rules.rules[row["rule"]].code, row["outcome"], row["row"])
        rows.append(head if row["outcome"] == 2 else (*head, row["day"], row["seen"], row["limit"]))
    return sorted(rows, key=repr)


def timed(work):
    """(CPU seconds of all threads, wall seconds, what came of it)."""
    cpu, wall = time.process_time(), time.perf_counter()
    made = work()
    return time.process_time() - cpu, time.perf_counter() - wall, made


def quickest(facts: Facts, times: int):
    """The run of the fewest CPU seconds."""
    return min(
        (timed(lambda: evaluate(facts, RULES, at=AT)) for _ in range(times)), key=lambda x: x[0]
    )


def compared(size: int) -> str:
    """A row of the table where both run, and agree."""
    given = world(size)
    check, _, facts = timed(lambda: Facts.of(given))
    ours = quickest(facts, 3)
    rows = {name: given[name].to_dicts() if name in given else [] for name in facts.tables}
    theirs, _, expected = timed(lambda: peer(rows, AT))
    assert found(ours[2]) == expected, "the two do not agree"
    return line(size, facts, check, ours, f"{theirs:.2f} | {theirs / ours[0]:.0f}")


def alone(size: int) -> str:
    """A row of the table where only the engine runs."""
    given = world(size)
    check, _, facts = timed(lambda: Facts.of(given))
    return line(size, facts, check, quickest(facts, 2), "– | –")


def line(size: int, facts: Facts, check: float, ours, peers: str) -> str:
    cpu, wall, result = ours
    rows = sum(frame.height for frame in facts.tables.values())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return (
        f"| {size:,} | {rows:,} | {len(result):,} | {check:.2f} | {cpu:.2f} | {wall:.2f} | "
        f"{memory:.2f} | {peers} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "--write", action="store_true", help="put the table into docs/benchmarks.md"
    )
    parser.add_argument("--size", type=int, default=1_000_000, help="placements of the last row")
    options = parser.parse_args()
    load_average = os.getloadavg()[0]
    text = "\n".join([
        BEGIN,
        "## Red lines",
        "",
        f"{len(RULES.rules)} rules over placements, papers, three months' pay and five shifts each; "
        "`bench/redlines.py`.",
        "Row by row: the same rules in plain Python on the same facts, findings equal to the last "
        "row, value and limit. Seconds are of CPU, all threads; wall: as the busy machine ran it. "
        "GB: peak of the process, the making of the facts included.",
        f"Load average before the run {load_average:.1f} on {os.cpu_count()} cores.",
        "",
        "| placements | fact rows | findings | check facts s | evaluate s | wall s | GB "
        "| row by row s | ratio |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
        compared(1_000),
        compared(20_000),
        compared(100_000),
        alone(options.size),
        END,
    ])  # fmt: skip
    print(text)
    if options.write:
        place = ROOT / "docs/benchmarks.md"
        old = place.read_text(encoding="utf-8")
        if BEGIN in old:
            old = old[: old.index(BEGIN)] + old[old.index(END) + len(END) :].lstrip("\n")
        place.write_text(old.rstrip() + "\n\n" + text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
