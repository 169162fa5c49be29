"""Roll-ups on DuckDB: one machine, memory bounded, what does not fit goes to a folder."""

from collections.abc import Iterator, Sequence
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
def on_duckdb(temp: Path, tables: Reads, folders: Sequence[Path]) -> Iterator[OnDuckDB]:
    """The packs' facts in memory, what does not fit in `temp`; a pack is its folder's number."""
    connection = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": MEMORY,
            "temp_directory": str(temp / "spill"),
            "preserve_insertion_order": False,
        },
    )
    try:
        for table, columns in tables.items():
            files = [str((folder / f"{table}.parquet").resolve(strict=True)) for folder in folders]
            names = "".join(f', "{name}"' for name in columns)
            connection.execute(
                f'CREATE TABLE "{table}" AS SELECT CAST(file_index AS INTEGER) AS {PACK}{names} '  # noqa: S608 - names of the schema
                "FROM read_parquet(?)",
                [files],
            )
        connection.execute(
            f"CREATE TABLE {PACKS} AS SELECT CAST(range AS INTEGER) AS {PACK} FROM range({len(folders)})"  # noqa: S608
        )
        lock(connection)
        yield OnDuckDB(connection)
    finally:
        connection.close()
