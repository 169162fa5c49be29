"""Scalar expressions of a formula: each is read from sqlglot's tree, typed, and built anew.

Nothing of the text reaches an engine but what is built here, so what is not listed is refused.
Types are exact (no floats), and no value changes its type silently: engines differ there. Sums and
products are in DECIMAL(38, s) on every engine; SUM over nothing is 0.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from sqlglot import exp

from .refusals import FormulaRefused, only, refuse, refuse_kind
from .units import COUNTED, PURE, Measure, product, together

MAX_LIST = 200
MAX_TEXT = 200
MAX_SCALE = 12


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


def build(node: exp.Expr, scope: Scope) -> Term:
    """The term for a node, or FormulaRefused."""
    rule = _RULES.get(type(node))
    if rule is None:
        raise refuse_kind(node)
    term = rule(node, scope)
    if scope.keys and term.bare and term.node.sql("duckdb") in scope.keys:
        return replace(term, bare=frozenset())
    return term


def _joined(node: exp.Expr, kind: Kind, *terms: Term, **more: object) -> Term:
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


# leaves


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


def _literal(node: exp.Expr, scope: Scope) -> Term:
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


# numbers


def _number(node: exp.Expr, scope: Scope) -> Term:
    return _numeric(node, build(node, scope))


def _numeric(node: exp.Expr, term: Term) -> Term:
    if term.kind not in NUMBERS:
        raise refuse(node, f"这里要数字，却是{term.kind}")
    return term


def _sum_of_two(node: exp.Expr, scope: Scope) -> Term:
    only(node, "this", "expression")
    one = build(node.this, scope)
    if isinstance(node.expression, exp.Interval) or one.kind is Kind.DAY:
        return _move_day(node, one, scope)
    one, other = _numeric(node.this, one), _number(node.expression, scope)
    measure = _together(node, one, other)
    scale = max(one.scale, other.scale)
    built = type(node)(this=decimal(one.node, scale), expression=decimal(other.node, scale))
    return _joined(
        decimal(exp.Paren(this=built), scale), _kind(scale), one, other,
        scale=scale, measure=measure,
    )  # fmt: skip


def _kind(scale: int) -> Kind:
    return Kind.EXACT if scale else Kind.WHOLE


def _together(node: exp.Expr, *terms: Term) -> Measure:
    measure: Measure = PURE
    for term in terms:
        try:
            measure = together(measure, term.measure)
        except ValueError as error:
            raise refuse(node, str(error)) from None
    return measure


def _product(node: exp.Expr, scope: Scope) -> Term:
    only(node, "this", "expression")
    one, other = _number(node.this, scope), _number(node.expression, scope)
    scale = one.scale + other.scale
    if scale > MAX_SCALE:
        raise refuse(node, f"相乘后的小数超过 {MAX_SCALE} 位")
    built = exp.Mul(this=decimal(one.node, one.scale), expression=decimal(other.node, other.scale))
    return _joined(
        decimal(exp.Paren(this=built), scale), _kind(scale), one, other,
        scale=scale, measure=product(one.measure, other.measure),
    )  # fmt: skip


def _minus(node: exp.Expr, scope: Scope) -> Term:
    only(node, "this")
    one = _number(node.this, scope)
    built = exp.Neg(this=exp.Paren(this=decimal(one.node, one.scale)))
    return replace(one, node=exp.Paren(this=built))


def _absolute(node: exp.Expr, scope: Scope) -> Term:
    only(node, "this")
    one = _number(node.this, scope)
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


def day_literal(day: date) -> exp.Expr:
    """A DATE constant."""
    return exp.cast(exp.Literal.string(day.isoformat()), "DATE")


# days


def _move_day(node: exp.Expr, day: Term, scope: Scope) -> Term:
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
    return _joined(built, Kind.WHOLE, earlier, later, measure=frozenset({"天"}))


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
    return _joined(built, Kind.WHOLE, day, measure=measure)


# texts


def _text(node: exp.Expr, scope: Scope) -> Term:
    term = build(node, scope)
    if term.kind is not Kind.TEXT:
        raise refuse(node, f"这里要文字，却是{term.kind}")
    return term


def _piece(node: exp.Expr, scope: Scope) -> Term:
    only(node, "this", "start", "length", "expression")
    text = _text(node.this, scope)
    left = isinstance(node, exp.Left)
    start = 1 if left else _small(node, node.args.get("start"), 1)
    length = _small(node, node.expression if left else node.args.get("length"), 0)
    built = exp.Substring(
        this=text.node, start=exp.Literal.number(start), length=exp.Literal.number(length)
    )
    return replace(text, node=built)


def _small(node: exp.Expr, part: exp.Expr | None, least: int) -> int:
    amount = part.name if isinstance(part, exp.Literal) and not part.is_string else ""
    if not (amount.isascii() and amount.isdigit()) or not least <= int(amount) <= 1000:
        raise refuse(node, f"位置和长度请写 {least} 到 1000 的整数")
    return int(amount)


def _length(node: exp.Expr, scope: Scope) -> Term:
    only(node, "this")
    text = _text(node.this, scope)
    built = exp.cast(exp.Length(this=text.node), "BIGINT")
    return _joined(built, Kind.WHOLE, text)


def _pattern(node: exp.Expr, scope: Scope) -> Term:
    only(node, "this", "expression")
    text = _text(node.this, scope)
    pattern = node.expression
    if not isinstance(pattern, exp.Literal) or not pattern.is_string:
        raise refuse(node, "LIKE 和 starts_with 的样式要写成固定文字")
    wanted = _literal(pattern, scope)
    if isinstance(node, exp.Like) and pattern.name.count("%") > 4:
        raise refuse(node, "LIKE 的样式至多 4 个百分号")
    return _joined(type(node)(this=text.node, expression=wanted.node), Kind.YES, text)


# truth


def _truth(node: exp.Expr, scope: Scope) -> Term:
    term = build(node, scope)
    if term.kind not in (Kind.YES, Kind.NULL):
        raise refuse(node, f"这里要条件，却是{term.kind}")
    return term


def condition(node: exp.Expr, scope: Scope) -> Term:
    """A term that is true, false or unknown."""
    return _truth(node, scope)


def _connect(node: exp.Expr, scope: Scope) -> Term:
    only(node, "this", "expression")
    one, other = _truth(node.this, scope), _truth(node.expression, scope)
    built = type(node)(this=one.node, expression=other.node)
    return _joined(exp.Paren(this=built), Kind.YES, one, other)


def _not(node: exp.Expr, scope: Scope) -> Term:
    only(node, "this")
    one = _truth(node.this, scope)
    return _joined(exp.Not(this=exp.Paren(this=one.node)), Kind.YES, one)


def alike(node: exp.Expr, *terms: Term) -> Term:
    """What the terms have in common, as a term of their kind; refuses mixed kinds and units."""
    kinds = {t.kind for t in terms} - {Kind.NULL}
    if kinds <= set(NUMBERS):
        scale = max((t.scale for t in terms), default=0)
        kind = _kind(scale) if kinds else Kind.NULL
        return _joined(node, kind, *terms, scale=scale, measure=_together(node, *terms))
    if len(kinds) > 1:
        first, second = sorted(kinds)[:2]
        hint = "；日期请写 DATE '2026-01-31'" if kinds == {Kind.DAY, Kind.TEXT} else ""
        raise refuse(node, f"{first}与{second}不能相比或混用{hint}")
    return _joined(node, kinds.pop(), *terms)


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
        return _joined(exp.Is(this=exp.Paren(this=one.node), expression=built), Kind.YES, one)
    if not isinstance(node.expression, exp.Null):
        raise refuse(node, "IS 后面只用 NULL；是否列还可用 TRUE、FALSE")
    return _joined(exp.Is(this=exp.Paren(this=one.node), expression=exp.Null()), Kind.YES, one)


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
        return replace(_joined(built, Kind.YES, one), literal=False, bare=bare)
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


# choices


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
            exp.If(this=test.node, true=_widened(value, common))
            for test, value in zip(tests, values, strict=False)
        ],
        default=_widened(values[-1], common) if default is not None else None,
    )
    joined = _joined(built, common.kind, *tests, *values)
    return replace(joined, scale=common.scale, measure=common.measure)


def _when(subject: exp.Expr | None, wanted: exp.Expr, scope: Scope) -> Term:
    """The condition of a WHEN; CASE x WHEN 1 asks whether x = 1."""
    if subject is None:
        return _truth(wanted, scope)
    return build(exp.EQ(this=subject.copy(), expression=wanted.copy()), scope)


def _widened(term: Term, common: Term) -> exp.Expr:
    """The term's node in the common scale, so that no engine chooses one."""
    if common.kind is Kind.EXACT and term.kind in NUMBERS:
        return decimal(term.node, common.scale)
    return term.node


