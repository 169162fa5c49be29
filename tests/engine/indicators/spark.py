"""One Spark session for all tests that need one; where there is none, that is said out loud."""

import importlib.util
import os
import shutil
import sys
from collections.abc import Iterator
from typing import Any

import pytest

NO_SPARK = "Spark：无，两种引擎的对照未做（需要 Java 17 和 pyspark：make .run/spark）"

# Hundreds of tiny queries: nothing is compiled, nothing is planned twice, one partition.
QUICK = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "1",
}

# The JVM lives for seconds: no second compiler, one collector.
BRIEF = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto"


def there_is_spark() -> bool:
    """Whether Java and pyspark are here."""
    return bool(shutil.which("java")) and importlib.util.find_spec("pyspark") is not None


@pytest.fixture(scope="session")
def spark_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The session `rollup` finds running, so that the JVM starts once."""
    from chanjiao_engine.indicators.engine_spark import local_session

    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["JDK_JAVA_OPTIONS"] = BRIEF
    session = local_session(tmp_path_factory.mktemp("spark"))
    session.sparkContext.setLogLevel("ERROR")
    for name, value in QUICK.items():
        session.conf.set(name, value)
    yield session
    session.stop()
