"""The selection of codes that comes with the software, enough for the demonstration."""

from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from chanjiao.people.access import Actor
from chanjiao.reference.actions import import_codes, import_links
from chanjiao.reference.enums import Table
from chanjiao.reference.reading import read_codes, read_links

DATA = Path(__file__).resolve().parent / "data"
VERSION = "内置"
SOURCE = "产教联内置选编（代码与名称）"
_TABLES = (Table.MAJOR, Table.OCCUPATION, Table.INDUSTRY, Table.DIVISION)


def load_shipped(*, at: datetime, by: Actor | None = None) -> int:
    """Add the shipped codes that are missing; what a full table says is left as it is."""
    asked: dict[str, Any] = {
        "version": VERSION,
        "source": SOURCE,
        "by": by,
        "at": at,
        "complete": False,
    }
    with transaction.atomic():
        loaded = [
            import_codes(table, read_codes(table, DATA / f"{table.value}.csv"), **asked)
            for table in _TABLES
        ]
        loaded.append(import_links(read_links(DATA / "link.csv"), **asked))
        return sum(edition.count for edition in loaded)
