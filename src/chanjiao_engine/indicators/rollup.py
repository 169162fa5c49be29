"""Many packs, the same definitions: each formula once, grouped by pack, on DuckDB or on Spark.

Every fact table gets a column `pack`; each formula is rewritten so that no join and no subquery
reaches from one pack into another, and evaluated for all packs at once. What adds up are numerators,
denominators and groups, never percentages. Both engines compute integers and decimals only, so
their results are equal to the last digit.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sqlglot import exp

from .amounts import Raw, outcomes_of, taken, totals, without
from .checking import formulas_of
from .definitions import Category, IndicatorSet, Period
from .outcomes import Outcome, Typed
from .perpack import PACK, per_pack
from .refusals import TooLarge
from .shared import Part, Row, answers, parts_of


@dataclass(frozen=True, slots=True)
class PackFacts:
    """One pack's facts: a folder of `<table>.parquet` that has been verified before."""

    id: str
    folder: Path
    period: Period
    typed: tuple[Typed, ...] = ()


@dataclass(frozen=True, slots=True)
class Rollup:
    """Outcomes by pack, and the total of each indicator.

    A total's value is the sum of numbers, the quotient of summed parts, the sum of groups, or for a
    flag the number of packs with yes. `struck` of a veto indicator lists the packs it strikes.
    """

    packs: dict[str, dict[str, Outcome]]
    totals: dict[str, Outcome]
    struck: dict[str, tuple[str, ...]]


Reads = Mapping[str, tuple[str, ...]]  # table → the columns used of it


class Engine(Protocol):
    """Runs SQL over the tables of all packs."""

    dialect: str

    def rows(self, sql: str) -> list[Row]: ...


def rollup(
    packs: Sequence[PackFacts], found: IndicatorSet, temp: Path, *, engine: str = "duckdb"
) -> Rollup:
    """The set over all packs; `temp` is an empty folder for links and what does not fit in memory.

    `engine` is duckdb or spark; FormulaRefused says what to install when Spark is not there.
    """
    if len({one.id for one in packs}) != len(packs):
        raise ValueError("pack ids repeat")
    raw: dict[str, dict[str, Raw]] = {one.id: {} for one in packs}
    with _opened(packs, found, temp, engine) as running:
        for period in dict.fromkeys(one.period for one in packs):
            numbered = {n: one.id for n, one in enumerate(packs) if one.period == period}
            _run_all(running, found, period, numbered, raw)
    outcomes = {one.id: outcomes_of(found, raw[one.id], one.typed, one.period) for one in packs}
    return Rollup(outcomes, totals(found, list(outcomes.values())), _struck(found, outcomes))


def _opened(
    packs: Sequence[PackFacts], found: IndicatorSet, temp: Path, engine: str
) -> AbstractContextManager[Engine]:
    tables = _reads(found)
    if engine == "duckdb":
        from .engine_duckdb import on_duckdb

        return on_duckdb(temp, tables, [one.folder for one in packs])
    if engine == "spark":
        from .engine_spark import on_spark

        _link(packs, tables, temp / "facts")
        return on_spark(temp, tables, len(packs))
    raise ValueError(f"no such engine: {engine}")


def _reads(found: IndicatorSet) -> Reads:
    """The tables and columns that the set's formulas use, sorted; nothing else is loaded."""
    used: dict[str, set[str]] = {}
    for one in found.indicators:
        for _, formula in formulas_of(one):
            for table, columns in formula.reads.items():
                used.setdefault(table, set()).update(columns)
    return {table: tuple(sorted(used[table])) for table in sorted(used)}


def _link(packs: Sequence[PackFacts], tables: Reads, place: Path) -> None:
    """`<table>/pack=<n>/facts.parquet`: the layout in which Spark finds the pack's column."""
    for table in tables:
        for number_, one in enumerate(packs):
            file = (one.folder / f"{table}.parquet").resolve(strict=True)
            folder = place / table / f"{PACK}={number_}"
            folder.mkdir(parents=True)
            (folder / "facts.parquet").symlink_to(file)


def _run_all(
    engine: Engine,
    found: IndicatorSet,
    period: Period,
    ids: Mapping[int, str],
    raw: Mapping[str, dict[str, Raw]],
) -> None:
    """Fill `raw` for the packs of one period; every pack has a value, also one without rows."""
    for pack in ids.values():
        raw[pack].update((one.code, Raw()) for one in found.indicators)

    def ask(tree: exp.Select) -> list[Row]:
        return _rows(engine, per_pack(tree))

    for answer in answers(parts_of(found, period), ask, keys=1):
        if isinstance(answer.refused, TooLarge):
            _one_by_one(engine, answer.part, ids, raw)
        elif answer.refused:
            raise answer.refused
        else:
            _take(answer.part, answer.rows, ids, raw)


def _rows(engine: Engine, query: exp.Query) -> list[Row]:
    return engine.rows(query.sql(dialect=engine.dialect, comments=False))


def _take(
    part: Part, rows: list[Row], ids: Mapping[int, str], raw: Mapping[str, dict[str, Raw]]
) -> None:
    by_pack: dict[int, list[Row]] = {number: [] for number in ids}
    for row in rows:
        if row[0] in ids:
            by_pack[row[0]].append(row[1:])
    for number, own in by_pack.items():
        values = raw[ids[number]]
        values[part.one.code] = taken(values[part.one.code], part.one, part.field, own)


def _one_by_one(
    engine: Engine, part: Part, ids: Mapping[int, str], raw: Mapping[str, dict[str, Raw]]
) -> None:
    """Some pack's number does not fit: ask each, so that only that pack is without it."""
    for number, pack in ids.items():
        one = part.one
        try:
            rows = _rows(engine, per_pack(part.tree, only=number))
        except TooLarge as why:
            raw[pack][one.code] = without(raw[pack][one.code], one, part.field, why)
        else:
            _take(part, rows, {number: pack}, raw)


def _struck(
    found: IndicatorSet, outcomes: Mapping[str, Mapping[str, Outcome]]
) -> dict[str, tuple[str, ...]]:
    return {
        one.code: tuple(pack for pack, values in outcomes.items() if values[one.code].struck)
        for one in found.indicators
        if one.category is Category.VETO
    }
