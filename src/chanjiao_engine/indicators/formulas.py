"""The formula language: one SELECT over the facts, checked node by node before it may run.

A formula is parsed by sqlglot, every node and function must be on a list of permitted ones, every
table and column must be in the fact schema; what runs is SQL written anew from the checked tree, so
comments, odd quoting and second statements never reach an engine. Only exact types are permitted.
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import OptimizeError, ParseError, TokenError
from sqlglot.optimizer.qualify import qualify

from .definitions import Period
from .schema import BY_NAME, TABLES, Table, Type

MAX_LENGTH = 4_000
MAX_NODES = 600
MAX_DEPTH = 40
MAX_TABLES = 8
SQL_TYPES = {
    Type.TEXT: "VARCHAR",
    Type.INTEGER: "BIGINT",
    Type.DECIMAL: "DECIMAL(18,4)",
    Type.DATE: "DATE",
    Type.BOOLEAN: "BOOLEAN",
}

_STRUCTURE = (
    exp.Select, exp.From, exp.Join, exp.Where, exp.Group, exp.Having, exp.Subquery, exp.With,
    exp.CTE, exp.Union, exp.Table, exp.TableAlias, exp.Column, exp.Identifier, exp.Alias, exp.Star,
    exp.Distinct, exp.Tuple,
)  # fmt: skip
_VALUES = (
    exp.Literal, exp.Boolean, exp.Null, exp.Neg, exp.Paren, exp.Placeholder, exp.Cast, exp.DataType,
    exp.Var, exp.Case, exp.If,
)  # fmt: skip
_TESTS = (
    exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.In,
    exp.Exists, exp.Between, exp.Like,
)  # fmt: skip
_FUNCTIONS = (
    exp.Count, exp.Sum, exp.Min, exp.Max, exp.Coalesce, exp.Nullif, exp.Add, exp.Sub, exp.Mul,
    exp.Left, exp.Substring, exp.Year, exp.Month, exp.DateDiff, exp.DPipe, exp.Greatest, exp.Least,
)  # fmt: skip
_PERMITTED = frozenset((*_STRUCTURE, *_VALUES, *_TESTS, *_FUNCTIONS))
_CASTS = frozenset({exp.DataType.Type.DATE, exp.DataType.Type.BIGINT})
_EXACT = "只能用精确的数：比率请分别写分子和分母，由系统相除。"
_ADVICE: dict[type[exp.Expr], str] = {
    exp.Div: f"公式里不能用除号。{_EXACT}",
    exp.IntDiv: f"公式里不能用整除。{_EXACT}",
    exp.Avg: f"不能用 AVG。{_EXACT}",
    exp.Limit: "不能用 LIMIT：截取哪几行没有定义。",
    exp.Order: "不能用 ORDER BY：结果由系统排序。",
    exp.CurrentDate: "不能用当前日期，请用 :since 和 :until。",
    exp.Window: "不能用窗口函数。",
}
_REFERENCE = re.compile(r"value\('([^']{1,20})'\)")


class FormulaRefused(ValueError):
    """A formula that may not run; the text says what, where and how to mend it, in Chinese."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A checked SELECT: all names qualified, placeholders still in place. Treat as read-only."""

    text: str
    tree: exp.Select

    @property
    def tables(self) -> tuple[str, ...]:
        """The fact tables it reads, sorted."""
        return tuple(sorted({t.name for t in self.tree.find_all(exp.Table) if t.name in BY_NAME}))

    @property
    def sums(self) -> tuple[tuple[str, str], ...]:
        """(table, column) of every summed column that stands alone in its SUM."""
        aliases = {t.alias_or_name: t.name for t in self.tree.find_all(exp.Table)}
        return tuple(
            (aliases[column.table], column.name)
            for one in self.tree.expressions
            for total in one.find_all(exp.Sum)
            if isinstance(column := total.this, exp.Column) and column.table in aliases
        )

    def sql(self, period: Period, dialect: str = "duckdb") -> str:
        """What an engine runs."""
        return dated(self.tree.copy(), period).sql(dialect=dialect, comments=False)


