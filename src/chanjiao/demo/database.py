"""The database a demonstration may use: its own file, or a named one that is empty or its own."""

import os
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from chanjiao.demo.place import database_name


class NotEmpty(Exception):
    """The named database holds something; the text tells the person what to do."""


def prepare(*, fresh: bool) -> None:
    """Migrate; raise NotEmpty for a database with tables in it that may not be replaced."""
    if os.environ.get("DATABASE_URL"):
        _need_empty(fresh=fresh)
        _claim().write_text(database_name())
    call_command("migrate", verbosity=0)


def _claim() -> Path:
    """Names the database that a demonstration of this installation began to fill when empty."""
    return Path(settings.HOME).with_name("demo.database")


def _need_empty(*, fresh: bool) -> None:
    if not connection.introspection.table_names():
        return
    if not fresh:
        raise NotEmpty(
            "DATABASE_URL 指定的数据库不是空的。请换一个空库，或加 --fresh 重建本示例的库。"
        )
    if not _claim().exists() or _claim().read_text() != database_name():
        raise NotEmpty("DATABASE_URL 指定的数据库不是本示例建立的，不会清空。请换一个空库。")
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE")
        cursor.execute("CREATE SCHEMA public")
