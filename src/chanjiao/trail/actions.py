"""Writing to the trail. Every action calls `record` once, last, inside its transaction."""

from datetime import datetime
from typing import Any, Protocol

from django.db import connection, models, transaction

from chanjiao.kernel.canonical import digest
from chanjiao.trail.models import Entry

FIRST_DIGEST = "0" * 64
_LOCK = 0x43_4A_54_52  # "CJTR": one writer at a time, so that the chain has no fork


class Person(Protocol):
    """Who acts: anything with a number and a name."""

    @property
    def pk(self) -> Any: ...

    @property
    def name(self) -> str: ...


def record(
    action: str,
    subject: models.Model,
    *,
    by: Person | None,
    at: datetime,
    reason: str = "",
    data: dict[str, Any] | None = None,
) -> Entry:
    """Append one row. `by` is None only for the system itself; `data` holds no floats."""
    if not connection.in_atomic_block:
        raise RuntimeError("trail.record belongs inside the action's transaction")
    with transaction.atomic():
        _lock()
        last = Entry.objects.order_by("-sequence").values_list("sequence", "digest").first()
        sequence, previous = (last[0] + 1, last[1]) if last else (1, FIRST_DIGEST)
        entry = Entry(
            sequence=sequence,
            at=at,
            actor_id=by.pk if by else None,
            actor_name=by.name if by else "系统",
            action=action,
            subject=subject._meta.label_lower,
            subject_id=str(subject.pk),
            reason=reason,
            data=data or {},
            previous_digest=previous,
        )
        entry.digest = digest_of(entry)
        entry.save(force_insert=True)
    return entry


def digest_of(entry: Entry) -> str:
    """SHA-256 over every field and the digest before it."""
    return digest(
        {
            "sequence": entry.sequence,
            "at": int(entry.at.timestamp() * 1_000_000),
            "actor_id": entry.actor_id,
            "actor_name": entry.actor_name,
            "action": entry.action,
            "subject": entry.subject,
            "subject_id": entry.subject_id,
            "reason": entry.reason,
            "data": entry.data,
            "previous": entry.previous_digest,
        }
    )


def _lock() -> None:
    """PostgreSQL: a lock held to the end of the transaction. SQLite writes one at a time anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
