"""The rows behind a number: what its FROM and WHERE let through, and what each row counts."""

from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from .definitions import Period
from .formulas import Formula, dated, table_of
from .schema import BY_NAME
from .workspace import Workspace

COUNTED = "counted"


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of the formula's first table. `table` is its name, empty for a derived one.

    `columns` are its column names, then those of joined tables as table_column, and last, where
    the number is one COUNT or SUM, `counted`: the column that adds up to the number (for COUNT
    DISTINCT: the value whose different ones are counted). `total` is their number, before `limit`.
    """

    table: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    total: int
    distinct: bool


def rows_behind(
    workspace: Workspace, formula: Formula, period: Period, *, group: str | None = None,
    units: frozenset[str] | None = None, limit: int = 1_000,
) -> Rows:  # fmt: skip
    """The rows, of one group where one is named; with `units` only rows of these units.

    A table without a column `unit` is not narrowed by `units`: the caller decides who may see it.
    """
    tree = dated(formula.tree.copy(), period)
    label = tree.expressions[0] if len(tree.expressions) == 2 else None
    counted, distinct = _counted(tree.expressions[-1])
    listed = _listed(tree)
    if label is not None and group is not None:
        tree = tree.where(_is_group(label, group))
    table = table_of(tree)
    if units is not None and table is not None and any(c.name == "unit" for c in table.columns):
        tree = tree.where(_of_units(tree, units))
    tree.set("group", None)
    tree.set("having", None)
    if counted is not None:
        listed.append(exp.alias_(counted, COUNTED, quoted=True))
    tree.set("expressions", listed)
    sql = tree.sql(dialect="duckdb", comments=False)
    total = int(workspace.rows(f"SELECT COUNT(*) FROM ({sql})")[0][0])  # noqa: S608 - from a checked tree
    found = workspace.rows(f"SELECT * FROM ({sql}) ORDER BY ALL LIMIT {int(limit)}")  # noqa: S608
    names = tuple(one.alias for one in listed)
    return Rows(table.name if table else "", names, tuple(found), total, distinct)


def _counted(number: exp.Expr) -> tuple[exp.Expr | None, bool]:
    """What one row counts when the number is a lone COUNT or SUM."""
    lone = number.unalias()
    if isinstance(lone, exp.Sum):
        return lone.this.copy(), False
    if not isinstance(lone, exp.Count):
        return None, False
    inner = lone.this
    if isinstance(inner, exp.Distinct):
        return inner.expressions[0].copy(), True
    if isinstance(inner, exp.Star) or inner is None:
        return exp.Literal.number(1), False
    missing = exp.Is(this=inner.copy(), expression=exp.Null())
    return exp.Case().when(missing, "0").else_("1"), False


def _listed(tree: exp.Select) -> list[exp.Expr]:
    """Every column of the first source; of joined fact tables their key."""
    sources = [(tree.args.get("from_") or tree.args["from"]).this]
    sources += [join.this for join in tree.args.get("joins") or ()]
    found = []
    for place, source in enumerate(sources):
        alias = source.alias_or_name
        for name in _names(source, whole=place == 0):
            shown = name if place == 0 else f"{alias}_{name}"
            column = exp.column(name, table=alias, quoted=True)
            found.append(exp.alias_(column, shown, quoted=True))
    return found


def _names(source: exp.Expr, *, whole: bool) -> list[str]:
    if isinstance(source, exp.Table) and source.name in BY_NAME:
        table = BY_NAME[source.name]
        return [c.name for c in table.columns] if whole else list(table.key)
    if isinstance(source, exp.Subquery):
        return list(source.this.named_selects)
    cte = next(c for c in source.root().find_all(exp.CTE) if c.alias == source.name)
    return list(cte.this.named_selects)


def _is_group(label: exp.Expr, group: str) -> exp.Expr:
    column = label.unalias().copy()
    if group == "未填":
        return exp.Is(this=column, expression=exp.Null())
    return exp.EQ(this=exp.cast(column, "VARCHAR"), expression=exp.Literal.string(group))


def _of_units(tree: exp.Select, units: frozenset[str]) -> exp.Expr:
    alias = (tree.args.get("from_") or tree.args["from"]).this.alias_or_name
    column = exp.column("unit", table=alias, quoted=True)
    return column.isin(*(exp.Literal.string(unit) for unit in sorted(units or {""})))
