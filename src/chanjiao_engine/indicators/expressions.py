"""Expressions over other indicators, such as value('14') + value('17'), in exact fractions."""

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from .formulas import MAX_LENGTH, FormulaRefused

_ALLOWED = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Paren, exp.Neg, exp.Literal, exp.Anonymous)
_MAX_DEPTH = 20


class Undefined(ArithmeticError):
    """An expression without a value: a division by zero, or an indicator that has none."""


@lru_cache(maxsize=500)
def parse_expression(text: str) -> exp.Expr:
    """The checked expression; FormulaRefused otherwise."""
    if len(text) > MAX_LENGTH:
        raise FormulaRefused("公式过长。")
    try:
        trees = sqlglot.parse(text, read="duckdb")
    except (ParseError, TokenError, RecursionError) as error:
        raise FormulaRefused(
            "公式读不懂：应是 SELECT 语句，或 value('编号') 的四则运算。"
        ) from error
    if len(trees) != 1 or trees[0] is None:
        raise FormulaRefused("公式应是 SELECT 语句，或 value('编号') 的四则运算。")
    for node in trees[0].walk():
        _check(node)
    return trees[0]


def _check(node: exp.Expr) -> None:
    if isinstance(node, exp.Literal) and isinstance(node.parent, exp.Anonymous):
        return
    shown = node.sql(dialect="duckdb", comments=False)[:60]
    if not isinstance(node, _ALLOWED) or node.depth > _MAX_DEPTH:
        raise FormulaRefused(f"指标之间只能用 value('编号')、数字和加减乘除，不能用“{shown}”。")
    if isinstance(node, exp.Literal) and (node.is_string or not node.this.isdigit()):
        raise FormulaRefused(f"“{shown}”应是整数。")
    if isinstance(node, exp.Anonymous):
        only = node.expressions
        if node.name.lower() != "value" or len(only) != 1 or not only[0].is_string:
            raise FormulaRefused(f"“{shown}”应写作 value('编号')。")


def references(text: str) -> tuple[str, ...]:
    """The codes of the indicators an expression uses, in order of appearance."""
    found = parse_expression(text).find_all(exp.Anonymous)
    return tuple(dict.fromkeys(str(node.expressions[0].this) for node in found))


def evaluate(text: str, value: Callable[[str], Fraction]) -> Fraction:
    """The exact value; `value` gives an indicator's, or raises Undefined."""
    return _value(parse_expression(text), value)


def _value(node: exp.Expr, value: Callable[[str], Fraction]) -> Fraction:
    if isinstance(node, exp.Literal):
        return Fraction(int(node.this))
    if isinstance(node, exp.Anonymous):
        return value(str(node.expressions[0].this))
    if isinstance(node, exp.Paren):
        return _value(node.this, value)
    if isinstance(node, exp.Neg):
        return -_value(node.this, value)
    left, right = _value(node.this, value), _value(node.expression, value)
    if isinstance(node, exp.Add):
        return left + right
    if isinstance(node, exp.Sub):
        return left - right
    if isinstance(node, exp.Mul):
        return left * right
    if right == 0:
        raise Undefined(f"除数 {node.expression.sql(comments=False)} 为 0。")
    return left / right
