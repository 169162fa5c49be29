"""COUNT, SUM, MIN and MAX in formulas; SUM over nothing is 0."""

from dataclasses import replace

from sqlglot import exp

from .refusals import FormulaRefused, only, refuse, refuse_kind
from .terms import Kind, Rules, Scope, Term, build, decimal, number
from .units import COUNTED, PURE


def _inside(node: exp.Expr, scope: Scope) -> Scope:
    if not scope.aggregates or scope.inside:
        raise refuse(node, "聚合函数不能放在这里（WHERE、ON、GROUP BY 或另一个聚合函数之内）")
    return replace(scope, inside=True, keys=frozenset())


def _count(node: exp.Expr, scope: Scope) -> Term:
    only(node, "this", "big_int")
    inner = _inside(node, scope)
    one: Term | None = None
    if isinstance(node.this, exp.Star):
        only(node.this)
        built: exp.Expr = exp.Count(this=exp.Star())
    elif isinstance(node.this, exp.Distinct):
        only(node.this, "expressions")
        if len(node.this.expressions) != 1:
            raise refuse(node, "COUNT(DISTINCT …) 只数一列；几列的组合请用 SELECT DISTINCT 子查询")
        one = build(node.this.expressions[0], inner)
        built = exp.Count(this=exp.Distinct(expressions=[one.node]))
    else:
        one = build(node.this, inner)
        built = exp.Count(this=one.node)
    _no_subquery(node, built, one)
    return Term(built, Kind.WHOLE, measure=COUNTED, aggregate=True)


def _sum(node: exp.Expr, scope: Scope) -> Term:
    only(node, "this")
    if isinstance(node.this, exp.Distinct):
        raise refuse(node, "不用 SUM(DISTINCT …)")
    one = number(node.this, _inside(node, scope))
    measure = COUNTED if one.measure == PURE else one.measure
    built = exp.Sum(this=decimal(one.node, one.scale))
    _no_subquery(node, built, one)
    zero = exp.Coalesce(this=built, expressions=[decimal(exp.Literal.number(0), one.scale)])
    return Term(zero, one.kind, one.scale, measure, aggregate=True)


def _extreme(node: exp.Expr, scope: Scope) -> Term:
    only(node, "this")
    one = build(node.this, _inside(node, scope))
    if one.kind in (Kind.YES, Kind.NULL):
        raise refuse(node, "MIN、MAX 用于数字、日期和文字")
    built = type(node)(this=one.node)
    _no_subquery(node, built, one)
    return Term(built, one.kind, one.scale, one.measure, aggregate=True)


def _no_subquery(node: exp.Expr, built: exp.Expr, one: Term | None) -> None:
    if one is not None and one.outer:
        raise refuse(node, "聚合函数里不能用外层的列")
    if built.find(exp.Select):
        raise refuse(node, "聚合函数里不能有子查询：请放到 WHERE 或派生表里")


def _filtered(node: exp.Expr, scope: Scope) -> Term:
    """`agg FILTER (WHERE c)` becomes agg over CASE WHEN c, which every engine has."""
    only(node, "this", "expression")
    call, test = node.this, node.expression.this
    if type(call) not in (exp.Count, exp.Sum, exp.Min, exp.Max):
        raise refuse_kind(call)
    call = call.copy()
    argument = call.this
    holder = argument if isinstance(argument, exp.Distinct) else None
    value = holder.expressions[0] if holder is not None else argument
    if isinstance(value, exp.Star):
        value = exp.Literal.number(1)
    chosen = exp.Case(ifs=[exp.If(this=test.copy(), true=value.copy())])
    if holder is not None:
        holder.set("expressions", [chosen, *holder.expressions[1:]])
    else:
        call.set("this", chosen)
    try:
        return build(call, scope)
    except FormulaRefused as error:
        raise refuse(node, str(error).partition("：")[2]) from None


AGGREGATES: Rules = {
    exp.Count: _count,
    exp.Sum: _sum,
    exp.Min: _extreme,
    exp.Max: _extreme,
    exp.Filter: _filtered,
}
