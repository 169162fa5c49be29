"""The queries of a formula: SELECTs over the fact tables, resolved, typed and built anew.

What comes out has every column named by its relation, every relation by an alias of its own, and
CTEs written out where they are used; so that it can be rewritten per pack without asking what a
name means. Joins are INNER or LEFT with at least one equality; a subquery may use columns of the
SELECT around it (not further out), in equalities of its WHERE.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlglot import exp

from .aggregates import AGGREGATES
from .conditions import CONDITIONS, condition
from .days import DAYS
from .refusals import only, refuse, refuse_kind
from .scalars import SCALARS
from .schema import BY_NAME, Column, Type
from .terms import RULES, Kind, Output, Relation, Scope, Term, build
from .texts import TEXTS
from .units import measure_of

MAX_TABLES = 12
MAX_COLUMNS = 20
MAX_NESTING = 6
RESERVED = {"pack"}

RULES.update(SCALARS | DAYS | TEXTS | CONDITIONS | AGGREGATES)

_KINDS = {
    Type.TEXT: Kind.TEXT,
    Type.INTEGER: Kind.WHOLE,
    Type.DECIMAL: Kind.EXACT,
    Type.DATE: Kind.DAY,
    Type.BOOLEAN: Kind.YES,
}
_SETS = (exp.Union, exp.Except, exp.Intersect)


@dataclass(frozen=True, slots=True)
class Built:
    """A query built anew: its columns, and whether it uses its enclosing SELECT's columns."""

    query: exp.Query
    columns: dict[str, Output]
    outer: bool = False
    grouped: bool = False
    aggregated: bool = False


@dataclass(slots=True)
class Reading:
    """What one formula has used so far."""

    used: dict[str, set[str]] = field(default_factory=dict)
    aliases: int = 0
    tables: int = 0

    def alias(self) -> str:
        """A fresh alias; no two relations of a formula share one."""
        self.aliases += 1
        return f"t{self.aliases}"


Ctes = dict[str, exp.Expr]


def build_query(
    node: exp.Expr, reading: Reading, ctes: Ctes, parent: Scope | None = None, depth: int = 0
) -> Built:
    """A SELECT, or SELECTs joined by UNION, EXCEPT, INTERSECT."""
    if depth > MAX_NESTING:
        raise refuse(node, f"子查询至多 {MAX_NESTING} 层")
    if isinstance(node, exp.Subquery):
        only(node, "this", "alias")
        return build_query(node.this, reading, ctes, parent, depth)
    if isinstance(node, _SETS):
        return _build_set(node, reading, ctes, depth)
    if not isinstance(node, exp.Select):
        raise refuse_kind(node)
    return _Select(node, reading, _with(node, ctes), parent, depth).built()


def _with(node: exp.Expr, ctes: Ctes) -> Ctes:
    holder = node.args.get("with_")
    if holder is None:
        return ctes
    only(holder, "expressions")
    found = dict(ctes)
    for cte in holder.expressions:
        only(cte, "this", "alias")
        name = _name(cte.args["alias"])
        if name in BY_NAME or name in found:
            raise refuse(cte, f"WITH 里的名字 {name} 已是事实表或已用过")
        found[name] = _Bound(this=cte.this, ctes=dict(found))
    return found


class _Bound(exp.Expression):
    """A CTE with the CTEs it may use: those before it."""

    arg_types = {"this": True, "ctes": True}


def _name(alias: exp.Expr | None) -> str:
    """A plain name of a relation or column."""
    if alias is None:
        return ""
    if isinstance(alias, exp.TableAlias):
        only(alias, "this")
    name = alias.name.lower()
    plain = name.replace("_", "a")
    if not plain.isalnum() or name[0] == "_" or name[0].isdigit() or len(name) > 40:
        raise refuse(alias, "别名请用字母、数字、下划线或汉字，以字母或汉字开头，至多 40 个字")
    if name in RESERVED:
        raise refuse(alias, f"别名 {name} 留给系统用，请换一个")
    return name


