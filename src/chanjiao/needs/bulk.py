"""Many rows in one statement each way: what `bulk_create` does, about ten times as fast.

An import writes 100,000 rows inside one transaction, and on SQLite nobody else writes meanwhile.
Values must have passed the checks: models are not built and `save` is not called.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from django.db import connection, models

_AS_THEY_ARE = (str, int, type(None))
Prepare = Callable[[Any], Any]


def insert_many(
    model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Insert rows of values for the named fields; every other field takes its default."""
    fields = [_field(model, name) for name in names]
    given = {field.column for field in fields}
    rest = [
        f for f in model._meta.local_concrete_fields if f.column not in given and not f.primary_key
    ]
    constants = tuple(f.get_db_prep_save(f.get_default(), connection) for f in rest)
    columns = [str(field.column) for field in (*fields, *rest)]
    quote = connection.ops.quote_name
    places = ", ".join(["%s"] * len(columns))
    named = ", ".join(quote(column) for column in columns)
    sql = f"INSERT INTO {quote(model._meta.db_table)} ({named}) VALUES ({places})"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.executemany(sql, [(*row, *constants) for row in _prepared(fields, rows)])


def update_many(
    model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Update rows: values for the named fields, then the primary key."""
    fields = [_field(model, name) for name in names]
    key = model._meta.pk
    quote = connection.ops.quote_name
    sets = ", ".join(f"{quote(field.column)} = %s" for field in fields)
    table, where = quote(model._meta.db_table), quote(str(key.column))
    sql = f"UPDATE {table} SET {sets} WHERE {where} = %s"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.executemany(sql, list(_prepared([*fields, key], rows)))


def _field(model: type[models.Model], name: str) -> Any:
    return model._meta.get_field(name)


def _prepared(fields: Sequence[Any], rows: Iterable[Sequence[Any]]) -> Iterator[tuple[Any, ...]]:
    """Values as the database takes them. Equal dates, decimals and lists are prepared once."""
    prepare = [_preparer(field) for field in fields]
    for row in rows:
        yield tuple(
            value if isinstance(value, _AS_THEY_ARE) else make(value)
            for make, value in zip(prepare, row, strict=True)
        )


def _preparer(field: Any) -> Prepare:
    known: dict[Any, Any] = {}

    def prepare(value: Any) -> Any:
        key = tuple(value) if isinstance(value, list) else value
        if key not in known:
            known[key] = field.get_db_prep_save(value, connection)
        return known[key]

    return prepare
