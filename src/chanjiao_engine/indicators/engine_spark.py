"""Roll-ups on Spark, the engine a cluster already runs: `pip install 'chanjiao[spark]'`, Java 17."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .formulas import FormulaRefused
from .schema import TABLES


class OnSpark:
    """SQL over the tables of all packs, as temporary views."""

    dialect = "spark"

    def __init__(self, session: Any) -> None:
        self._session = session

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self._session.sql(sql).collect()]


@contextmanager
def on_spark(temp: Path) -> Iterator[OnSpark]:
    """The session that runs already, or a local one of its own."""
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise FormulaRefused(
            "没有安装 Spark：pip install 'chanjiao[spark]'，并安装 Java 17。"
        ) from error
    running = SparkSession.getActiveSession()
    session = running or _local(SparkSession, temp)
    try:
        session.conf.set("spark.sql.sources.partitionColumnTypeInference.enabled", "false")
        for table in TABLES:
            place = str(temp / "facts" / table.name)
            session.read.parquet(place).createOrReplaceTempView(table.name)
        yield OnSpark(session)
    finally:
        if running is None:
            session.stop()


def _local(builder: Any, temp: Path) -> Any:
    return (
        builder.builder.master("local[2]").appName("chanjiao")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "4")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.ansi.enabled", "true")
        .config("spark.local.dir", str(temp / "spark"))
        .config("spark.sql.warehouse.dir", str(temp / "warehouse"))
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .getOrCreate()
    )  # fmt: skip
