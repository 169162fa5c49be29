"""Conditions and choices in formulas."""

from dataclasses import replace

from sqlglot import exp

from .refusals import only, refuse
from .terms import Kind, Rules, Scope, Term, alike, build, joined, widened

MAX_LIST = 200


def condition(node: exp.Expr, scope: Scope) -> Term:
    """A term that is true, false or unknown."""
    term = build(node, scope)
    if term.kind not in (Kind.YES, Kind.NULL):
        raise refuse(node, f"这里要条件，却是{term.kind}")
    return term


def _connect(node: exp.Expr, scope: Scope) -> Term:
    only(node, "this", "expression")
    one, other = condition(node.this, scope), condition(node.expression, scope)
    built = type(node)(this=one.node, expression=other.node)
    return joined(exp.Paren(this=built), Kind.YES, one, other)


def _not(node: exp.Expr, scope: Scope) -> Term:
    only(node, "this")
    one = condition(node.this, scope)
    return joined(exp.Not(this=exp.Paren(this=one.node)), Kind.YES, one)


def _compare(node: exp.Expr, scope: Scope) -> Term:
    only(node, "this", "expression")
    one, other = build(node.this, scope), build(node.expression, scope)
    common = alike(node, one, other)
    return replace(
        common, node=type(node)(this=one.node, expression=other.node),
        kind=Kind.YES, scale=0, measure=None,
    )  # fmt: skip


def _between(node: exp.Expr, scope: Scope) -> Term:
    only(node, "this", "low", "high")
    parts = [build(node.args[name], scope) for name in ("this", "low", "high")]
    one, low, high = (part.node for part in parts)
    common = alike(node, *parts)
    built = exp.Between(this=one, low=low, high=high)
    return replace(common, node=built, kind=Kind.YES, scale=0, measure=None)


def _is(node: exp.Expr, scope: Scope) -> Term:
    only(node, "this", "expression")
    one = build(node.this, scope)
    if isinstance(node.expression, exp.Boolean) and one.kind is Kind.YES:
        built = exp.Boolean(this=bool(node.expression.this))
        return joined(exp.Is(this=exp.Paren(this=one.node), expression=built), Kind.YES, one)
    if not isinstance(node.expression, exp.Null):
        raise refuse(node, "IS 后面只用 NULL；是否列还可用 TRUE、FALSE")
    return joined(exp.Is(this=exp.Paren(this=one.node), expression=exp.Null()), Kind.YES, one)


def _in(node: exp.Expr, scope: Scope) -> Term:
    only(node, "this", "expressions", "query")
    one = build(node.this, scope)
    if node.args.get("query"):
        query, columns, _ = scope.subquery(node.args["query"], scope)
        if len(columns) != 1:
            raise refuse(node, "IN 后面的子查询只能有一列")
        item = Term(exp.Null(), columns[0].kind, columns[0].scale, columns[0].measure)
        alike(node, one, item)
        built = exp.In(this=one.node, query=exp.Subquery(this=query))
        bare = one.bare | _reaching(query, scope)
        return replace(joined(built, Kind.YES, one), literal=False, bare=bare)
    items = [build(item, scope) for item in node.expressions]
    if not 1 <= len(items) <= MAX_LIST:
        raise refuse(node, f"IN 里至多 {MAX_LIST} 项，至少一项")
    common = alike(node, one, *items)
    built = exp.In(this=one.node, expressions=[item.node for item in items])
    return replace(common, node=built, kind=Kind.YES, scale=0, measure=None)


def _exists(node: exp.Expr, scope: Scope) -> Term:
    only(node, "this")
    query, _, _ = scope.subquery(node.this, scope)
    return Term(exp.Exists(this=query), Kind.YES, bare=_reaching(query, scope))


def _reaching(query: exp.Expr, scope: Scope) -> frozenset[str]:
    """Own columns that a subquery uses."""
    own = {relation.alias for relation in scope.relations}
    used = (c.sql("duckdb") for c in query.find_all(exp.Column) if c.table in own)
    return frozenset(used) - scope.keys


def _scalar(node: exp.Expr, scope: Scope) -> Term:
    only(node, "this")
    query, columns, _ = scope.subquery(node, scope)
    if len(columns) != 1:
        raise refuse(node, "这里的子查询只能有一列")
    one = columns[0]
    bare = _reaching(query, scope)
    return Term(exp.Subquery(this=query), one.kind, one.scale, one.measure, bare=bare)


def _case(node: exp.Expr, scope: Scope) -> Term:
    only(node, "this", "ifs", "default")
    if not node.args.get("ifs"):
        raise refuse(node, "CASE 要有 WHEN")
    tests = [_when(node.this, one.this, scope) for one in node.args["ifs"]]
    values = [build(one.args["true"], scope) for one in node.args["ifs"]]
    default = node.args.get("default")
    if default is not None:
        values.append(build(default, scope))
    common = alike(node, *values)
    built = exp.Case(
        ifs=[
            exp.If(this=test.node, true=widened(value, common))
            for test, value in zip(tests, values, strict=False)
        ],
        default=widened(values[-1], common) if default is not None else None,
    )
    whole = joined(built, common.kind, *tests, *values)
    return replace(whole, scale=common.scale, measure=common.measure)


def _when(subject: exp.Expr | None, wanted: exp.Expr, scope: Scope) -> Term:
    """The condition of a WHEN; CASE x WHEN 1 asks whether x = 1."""
    if subject is None:
        return condition(wanted, scope)
    return build(exp.EQ(this=subject.copy(), expression=wanted.copy()), scope)


def _one_of(node: exp.Expr, scope: Scope) -> Term:
    only(node, "this", "expressions", "expression", "ignore_nulls", "is_nvl", "is_null")
    raw = [node.this, *node.expressions] if node.expressions else [node.this, node.expression]
    terms = [build(one, scope) for one in raw if one is not None]
    common = alike(node, *terms)
    first, *rest = (widened(term, common) for term in terms)
    if isinstance(node, exp.Nullif):
        built: exp.Expr = exp.Nullif(this=first, expression=rest[0])
    else:
        built = exp.Coalesce(this=first, expressions=rest)
    return replace(common, node=built)


CONDITIONS: Rules = {
    exp.And: _connect,
    exp.Or: _connect,
    exp.Not: _not,
    exp.EQ: _compare,
    exp.NEQ: _compare,
    exp.LT: _compare,
    exp.LTE: _compare,
    exp.GT: _compare,
    exp.GTE: _compare,
    exp.NullSafeEQ: _compare,
    exp.NullSafeNEQ: _compare,
    exp.Between: _between,
    exp.Is: _is,
    exp.In: _in,
    exp.Exists: _exists,
    exp.Subquery: _scalar,
    exp.Case: _case,
    exp.Coalesce: _one_of,
    exp.Nullif: _one_of,
}
