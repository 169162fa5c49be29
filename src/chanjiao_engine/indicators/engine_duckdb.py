"""Roll-ups on DuckDB: one machine, memory bounded, what does not fit goes to a folder.

Small tables are copied into memory once. Large ones are read where they lie, by each query the
columns it needs: decoding Parquet again costs less than keeping every row.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from .perpack import PACK, PACKS
from .rollup import Reads
from .workspace import lock, refused_by

MEMORY = "3GB"
SMALL = 1 << 20  # bytes of Parquet, over all packs


class OnDuckDB:
    """SQL over the tables of all packs."""

    dialect = "duckdb"

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows; TooLarge when a number does not fit, FormulaRefused when it cannot run."""
        try:
            return self._connection.execute(sql).fetchall()
        except duckdb.Error as error:
            raise refused_by(error) from error


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
        real = [folder.resolve(strict=True) for folder in folders]
        files = {table: [folder / f"{table}.parquet" for folder in real] for table in tables}
        allowed = _listed(file for some in files.values() for file in some)
        connection.execute(f"SET allowed_paths = {allowed}")
        for table, columns in tables.items():
            connection.execute(_created(table, columns, files[table]))
        connection.execute(
            f"CREATE TABLE {PACKS} AS SELECT CAST(range AS INTEGER) AS {PACK} FROM range({len(folders)})"  # noqa: S608
        )
        lock(connection)
        yield OnDuckDB(connection)
    finally:
        connection.close()


def _created(table: str, columns: Sequence[str], files: Sequence[Path]) -> str:
    """The table of all packs, or a view of it; a row's pack is the number of its file."""
    small = sum(file.stat().st_size for file in files) <= SMALL
    names = "".join(f', "{name}"' for name in columns)
    return (
        f'CREATE {"TABLE" if small else "VIEW"} "{table}" AS '  # noqa: S608 - names of the schema
        f"SELECT CAST(file_index AS INTEGER) AS {PACK}{names} FROM read_parquet({_listed(files)})"
    )


def _listed(files: Iterable[Path]) -> str:
    """A list of texts as DuckDB writes it."""
    quoted = (str(file).replace("'", "''") for file in files)
    return "[" + ", ".join(f"'{file}'" for file in quoted) + "]"