def _build_set(node: exp.Expr, reading: Reading, ctes: Ctes, depth: int) -> Built:
    only(node, "this", "expression", "distinct", "with_")
    if not isinstance(node, exp.Union) and node.args.get("distinct") is False:
        raise refuse(node, "EXCEPT、INTERSECT 不用 ALL")
    ctes = _with(node, ctes)
    one = build_query(node.this, reading, ctes, None, depth + 1)
    other = build_query(node.expression, reading, ctes, None, depth + 1)
    if len(one.columns) != len(other.columns):
        raise refuse(node, "上下两段 SELECT 的列数不同")
    columns = {}
    pairs = zip(one.columns.items(), other.columns.values(), strict=True)
    for (name, left), right in pairs:
        if (left.kind, left.scale) != (right.kind, right.scale):
            raise refuse(node, f"上下两段 SELECT 的列 {name} 类型不同：{left.kind}与{right.kind}")
        same = left.measure if left.measure == right.measure else None
        columns[name] = Output(left.kind, left.scale, same)
    distinct = node.args.get("distinct") is not False
    query = type(node)(this=one.query, expression=other.query, distinct=distinct)
    assert isinstance(query, exp.Query)
    return Built(query, columns)


class _Select:
    """One SELECT being built."""

    def __init__(
        self, node: exp.Select, reading: Reading, ctes: Ctes, parent: Scope | None, depth: int
    ) -> None:
        only(node, "expressions", "from_", "joins", "where", "group", "having", "distinct", "with_")
        self.node, self.reading, self.ctes, self.depth = node, reading, ctes, depth
        self.scope = Scope(parent=parent, subquery=self._subquery, used=reading.used)
        self.outer = False

    def built(self) -> Built:
        made = exp.Select()
        self._from(made)
        rows = self._where(made)
        keys = self._group(made)
        self.scope.aggregates = True
        terms = self._projections()
        having = self._having(made)
        grouped = self.node.args.get("group") is not None
        aggregated = grouped or any(t.aggregate for t in [*terms.values(), *having])
        self._check_bare(terms, having, aggregated)
        for name, term in terms.items():
            made.append("expressions", exp.alias_(term.node, name, quoted=True))
        if distinct := self.node.args.get("distinct"):
            only(distinct)
            if aggregated:
                raise refuse(distinct, "聚合的 SELECT 不用 DISTINCT")
            made.set("distinct", exp.Distinct())
        columns = {n: Output(t.kind, t.scale, t.measure) for n, t in terms.items()}
        self._check_outer([*terms.values(), *keys, *having], rows, made)
        return Built(made, columns, self.outer, grouped, aggregated)

    def _from(self, made: exp.Select) -> None:
        source = self.node.args.get("from_")
        if source is None:
            if self.depth:
                raise refuse(self.node, "子查询要有 FROM")
            return
        only(source, "this")
        made.set("from_", exp.From(this=self._relation(source.this)))
        for join in self.node.args.get("joins") or ():
            made.append("joins", self._join(join))

    def _relation(self, node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Subquery):
            only(node, "this", "alias")
            name = _name(node.args.get("alias"))
            if not name:
                raise refuse(node, "派生表要有别名：(SELECT …) AS 名字")
            return self._derived(name, node.this, self.ctes)
        if not isinstance(node, exp.Table):
            raise refuse_kind(node)
        if not isinstance(node.this, exp.Identifier):
            raise refuse(node, "FROM 后面只能是事实表或子查询，不能读文件或调用表函数")
        only(node, "this", "alias")
        name = node.name.lower()
        alias = _name(node.args.get("alias")) or name
        if name in self.ctes:
            bound = self.ctes[name]
            return self._derived(alias, bound.this, bound.args["ctes"])
        if name not in BY_NAME:
            raise refuse(node, f"没有事实表 {name[:60]}")
        return self._fact(alias, name, node)

    def _fact(self, alias: str, table: str, node: exp.Expr) -> exp.Expr:
        self.reading.tables += 1
        if self.reading.tables > MAX_TABLES:
            raise refuse(node, f"公式至多用 {MAX_TABLES} 处事实表（WITH 按用到的次数计）")
        self.reading.used.setdefault(table, set())
        columns = {column.name: output_of(column) for column in BY_NAME[table].columns}
        fresh = self._add(alias, columns, node, table)
        return exp.Table(
            this=exp.to_identifier(table, quoted=True),
            alias=exp.TableAlias(this=exp.to_identifier(fresh, quoted=True)),
        )

    def _derived(self, alias: str, query: exp.Expr, ctes: Ctes) -> exp.Expr:
        built = build_query(query, self.reading, ctes, None, self.depth + 1)
        fresh = self._add(alias, built.columns, query, "")
        name = exp.TableAlias(this=exp.to_identifier(fresh, quoted=True))
        return exp.Subquery(this=built.query, alias=name)

    def _add(self, name: str, columns: dict[str, Output], node: exp.Expr, table: str) -> str:
        if any(r.name == name for r in self.scope.relations):
            raise refuse(node, f"{name} 用了两次，请各起别名")
        alias = self.reading.alias()
        self.scope.relations.append(Relation(name, alias, columns, table))
        return alias

    def _join(self, join: exp.Expr) -> exp.Expr:
        only(join, "this", "side", "kind", "on", "using")
        side, kind = join.text("side").upper(), join.text("kind").upper()
        if side not in ("", "LEFT") or kind not in ("", "INNER", "OUTER"):
            raise refuse(join, f"连接只用 JOIN 和 LEFT JOIN，不用 {side or kind}")
        before = list(self.scope.relations)
        source = self._relation(join.this)
        self.scope.aggregates = False
        if join.args.get("using"):
            on = self._using(join, before)
        elif join.args.get("on") is None:
            raise refuse(join, "连接要写 ON 条件，至少一个等式")
        else:
            term = condition(join.args["on"], self.scope)
            on = term.node
            if term.outer or on.find(exp.Select):
                raise refuse(join, "ON 条件里不能有子查询或外层的列")
            if not any(_links(part, before, self.scope.relations[-1]) for part in conjuncts(on)):
                raise refuse(join, "ON 条件至少要有一个两边各出一列的等式")
        return exp.Join(this=source, side=side or None, on=on)

    def _using(self, join: exp.Expr, before: list[Relation]) -> exp.Expr:
        new = self.scope.relations[-1]
        parts: list[exp.Expr] = []
        for identifier in join.args["using"]:
            name = identifier.name.lower()
            left = next((r for r in before if name in r.columns), None)
            if left is None or name not in new.columns:
                raise refuse(join, f"USING 的列 {name} 不在两边")
            pair = [exp.column(name, table=r.name, quoted=True) for r in (left, new)]
            parts.append(condition(exp.EQ(this=pair[0], expression=pair[1]), self.scope).node)
            new.columns = {n: c for n, c in new.columns.items() if n != name}
        return exp.and_(*parts)

    def _where(self, made: exp.Select) -> exp.Expr | None:
        where = self.node.args.get("where")
        if where is None:
            return None
        self.scope.aggregates = False
        term = condition(where.this, self.scope)
        self.outer = self.outer or term.outer
        made.set("where", exp.Where(this=term.node))
        return term.node

    def _group(self, made: exp.Select) -> list[Term]:
        group = self.node.args.get("group")
        if group is None:
            return []
        only(group, "expressions")
        self.scope.aggregates = False
        terms = [build(self._key(key), self.scope) for key in group.expressions]
        if any(t.node.find(exp.Select) for t in terms):
            raise refuse(group, "GROUP BY 里不能有子查询")
        self.scope.keys = frozenset(t.node.sql("duckdb") for t in terms)
        made.set("group", exp.Group(expressions=[t.node.copy() for t in terms]))
        return terms

    def _key(self, key: exp.Expr) -> exp.Expr:
        """GROUP BY 1 and GROUP BY alias stand for the projection they name."""
        columns = self.node.expressions
        if isinstance(key, exp.Literal) and not key.is_string:
            if not key.name.isdigit() or not 1 <= int(key.name) <= len(columns):
                raise refuse(key, "GROUP BY 的序号不在列数之内")
            return _value(columns[int(key.name) - 1])
        if isinstance(key, exp.Column) and not key.table:
            name = key.name.lower()
            if not any(name in r.columns for r in self.scope.relations):
                named = (c for c in columns if isinstance(c, exp.Alias) and c.alias.lower() == name)
                return _value(next(named, key))
        return key

    def _projections(self) -> dict[str, Term]:
        terms: dict[str, Term] = {}
        if len(self.node.expressions) > MAX_COLUMNS:
            raise refuse(self.node, f"至多 {MAX_COLUMNS} 列")
        for number, projection in enumerate(self.node.expressions, 1):
            value = _value(projection)
            if isinstance(projection, exp.Alias):
                only(projection, "this", "alias")
                name = _name(projection.args["alias"])
            else:
                name = value.name.lower() if isinstance(value, exp.Column) else f"column{number}"
            if name in terms:
                raise refuse(projection, f"列名 {name} 用了两次")
            terms[name] = build(value, self.scope)
        return terms

    def _having(self, made: exp.Select) -> list[Term]:
        having = self.node.args.get("having")
        if having is None:
            return []
        if self.node.args.get("group") is None:
            raise refuse(having, "HAVING 要有 GROUP BY")
        term = condition(having.this, self.scope)
        if term.node.find(exp.Select):
            raise refuse(having, "HAVING 里不能有子查询")
        made.set("having", exp.Having(this=term.node))
        return [term]

    def _check_bare(self, terms: dict[str, Term], having: list[Term], aggregated: bool) -> None:
        if not aggregated:
            return
        bare = next((t for t in [*terms.values(), *having] if t.bare), None)
        if bare is not None:
            column = sorted(bare.bare)[0].partition(".")[2].replace('"', "")
            raise refuse(self.node, f"列 {column} 要么在聚合函数里，要么在 GROUP BY 里")

    def _check_outer(self, terms: list[Term], rows: exp.Expr | None, made: exp.Select) -> None:
        """Columns of the enclosing SELECT stand in the WHERE only, as Spark requires."""
        if any(t.outer for t in terms):
            raise refuse(self.node, "子查询里，外层的列只能用在 WHERE 里")

    def _subquery(self, node: exp.Expr, scope: Scope) -> tuple[exp.Expr, list[Output], bool]:
        """A subquery in an expression: of EXISTS, of IN, or scalar."""
        parent = node.parent
        inner = node.this if isinstance(node, exp.Subquery) else node
        if isinstance(parent, exp.Exists) and isinstance(inner, exp.Select):
            inner = _exists_body(inner)
        enclosing = Scope(relations=scope.relations)
        built = build_query(inner, self.reading, self.ctes, enclosing, self.depth + 1)
        scalar = not isinstance(parent, exp.Exists | exp.In)
        if scalar:
            if not built.aggregated or built.grouped:
                raise refuse(node, "这里的子查询要是不分组的聚合，保证只有一个数")
            _only_equalities(node, built, scope)
        elif built.outer and (built.aggregated or not isinstance(built.query, exp.Select)):
            raise refuse(node, "聚合的子查询里不能用外层的列")
        return built.query, list(built.columns.values()), built.outer


