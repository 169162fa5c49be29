"""The rows behind a number: what its FROM and WHERE let through, and what each row counts."""

from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from .amounts import UNNAMED
from .definitions import Period
from .formulas import Formula, dated, table_of
from .schema import BY_NAME
from .terms import Kind
from .workspace import Workspace

COUNTED = "counted"


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of the formula's first table. `table` is its name, empty for a derived one.

    `columns` are its column names, then those of joined tables as table_column (a second
    one of a name with a _ behind it), and last, where the number is one COUNT or SUM, `counted`:
    the column that adds up to the number (for COUNT DISTINCT: the value whose different ones are
    counted). `total` is their number, before `limit`.
    `note` says what the rows cannot show.
    """

    table: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    total: int
    distinct: bool
    note: str = ""


def rows_behind(
    workspace: Workspace,
    formula: Formula,
    period: Period,
    *,
    group: str | None = None,
    units: frozenset[str] | None = None,
    limit: int = 1_000,
) -> Rows:
    """The rows, of one group where one is named; with `units` only rows of these units.

    A source without a column `unit` is not narrowed by `units`: the caller decides who may see it.
    """
    tree = dated(formula.tree, period)
    if tree.args.get("from_") is None:
        note = "这个数由几个查询相加减而得，没有单独一张表的行；请分别查看所引用的数据"
        return Rows("", (), (), 0, False, note)
    counted, distinct = _counted(tree.expressions[-1])
    listed = _listed(tree)
    if group is not None and len(formula.outputs) == 2:
        label = tree.expressions[0].unalias().copy()
        tree.where(_is_group(label, formula.outputs[0].kind, group), copy=False)
    if units is not None and "unit" in _names(_sources(tree)[0], whole=True):
        tree.where(_of_units(tree, units), copy=False)
    if counted is not None:
        tree.where(_counts(counted), copy=False)
        listed.append(exp.alias_(counted, COUNTED, quoted=True))
    for part in ("group", "having"):
        tree.set(part, None)
    tree.set("expressions", listed)
    sql = tree.sql(dialect="duckdb", comments=False)
    total = int(workspace.rows(f"SELECT COUNT(*) FROM ({sql})")[0][0])  # noqa: S608 - from a checked tree
    found = workspace.rows(f"SELECT * FROM ({sql}) ORDER BY ALL LIMIT {int(limit)}")  # noqa: S608
    table = table_of(tree)
    names = tuple(one.alias for one in listed)
    note = _note(formula, counted is not None, table is not None)
    return Rows(table.name if table else "", names, tuple(found), total, distinct, note)


def _note(formula: Formula, counted: bool, direct: bool) -> str:
    notes = []
    if not counted:
        notes.append("这个数由几个汇总数算出，单行没有各自的份额；列出的是全部有关的行")
    if not direct:
        notes.append("公式先作了中间汇总，列出的是中间结果的行")
    if formula.tree.args.get("having"):
        notes.append("未按 HAVING 条件去掉行")
    return "；".join(notes)


def _counted(number: exp.Expr) -> tuple[exp.Expr | None, bool]:
    """What one row counts when the number is a lone COUNT or SUM."""
    lone = number.unalias()
    while isinstance(lone, exp.Coalesce | exp.Paren) and lone.this.find(exp.Sum):
        lone = lone.this
    if isinstance(lone, exp.Sum):
        return lone.this.copy(), False
    if not isinstance(lone, exp.Count):
        return None, False
    inner = lone.this
    if isinstance(inner, exp.Distinct):
        return inner.expressions[0].copy(), True
    if isinstance(inner, exp.Star):
        return exp.Literal.number(1), False
    missing = exp.Is(this=exp.Paren(this=inner.copy()), expression=exp.Null())
    return exp.Case().when(exp.Not(this=missing), "1"), False


def _counts(counted: exp.Expr) -> exp.Expr:
    """Rows that count nothing are not behind the number: no value, or the 0 of a CASE."""
    there = exp.Not(this=exp.Is(this=exp.Paren(this=counted.copy()), expression=exp.Null()))
    if not isinstance(counted, exp.Cast) or not counted.find(exp.Case):
        return there
    some = exp.NEQ(this=counted.copy(), expression=exp.Literal.number(0))
    return exp.And(this=there, expression=some)


def _sources(tree: exp.Select) -> list[exp.Expr]:
    return [tree.args["from_"].this, *(join.this for join in tree.args.get("joins") or ())]


def _listed(tree: exp.Select) -> list[exp.Expr]:
    """Every column of the first source; of a table joined to it the key, of a query all it gives.

    A query's columns keep their names: its alias is ours and tells nobody anything.
    """
    found: dict[str, exp.Expr] = {}
    for place, source in enumerate(_sources(tree)):
        for name in _names(source, whole=place == 0):
            shown = f"{source.name}_{name}" if place and isinstance(source, exp.Table) else name
            while shown in found:
                shown += "_"
            column = exp.column(name, table=source.alias, quoted=True)
            found[shown] = exp.alias_(column, shown, quoted=True)
    return list(found.values())


def _names(source: exp.Expr, *, whole: bool) -> list[str]:
    if isinstance(source, exp.Table):
        table = BY_NAME[source.name]
        return [c.name for c in table.columns] if whole else list(table.key)
    return list(source.this.named_selects)


def _is_group(label: exp.Expr, kind: Kind, group: str) -> exp.Expr:
    if group == UNNAMED:
        missing = exp.Is(this=exp.Paren(this=label.copy()), expression=exp.Null())
        if kind is not Kind.TEXT:
            return missing
        named = exp.EQ(this=label, expression=exp.Literal.string(group))
        return exp.Paren(this=exp.Or(this=missing, expression=named))
    if kind is Kind.YES:
        return exp.Is(this=exp.Paren(this=label), expression=exp.Boolean(this=group == "是"))
    return exp.EQ(this=exp.cast(label, "VARCHAR"), expression=exp.Literal.string(group))


def _of_units(tree: exp.Select, units: frozenset[str]) -> exp.Expr:
    column = exp.column("unit", table=_sources(tree)[0].alias, quoted=True)
    return column.isin(*(exp.Literal.string(unit) for unit in sorted(units or {""})))
