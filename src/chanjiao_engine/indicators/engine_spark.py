"""Roll-ups on Spark, the engine a cluster already runs: `pip install 'chanjiao[spark]'`, Java 17.

A local session needs no Python workers: formulas are SQL and run in the JVM. Of a session that
runs already only the two settings are changed that make decimals exact, and set back afterwards.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .perpack import PACK, PACKS
from .refusals import FormulaRefused, TooLarge
from .rollup import Reads

# Overflow is an error, and no product loses decimals; DuckDB does the same.
_EXACT = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
}
# How ANSI mode names a number that does not fit, by itself or inside a failed task.
_TOO_LARGE = ("ARITHMETIC_OVERFLOW", "NUMERIC_VALUE_OUT_OF_RANGE", "CAST_OVERFLOW")


class OnSpark:
    """SQL over the tables of all packs, as temporary views."""

    dialect = "spark"

    def __init__(self, session: Any) -> None:
        self._session = session

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows; TooLarge when a number does not fit, FormulaRefused when Spark cannot run it."""
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException

        try:
            return [tuple(row) for row in self._session.sql(sql).collect()]
        except (PySparkException, Py4JError) as error:  # the latter from a side of a join
            if any(f"[{condition}" in str(error) for condition in _TOO_LARGE):
                raise TooLarge from error
            message = str(error).splitlines()[0][:200]
            raise FormulaRefused(f"公式不能计算：{message}") from error


@contextmanager
def on_spark(temp: Path, tables: Reads, packs: int) -> Iterator[OnSpark]:
    """The session that runs already, or a local one of its own."""
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise FormulaRefused(
            "没有安装 Spark：pip install 'chanjiao[spark]'，并安装 Java 17"
        ) from error
    running = SparkSession.getActiveSession()
    session = running or local_session(temp)
    before = {name: session.conf.get(name, None) for name in _EXACT}
    views = [*tables, PACKS]
    try:
        for name, value in _EXACT.items():
            session.conf.set(name, value)
        for table, columns in tables.items():
            frame = session.read.parquet(str(temp / "facts" / table))
            frame = frame.withColumn(PACK, frame[PACK].cast("int"))
            frame.select(PACK, *columns).createOrReplaceTempView(table)
        values = ", ".join(f"({number})" for number in range(packs))
        listed = f"SELECT * FROM VALUES {values} AS v({PACK})"  # noqa: S608 - numbers
        session.sql(listed).createOrReplaceTempView(PACKS)
        yield OnSpark(session)
    finally:
        if running is None:
            session.stop()
        else:
            for view in views:
                session.catalog.dropTempView(view)
            for name, old in before.items():
                session.conf.unset(name) if old is None else session.conf.set(name, old)


def local_session(temp: Path) -> Any:
    """A session on this machine's cores; what does not fit in memory goes to `temp`."""
    from pyspark.sql import SparkSession

    options = {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.session.timeZone": "UTC",
        "spark.local.dir": str(temp / "spark"),
        "spark.sql.warehouse.dir": str(temp / "warehouse"),
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
    }
    builder = SparkSession.builder.master("local[2]").appName("chanjiao")
    for name, value in options.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()
