"""Facts as Arrow tables: their exact types, reading them from Parquet, and what may be wrong."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from .schema import BY_NAME, TABLES, Table, Type

Facts = Mapping[str, pa.Table]

_TYPES = {
    Type.TEXT: pa.string(),
    Type.INTEGER: pa.int64(),
    Type.DECIMAL: pa.decimal128(18, 4),
    Type.DATE: pa.date32(),
    Type.BOOLEAN: pa.bool_(),
}


class FactsRefused(ValueError):
    """Facts that do not fit the schema; `problems` are sentences with table and column."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("".join(problems[:20]))
        self.problems = problems


def arrow_schema(table: Table) -> pa.Schema:
    """The exact Arrow schema of a fact table."""
    return pa.schema(
        [pa.field(c.name, _TYPES[c.type], nullable=not c.required) for c in table.columns]
    )


def empty_facts() -> dict[str, pa.Table]:
    """Every fact table without rows."""
    return {table.name: arrow_schema(table).empty_table() for table in TABLES}


def read_facts(folder: Path) -> dict[str, pa.Table]:
    """The fact tables of a folder with one `<table>.parquet` each; FactsRefused when one is not."""
    found, problems = {}, []
    for table in TABLES:
        file = folder / f"{table.name}.parquet"
        try:
            found[table.name] = pq.read_table(file)
        except FileNotFoundError:
            problems.append(f"缺少事实表 {table.name}。")
        except (pa.ArrowException, OSError, ValueError) as error:
            problems.append(f"事实表 {table.name} 读不出：{error}。")
    if problems:
        raise FactsRefused(tuple(problems))
    return found


def check_types(facts: Facts) -> None:
    """Tables, columns, types and required values; FactsRefused lists all that is wrong."""
    problems = tuple(_problems(facts))
    if problems:
        raise FactsRefused(problems)


def _problems(facts: Facts) -> Iterator[str]:
    for name in facts.keys() - BY_NAME.keys():
        yield f"没有事实表“{name}”。"
    for table in TABLES:
        given = facts.get(table.name)
        if given is None:
            yield f"缺少事实表 {table.name}。"
        else:
            yield from _table_problems(table, given)


def _table_problems(table: Table, given: pa.Table) -> Iterator[str]:
    wanted = arrow_schema(table)
    for name in wanted.names:
        if name not in given.column_names:
            yield f"事实表 {table.name} 缺少列 {name}。"
    for name in given.column_names:
        if name not in wanted.names:
            yield f"事实表 {table.name} 多出列 {name}。"
            continue
        column = given.column(name)
        if column.type != wanted.field(name).type:
            yield f"{table.name}.{name} 的类型是 {column.type}，应是 {wanted.field(name).type}。"
        elif not wanted.field(name).nullable and column.null_count:
            row = next(i for i, one in enumerate(column) if not one.is_valid) + 1
            yield f"{table.name}.{name} 第 {row} 行是空的，此列必填。"
