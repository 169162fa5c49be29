"""Verifying a pack against hashing the same bytes and reading the same Parquet.

Facts are made at the size of one consortium (100,000 students) and of ten. MB are those of the
facts in memory (Arrow) and of the pack's file; both rates are shown. Run with --write to put the
table into docs/benchmarks.md.
"""

import argparse
import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from chanjiao.demo.sister_facts import Sister, facts_of
from chanjiao_engine.indicators.definitions import Period
from chanjiao_engine.indicators.packs import make_key, make_pack, verify_bytes
from chanjiao_engine.indicators.packs.container import read_container

ROOT = Path(__file__).resolve().parents[1]
SET = ROOT / "src/chanjiao/indicators/data/demo.toml"
YEAR = Period(date(2025, 1, 1), date(2026, 1, 1))
AT = datetime(2026, 1, 20, tzinfo=timezone(timedelta(hours=8)))
SISTER = Sister(
    code="bench", name="测量用联合体", park="测量园区", division="210112", industries=("34", "35"),
    schools=(9, 6, 1, 6), firms=42, institutes=9, students=0, listing_firms=38,
)  # fmt: skip
BEGIN, END = "<!-- bench:packs -->", "<!-- /bench:packs -->"


def shortest(work: Callable[[], object], times: int) -> tuple[float, float]:
    """Wall and CPU seconds, each of the quickest of several runs."""
    runs = []
    for _ in range(times):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        runs.append((time.perf_counter() - wall, time.process_time() - cpu))
    return min(wall for wall, _ in runs), min(cpu for _, cpu in runs)


def read_all(parts: list[memoryview]) -> int:
    """Not by pq.read_table: its threads may still hold Python's bytes when the process ends,
    which aborts it."""
    files = (pq.ParquetFile(pa.BufferReader(pa.py_buffer(part))) for part in parts)
    return sum(file.read().num_rows for file in files)


def row(students: int, times: int) -> str:
    """One line of the table: a consortium of so many students."""
    sister = replace(SISTER, students=students)
    facts, evidence = facts_of(sister, YEAR)
    memory = sum(table.nbytes for table in facts.values()) / 1e6
    rows = sum(table.num_rows for table in facts.values())
    key = make_key("ed25519", bytes(32))
    begun = time.perf_counter()
    data = make_pack(
        facts, SET.read_text(), YEAR, key, created=AT, evidence=evidence,
    ).data  # fmt: skip
    made = time.perf_counter() - begun
    whole = memoryview(data)
    parts = [part for name, part in read_container(whole).items() if name.endswith(".parquet")]
    found = verify_bytes(whole)
    assert found.holds, found.difference
    steps: dict[str, float] = {}
    last = [time.perf_counter(), ""]

    def note(done: int, total: int, step: str) -> None:
        now = time.perf_counter()
        steps[str(last[1])] = now - float(last[0])
        last[:] = [now, step]

    verify, cpu = shortest(lambda: verify_bytes(whole), times)
    last[:] = [time.perf_counter(), "容器"]
    verify_bytes(whole, progress=note)
    hashing, hashing_cpu = shortest(lambda: hashlib.sha256(whole).digest(), times)
    reading, _ = shortest(lambda: read_all(parts), times)
    size = len(data) / 1e6
    return (
        f"| {students:,} | {rows:,} | {size:.1f} | {memory:.0f} | {made:.2f} | {verify:.2f} | {cpu:.2f} | "
        f"{memory / (verify - hashing):.0f} | {memory / (cpu - hashing_cpu):.0f} | {size / (verify - hashing):.0f} | {verify / hashing:.0f} | "
        f"{verify / reading:.1f} | {steps.get('事实数据', 0):.2f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "--write", action="store_true", help="put the table into docs/benchmarks.md"
    )
    options = parser.parse_args()
    load = os.getloadavg()[0]
    lines = [
        BEGIN,
        "## Packs",
        "",
        "Verifying in one process, all steps, 44 indicators computed again; `bench/packs.py`.",
        "Rates are of the time left after one plain SHA-256 of the file. Target: ≥ 200 MB/s of facts.",
        f"Load average before the run {load:.1f} on {os.cpu_count()} cores: above 1 a core, read wall",
        "times as upper bounds and rates as lower bounds.",
        "",
        "| students | fact rows | pack MB | facts in memory MB | make s | verify s | CPU s | facts MB/s "
        "| facts MB per CPU s | pack MB/s | ÷ SHA-256 | ÷ reading Parquet | of it facts s |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
        row(5_200, 9),
        row(100_000, 9),
        row(1_000_000, 7),
        END,
    ]
    text = "\n".join(lines)
    print(text)
    if options.write:
        place = ROOT / "docs/benchmarks.md"
        old = place.read_text(encoding="utf-8")
        if BEGIN in old:
            old = old[: old.index(BEGIN)] + old[old.index(END) + len(END) :].lstrip("\n")
        place.write_text(old.rstrip() + "\n\n" + text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