def is_select(text: str) -> bool:
    """Whether a formula is an SQL over facts; otherwise it is one over other indicators."""
    return text.lstrip().upper().startswith(("SELECT", "WITH", "FROM", "("))


def references(text: str) -> tuple[str, ...]:
    """The codes that an expression over other indicators uses."""
    return tuple(dict.fromkeys(_REFERENCE.findall(text)))


@lru_cache(maxsize=2_000)
def parse_formula(text: str, *, groups: bool = False) -> Formula:
    """The checked formula; FormulaRefused otherwise. With `groups` it gives (label, number)."""
    tree = _parsed(text)
    _check_size(tree)
    _check_nodes(tree)
    _check_tables(tree)
    tree = _qualified(tree)
    _check_joins(tree)
    _check_aliases(tree)
    _check_result(tree, groups)
    return Formula(text, tree)


def dated(tree: exp.Select, period: Period) -> exp.Select:
    """The tree with :since and :until as dates."""
    days = {"since": period.since, "until": period.until}
    for place in list(tree.find_all(exp.Placeholder)):
        place.replace(_date(days[place.name]))
    return tree


def _date(day: date) -> exp.Expression:
    return exp.cast(exp.Literal.string(day.isoformat()), "DATE")


def _parsed(text: str) -> exp.Select:
    if len(text) > MAX_LENGTH:
        raise FormulaRefused(f"公式超过 {MAX_LENGTH} 个字符，请拆成几项指标。")
    try:
        trees = sqlglot.parse(text, read="duckdb")
    except (ParseError, TokenError, RecursionError) as error:
        raise FormulaRefused(f"公式读不懂：{_place(error)}。") from error
    if len(trees) != 1:
        raise FormulaRefused("一个公式只能有一条 SELECT。")
    tree = trees[0]
    if not isinstance(tree, exp.Select):
        raise FormulaRefused("公式应是一条 SELECT 语句。")
    return tree


def _place(error: Exception) -> str:
    details = getattr(error, "errors", None)
    if details:
        first = details[0]
        return f"第 {first['line']} 行第 {first['col']} 列附近（{first['highlight'] or '结尾'}）"
    return "引号或括号没有配对，或嵌套过深"


def _check_size(tree: exp.Expression) -> None:
    for count, node in enumerate(tree.walk(), 1):
        if count > MAX_NODES or node.depth > MAX_DEPTH:
            raise FormulaRefused("公式过长或嵌套过深，请拆成几项指标。")
    if sum(1 for _ in tree.find_all(exp.Table)) > MAX_TABLES:
        raise FormulaRefused(f"一个公式最多用 {MAX_TABLES} 张表。")


def _check_nodes(tree: exp.Expression) -> None:
    for node in tree.walk():
        if type(node) not in _PERMITTED:
            shown = node.sql(dialect="duckdb", comments=False)[:60]
            raise FormulaRefused(_ADVICE.get(type(node), f"公式里不能用“{shown}”。"))
        _check_node(node)


def _check_node(node: exp.Expr) -> None:
    if isinstance(node, exp.With) and node.args.get("recursive"):
        raise FormulaRefused("不能用递归查询。")
    if isinstance(node, exp.Cast) and node.to.this not in _CASTS:
        raise FormulaRefused(f"只能转换为 DATE 或 BIGINT，不能是 {node.to.sql()}。")
    if isinstance(node, exp.Literal) and not node.is_string and not node.this.isdigit():
        raise FormulaRefused(f"数字“{node.this}”应写成整数。{_EXACT}")
    if isinstance(node, exp.Placeholder) and node.name not in {"since", "until"}:
        raise FormulaRefused("参数只有 :since（期初）和 :until（期末次日）。")
    if isinstance(node, exp.Identifier) and not re.fullmatch(r"\w{1,60}", node.this):
        raise FormulaRefused(f"名称“{node.this[:40]}”不对。")
    if isinstance(node, exp.Union) and node.args.get("distinct"):
        raise FormulaRefused("请写 UNION ALL。")
    if isinstance(node, exp.Join) and (node.side or node.kind or node.method) not in (
        "", "INNER", "LEFT",
    ):  # fmt: skip
        raise FormulaRefused("连接只能用 JOIN 或 LEFT JOIN。")


