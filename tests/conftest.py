"""Traps every test runs in. See docs/map.md, "Tests"."""

import hashlib
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import models
from django.db.models.sql.compiler import SQLCompiler
from django.template import base as template_base

from tests import converter, databases
from tests.browser import (  # noqa: F401 - one browser and its hooks, for every folder
    browser,
    pytest_collection_modifyitems,
    pytest_terminal_summary,
)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(converter, "chanjiao-converter")
    config.pluginmanager.register(databases, "chanjiao-databases")


_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


@pytest.fixture(autouse=True)
def network_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only this machine may be spoken to."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> Any:
        if isinstance(address, tuple) and address[0] not in _LOOPBACK:
            raise RuntimeError(f"a test tried to reach {address}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def unordered_shuffled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of rows without an order comes in a surprising one: code that relies on it fails."""
    as_sql = SQLCompiler.as_sql

    def shuffled(self: SQLCompiler, *args: Any, **kwargs: Any) -> Any:
        query = self.query
        plain = (
            not query.is_sliced
            and not query.distinct
            and not query.combinator
            and query.group_by is None
            and not query.annotation_select
            and not query.subquery
            and not query.select_for_update
            and type(self) is SQLCompiler
        )
        if (
            plain
            and not query.order_by
            and not query.extra_order_by
            and not (query.default_ordering and query.get_meta().ordering)
        ):
            clone = query.clone()
            clone.add_ordering("-pk")
            self.query = clone
            try:
                return as_sql(self, *args, **kwargs)
            finally:
                self.query = query
        return as_sql(self, *args, **kwargs)

    monkeypatch.setattr(SQLCompiler, "as_sql", shuffled)


class UndefinedVariable(AssertionError):
    """A template used a variable that the view did not give."""


@pytest.fixture(autouse=True)
def undefined_variable_fails(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """`{{ nothing }}` in our own templates fails instead of printing nothing."""
    resolve = template_base.FilterExpression.resolve

    def strict(self: Any, context: Any, ignore_failures: bool = False) -> Any:
        value = resolve(self, context, ignore_failures)
        if isinstance(value, str) and value.startswith("‼") and value.endswith("‼"):
            origin = getattr(getattr(context, "template", None), "origin", None)
            name = str(getattr(origin, "name", ""))
            if "site-packages" not in name:
                raise UndefinedVariable(f"{{{{ {self.token} }}}} in {name}")
            return ""
        return value

    monkeypatch.setattr(template_base.FilterExpression, "resolve", strict)


@pytest.fixture(autouse=True)
def date_is_no_datetime(monkeypatch: pytest.MonkeyPatch) -> None:
    """A datetime given to a date field is a mistake, though Django lets it pass."""
    import datetime

    prepare = models.DateField.get_prep_value

    def strict(self: models.DateField, value: Any) -> Any:  # type: ignore[type-arg]
        if isinstance(value, datetime.datetime) and not isinstance(self, models.DateTimeField):
            raise TypeError(f"a datetime went into the date field {self}")
        return prepare(self, value)

    monkeypatch.setattr(models.DateField, "get_prep_value", strict)


def seed_of(text: str) -> int:
    """A number for a named random stream, the same on every machine."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


@pytest.fixture(autouse=True, scope="session")
def flush_passes_the_trail() -> Iterator[None]:
    """Emptying the database after a test must get past the triggers that guard the trail."""
    import importlib

    from django.db import connection
    from django.test import TransactionTestCase

    triggers = importlib.import_module("chanjiao.trail.migrations.0002_append_only")
    teardown = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]

    def unguarded(self: TransactionTestCase) -> None:
        with connection.cursor() as cursor:
            triggers.drop(cursor, connection.vendor)
        try:
            teardown(self)
        finally:
            with connection.cursor() as cursor:
                triggers.guard(cursor, connection.vendor)

    patch = pytest.MonkeyPatch()
    patch.setattr(TransactionTestCase, "_fixture_teardown", unguarded)
    yield
    patch.undo()