def output_of(column: Column) -> Output:
    """A fact column as formulas see it."""
    scale = 4 if column.type is Type.DECIMAL else 0
    return Output(_KINDS[column.type], scale, measure_of(column.unit))


def _value(projection: exp.Expr) -> exp.Expr:
    return projection.this if isinstance(projection, exp.Alias) else projection


def _exists_body(select: exp.Select) -> exp.Select:
    """EXISTS (SELECT * …) asks only whether there is a row."""
    if len(select.expressions) == 1 and isinstance(select.expressions[0], exp.Star):
        only(select.expressions[0])
        select = select.copy()
        select.set("expressions", [exp.Literal.number(1)])
    return select


def conjuncts(node: exp.Expr) -> Iterator[exp.Expr]:
    """The conditions joined by AND."""
    node = node.unnest()
    if isinstance(node, exp.And):
        yield from conjuncts(node.this)
        yield from conjuncts(node.expression)
    else:
        yield node


def _links(part: exp.Expr, before: list[Relation], new: Relation) -> bool:
    if not isinstance(part, exp.EQ):
        return False
    sides = [{c.table for c in side.find_all(exp.Column)} for side in (part.this, part.expression)]
    old = {r.alias for r in before}
    return any(one == {new.alias} and other and other <= old for one, other in (sides, sides[::-1]))


def _only_equalities(node: exp.Expr, built: Built, scope: Scope) -> None:
    """A correlated scalar subquery compares with the outside by equality of columns."""
    where = built.query.args.get("where")
    outside = {r.alias for r in scope.relations}
    if where is None:
        return
    for part in conjuncts(where.this):
        tables = {c.table for c in part.find_all(exp.Column)}
        plain = (
            isinstance(part, exp.EQ)
            and isinstance(part.this, exp.Column)
            and isinstance(part.expression, exp.Column)
        )
        if tables & outside and not plain:
            raise refuse(node, "子查询与外层之间只能用 列 = 列 的条件")
