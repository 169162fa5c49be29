"""A closed room for formulas: facts in a DuckDB that reaches no file, no network, no setting."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb

from .arrow import Facts, FactsRefused
from .refusals import FormulaRefused, TooLarge
from .schema import TABLES, Table

SECONDS = 30
MEMORY = "2GB"


class Workspace:
    """Facts loaded and everything else locked. Use `open_workspace`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, seconds: float) -> None:
        self._connection = connection
        self._seconds = seconds

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows; TooLarge when a number does not fit, FormulaRefused when time or memory ends."""
        timer = threading.Timer(self._seconds, self._connection.interrupt)
        timer.start()
        try:
            return self._connection.execute(sql).fetchall()
        except duckdb.InterruptException as error:
            raise FormulaRefused(f"公式算了 {self._seconds:g} 秒还没有结果，已停止。") from error
        except duckdb.OutOfMemoryException as error:
            raise FormulaRefused(f"公式需要的内存超过 {MEMORY}，已停止。") from error
        except duckdb.Error as error:
            raise refused_by(error) from error
        finally:
            timer.cancel()

    def types(self, sql: str) -> list[str]:
        """The result's column types, without running it."""
        return [str(row[1]) for row in self.rows(f"DESCRIBE {sql}")]


@contextmanager
def open_workspace(
    facts: Facts, *, threads: int = 2, seconds: float = SECONDS, memory: str = MEMORY
) -> Iterator[Workspace]:
    """The facts in memory; the types have been checked before (`arrow.check_types`)."""
    connection = duckdb.connect(":memory:", config={"threads": threads, "memory_limit": memory})
    try:
        for name, table in facts.items():
            connection.register(f"given_{name}", table)
            connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM "given_{name}"')  # noqa: S608 - a name of the schema
            connection.unregister(f"given_{name}")
        lock(connection)
        yield Workspace(connection, seconds)
    finally:
        connection.close()


def refused_by(error: duckdb.Error) -> FormulaRefused:
    """What DuckDB's refusal means. A checked formula converts numbers to DECIMAL and no more."""
    if isinstance(error, duckdb.OutOfRangeException | duckdb.ConversionException):
        return TooLarge()
    return FormulaRefused(f"公式不能计算：{str(error).splitlines()[0][:200]}")


def lock(connection: duckdb.DuckDBPyConnection) -> None:
    """No files, no network, no extensions, and no way to change that."""
    for setting in ("enable_external_access", "autoinstall_known_extensions",
                    "autoload_known_extensions", "python_enable_replacements"):  # fmt: skip
        connection.execute(f"SET {setting} = false")
    connection.execute("SET lock_configuration = true")


def check_keys(workspace: Workspace) -> None:
    """Keys are unique and references lead somewhere; FactsRefused lists what does not."""
    problems = tuple(p for table in TABLES for p in _key_problems(workspace, table))
    if problems:
        raise FactsRefused(problems)


def _key_problems(workspace: Workspace, table: Table) -> Iterator[str]:
    names = _listed(table.key)
    doubles = workspace.rows(
        f'SELECT {names} FROM "{table.name}" GROUP BY {names} HAVING COUNT(*) > 1 ORDER BY ALL LIMIT 3'  # noqa: S608 - names of the schema
    )
    for row in doubles:
        yield f"事实表 {table.name} 的 {'、'.join(table.key)} 重复：{'、'.join(map(str, row))}。"
    for column in table.columns:
        if column.refers:
            key = "unit" if column.refers == "member" else column.refers
            lost = workspace.rows(
                f'SELECT DISTINCT a."{column.name}" FROM "{table.name}" a WHERE a."{column.name}" IS NOT NULL '  # noqa: S608 - names of the schema
                f'AND a."{column.name}" NOT IN (SELECT "{key}" FROM "{column.refers}") ORDER BY ALL LIMIT 3'
            )
            for row in lost:
                yield f"{table.name}.{column.name} 的“{row[0]}”在 {column.refers} 中没有。"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
