"""Many packs, the same definitions: each formula once, grouped by pack, on DuckDB or on Spark.

Every fact table gets a column `pack`; each formula is rewritten so that no join and no subquery
reaches from one pack into another, and evaluated for all packs at once. What adds up are numerators,
denominators and groups, never percentages. Both engines compute integers and decimals only, so
their results are equal to the last digit.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from sqlglot import exp

from .amounts import Raw, in_order, number, outcomes_of
from .arrow import empty_facts
from .checking import formulas_of
from .compute import raw_of
from .definitions import Category, Indicator, IndicatorSet, Period, Shape, Source
from .formulas import Formula, FormulaRefused, dated
from .outcomes import Outcome, State, Typed
from .schema import TABLES
from .workspace import open_workspace

PACK = "pack"


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


class Engine(Protocol):
    """Runs SQL over the tables of all packs."""

    dialect: str

    def rows(self, sql: str) -> list[tuple[Any, ...]]: ...


def rollup(
    packs: Sequence[PackFacts], found: IndicatorSet, temp: Path, *, engine: str = "duckdb"
) -> Rollup:
    """The set over all packs; `temp` is an empty folder for links and what does not fit in memory.

    `engine` is duckdb or spark; FormulaRefused says what to install when Spark is not there.
    """
    if len({one.id for one in packs}) != len(packs):
        raise ValueError("pack ids repeat")
    raw: dict[str, dict[str, Raw]] = {one.id: {} for one in packs}
    with _opened(packs, temp, engine) as running:
        for period in dict.fromkeys(one.period for one in packs):
            ids = [one.id for one in packs if one.period == period]
            _run_all(running, found, period, ids, raw)
    outcomes = {one.id: outcomes_of(found, raw[one.id], one.typed) for one in packs}
    return Rollup(outcomes, totals(found, list(outcomes.values())), _struck(found, outcomes))


def _opened(packs: Sequence[PackFacts], temp: Path, engine: str) -> AbstractContextManager[Engine]:
    _link(packs, temp / "facts")
    if engine == "duckdb":
        from .engine_duckdb import on_duckdb

        return on_duckdb(temp)
    if engine == "spark":
        from .engine_spark import on_spark

        return on_spark(temp)
    raise ValueError(f"no such engine: {engine}")


def _link(packs: Sequence[PackFacts], place: Path) -> None:
    """`<table>/pack=<n>/facts.parquet`: the layout in which both engines find the pack's column."""
    for table in TABLES:
        for one in packs:
            folder = place / table.name / f"{PACK}={one.id}"
            folder.mkdir(parents=True)
            (folder / "facts.parquet").symlink_to((one.folder / f"{table.name}.parquet").resolve())


def _run_all(
    engine: Engine, found: IndicatorSet, period: Period, ids: Sequence[str],
    raw: Mapping[str, dict[str, Raw]],
) -> None:  # fmt: skip
    """Fill `raw` for the packs of one period. A pack without rows has the value of empty tables."""
    with open_workspace(empty_facts(), threads=1) as empty:
        for one in found.indicators:
            nothing = raw_of(empty, one, period)
            for pack in ids:
                raw[pack][one.code] = nothing
            for field, formula in formulas_of(one):
                rows = engine.rows(
                    per_pack(formula, period).sql(dialect=engine.dialect, comments=False)
                )
                _take(one, field, [row for row in rows if row[0] in set(ids)], raw)


def _take(
    one: Indicator, field: str, rows: list[tuple[Any, ...]], raw: Mapping[str, dict[str, Raw]]
) -> None:
    if one.shape is Shape.GROUPS:
        groups: dict[str, list[tuple[Any, Any]]] = {}
        for pack, label, amount in rows:
            groups.setdefault(pack, []).append((label, amount))
        for pack, found in groups.items():
            raw[pack][one.code] = Raw(groups=in_order(found))
        return
    for pack, amount in rows:
        before, given = raw[pack][one.code], number(amount)
        raw[pack][one.code] = (
            replace(before, numerator=given)
            if field == "numerator"
            else replace(before, denominator=given)
        )


def per_pack(formula: Formula, period: Period) -> exp.Select:
    """The formula for all packs at once: `pack` first, then its own columns."""
    tree = dated(formula.tree.copy(), period)
    for cte in tree.ctes:
        _project(cte.this)
    _project(tree)
    return tree


