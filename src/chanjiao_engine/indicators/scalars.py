"""Columns, constants, arithmetic and conversions of formulas."""

from dataclasses import replace
from datetime import date

from sqlglot import exp

from .days import day_literal, move_day
from .refusals import only, refuse, refuse_kind
from .terms import (
    Kind,
    Relation,
    Rules,
    Scope,
    Term,
    build,
    decimal,
    joined,
    measure_together,
    number,
    number_kind,
    numeric,
)
from .units import COUNTED, PURE, product

MAX_TEXT = 200
MAX_SCALE = 12


def _column(node: exp.Expr, scope: Scope) -> Term:
    only(node, "this", "table")
    if isinstance(node.this, exp.Star):
        raise refuse_kind(node.this)
    name, table = node.name.lower(), node.text("table").lower()
    found = _lookup(node, name, table, scope.relations)
    outer = False
    if found is None and scope.parent is not None:
        found = _lookup(node, name, table, scope.parent.relations)
        outer = found is not None
    if found is None:
        where = f"表 {table} 里" if table else "公式所用的表里"
        raise refuse(node, f"{where}没有列 {name[:60]}")
    if found.table:
        scope.used.setdefault(found.table, set()).add(name)
    column = found.columns[name]
    built = exp.column(name, table=found.alias, quoted=True)
    bare = frozenset() if outer or scope.inside else frozenset({built.sql("duckdb")})
    return Term(built, column.kind, column.scale, column.measure, bare=bare, outer=outer)


def _lookup(node: exp.Expr, name: str, table: str, relations: list[Relation]) -> Relation | None:
    found = [r for r in relations if name in r.columns and table in ("", r.name)]
    if len(found) > 1:
        tables = "、".join(r.name for r in found)
        raise refuse(node, f"列 {name} 在 {tables} 里都有，请写成 {found[0].name}.{name}")
    return found[0] if found else None


def literal_term(node: exp.Expr, scope: Scope) -> Term:
    text = str(node.this)
    if node.args.get("is_string"):
        if len(text) > MAX_TEXT or "\\" in text or not text.isprintable():
            raise refuse(node, f"文字至多 {MAX_TEXT} 个字，不含反斜杠和不可见字符")
        return Term(exp.Literal.string(text), Kind.TEXT, literal=True)
    whole, point, fraction = text.partition(".")
    if not (whole + fraction).isascii() or not (whole + fraction).isdigit():
        raise refuse(node, "数字请写成 12 或 0.5 的样子")
    if len(whole) > 18 or len(fraction) > 4:
        raise refuse(node, "数字至多 18 位整数、4 位小数")
    if not point or not fraction:
        return Term(exp.Literal.number(str(int(whole))), Kind.WHOLE, measure=PURE, literal=True)
    built = exp.cast(exp.Literal.string(text), f"DECIMAL(38, {len(fraction)})")
    return Term(built, Kind.EXACT, len(fraction), PURE, literal=True)


def _boolean(node: exp.Expr, scope: Scope) -> Term:
    return Term(exp.Boolean(this=bool(node.this)), Kind.YES, literal=True)


def _null(node: exp.Expr, scope: Scope) -> Term:
    return Term(exp.Null(), Kind.NULL, measure=PURE, literal=True)


def _placeholder(node: exp.Expr, scope: Scope) -> Term:
    name = str(node.this or "")
    if name not in ("since", "until"):
        raise refuse(node, "公式里的参数只有 :since 和 :until")
    return Term(exp.Placeholder(this=name), Kind.DAY, literal=True)


def _paren(node: exp.Expr, scope: Scope) -> Term:
    only(node, "this")
    inner = build(node.this, scope)
    return replace(inner, node=exp.Paren(this=inner.node))


def _sum_of_two(node: exp.Expr, scope: Scope) -> Term:
    only(node, "this", "expression")
    one = build(node.this, scope)
    if isinstance(node.expression, exp.Interval) or one.kind is Kind.DAY:
        return move_day(node, one, scope)
    one, other = numeric(node.this, one), number(node.expression, scope)
    measure = measure_together(node, one, other)
    scale = max(one.scale, other.scale)
    built = type(node)(this=decimal(one.node, scale), expression=decimal(other.node, scale))
    return joined(
        decimal(exp.Paren(this=built), scale), number_kind(scale), one, other,
        scale=scale, measure=measure,
    )  # fmt: skip


def _product(node: exp.Expr, scope: Scope) -> Term:
    only(node, "this", "expression")
    one, other = number(node.this, scope), number(node.expression, scope)
    scale = one.scale + other.scale
    if scale > MAX_SCALE:
        raise refuse(node, f"相乘后的小数超过 {MAX_SCALE} 位")
    built = exp.Mul(this=decimal(one.node, one.scale), expression=decimal(other.node, other.scale))
    return joined(
        decimal(exp.Paren(this=built), scale), number_kind(scale), one, other,
        scale=scale, measure=product(one.measure, other.measure),
    )  # fmt: skip


def _minus(node: exp.Expr, scope: Scope) -> Term:
    only(node, "this")
    one = number(node.this, scope)
    built = exp.Neg(this=exp.Paren(this=decimal(one.node, one.scale)))
    return replace(one, node=exp.Paren(this=built))


def _absolute(node: exp.Expr, scope: Scope) -> Term:
    only(node, "this")
    one = number(node.this, scope)
    return replace(one, node=exp.Abs(this=decimal(one.node, one.scale)))


def _cast(node: exp.Expr, scope: Scope) -> Term:
    only(node, "this", "to")
    target = node.args["to"].this
    types = exp.DataType.Type
    if target == types.DATE and isinstance(node.this, exp.Literal) and node.this.is_string:
        try:
            day = date.fromisoformat(node.this.name)
        except ValueError:
            raise refuse(node, f"{node.this.name[:20]} 不是日期，请写成 2026-01-31") from None
        return Term(day_literal(day), Kind.DAY, literal=True)
    term = build(node.this, scope)
    if target in (types.INT, types.BIGINT) and term.kind is Kind.YES:
        built = exp.case().when(term.node, exp.Literal.number(1))
        built = built.when(exp.Not(this=exp.Paren(this=term.node)), exp.Literal.number(0))
        return replace(term, node=built, kind=Kind.WHOLE, scale=0, measure=COUNTED)
    raise refuse(node, "类型转换只支持 DATE '2026-01-31' 和是否转整数")


SCALARS: Rules = {
    exp.Column: _column,
    exp.Literal: literal_term,
    exp.Boolean: _boolean,
    exp.Null: _null,
    exp.Placeholder: _placeholder,
    exp.Paren: _paren,
    exp.Add: _sum_of_two,
    exp.Sub: _sum_of_two,
    exp.Mul: _product,
    exp.Neg: _minus,
    exp.Abs: _absolute,
    exp.Cast: _cast,
}