def _check_tables(tree: exp.Expression) -> None:
    named = {cte.alias for cte in tree.find_all(exp.CTE)}
    if taken := sorted(named & BY_NAME.keys()):
        raise FormulaRefused(f"“{taken[0]}”是事实表的名称，请给 WITH 另起名。")
    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier) or table.db or table.catalog:
            raise FormulaRefused(f"“{table.sql()[:60]}”不是事实表。")
        if table.name not in BY_NAME and table.name not in named:
            raise FormulaRefused(f"没有事实表“{table.name}”。可用的有：{'、'.join(BY_NAME)}。")
        extra = {k for k, v in table.args.items() if v and k not in {"this", "alias"}}
        if extra:
            raise FormulaRefused(f"表“{table.name}”后面的写法不能用。")


def _qualified(tree: exp.Select) -> exp.Select:
    schema: dict[str, object] = {
        t.name: {c.name: SQL_TYPES[c.type] for c in t.columns} for t in TABLES
    }
    try:
        found = qualify(
            tree, schema=schema, dialect="duckdb", identify=True,
            validate_qualify_columns=True,
        )  # fmt: skip
    except OptimizeError as error:
        names = re.findall(r"'\"?([^'\"]+)\"?'", str(error))
        raise FormulaRefused(
            f"没有列“{names[0] if names else '?'}”，或它在几张表里都有。"
        ) from error
    assert isinstance(found, exp.Select)
    return found


def _check_joins(tree: exp.Select) -> None:
    for select in tree.find_all(exp.Select):
        if select.args.get("from_") is None and select.args.get("from") is None:
            raise FormulaRefused("每条 SELECT 都要有 FROM。")
        for join in select.args.get("joins") or ():
            condition = join.args.get("on")
            if condition is None or condition.find(exp.EQ) is None:
                raise FormulaRefused("JOIN 必须写明相等的条件（ON a.x = b.x）。")


def _check_aliases(tree: exp.Select) -> None:
    named = [t.alias_or_name for t in tree.find_all(exp.Table)]
    named += [s.alias for s in tree.find_all(exp.Subquery) if s.alias]
    for name in named:
        if named.count(name) > 1:
            raise FormulaRefused(f"“{name}”用了两次，请给每处的表各起一个别名。")


def _check_result(tree: exp.Select, groups: bool) -> None:
    wanted = 2 if groups else 1
    if len(tree.expressions) != wanted:
        raise FormulaRefused(
            "分组指标的公式应有两列：组名和数。" if groups else "公式的结果应只有一个数。"
        )
    if groups != bool(tree.args.get("group")):
        raise FormulaRefused(
            "分组指标要有 GROUP BY。" if groups else "结果是一个数的公式不能有 GROUP BY。"
        )
    number = tree.expressions[-1]
    if number.find(exp.Count, exp.Sum, exp.Min, exp.Max) is None:
        raise FormulaRefused("最后一列应是汇总（COUNT、SUM、MIN、MAX）。")
    for one in tree.expressions:
        if one.find(exp.Select):
            raise FormulaRefused("SELECT 的结果列里不能再套 SELECT，请放到 FROM 或 WHERE 里。")


def table_of(tree: exp.Select) -> Table | None:
    """The fact table in FROM; None when it is a derived one."""
    source = (tree.args.get("from_") or tree.args["from"]).this
    return BY_NAME.get(source.name) if isinstance(source, exp.Table) else None