def _project(query: exp.Expr) -> None:
    """A query that gives rows gives their pack as well."""
    if isinstance(query, exp.Union):
        _project(query.this)
        _project(query.expression)
        return
    if not isinstance(query, exp.Select):
        raise FormulaRefused("汇总不能处理这个公式。")
    first = _rewrite(query)
    pack = exp.column(PACK, table=first, quoted=True)
    query.set("expressions", [exp.alias_(pack.copy(), PACK, quoted=True), *query.expressions])
    group = query.args.get("group")
    if group:
        group.set("expressions", [pack.copy(), *group.expressions])
    elif any(one.find(exp.AggFunc) for one in query.expressions[1:]):
        query.set("group", exp.Group(expressions=[pack.copy()]))


def _rewrite(select: exp.Select) -> str:
    """Keep a SELECT inside one pack; the alias whose pack is its own."""
    source = (select.args.get("from_") or select.args["from"]).this
    first = str(source.alias_or_name)
    _inside(source)
    for join in select.args.get("joins") or ():
        _inside(join.this)
        same = _same(first, str(join.this.alias_or_name))
        join.set("on", exp.and_(join.args["on"], same))
        _tie(join.args["on"], first)
    for part in ("where", "having"):
        if select.args.get(part):
            _tie(select.args[part], first)
    return first


def _inside(source: exp.Expr) -> None:
    if isinstance(source, exp.Subquery):
        _project(source.this)


def _tie(condition: exp.Expr, outer: str) -> None:
    """Every subquery of a condition looks into the outer row's pack only."""
    for inner in _outermost(condition):
        first = _rewrite(inner)
        inner.where(_same(first, outer), copy=False)


def _outermost(node: exp.Expr) -> list[exp.Select]:
    found: list[exp.Select] = []
    for child in node.iter_expressions():
        if isinstance(child, exp.Select):
            found.append(child)
        else:
            found += _outermost(child)
    return found


def _same(one: str, other: str) -> exp.Expr:
    return exp.EQ(
        this=exp.column(PACK, table=one, quoted=True),
        expression=exp.column(PACK, table=other, quoted=True),
    )


def totals(found: IndicatorSet, packs: Sequence[Mapping[str, Outcome]]) -> dict[str, Outcome]:
    """Each indicator over all packs that have a value; the message says how many have."""
    sums = {one.code: _sum(one, [pack[one.code] for pack in packs]) for one in found.indicators}
    made = outcomes_of(_plain(found), {c: r for c, r in sums.items() if r is not None})
    return {
        one.code: Outcome(one.code, State.ABSENT, message="没有一家有值")
        if sums[one.code] is None
        else _told(one, made[one.code], [pack[one.code] for pack in packs])
        for one in found.indicators
    }


def _plain(found: IndicatorSet) -> IndicatorSet:
    """The set with every indicator read from summed parts, whatever its source was."""
    select = "SELECT"  # marks a part that is given, not derived from other totals
    rows = tuple(
        replace(one, source=Source.COMPUTED, numerator=select, denominator=select, unit="")
        for one in found.indicators
    )
    return replace(found, indicators=rows)


def _sum(one: Indicator, outcomes: Iterable[Outcome]) -> Raw | None:
    """The parts added up; None when no pack has a value."""
    having = [o for o in outcomes if o.state is State.VALUE or o.numerator is not None]
    if not having:
        return None
    if one.shape is Shape.GROUPS:
        return Raw(groups=in_order(pair for o in having for pair in o.groups))
    if one.shape is Shape.RATIO and all(o.numerator is not None for o in having):
        return Raw(
            sum((o.numerator or Decimal(0) for o in having), Decimal(0)),
            sum((o.denominator or Decimal(0) for o in having), Decimal(0)),
        )
    if one.shape is Shape.RATIO:
        return None
    return Raw(sum((o.value or Decimal(0) for o in having), Decimal(0)))


def _told(one: Indicator, total: Outcome, outcomes: Sequence[Outcome]) -> Outcome:
    having = sum(o.state is State.VALUE for o in outcomes)
    message = f"{having}/{len(outcomes)} 家有值"
    if total.state is not State.VALUE:
        message = f"{total.message}（{message}）"
    return replace(
        total, code=one.code, message=message, typed=None, reached=None, struck=False, band=""
    )


def _struck(
    found: IndicatorSet, outcomes: Mapping[str, Mapping[str, Outcome]]
) -> dict[str, tuple[str, ...]]:
    return {
        one.code: tuple(pack for pack, values in outcomes.items() if values[one.code].struck)
        for one in found.indicators
        if one.category is Category.VETO
    }
