"""A formula for all packs at once: every join and every subquery stays inside one pack.

Every fact table has a column `pack`, and `packs` lists them. A SELECT of rows gives their pack as
well and is grouped by it; a SELECT of one number gives that number for every pack, also for those
without a row: its aggregates are taken per pack, joined to `packs`, and put back into its
arithmetic. Subqueries of conditions see the pack of the row they are asked about.
"""

from collections.abc import Iterable, Iterator

from sqlglot import exp

PACK, PACKS = "pack", "packs"
_SETS = (exp.Union, exp.Except, exp.Intersect)


def per_pack(tree: exp.Select, *, only: int | None = None) -> exp.Query:
    """The formula with `pack` as its first column; the tree is not changed.

    With `only`, no row of another pack is looked at; of the others the answer says nothing.
    """
    query = _Rewriting().packed(tree.copy())
    if only is not None:
        for table in list(query.find_all(exp.Table)):
            if table.name != PACKS:
                table.replace(_narrowed(table, only))
    return query


class _Rewriting:
    """Fresh aliases; the formula's own are t1, t2 …"""

    def __init__(self) -> None:
        self._made = 0

    def _alias(self) -> str:
        self._made += 1
        return f"w{self._made}"

    def packed(self, query: exp.Expr) -> exp.Query:
        """The query with its pack in front."""
        if isinstance(query, _SETS):
            query.set("this", self.packed(query.this))
            query.set("expression", self.packed(query.expression))
            return query
        assert isinstance(query, exp.Select)
        grouped = query.args.get("group") is not None
        if not grouped and (query.args.get("from_") is None or aggregates_of(query.expressions)):
            return self._number(query)
        pack = _pack(self._tied(query))
        query.set("expressions", [_named(pack, PACK), *query.expressions])
        if grouped:
            group = query.args["group"]
            group.set("expressions", [pack.copy(), *group.expressions])
        return query

    def _number(self, query: exp.Select) -> exp.Select:
        """A SELECT of one row becomes one row for each pack."""
        outer, inner = self._alias(), self._alias()
        made = exp.Select(expressions=[_named(_pack(outer), PACK)])
        made.set("from_", exp.From(this=_table(PACKS, outer)))
        if query.args.get("from_") is not None:
            parts = self._split(query, inner)
            on = _same(inner, outer)
            source = exp.Subquery(this=parts, alias=_table_alias(inner))
            made.append("joins", exp.Join(this=source, side="LEFT", on=on))
        for projection in query.expressions:
            self._tie(projection, outer)
            made.append("expressions", projection)
        return made

    def _split(self, query: exp.Select, alias: str) -> exp.Select:
        """The aggregates alone, by pack; in the query's projections columns take their place."""
        inner = exp.Select()
        for part in ("from_", "joins", "where"):
            if query.args.get(part):
                inner.set(part, query.args[part])
        pack = _pack(self._tied(inner))
        inner.append("expressions", _named(pack, PACK))
        for number, aggregate in enumerate(aggregates_of(query.expressions), 1):
            name = f"v{number}"
            inner.append("expressions", _named(aggregate.copy(), name))
            column: exp.Expr = exp.column(name, table=alias, quoted=True)
            counts = aggregate.this if isinstance(aggregate, exp.Filter) else aggregate
            if isinstance(counts, exp.Count):
                column = exp.Coalesce(this=column, expressions=[exp.Literal.number(0)])
            aggregate.replace(column)
        inner.set("group", exp.Group(expressions=[pack.copy()]))
        return inner

    def _tied(self, select: exp.Select) -> str:
        """Keep a SELECT's sources and subqueries inside one pack; the alias whose pack it is."""
        source = select.args["from_"].this
        first = str(source.alias)
        self._inside(source)
        for join in select.args.get("joins") or ():
            self._inside(join.this)
            on = exp.And(
                this=exp.Paren(this=join.args["on"]), expression=_same(str(join.this.alias), first)
            )
            join.set("on", on)
        for part in ("where", "having"):
            if select.args.get(part):
                self._tie(select.args[part], first)
        for projection in select.expressions:
            self._tie(projection, first)
        return first

    def _inside(self, source: exp.Expr) -> None:
        if isinstance(source, exp.Subquery):
            source.set("this", self.packed(source.this))

    def _tie(self, node: exp.Expr, outer: str) -> None:
        """Every subquery of an expression looks into the pack of `outer` only."""
        for query in list(_queries(node)):
            holder = query.parent
            assert holder is not None
            scalar = isinstance(holder, exp.Subquery) and not isinstance(holder.parent, exp.In)
            plain = isinstance(query, exp.Select) and not query.args.get("group")
            if (
                isinstance(query, exp.Select)
                and plain
                and (scalar or not aggregates_of(query.expressions))
            ):
                first = self._tied(query)
                where = query.args.get("where")
                same = _same(first, outer)
                both = exp.And(this=exp.Paren(this=where.this), expression=same) if where else same
                query.set("where", exp.Where(this=both))
            else:
                holder.set("this", self._wrapped(query, outer))

    def _wrapped(self, query: exp.Expr, outer: str) -> exp.Select:
        """SELECT the query's columns FROM the query by pack, of the outer pack."""
        names = [projection.alias for projection in _first(query).expressions]
        alias = self._alias()
        made = exp.Select(
            expressions=[_named(exp.column(n, table=alias, quoted=True), n) for n in names]
        )
        source = exp.Subquery(this=self.packed(query.copy()), alias=_table_alias(alias))
        made.set("from_", exp.From(this=source))
        made.set("where", exp.Where(this=_same(alias, outer)))
        return made


def _first(query: exp.Expr) -> exp.Select:
    while isinstance(query, _SETS):
        query = query.this
    assert isinstance(query, exp.Select)
    return query


def _queries(node: exp.Expr) -> Iterator[exp.Expr]:
    """The outermost queries below a node."""
    for child in node.iter_expressions():
        if isinstance(child, exp.Select | exp.Union | exp.Except | exp.Intersect):
            yield child
        else:
            yield from _queries(child)


def aggregates_of(projections: Iterable[exp.Expr]) -> list[exp.Expr]:
    """The aggregates of a SELECT's own projections, each with its FILTER."""
    return [one for projection in projections for one in _outermost(projection)]


def _outermost(node: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(node, exp.AggFunc | exp.Filter):
        yield node
        return
    for child in node.iter_expressions():
        if not isinstance(child, exp.Select | exp.Union | exp.Except | exp.Intersect):
            yield from _outermost(child)


def _pack(alias: str) -> exp.Expr:
    return exp.column(PACK, table=alias, quoted=True)


def _same(one: str, other: str) -> exp.Expr:
    return exp.EQ(this=_pack(one), expression=_pack(other))


def _named(node: exp.Expr, name: str) -> exp.Expr:
    return exp.alias_(node, name, quoted=True)


def _narrowed(table: exp.Table, pack: int) -> exp.Subquery:
    """The rows of one pack, under the table's alias."""
    rows = exp.select("*").from_(exp.Table(this=table.this.copy()))
    mine = exp.EQ(this=exp.column(PACK, quoted=True), expression=exp.Literal.number(pack))
    return exp.Subquery(this=rows.where(mine), alias=table.args["alias"].copy())


def _table(name: str, alias: str) -> exp.Expr:
    return exp.Table(this=exp.to_identifier(name, quoted=True), alias=_table_alias(alias))


def _table_alias(alias: str) -> exp.Expr:
    return exp.TableAlias(this=exp.to_identifier(alias, quoted=True))
