"""Formulas over other indicators: sums of multiples, such as value('14') + 2 * value('17').

Only such sums add up: what they give for a province is what they give for its consortia together.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from sqlglot import exp

from .formulas import read_tree
from .refusals import FormulaRefused, only, refuse, refuse_kind


class Undefined(ArithmeticError):
    """A value that there is not: a division by zero, or an indicator that has none."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A sum of multiples of other indicators' values: (factor, code) …"""

    parts: tuple[tuple[Fraction, str], ...]

    @property
    def refers(self) -> tuple[str, ...]:
        """The codes it uses, in order of appearance."""
        return tuple(dict.fromkeys(code for _, code in self.parts))


_Parts = list[tuple[Fraction, str | None]]


@lru_cache(maxsize=500)
def parse_expression(text: str) -> Expression:
    """The checked expression; FormulaRefused otherwise."""
    try:
        parts = _linear(read_tree(text))
    except RecursionError:
        raise FormulaRefused("公式：嵌套太深") from None
    codes = tuple((factor, code) for factor, code in parts if code is not None)
    if not codes:
        raise FormulaRefused("公式：应是一条 SELECT，或引用其他指标，如 value('14') + value('17')")
    if any(code is None and factor for factor, code in parts):
        raise FormulaRefused("公式：算式里不能加减常数，否则汇总时会按联合体个数重复")
    return Expression(codes)


def references(text: str) -> tuple[str, ...]:
    """The codes of the indicators an expression uses."""
    return parse_expression(text).refers


def evaluate(text: str, value: Callable[[str], Fraction]) -> Fraction:
    """The exact sum; `value` gives an indicator's value, or raises Undefined."""
    parts = parse_expression(text).parts
    return sum((factor * value(code) for factor, code in parts), Fraction(0))


def _linear(node: exp.Expr) -> _Parts:
    if isinstance(node, exp.Paren):
        only(node, "this")
        return _linear(node.this)
    if isinstance(node, exp.Neg):
        return _times(_linear(node.this), Fraction(-1))
    if isinstance(node, exp.Add | exp.Sub):
        sign = Fraction(1 if isinstance(node, exp.Add) else -1)
        return _linear(node.this) + _times(_linear(node.expression), sign)
    if isinstance(node, exp.Mul):
        return _multiplied(node)
    if isinstance(node, exp.Literal) and not node.is_string:
        return [(_constant(node), None)]
    if isinstance(node, exp.Anonymous) and str(node.this).lower() == "value":
        return [(Fraction(1), _code(node))]
    raise refuse_kind(node)


def _times(parts: _Parts, factor: Fraction) -> _Parts:
    return [(one * factor, code) for one, code in parts]


def _multiplied(node: exp.Expr) -> _Parts:
    one, other = _linear(node.this), _linear(node.expression)
    for constant, rest in ((one, other), (other, one)):
        if all(code is None for _, code in constant):
            return _times(rest, sum((factor for factor, _ in constant), Fraction(0)))
    raise refuse(node, "指标之间不能相乘，否则汇总不出来；只能乘常数")


def _constant(node: exp.Expr) -> Fraction:
    text = node.name
    if not text.replace(".", "", 1).isdigit() or not text.isascii() or len(text) > 18:
        raise refuse(node, "数字请写成 12 或 0.5 的样子")
    return Fraction(text)


def _code(node: exp.Expr) -> str:
    arguments = node.expressions
    if len(arguments) != 1 or not isinstance(arguments[0], exp.Literal):
        raise refuse(node, "请写成 value('14')，括号里是指标代码")
    if not arguments[0].is_string:
        raise refuse(node, "指标代码请加引号：value('14')")
    return str(arguments[0].name)
