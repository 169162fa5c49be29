"""Live records of the platform that may stand as evidence: each kind with its canonical content.

The content is what the record says, as text, integers and lists; its SHA-256 is noted when the
record is handed in and again when it is accepted, so that a record changed afterwards shows.
A later package registers its kinds in `AppConfig.ready`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import models
from django.db.models import QuerySet

from chanjiao.kernel.canonical import digest
from chanjiao.people.access import Actor

Content = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RecordKind:
    """One kind. `key` is kept in `Evidence.record_label`.

    `visible_to(actor, on)` gives the rows a person may see that are settled enough to prove
    something; `consortium` is the path from a row to its consortium; `unit` that to the unit whose
    record it is (empty: the consortium's own, every member may refer to it). `content` is the
    canonical content, its keys in Chinese; `link(row, audience)` its page, empty for none.
    """

    key: str
    label: str
    model: type[models.Model]
    visible_to: Callable[[Actor | None, date], QuerySet[Any]]
    content: Callable[[Any], Content]
    link: Callable[[Any, str], str]
    search: tuple[str, ...]
    consortium: str = "consortium"
    unit: str = ""

    def row(self, pk: int) -> Any | None:
        """The record, whoever asks; for showing what was already handed in."""
        return self.model._default_manager.filter(pk=pk).first()


_kinds: dict[str, RecordKind] = {}


def register(kind: RecordKind) -> None:
    """Offer a kind of record as evidence."""
    _kinds[kind.key] = kind


def kinds() -> tuple[RecordKind, ...]:
    return tuple(_kinds.values())


def kind_called(key: str) -> RecordKind | None:
    return _kinds.get(key)


def offered(
    kind: RecordKind, actor: Actor | None, consortium: int, unit: int, *, on: date
) -> QuerySet[Any]:
    """Records of a kind that evidence of this unit may refer to, among those the person sees."""
    rows = kind.visible_to(actor, on).filter(**{kind.consortium: consortium})
    return rows.filter(**{kind.unit: unit}) if kind.unit else rows


def digest_of(kind: RecordKind, row: Any) -> str:
    """SHA-256 of a record's content as it is now."""
    return digest({"kind": kind.key, "id": row.pk, "content": kind.content(row)})


def plain(value: Any) -> Any:
    """A value as canonical content holds it: no dates, decimals or codes lists of their own type."""
    if value is None or isinstance(value, str | int | bool):
        return value
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return str(value)
