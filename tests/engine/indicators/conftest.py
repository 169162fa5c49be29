"""Without Java or pyspark the Spark tests are left out loudly."""

from typing import Any

import pytest

from tests.engine.indicators.spark import NO_SPARK, there_is_spark


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if there_is_spark():
        return
    kept = [item for item in items if item.get_closest_marker("spark") is None]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if not there_is_spark():
        terminalreporter.write_line(NO_SPARK)
