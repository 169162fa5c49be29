"""Loading national tables, whole and in versions."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from chanjiao.kernel.canonical import digest
from chanjiao.people.access import Actor
from chanjiao.reference.enums import Table
from chanjiao.reference.models import Code, Edition, MajorOccupation
from chanjiao.reference.reading import LINKS, CodeRow
from chanjiao.trail.actions import record

_BATCH = 1_000


def import_codes(
    table: Table,
    rows: Iterable[CodeRow],
    *,
    version: str,
    source: str,
    by: Actor | None,
    at: datetime,
    complete: bool = True,
) -> Edition:
    """Make `rows` the table's content. Codes no longer in a complete one are retired, not deleted.

    Levels that the new version does not hold at all are left alone: a catalogue of vocational
    majors says nothing of undergraduate ones.
    `complete=False` adds to what is there (the shipped selection never retires a full table).
    """
    new = {row.code: row for row in rows}
    with transaction.atomic():
        known = {code.code: code for code in Code.objects.filter(table=table)}
        fresh = [
            Code(
                table=table, code=row.code, name=row.name, parent=row.parent, level=row.level,
                version=version, source=source,
            )
            for row in new.values()
            if complete or row.code not in known
        ]  # fmt: skip
        Code.objects.bulk_create(
            fresh, batch_size=_BATCH, update_conflicts=True, unique_fields=["table", "code"],
            update_fields=["name", "parent", "level", "version", "source", "retired_in"],
        )  # fmt: skip
        levels = {row.level for row in new.values()} if complete else set()
        retired = [c for c, row in known.items() if c not in new and row.level in levels]
        for start in range(0, len(retired), _BATCH):
            Code.objects.filter(
                table=table, code__in=retired[start : start + _BATCH], retired_in=""
            ).update(retired_in=version)
        content = [[row.code, row.name, row.parent, row.level] for row in new.values()]
        return _edition(
            table, content, version=version, source=source, by=by, at=at, retired=len(retired)
        )


def import_links(
    links: Iterable[tuple[str, str]],
    *,
    version: str,
    source: str,
    by: Actor | None,
    at: datetime,
    complete: bool = True,
) -> Edition:
    """Make `links` the whole of major → occupation; `complete=False` only adds."""
    pairs = list(dict.fromkeys(links))
    with transaction.atomic():
        if complete:
            MajorOccupation.objects.all().delete()
        MajorOccupation.objects.bulk_create(
            [MajorOccupation(major_code=m, occupation_code=o, version=version) for m, o in pairs],
            batch_size=_BATCH,
            ignore_conflicts=True,
        )
        content = [list(pair) for pair in pairs]
        return _edition(LINKS, content, version=version, source=source, by=by, at=at, retired=0)


def _edition(
    table: str,
    content: list[list[str]],
    *,
    version: str,
    source: str,
    by: Actor | None,
    at: datetime,
    retired: int,
) -> Edition:
    last = Edition.objects.filter(table=table).order_by("-pk").first()
    edition = Edition.objects.create(
        table=table, version=version, source=source, count=len(content), loaded_at=at,
        digest=digest([last.digest if last else "", version, sorted(content)]),
    )  # fmt: skip
    counts = {"table": str(table), "version": version, "count": len(content), "retired": retired}
    record("reference.import", edition, by=by, at=at, data={**counts, "source": source})
    return edition
