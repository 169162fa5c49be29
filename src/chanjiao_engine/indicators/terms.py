"""Scalar expressions of a formula: each is read from sqlglot's tree, typed, and built anew.

Nothing of the text reaches an engine but what is built here, so what is not listed is refused.
Types are exact (no floats), and no value changes its type silently: engines differ there. Sums and
products are in DECIMAL(38, s) on every engine; SUM over nothing is 0.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from sqlglot import exp

from .refusals import refuse, refuse_kind
from .units import PURE, Measure, together


class Kind(StrEnum):
    """Types of values inside formulas."""

    WHOLE = "整数"
    EXACT = "小数"
    TEXT = "文字"
    DAY = "日期"
    YES = "是否"
    NULL = "空值"


NUMBERS = (Kind.WHOLE, Kind.EXACT)


@dataclass(frozen=True, slots=True)
class Term:
    """An expression built anew. `bare` are own columns outside aggregates, as SQL; `outer` says
    that a column of the enclosing SELECT is used, `literal` that it is a constant."""

    node: exp.Expr
    kind: Kind
    scale: int = 0
    measure: Measure = None
    aggregate: bool = False
    bare: frozenset[str] = frozenset()
    outer: bool = False
    literal: bool = False


@dataclass(frozen=True, slots=True)
class Output:
    """A column of a relation: its type and what it measures."""

    kind: Kind
    scale: int = 0
    measure: Measure = None


@dataclass(slots=True)
class Relation:
    """What a FROM offers under a unique alias; `name` is what the formula calls it."""

    name: str
    alias: str
    columns: dict[str, Output]
    table: str = ""  # the fact table, empty for a derived one


@dataclass(slots=True)
class Scope:
    """The relations one SELECT sees, its enclosing SELECT, and what may stand where."""

    relations: list[Relation] = field(default_factory=list)
    parent: "Scope | None" = None
    keys: frozenset[str] = frozenset()
    aggregates: bool = True  # whether an aggregate may stand here
    inside: bool = False  # within an aggregate's argument
    subquery: Callable[[exp.Expr, "Scope"], tuple[exp.Expr, list[Output], bool]] = (
        lambda node, scope: (node, [], False)
    )
    used: dict[str, set[str]] = field(default_factory=dict)


Rules = dict[type[exp.Expr], Callable[[exp.Expr, Scope], Term]]
RULES: Rules = {}  # filled by `selects`, which needs them all


def build(node: exp.Expr, scope: Scope) -> Term:
    """The term for a node, or FormulaRefused."""
    rule = RULES.get(type(node))
    if rule is None:
        raise refuse_kind(node)
    term = rule(node, scope)
    if scope.keys and term.bare and term.node.sql("duckdb") in scope.keys:
        return replace(term, bare=frozenset())
    return term


def joined(node: exp.Expr, kind: Kind, *terms: Term, **more: object) -> Term:
    """A term made of others, which says of itself what they say together."""
    return Term(
        node,
        kind,
        aggregate=any(t.aggregate for t in terms),
        bare=frozenset().union(*(t.bare for t in terms)),
        outer=any(t.outer for t in terms),
        literal=all(t.literal for t in terms),
        **more,  # type: ignore[arg-type]
    )


def decimal(node: exp.Expr, scale: int) -> exp.Expr:
    """The node as DECIMAL(38, scale)."""
    return exp.cast(node, f"DECIMAL(38, {scale})")


def number(node: exp.Expr, scope: Scope) -> Term:
    """A term that is a number."""
    return numeric(node, build(node, scope))


def numeric(node: exp.Expr, term: Term) -> Term:
    """The term, if it is a number."""
    if term.kind not in NUMBERS:
        raise refuse(node, f"这里要数字，却是{term.kind}")
    return term


def number_kind(scale: int) -> Kind:
    """WHOLE without decimals, else EXACT."""
    return Kind.EXACT if scale else Kind.WHOLE


def measure_together(node: exp.Expr, *terms: Term) -> Measure:
    """What a sum of the terms measures; refuses different units."""
    measure: Measure = PURE
    for term in terms:
        try:
            measure = together(measure, term.measure)
        except ValueError as error:
            raise refuse(node, str(error)) from None
    return measure


def alike(node: exp.Expr, *terms: Term) -> Term:
    """What the terms have in common, as a term of their kind; refuses mixed kinds and units."""
    kinds = {t.kind for t in terms} - {Kind.NULL}
    if kinds <= set(NUMBERS):
        scale = max((t.scale for t in terms), default=0)
        kind = number_kind(scale) if kinds else Kind.NULL
        return joined(node, kind, *terms, scale=scale, measure=measure_together(node, *terms))
    if len(kinds) > 1:
        first, second = sorted(kinds)[:2]
        hint = "；日期请写 DATE '2026-01-31'" if kinds == {Kind.DAY, Kind.TEXT} else ""
        raise refuse(node, f"{first}与{second}不能相比或混用{hint}")
    return joined(node, kinds.pop(), *terms)


def widened(term: Term, common: Term) -> exp.Expr:
    """The term's node in the common scale, so that no engine chooses one."""
    if common.kind is Kind.EXACT and term.kind in NUMBERS:
        return decimal(term.node, common.scale)
    return term.node
