"""Days and durations in formulas."""

from dataclasses import replace
from datetime import date

from sqlglot import exp

from .refusals import only, refuse
from .terms import Kind, Rules, Scope, Term, build, joined


def day_literal(day: date) -> exp.Expr:
    """A DATE constant."""
    return exp.cast(exp.Literal.string(day.isoformat()), "DATE")


def move_day(node: exp.Expr, day: Term, scope: Scope) -> Term:
    """A day plus or minus a fixed duration, or the days between two days."""
    if day.kind is not Kind.DAY:
        raise refuse(node, f"INTERVAL 只能加减在日期上，这里是{day.kind}")
    if not isinstance(node.expression, exp.Interval):
        other = build(node.expression, scope)
        if other.kind is Kind.DAY and isinstance(node, exp.Sub):
            return _days_between(other, day)
        if not isinstance(node.expression, exp.Literal) or other.kind is not Kind.WHOLE:
            raise refuse(node, "日期只能加减 INTERVAL 3 MONTH 这样的固定时长或整数天数")
        interval = _interval(node.expression, other.node.name, "DAY")
    else:
        interval = _read_interval(node.expression)
    moved = type(node)(this=day.node, expression=interval)
    return replace(day, node=exp.cast(exp.Paren(this=moved), "DATE"))


def _read_interval(node: exp.Expr) -> exp.Expr:
    only(node, "this", "unit")
    unit = str(node.args["unit"]).upper().rstrip("S") if node.args.get("unit") else ""
    amount = node.this.name if isinstance(node.this, exp.Literal) else ""
    if unit not in ("DAY", "MONTH", "YEAR"):
        raise refuse(node, "时长只用 DAY、MONTH、YEAR")
    return _interval(node, amount, unit)


def _interval(node: exp.Expr, amount: str, unit: str) -> exp.Expr:
    if not (amount.isascii() and amount.isdigit()) or int(amount) > 40_000:
        raise refuse(node, "时长请写不超过 40000 的整数")
    return exp.Interval(this=exp.Literal.string(str(int(amount))), unit=exp.var(unit))


def _days_between(earlier: Term, later: Term) -> Term:
    built = exp.DateDiff(this=later.node, expression=earlier.node, unit=exp.var("DAY"))
    return joined(built, Kind.WHOLE, earlier, later, measure=frozenset({"天"}))


def _date_diff(node: exp.Expr, scope: Scope) -> Term:
    only(node, "this", "expression", "unit", "date_part_boundary")
    if str(node.args.get("unit")).upper() != "DAY":
        raise refuse(node, "date_diff 只用 'day'：月和年的算法各引擎不同")
    later, earlier = build(node.this, scope), build(node.expression, scope)
    if later.kind is not Kind.DAY or earlier.kind is not Kind.DAY:
        raise refuse(node, "date_diff 要两个日期")
    return _days_between(earlier, later)


def _part_of_day(node: exp.Expr, scope: Scope) -> Term:
    only(node, "this")
    inner = node.this.this if isinstance(node.this, exp.TsOrDsToDate) else node.this
    day = build(inner, scope)
    if day.kind is not Kind.DAY:
        raise refuse(node, f"{type(node).__name__.upper()} 要日期，却是{day.kind}")
    measure = frozenset({"年"}) if isinstance(node, exp.Year) else None
    built = exp.cast(type(node)(this=day.node), "BIGINT")
    return joined(built, Kind.WHOLE, day, measure=measure)


DAYS: Rules = {
    exp.DateDiff: _date_diff,
    exp.Year: _part_of_day,
    exp.Quarter: _part_of_day,
    exp.Month: _part_of_day,
}
