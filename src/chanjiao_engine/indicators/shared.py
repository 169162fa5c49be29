"""Many numbers from one reading: SELECTs over the same FROM become one query.

What a WHERE says of one number alone becomes the FILTER of its aggregates; what all of them say
stays in the WHERE. The numbers are the same as when each is asked alone, and when a shared query
fails, each is asked alone: so a formula answers only for itself.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from .checking import formulas_of
from .definitions import Indicator, IndicatorSet, Period, Shape
from .formulas import dated
from .perpack import aggregates_of
from .refusals import FormulaRefused
from .selects import conjuncts

MAX_SHARED = 16  # numbers of one query
Row = tuple[Any, ...]
Ask = Callable[[exp.Select], list[Row]]


@dataclass(frozen=True, slots=True)
class Part:
    """One SELECT of an indicator, its days filled in; `field` is numerator or denominator."""

    one: Indicator
    field: str
    tree: exp.Select


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of a part, or why there are none."""

    part: Part
    rows: list[Row]
    refused: FormulaRefused | None = None


def parts_of(found: IndicatorSet, period: Period) -> list[Part]:
    """Every SELECT of a set, in its order."""
    return [
        Part(one, field, dated(formula.tree, period))
        for one in found.indicators
        for field, formula in formulas_of(one)
    ]


def answers(parts: Iterable[Part], ask: Ask, keys: int = 0) -> Iterator[Answer]:
    """Each part once; `ask` gives a tree's rows, of which the first `keys` cells name the row."""
    for group in shared(parts):
        if len(group) > 1:
            try:
                rows = ask(merged([part.tree for part in group]))
            except FormulaRefused:
                pass
            else:
                for number, part in enumerate(group, keys):
                    yield Answer(part, [(*row[:keys], row[number]) for row in rows])
                continue
        for part in group:
            yield _alone(part, ask)


def _alone(part: Part, ask: Ask) -> Answer:
    try:
        return Answer(part, ask(part.tree))
    except FormulaRefused as refused:
        return Answer(part, [], refused)


def shared(parts: Iterable[Part]) -> list[tuple[Part, ...]]:
    """The parts that one query can answer, together; in the order of their first."""
    found: dict[object, list[Part]] = {}
    for number, part in enumerate(parts):
        found.setdefault(_source(part) or number, []).append(part)
    return [
        tuple(same[start : start + MAX_SHARED])
        for same in found.values()
        for start in range(0, len(same), MAX_SHARED)
    ]


def _source(part: Part) -> str:
    """What a number is read from; empty for what must be asked alone."""
    tree = part.tree
    own = [tree.args.get("where"), *tree.expressions]
    lone = part.one.shape is Shape.GROUPS or tree.args.get("from_") is None
    if lone or any(one.find(exp.Select) for one in own if one is not None):
        return ""
    sources = [tree.args["from_"], *(tree.args.get("joins") or ())]
    return " ".join(source.sql("duckdb") for source in sources)


def merged(trees: Sequence[exp.Select]) -> exp.Select:
    """One SELECT with the number of each tree as a column, in their order."""
    conditions = [_conditions(tree) for tree in trees]
    common = [text for text in conditions[0] if all(text in other for other in conditions)]
    own = [[node for text, node in c.items() if text not in common] for c in conditions]
    made = exp.Select()
    for part in ("from_", "joins"):
        if trees[0].args.get(part):
            made.set(part, trees[0].copy().args[part])
    where = [conditions[0][text] for text in common]
    if all(own):
        where.append(exp.or_(*(exp.and_(*nodes) for nodes in own)))
    if where:
        made.set("where", exp.Where(this=exp.and_(*where)))
    for number, (tree, nodes) in enumerate(zip(trees, own, strict=True), 1):
        column = exp.alias_(tree.expressions[-1].unalias(), f"n{number}", quoted=True)
        made.append("expressions", _filtered(column, nodes))
    return made


def _conditions(tree: exp.Select) -> dict[str, exp.Expr]:
    where = tree.args.get("where")
    return {node.sql("duckdb"): node for node in conjuncts(where.this)} if where else {}


def _filtered(column: exp.Expr, nodes: Sequence[exp.Expr]) -> exp.Expr:
    """The number over the rows of these conditions."""
    if nodes:
        for aggregate in aggregates_of([column]):
            only = exp.Where(this=exp.and_(*nodes))
            aggregate.replace(exp.Filter(this=aggregate.copy(), expression=only))
    return column
