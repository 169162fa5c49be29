"""A formula over the facts: one SELECT, read, checked, typed and built anew.

What runs is SQL written from the tree built here, so comments, odd quoting and second statements
never reach an engine. Formulas over other indicators are in `expressions`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import TokenType

from .days import day_literal
from .definitions import Period
from .refusals import FormulaRefused, refuse, refuse_kind
from .schema import BY_NAME, Table
from .selects import Reading, build_query
from .terms import NUMBERS, Kind, Output

MAX_LENGTH = 6000
MAX_TOKENS = 1200
MAX_PARENTHESES = 20
MAX_CASES = 10

_OPEN = {TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE}
_CLOSE = {TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE}


@dataclass(frozen=True, slots=True, eq=False)
class Formula:
    """A checked SELECT: every name resolved, placeholders still in place. Treat as read-only.

    `outputs` are its columns (the last is the number), `reads` the tables with the columns used.
    """

    text: str
    tree: exp.Select
    outputs: tuple[Output, ...]
    reads: Mapping[str, frozenset[str]]

    @property
    def tables(self) -> tuple[str, ...]:
        """The fact tables it reads, sorted."""
        return tuple(sorted(self.reads))

    @property
    def value(self) -> Output:
        """The number it gives."""
        return self.outputs[-1]

    def uses(self, name: str) -> bool:
        """Whether it asks for :since or :until."""
        return any(p.name == name for p in self.tree.find_all(exp.Placeholder))

    def sql(self, period: Period, dialect: str = "duckdb") -> str:
        """What an engine runs."""
        return dated(self.tree, period).sql(dialect=dialect, comments=False)


def is_select(text: str) -> bool:
    """Whether a formula is an SQL over facts; otherwise it is one over other indicators."""
    return text.lstrip().upper().startswith(("SELECT", "WITH"))


@lru_cache(maxsize=2_000)
def parse_formula(text: str, *, groups: bool = False, flag: bool = False) -> Formula:
    """The formula, or FormulaRefused with the place and what to do instead (Chinese).

    `groups` asks for two columns, label and number; `flag` allows a condition as the value.
    """
    try:
        tree = read_tree(text)
        if not isinstance(tree, exp.Select):
            raise FormulaRefused("公式：应是一条 SELECT")
        return _formula(text, tree, groups, flag)
    except RecursionError:
        raise FormulaRefused("公式：嵌套太深") from None


def dated(tree: exp.Select, period: Period) -> exp.Select:
    """A copy with :since and :until as dates."""
    days = {"since": period.since, "until": period.until}
    copy = tree.copy()
    for node in list(copy.find_all(exp.Placeholder)):
        node.replace(day_literal(days[node.name]))
    return copy


def table_of(tree: exp.Select) -> Table | None:
    """The fact table in FROM; None when there is none or it is a derived one."""
    source = tree.args.get("from_")
    return BY_NAME.get(source.this.name) if source and isinstance(source.this, exp.Table) else None


def read_tree(text: str) -> exp.Expr:
    """What sqlglot reads, if it is one statement of bounded size and no command."""
    _measure(text)
    try:
        trees = [tree for tree in sqlglot.parse(text, dialect="duckdb") if tree is not None]
    except (SqlglotError, ValueError) as error:
        raise FormulaRefused(_syntax(error)) from None
    if len(trees) != 1:
        raise FormulaRefused("公式：要恰好一条 SELECT 或一个算式，不能有分号隔开的几条")
    tree = trees[0]
    if isinstance(tree, exp.Query) and not isinstance(tree, exp.Select):
        raise refuse(tree, "公式要是一条 SELECT；UNION 请放进 FROM 的子查询")
    if isinstance(tree, exp.Command | exp.DDL | exp.DML) and not isinstance(tree, exp.Select):
        raise FormulaRefused("公式：只能是一条 SELECT 或其他指标的算式，不能是命令")
    return tree


def _measure(text: str) -> None:
    """Refuse what is too long or too deep before the parser meets it."""
    if len(text) > MAX_LENGTH:
        raise FormulaRefused(f"公式：至多 {MAX_LENGTH} 个字")
    if "\0" in text or not text.strip():
        raise FormulaRefused("公式：没有内容")
    try:
        tokens = sqlglot.tokenize(text, dialect="duckdb")
    except (SqlglotError, ValueError) as error:
        raise FormulaRefused(_syntax(error)) from None
    if len(tokens) > MAX_TOKENS:
        raise FormulaRefused(f"公式：至多 {MAX_TOKENS} 个词")
    depth = cases = 0
    for token in tokens:
        depth += (token.token_type in _OPEN) - (token.token_type in _CLOSE)
        cases += (token.token_type == TokenType.CASE) - (token.token_type == TokenType.END)
        if depth > MAX_PARENTHESES or cases > MAX_CASES:
            raise FormulaRefused(f"第 {token.line} 行第 {token.col} 列：嵌套太深")


def _syntax(error: Exception) -> str:
    found = getattr(error, "errors", None) or []
    if not found:
        return "公式：写法不通，引号或括号可能不成对"
    first = found[0]
    near = str(first.get("highlight") or "")[:40]
    line, column = first.get("line"), first.get("col")
    where = f"第 {line} 行第 {column} 列" if line and column else "公式"
    return f"{where}：写法不通" + (f"，在 {near} 附近" if near.strip() else "")


def _formula(text: str, tree: exp.Select, groups: bool, flag: bool) -> Formula:
    reading = Reading()
    built = build_query(tree, reading, {})
    if tree.args.get("distinct"):
        raise refuse(tree, "最外层的 SELECT 不用 DISTINCT")
    if not isinstance(built.query, exp.Select):
        raise refuse_kind(tree)
    outputs = tuple(built.columns.values())
    if groups:
        _check_groups(tree, outputs, built.grouped)
    else:
        _check_number(tree, outputs, built.grouped, built.aggregated)
    kinds = (*NUMBERS, Kind.YES) if flag else NUMBERS
    if outputs[-1].kind not in kinds:
        raise refuse(tree.expressions[-1], f"公式的值要是数字，却是{outputs[-1].kind}")
    reads = MappingProxyType({table: frozenset(cols) for table, cols in reading.used.items()})
    return Formula(text, built.query, outputs, reads)


def _check_groups(tree: exp.Select, outputs: tuple[Output, ...], grouped: bool) -> None:
    if len(outputs) != 2 or not grouped:
        raise refuse(tree, "分组指标的公式要有两列（名目、数字）和 GROUP BY")
    if outputs[0].kind not in (Kind.TEXT, Kind.WHOLE, Kind.YES, Kind.DAY):
        raise refuse(tree.expressions[0], f"分组的名目不能是{outputs[0].kind}")


def _check_number(
    tree: exp.Select, outputs: tuple[Output, ...], grouped: bool, aggregated: bool
) -> None:
    if len(outputs) != 1:
        raise refuse(tree, "公式只能有一列")
    if grouped or (tree.args.get("from_") is not None and not aggregated):
        raise refuse(tree, "公式只能给出一个数：请用 COUNT、SUM 等聚合，不用 GROUP BY")