def _one_of(node: exp.Expr, scope: Scope) -> Term:
    only(node, "this", "expressions", "expression", "ignore_nulls", "is_nvl", "is_null")
    raw = [node.this, *node.expressions] if node.expressions else [node.this, node.expression]
    terms = [build(one, scope) for one in raw if one is not None]
    common = alike(node, *terms)
    first, *rest = (_widened(term, common) for term in terms)
    if isinstance(node, exp.Nullif):
        built: exp.Expr = exp.Nullif(this=first, expression=rest[0])
    else:
        built = exp.Coalesce(this=first, expressions=rest)
    return replace(common, node=built)


# aggregates


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
    one = _number(node.this, _inside(node, scope))
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


_RULES: dict[type[exp.Expr], Callable[[exp.Expr, Scope], Term]] = {
    exp.Column: _column, exp.Literal: _literal, exp.Boolean: _boolean, exp.Null: _null,
    exp.Placeholder: _placeholder, exp.Paren: _paren,
    exp.Add: _sum_of_two, exp.Sub: _sum_of_two, exp.Mul: _product, exp.Neg: _minus,
    exp.Abs: _absolute, exp.Cast: _cast,
    exp.DateDiff: _date_diff, exp.Year: _part_of_day, exp.Quarter: _part_of_day,
    exp.Month: _part_of_day,
    exp.Substring: _piece, exp.Left: _piece, exp.Length: _length,
    exp.Like: _pattern, exp.StartsWith: _pattern,
    exp.And: _connect, exp.Or: _connect, exp.Not: _not,
    exp.EQ: _compare, exp.NEQ: _compare, exp.LT: _compare, exp.LTE: _compare,
    exp.GT: _compare, exp.GTE: _compare, exp.NullSafeEQ: _compare, exp.NullSafeNEQ: _compare,
    exp.Between: _between, exp.Is: _is, exp.In: _in, exp.Exists: _exists, exp.Subquery: _scalar,
    exp.Case: _case, exp.Coalesce: _one_of, exp.Nullif: _one_of,
    exp.Count: _count, exp.Sum: _sum, exp.Min: _extreme, exp.Max: _extreme,
    exp.Filter: _filtered,
}  # fmt: skip
