"""Roll-ups on DuckDB: one machine, memory bounded, what does not fit goes to a folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from .perpack import PACK, PACKS
from .refusals import FormulaRefused
from .rollup import Reads
from .workspace import lock

MEMORY = "3GB"


class OnDuckDB:
    """SQL over the tables of all packs."""

    dialect = "duckdb"

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows; FormulaRefused when a value does not fit."""
        try:
            return self._connection.execute(sql).fetchall()
        except duckdb.Error as error:
            raise FormulaRefused(f"公式不能计算：{str(error).splitlines()[0][:200]}") from error


@contextmanager
def on_duckdb(temp: Path, tables: Reads, packs: int) -> Iterator[OnDuckDB]:
    """Facts are read from `temp/facts` into a database file beside, then the room is locked."""
    connection = duckdb.connect(
        str(temp / "rollup.duckdb"),
        config={
            "memory_limit": MEMORY,
            "temp_directory": str(temp / "spill"),
            "preserve_insertion_order": False,
        },
    )
    try:
        for table, columns in tables.items():
            files = str(temp / "facts" / table / "*" / "facts.parquet").replace("'", "''")
            names = ", ".join(f'"{name}"' for name in (PACK, *columns))
            connection.execute(
                f"CREATE TABLE \"{table}\" AS SELECT {names} FROM read_parquet('{files}', "  # noqa: S608 - names of the schema
                f"hive_partitioning = true, hive_types = {{'{PACK}': VARCHAR}})"
            )
        connection.execute(
            f"CREATE TABLE {PACKS} AS SELECT CAST(range AS VARCHAR) AS {PACK} FROM range({packs})"  # noqa: S608
        )
        lock(connection)
        yield OnDuckDB(connection)
    finally:
        connection.close()
