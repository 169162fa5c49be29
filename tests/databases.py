"""Which tests need a database: those are run on each of them, the others once (scripts/run_tests.py)."""

from typing import Any

import pytest

_FIXTURES = {"db", "transactional_db", "live_server"}


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test that touches the database is marked so; one that names its own marks itself."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if item.get_closest_marker("django_db") or fixtures & _FIXTURES:
            item.add_marker(pytest.mark.database)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """The suite says which database it used; none is skipped silently."""
    from django.conf import settings

    engine = settings.DATABASES["default"]["ENGINE"].rsplit(".", 1)[-1]
    terminalreporter.write_line(f"database: {engine}")
