"""Roll-ups on DuckDB: one machine, memory bounded, what does not fit goes to a folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from .rollup import PACK
from .schema import TABLES
from .workspace import lock

MEMORY = "3GB"


class OnDuckDB:
    """SQL over the tables of all packs."""

    dialect = "duckdb"

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql).fetchall()


@contextmanager
def on_duckdb(temp: Path) -> Iterator[OnDuckDB]:
    """Facts are read from `temp/facts` into a database file beside, then the room is locked."""
    connection = duckdb.connect(
        str(temp / "rollup.duckdb"),
        config={"memory_limit": MEMORY, "temp_directory": str(temp / "spill")},
    )
    try:
        for table in TABLES:
            files = str(temp / "facts" / table.name / "*" / "facts.parquet").replace("'", "''")
            connection.execute(
                f"CREATE TABLE \"{table.name}\" AS SELECT * FROM read_parquet('{files}', "  # noqa: S608 - names of the schema
                f"hive_partitioning = true, hive_types = {{'{PACK}': VARCHAR}})"
            )
        lock(connection)
        yield OnDuckDB(connection)
    finally:
        connection.close()
