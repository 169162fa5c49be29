"""Keys and references of facts, looked at once and on the Arrow tables themselves."""

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from .arrow import Facts, FactsRefused
from .schema import BY_NAME, TABLES, Column, Table

SHOWN = 3


def check_keys(facts: Facts) -> None:
    """Keys are unique and references lead somewhere; FactsRefused lists what does not."""
    problems = tuple(p for table in TABLES for p in _key_problems(facts, table))
    if problems:
        raise FactsRefused(problems)


def first_not_rising(rows: pa.Table, key: Sequence[str]) -> int | None:
    """The first row whose key is not above the one before it; None where all rise."""
    if rows.num_rows < 2:
        return None
    columns = [rows.column(name).combine_chunks() for name in key]
    rising = None
    for column in reversed(columns):
        above = pc.less(column[:-1], column[1:])
        if rising is None:
            rising = above
        else:
            rising = pc.or_(above, pc.and_(pc.equal(column[:-1], column[1:]), rising))
    found: int = pc.index(rising, False).as_py()
    return None if found < 0 else found + 1


def keys_of(facts: Facts, name: str) -> pa.Array:
    """What a reference to this table may hold: the different values of its key's first column."""
    return pc.unique(facts[name].column(BY_NAME[name].key[0]))


def held(values: pa.ChunkedArray, keys: pa.Array) -> pa.ChunkedArray:
    """Row by row, whether a reference is empty or leads to a key."""
    return pc.or_(pc.is_in(values, value_set=keys), pc.is_null(values))


def _key_problems(facts: Facts, table: Table) -> Iterator[str]:
    rows = facts[table.name]
    for double in _doubles(rows, table.key):
        yield f"事实表 {table.name} 的 {'、'.join(table.key)} 重复：{'、'.join(map(str, double))}。"
    for column in table.columns:
        for lost in _lost(facts, table, column) if column.refers else ():
            yield f"{table.name}.{column.name} 的“{lost}”在 {column.refers} 中没有。"


def _doubles(rows: pa.Table, key: Sequence[str]) -> list[tuple[object, ...]]:
    """Keys that stand in more than one row. Rows in the order of their key need no counting."""
    if first_not_rising(rows, key) is None:
        return []
    counted = rows.select(list(key)).group_by(list(key)).aggregate([([], "count_all")])
    more = counted.filter(pc.greater(counted.column("count_all"), 1)).select(list(key))
    shown = more.sort_by([(name, "ascending") for name in key]).slice(0, SHOWN)
    return [tuple(row.values()) for row in shown.to_pylist()]


def _lost(facts: Facts, table: Table, column: Column) -> list[object]:
    values = facts[table.name].column(column.name)
    there = held(values, keys_of(facts, column.refers))
    if pc.all(there).as_py():
        return []
    lost = pc.unique(values.filter(pc.invert(there)))
    return list(lost.take(pc.sort_indices(lost)).slice(0, SHOWN).to_pylist())
