"""A closed room for formulas: facts in a DuckDB that reaches no file, no network, no setting."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb

from .arrow import Facts
from .refusals import FormulaRefused, TooLarge

SECONDS = 30
MEMORY = "2GB"


class Workspace:
    """Facts to be asked and everything else locked. Use `open_workspace`."""

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
    """The facts as they lie in memory, not copied; they have been checked before
    (`arrow.check_types`, `keys.check_keys`)."""
    connection = duckdb.connect(":memory:", config={"threads": threads, "memory_limit": memory})
    try:
        for name, table in facts.items():
            connection.register(name, table)
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
